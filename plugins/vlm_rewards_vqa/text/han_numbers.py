"""Numbers in Chinese and Japanese characters, before a counter or alone: `两只`, `三个`, `十二`."""

from __future__ import annotations

from itertools import groupby

_VALUES = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_SIGNS = frozenset(_VALUES) | frozenset(_UNITS)
_COUNTERS = frozenset("个個只隻条條头頭匹名位张張本辆輛件座棵把朵根块塊人台枚羽つ")


def with_digits(text: str) -> str:
    """A text with digits for the numbers that a counter follows, and for one that is the whole text.

    >>> with_digits("有两只猫。"), with_digits("一百零五个"), with_digits("十二"), with_digits("统一, 第三个")
    ('有2只猫。', '105个', '12', '统一, 第三个')
    """
    if text.isascii():
        return text
    runs = ["".join(run) for _, run in groupby(text, _SIGNS.__contains__)]
    whole = text.strip(" .,!?。")
    for at, (run, after) in enumerate(zip(runs, [*runs[1:], ""], strict=True)):
        value = _value(run) if run == whole or after[:1] in _COUNTERS else None
        if value is not None and (not at or runs[at - 1][-1] != "第"):
            runs[at] = str(value)
    return "".join(runs)


def _value(run: str) -> int | None:
    """The value of a run of numerals below ten thousand; None for others, such as two digits side by side."""
    total, digit, unit = 0, None, 10_000
    for sign in run:
        if sign in _UNITS and _UNITS[sign] < unit and digit != 0:
            unit = _UNITS[sign]
            total += (digit or 1) * unit
            digit = None
        elif sign in _VALUES and not digit:
            digit = _VALUES[sign]
        else:
            return None
    return total + (digit or 0)
