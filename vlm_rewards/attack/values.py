"""The values of references: how they are written, what lies between two of them, and some that are made up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["KINDS", "compromises", "kind", "number", "options", "parsed", "shotguns", "written"]


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


def _is_numbers(value: Any) -> bool:
    """Whether a value is a box, a point or an interval."""
    return isinstance(value, list) and len(value) in (2, 4) and all(isinstance(part, int | float) for part in value)


def kind(value: Any) -> str:
    """What another value must be to stand in for it."""
    if isinstance(value, list | dict):
        return f"{len(value)} numbers" if _is_numbers(value) else type(value).__name__
    return "number" if number(value) is not None else "letter" if len(str(value)) == 1 else "text"


def options(row: Mapping[str, Any]) -> list[str]:
    """The options of a row, as texts."""
    held = parsed(row.get("options", row.get("choices")))
    held = list(held.values()) if isinstance(held, dict) else held
    return [str(option) for option in held] if isinstance(held, list) else []


def written(value: Any) -> dict[str, str]:
    """The ways to write a value, by name."""
    if not isinstance(value, list | dict):
        return {"text": str(value)}
    forms = {"json": json.dumps(value, ensure_ascii=False)}
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        forms |= {"list": ", ".join(value), "first": Counter(value).most_common(1)[0][0]}
    return forms


def compromises(one: Any, other: Any) -> dict[str, Any]:
    """The single values between two, and both items of two sets: honest answers where the two are known."""
    if _is_numbers(one) and kind(one) == kind(other):
        pairs = list(zip(one, other, strict=True))
        low, high, half = [min(pair) for pair in pairs], [max(pair) for pair in pairs], len(one) // 2
        middle = [sum(pair) / 2 for pair in pairs]
        return {"middle": middle, "union": low[:half] + high[half:], "overlap": high[:half] + low[half:]}
    if isinstance(one, list) and isinstance(other, list):
        return {"both": [*one, *other]}
    a, b = number(one), number(other)
    return {} if a is None or b is None else {"middle": (a + b) / 2}


def shotguns(values: Sequence[Any]) -> dict[str, Any]:
    """Values that cover the place where all boxes, points or intervals are: the hull, and grids of its parts."""
    parts = [part for value in values if isinstance(value, list) for part in (value, *value) if _is_numbers(part)]
    if not parts:
        return {}
    low, high, size = min(map(min, parts)), max(map(max, parts)), len(parts[0])
    ends = [low + (high - low) * step / 8 for step in range(9)]
    found: dict[str, Any] = {}
    for name, (start, end) in {"hull": (low, high), "all": (0, 1000), "unit": (0, 1), "huge": (-1e6, 1e6)}.items():
        whole = [start] * (size // 2) + [end] * (size // 2)
        found[name] = whole if _is_numbers(values[0]) else [whole]
    for step in (1, 2, 4):
        starts = range(0, 8, step)
        cells = [[ends[x], ends[y], ends[x + step], ends[y + step]] for x in starts for y in starts]
        found[f"grid of {8 // step}"] = cells if size == 4 else [cell[:2] for cell in cells]
        found[f"tiles of {8 // step}"] = cells if size == 4 else [[ends[x], ends[x + step]] for x in starts]
    return found


def _box(index: int) -> list[int]:
    left, top = index * 37 % 700, index * 91 % 600
    return [left, top, left + 60 + index * 13 % 200, top + 50 + index * 29 % 300]


_WORDS = [one + other for one in ("ba", "lor", "mi", "tun", "ke") for other in ("sar", "do", "vel", "pa", "rin")]
#: References to make up rows with, by kind; structures come last.
KINDS: Mapping[str, Sequence[Any]] = {
    "number": [f"{'-' * (index % 4 == 3)}{index**2 * 7 % 997 + 2}{'.25' * (index % 5 == 4)}" for index in range(24)],
    "letter": [*"ABCD"] * 6,
    "text": [f"{word} {_WORDS[index // 2]}"[: 99 if index % 2 else len(word)] for index, word in enumerate(_WORDS)],
    "yes or no": ["yes", "no"] * 12,
    "boxes": [[_box(index), _box(index + 50)] for index in range(24)],
    "box": [_box(index) for index in range(24)],
    "interval": [[index * 7 % 90, index * 7 % 90 + 4 + index % 9] for index in range(24)],
    "list": [[word, _WORDS[-index]] for index, word in enumerate(_WORDS, 1)],
    "mapping": [{"name": word, "total": index * 3 + 1} for index, word in enumerate(_WORDS)],
}
