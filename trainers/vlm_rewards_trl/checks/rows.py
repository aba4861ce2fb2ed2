"""Rows that a run would stop at, whatever the rewards read: what is no conversation, and images that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight import Finding, Severity
from vlm_rewards.preflight.findings import about_rows
from vlm_rewards.types.images import images_of
from vlm_rewards.types.pixels import check_area
from vlm_rewards_trl.data.conversations import ANSWERS, turns_of
from vlm_rewards_trl.data.dataset import PROMPTS
from vlm_rewards_trl.data.images import ROWS, image_column
from vlm_rewards_trl.recipe.recipe import DatasetConfig


def check_rows(columns: Mapping[str, Sequence[Any]], base: Path | None) -> Iterator[Finding]:
    """A finding about each column of conversations, and one about images, whose first 10,000 rows are opened.

    That about images is a warning: a recipe may have another folder for them. So are those about conversations of rows
    that have a `completion`, which may be there to be scored.
    """
    image = image_column(list(columns))
    prompt = next((name for name in PROMPTS if name in columns), None)
    named = {name: name for name in ANSWERS if name in columns} | ({prompt: "prompt"} if prompt else {})
    is_pair = set(named) == {"chosen", "rejected"}  # with their prompts in them
    unread: dict[int, str] = {}
    wrong: dict[str, dict[int, str]] = {column: {} for column in named}
    count = len(next(iter(columns.values()), ()))
    for row in range(count):
        images = images_of(None if image is None else columns[image][row], base=base)
        try:
            for one in images if row < ROWS else ():
                check_area(one.size, "An image")
        except ColumnError as error:
            unread[row] = str(error)
        beside: Any = () if is_pair else None
        for column, name in named.items():
            value = columns[column][row]
            try:
                turns_of(name, value, _PLAIN, beside=beside, column=image, images=len(images))
            except ColumnError as error:
                wrong[column][row] = str(error)
                break
            beside = value if is_pair else None
    mend = "correct these rows, or leave them out"
    severity = Severity.WARNING if "completion" in columns else Severity.ERROR
    for column, rows in wrong.items():
        if rows:
            yield replace(_finding(column, rows, count, mend), severity=severity)
    if unread:
        fix = f"{mend}; relative paths start from the folder of the data, or from `image_root` of a recipe"
        yield replace(_finding(image, unread, count, fix), severity=Severity.WARNING)


#: Prompts as they are, with nothing around them.
_PLAIN = DatasetConfig(path="json")


def _finding(column: str | None, rows: Mapping[int, str], among: int, fix: str) -> Finding:
    what = f"a run stops there, e.g. at row {min(rows)}: {rows[min(rows)].removesuffix('.')}"
    return about_rows(f"column {column}", rows, among, what, fix)
