"""Rows that a run would stop at, whatever the rewards read: prompts that are none, and images that cannot be read."""

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
from vlm_rewards_trl.data.conversations import turns_of
from vlm_rewards_trl.data.dataset import PROMPTS
from vlm_rewards_trl.data.images import ROWS, image_column
from vlm_rewards_trl.recipe.recipe import DatasetConfig

__all__ = ["check_rows"]


def check_rows(columns: Mapping[str, Sequence[Any]], base: Path | None) -> Iterator[Finding]:
    """A finding about prompts, unless the rows are answered, and one about images, whose first 10,000 rows are opened.

    That about images is a warning: a recipe may have another folder for them.
    """
    image = image_column(list(columns))
    prompt = next((name for name in PROMPTS if name in columns and "completion" not in columns), None)
    prompts = columns[prompt] if prompt is not None else ()
    stored = columns[image] if image is not None else [None] * len(prompts)
    unread: dict[int, str] = {}
    wrong: dict[int, str] = {}
    for row, value in enumerate(stored):
        images = images_of(value, base=base)
        try:
            for one in images if row < ROWS else ():
                check_area(one.size, "An image")
        except ColumnError as error:
            unread[row] = str(error)
        try:
            if prompts:
                turns_of("prompt", prompts[row], _PLAIN, column=image, images=len(images))
        except ColumnError as error:
            wrong[row] = str(error)
    mend = "correct these rows, or leave them out"
    if wrong:
        yield replace(_finding(prompt, wrong, len(stored), mend), severity=Severity.ERROR)
    if unread:
        fix = f"{mend}; relative paths start from the folder of the data, or from `image_root` of a recipe"
        yield replace(_finding(image, unread, len(stored), fix), severity=Severity.WARNING)


#: Prompts as they are, with nothing around them.
_PLAIN = DatasetConfig(path="json")


def _finding(column: str | None, rows: Mapping[int, str], among: int, fix: str) -> Finding:
    what = f"a run stops there, e.g. at row {min(rows)}: {rows[min(rows)].removesuffix('.')}"
    return about_rows(f"column {column}", rows, among, what, fix)
