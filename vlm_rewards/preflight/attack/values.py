"""The values of references: how they are written, and what lies between two of them or covers all."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any


def parsed(value: Any) -> Any:
    """A value, or what its text holds as JSON where that is a list or a mapping."""
    try:
        return json.loads(value) if isinstance(value, str) and value.lstrip()[:1] in ("[", "{") else value
    except (ValueError, RecursionError):
        return value


def number(value: Any) -> float | None:
    """The number that a value is."""
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None


def are_near(one: Any, other: Any) -> bool:
    """Whether two values are the same, or numbers that a tolerance may make one."""
    a, b = number(one), number(other)
    return one == other or (a is not None and b is not None and abs(a - b) <= min(abs(a), abs(b)))


def kind(value: Any) -> str:
    """What another value must be to stand in for it; two and four numbers are points, intervals and boxes."""
    if isinstance(value, list) and len(value) in (2, 4) and all(isinstance(part, int | float) for part in value):
        return f"{len(value)} numbers"
    held = type(value).__name__ if isinstance(value, list | dict) else "text"
    held = "yes or no" if str(value).lower() in ("yes", "no") else held
    return "number" if number(value) is not None else "letter" if held == "text" and len(str(value)) == 1 else held


def options(row: Mapping[str, Any]) -> list[str]:
    """The options of a row, as texts."""
    held = parsed(row.get("options", row.get("choices")))
    return [str(text) for text in (held.values() if isinstance(held, dict) else held if isinstance(held, list) else ())]


def written(value: Any) -> dict[str, str]:
    """The ways to write a value, by name."""
    if not isinstance(value, list | dict):
        return {"text": str(value)}
    texts = [part for part in value if isinstance(part, str)] if isinstance(value, list) else []
    listed = {"list": ", ".join(texts), "first": Counter(texts).most_common(1)[0][0]} if texts else {}
    return {"json": json.dumps(value, ensure_ascii=False), **listed}


def compromises(one: Any, other: Any) -> list[Any]:
    """The single values between two, and both items of two sets: honest answers where the two are known."""
    if kind(one) == kind(other) and kind(one).endswith("numbers"):
        low, high, half = [*map(min, one, other)], [*map(max, one, other)], len(one) // 2
        middle = [(a + b) / 2 for a, b in zip(one, other, strict=True)]
        return [middle, low[:half] + high[half:], high[:half] + low[half:]]
    if isinstance(one, list) and isinstance(other, list):
        return [[*one, *other]]
    a, b = number(one), number(other)
    return [] if a is None or b is None else [(a + b) / 2]


def shotguns(values: Sequence[Any]) -> list[Any]:
    """Values that cover the place where all boxes, points or intervals are: the hull, and grids of its parts."""
    parts = [part for value in values if isinstance(value, list) for part in (value, *value)]
    parts = [part for part in parts if kind(part).endswith("numbers")]
    if not parts:
        return []
    low, high, half = min(map(min, parts)), max(map(max, parts)), len(parts[0]) // 2
    ends = ((low, high), (0, 1000), (0, 1), (-1e6, 1e6), (high, low))  # the last is inside out
    found: list[Any] = [[start] * half + [end] * half for start, end in ends]
    for count in (2, 4, 8):
        tiles = [*pairwise(low + (high - low) * step / count for step in range(count + 1))]
        cells = [[left, top, right, bottom] for left, right in tiles for top, bottom in tiles]
        found += [cells] if half == 2 else [[cell[:2] for cell in cells], [*map(list, tiles)]]
    return [*found, *([whole] for whole in found[: len(ends)])]
