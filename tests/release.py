"""What a release must have said before it is made: `python -m tests.release` prints what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
FRAGMENT = re.compile(r"(?:\+[a-z0-9-]+|\d+)\.([a-z]+)\.md")


def settings(root: Path) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def version(root: Path = ROOT) -> str:
    """The version that is released next."""
    return str(settings(root)["project"]["version"])


def disagreements(root: Path = ROOT) -> list[str]:
    """Places that name another version than pyproject.toml does, and changes that no release would tell."""
    cited = YAML(typ="safe").load((root / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    kinds = {kind["directory"] for kind in settings(root)["tool"]["towncrier"]["type"]}
    names = [file.name for file in sorted((root / "changelog").iterdir()) if file.name != "README.md"]
    found = [] if cited == version(root) else [f"CITATION.cff: {cited}, not {version(root)}"]
    for name in names:
        match = FRAGMENT.fullmatch(name)
        if match is None or match[1] not in kinds:
            found.append(f"changelog/{name}: not named +WHAT.KIND.md or ISSUE.KIND.md, with a kind of {sorted(kinds)}")
    return found


def unfinished(root: Path = ROOT) -> list[str]:
    """What is missing for a release: a version that was not released before."""
    tag = f"v{version(root)}"
    tags = subprocess.run(["git", "tag", "--list", tag], cwd=root, capture_output=True, text=True, check=True)
    return [f"{tag} is a tag already"] if tags.stdout.strip() else []


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        print(version())
    else:
        sys.exit("\n".join([*disagreements(), *unfinished()]) or 0)
