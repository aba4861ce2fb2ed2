"""Moments: the numbers of a text that are times, in seconds, with their units."""

from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_NUMBER_CHARS = 24
MAX_SECONDS = 1e7
MAX_UNIT_CHARS = 12
_DIGITS = frozenset("0123456789")
_NUMBER = frozenset("0123456789.:")
_AS_ZERO = str.maketrans(dict.fromkeys(_DIGITS, "0"))
#: Seconds of each unit; of what is not a time, nothing.
UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "分", "分钟"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "小时"), 3600.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds", "毫秒"), 0.001),
    **dict.fromkeys(("frame", "frames", "fps", "percent", "帧", "th"), 0.0),
}
_CHINESE_UNITS = sorted((unit for unit in UNITS if not unit.isascii()), key=len, reverse=True)
_COUNTED = ("frame", "frames", "#", "帧")  # what stands before a number that is not a time
_GLUED = ("to", "and", "until", "till", "at", "from", "t")


class Moment(NamedTuple):
    """One number of a text."""

    seconds: float | None  # none where it is not a time
    start: int
    stop: int  # behind its unit
    bare: bool  # a whole number without a unit: it may count something


def moments(text: str) -> Iterator[Moment]:
    """The numbers of a text in its order, in one pass.

    A time is `12`, `12.5`, `1:02`, `1:02.5`, `1:00:02` or `00:01:02,500` (as subtitles have it), with or without a
    unit, or several with units, `1 min 5 s`.

    >>> [moment.seconds for moment in moments("1:02, 00:00:28,200, 1 min 5 s and 28 minutes, 250 ms, frame 7")]
    [62.0, 28.2, 65.0, 1680.0, 0.25, None]
    """
    digits, at = text.translate(_AS_ZERO), 0
    while (start := digits.find("0", at)) >= 0:
        moment = _moment(text, start)
        while moment.seconds is not None and (more := _smaller(text, moment)) is not None:
            moment = more
        yield moment
        at = moment.stop


def _moment(text: str, start: int, *, first: bool = True) -> Moment:
    stop = _end_of_number(text, start)
    figure = text[start:stop]
    seconds = None if first and (_is_negative(text, start) or _counts(text, start)) else _seconds(figure)
    unit, after = _unit(text, stop)
    if unit is None:
        return Moment(seconds, start, stop, bare=figure.isdigit())
    size = UNITS[unit]
    if ":" not in figure and seconds is not None:
        seconds = round(seconds * size, 6) if size else None
    return Moment(seconds, start, after, bare=False)


def _smaller(text: str, moment: Moment) -> Moment | None:
    """A time with the smaller one that follows its unit, `1 min 5 s`; None where none does."""
    if text[moment.stop - 1] in _DIGITS:
        return None
    at = moment.stop
    while at < moment.stop + 2 and text[at : at + 1] == " ":
        at += 1
    if text.startswith("and ", at):
        at += 4
    if text[at : at + 1] not in _DIGITS:
        return None
    more = _moment(text, at, first=False)
    whole = text[moment.start : moment.stop]
    larger, smaller = (UNITS.get(_letters(part), 0.0) for part in (whole, text[more.start : more.stop]))
    if more.seconds is None or moment.seconds is None or not larger > smaller > 0:
        return None
    return Moment(moment.seconds + more.seconds, moment.start, more.stop, bare=False)


def _letters(text: str) -> str:
    """The last word of a time: its unit."""
    at = len(text)
    while at > 0 and text[at - 1].isalpha():
        at -= 1
    return text[at:].lower()


def _end_of_number(text: str, at: int) -> int:
    """Behind a number with all that clings to it, also an exponent: 1e308 is one token, and not a time."""
    start = at
    while at < len(text) and text[at] in _NUMBER:
        at += 1
    if text[at - 1] in ".:":  # a full stop or a colon of the sentence
        at -= 1
    thousandths = text[at + 1 : at + 4]
    if text[at : at + 1] == "," and ":" in text[start:at] and len(thousandths) == 3 and _DIGITS.issuperset(thousandths):
        return at + 4 if text[at + 4 : at + 5] not in _NUMBER else at
    if text[at : at + 1] in ("e", "E") and text[at + 1 : at + 2].lstrip("+-")[:1] in (*_DIGITS, ""):
        at += 1
        while at < len(text) and (text[at] in _DIGITS or text[at] in "+-"):
            at += 1
    return at


def _unit(text: str, at: int) -> tuple[str | None, int]:
    """The unit behind a number and where it ends; a letter alone is one only where it clings to the number."""
    start = at + 1 if text[at : at + 1] == " " else at
    if text[start : start + 1] == "%":
        return "percent", start + 1
    near = text[start : start + MAX_UNIT_CHARS]
    if not near[:1].isascii():
        unit = next((unit for unit in _CHINESE_UNITS if near.startswith(unit)), None)
        return unit, start + len(unit or "")
    stop = 0
    while stop < len(near) and near[stop].isascii() and near[stop].isalpha():
        stop += 1
    word = near[:stop].lower()
    if word in UNITS and (start == at or len(word) > 1 or word == "s"):
        return word, start + stop
    if word and start == at and word not in _GLUED:  # 3D, 5x, 1st
        return "th", at
    return None, at


def _counts(text: str, start: int) -> bool:
    """Whether a word that clings to a number, or `frame` before it, says that it counts something."""
    before = text[max(start - MAX_UNIT_CHARS, 0) : start].lower()
    if before.rstrip().endswith(_COUNTED):
        return True
    if not before[-1:].isascii() or not (before[-1:].isalpha() or before[-1:] == "_"):
        return False
    return _letters(before) not in _GLUED


def _is_negative(text: str, start: int) -> bool:
    return text[start - 1 : start] == "-" and not text[max(start - 2, 0) : start - 1].strip(" >").isalnum()


def _seconds(text: str) -> float | None:
    *larger, last = text.replace(",", ".").split(":")
    if len(text) > MAX_NUMBER_CHARS or len(larger) > 2:
        return None
    try:
        total = float(last)
    except ValueError:
        return None
    if larger:
        if total >= 60 or not all(part.isdigit() for part in larger) or any(int(part) >= 60 for part in larger[1:]):
            return None
        total += sum(int(part) * 60**power for power, part in enumerate(reversed(larger), 1))
    return total if total <= MAX_SECONDS else None
