"""The tables of actions in `docs/grounding.md` are those of the code.

`python -m tests.packs.grounding.actions.test_page` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from vlm_rewards_grounding.actions.calls import SYNTAXES
from vlm_rewards_grounding.actions.names import ACTIONS, ARGUMENTS, BOOKKEEPING, ELEMENTS, PLACES

PAGE = Path(__file__).parents[4] / "docs" / "grounding.md"
FIRST, LAST = "<!-- tables of actions -->\n", "<!-- end of the tables of actions -->\n"
ROLES = {
    "start": "the first of two places",
    "end": "the second of two places",
    "point": "the place, or the one of two that has no key of its own",
    "box": "the place, as a box",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def names(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def rendered() -> str:
    forms = (
        (row.name, f"`{row.example}`" if "`" not in row.example else row.example, row.families) for row in SYNTAXES
    )
    lines = [
        *table(("form", "written as", "by"), forms),
        *table(("action", "other names"), ((f"`{name}`", names(others)) for name, others in ACTIONS.items())),
        *table(("argument", "its keys"), ((f"`{name}`", names(keys)) for name, keys in ARGUMENTS.items())),
        *table(("place", "its keys"), ((ROLES[role], names(keys)) for role, keys in PLACES.items())),
        *table(
            ("other keys of a reference", ""),
            (
                ("passed over", names(sorted(BOOKKEEPING))),
                ("passed over beside a place, and refused without one", names(sorted(ELEMENTS))),
            ),
        ),
    ]
    return "\n".join(lines)


def test_the_tables_of_actions_on_the_page_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(FIRST)[2].partition(LAST)[0] == rendered()


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(FIRST)
    PAGE.write_text(before + FIRST + rendered() + LAST + rest.partition(LAST)[2], encoding="utf-8")
