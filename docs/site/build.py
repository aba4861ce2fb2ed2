"""Lay out the pages of the documentation site, and build it: `python docs/site/build.py`.

The site has the folders of the repository, so that a link between two pages, or to an example, is the same on both.
Pages of the interface are written here from the names of the front doors, and their text is that of the docstrings.
"""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.core.public_names import FRONT_DOORS  # noqa: E402 - the folder above is not on the path of a script

PAGES = ROOT / "build" / "pages"
SITE = ROOT / "build" / "site"
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
#: Code in a line, where Markdown of a repository asks for `\|` in a table, and that of the site does not.
CODE = re.compile(r"`[^`\n]+`")
API = """\
# `{door}`

::: {door}
    options:
      show_root_heading: false
      members: [{members}]
"""
#: What a page may not ask another machine for: scripts, styles, fonts and images.
LOADS = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//[^"'\s>]+""")


def lay_out() -> None:
    """Write every page of the site to `PAGES`, with the files that pages link to."""
    shutil.rmtree(PAGES, ignore_errors=True)
    front = ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")
    waiting = [*(ROOT / f"{name}.md" for name in front), *(ROOT / "docs").rglob("*.md"), ROOT / "docs/site/style.css"]
    while waiting:
        source = waiting.pop()
        target = PAGES / source.relative_to(ROOT)
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
            if source.suffix == ".md":
                text = source.read_text(encoding="utf-8")
                target.write_text(CODE.sub(lambda code: code[0].replace("\\|", "|"), text), encoding="utf-8")
                links = LINK.findall(text)
                waiting += [(source.parent / link).resolve() for link in links if "://" not in link]
    (PAGES / "docs" / "api").mkdir()
    for door in FRONT_DOORS:
        members = ", ".join(importlib.import_module(door).__all__)
        text = API.format(door=door, members=members)
        (PAGES / "docs" / "api" / f"{door}.md").write_text(text, encoding="utf-8")


def outside() -> list[str]:
    """What pages of the built site load from another machine."""
    return [
        f"{page.relative_to(SITE)}: {found}"
        for page in sorted(SITE.rglob("*.html"))
        for found in LOADS.findall(page.read_text(encoding="utf-8"))
    ]


if __name__ == "__main__":
    lay_out()
    done = subprocess.run([sys.executable, "-m", "zensical", "build", "--clean", "--strict"], cwd=ROOT, check=False)
    sys.exit(done.returncode or "\n".join(outside()) or 0)
