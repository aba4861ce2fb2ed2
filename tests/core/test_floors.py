"""The oldest releases that are allowed are those that `make floors` installs and tests."""

from __future__ import annotations

import tomllib
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]


def test_the_floors_are_what_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [project["dependencies"], *(extras[name] for name in ("trl", "peft", "demo", "masks"))]
    allowed = {
        canonicalize_name(requirement.name): Version(
            next(one.version for one in requirement.specifier if one.operator == ">=")
        )
        for requirement in map(Requirement, chain.from_iterable(needed))
        if requirement.name != "vlm-rewards"
    }
    tested = (line.split("==") for line in (ROOT / "constraints-floor.txt").read_text().split())
    assert allowed == {canonicalize_name(name): Version(version) for name, version in tested}
