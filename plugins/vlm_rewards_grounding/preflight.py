"""Reference boxes that are none in pixels of the original picture: in another format, in another unit, or outside."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TypeGuard

from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight.findings import Finding, about_rows
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.types.images import ImageRef, Size

__all__ = ["check_boxes"]

Box = tuple[float, float, float, float]

NAMESPACE = "grounding"

#: Annotations round, and count a picture's last pixel as its width: so much outside is inside.
SLACK = 1.0

_EXPECTED = "references are x1, y1, x2, y2 in pixels of the original picture"


def check_boxes(reading: Reading) -> tuple[list[Finding], set[int]]:
    """Findings about the reference boxes of a term of the grounding pack, and the rows they are about.

    Args:
        reading: The term over the dataset.
    """
    if reading.term.full_name.partition("/")[0] != NAMESPACE:
        return [], set()
    values = {row: _read(value) for row, value in reading.values("solution").items()}
    boxes = {row: value for row, value in values.items() if _is_box(value)}
    pictures = reading.pictures()
    params = reading.term.instance.params
    # Numbers that are declared to be something else cannot be told by their looks from mistakes.
    plain = params.get("reference", "xyxy") == "xyxy" and params.get("reference_space", "pixels") == "pixels"
    unreadable: dict[int, str] = {}
    faults: dict[str, list[int]] = {}
    for row, box in boxes.items() if plain else ():
        fault = _format(box)
        if fault is None and pictures[row]:
            fault = _outside(box, _size(row, pictures[row][0], unreadable))
        if fault is not None:
            faults.setdefault(fault, []).append(row)
    needs_picture = params.get("space", "pixels") != "pixels"
    without = [row for row in boxes if needs_picture and not pictures[row]]
    findings = list(_findings(reading, boxes, faults, unreadable, without))
    return findings, {*without, *unreadable, *(row for rows in faults.values() for row in rows)}


def _findings(
    reading: Reading,
    boxes: dict[int, Box],
    faults: dict[str, list[int]],
    unreadable: dict[int, str],
    without: list[int],
) -> Iterator[Finding]:
    where, among = reading.where, len(reading.rows)
    for fault, rows in faults.items():
        example = f"row {rows[0]} holds {list(boxes[rows[0]])}"
        yield about_rows(where, rows, among, f"{fault} ({example})", f"convert the column; {_EXPECTED}")
    if unreadable:
        what = f"the picture cannot be read, e.g. {unreadable[min(unreadable)]}"
        yield about_rows(where, unreadable, among, what, "give the files, or correct the paths")
    if without:
        what = f"no picture, and the space '{reading.term.instance.params['space']}' needs its size"
        yield about_rows(where, without, among, what, "add the column `images`, or map it with `columns`")


def _read(value: object) -> object:
    """Arrow has one type per column, so a box may arrive as its JSON text."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(value)
    return value


def _is_box(value: object) -> TypeGuard[Box]:
    if not isinstance(value, list | tuple) or len(value) != 4:
        return False
    return all(isinstance(side, int | float) and not isinstance(side, bool) for side in value)


def _format(box: Box) -> str | None:
    """What the numbers alone tell."""
    x1, y1, x2, y2 = box
    if max(box) <= 1 and min(box) >= 0:
        return "the box lies within 0 to 1: it is likely relative to the picture's size"
    if x2 <= x1 or y2 <= y1:
        return "x2 <= x1 or y2 <= y1: the box is likely x, y, width, height"
    return None


def _outside(box: Box, size: Size | None) -> str | None:
    if size is None:
        return None
    x1, y1, x2, y2 = box
    if x1 >= -SLACK and y1 >= -SLACK and x2 <= size[0] + SLACK and y2 <= size[1] + SLACK:
        return None
    return "the box reaches outside the picture: it is likely in 0-1000, or in pixels of a resized picture"


def _size(row: int, picture: ImageRef, unreadable: dict[int, str]) -> Size | None:
    try:
        return picture.size
    except ColumnError as error:
        unreadable[row] = str(error)
        return None
