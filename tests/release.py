"""What a release must have said before it is made: `python -m tests.release` prints what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
HEADING = re.compile(r"^## (\S+)(?: \((.+)\))?$", re.MULTILINE)


def disagreements(root: Path = ROOT) -> list[str]:
    """Places that name another version than pyproject.toml does."""
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    newest = HEADING.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    cited = YAML(typ="safe").load((root / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    found = {"CHANGELOG.md": newest[1] if newest else None, "CITATION.cff": cited}
    return [f"{file}: {other}, not {version}" for file, other in found.items() if other != version]


def unfinished(root: Path = ROOT) -> list[str]:
    """What is missing for a release: a date in the changelog, a version that was not released before."""
    version, when = HEADING.search((root / "CHANGELOG.md").read_text(encoding="utf-8")).groups()  # type: ignore[union-attr]
    tags = subprocess.run(["git", "tag", "--list", f"v{version}"], cwd=root, capture_output=True, text=True, check=True)
    missing = [] if re.fullmatch(r"\d{4}-\d\d-\d\d", when or "") else [f"CHANGELOG.md: '{when}' is not a date"]
    return missing + ([f"v{version} is a tag already"] if tags.stdout.strip() else [])


if __name__ == "__main__":
    sys.exit("\n".join([*disagreements(), *unfinished()]) or 0)
