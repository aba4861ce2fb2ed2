"""Molmo's points: `<point x="61.5" y="40.4" alt="dog">`, `<points x1= y1= ..>`, `p=523, 604`, `coords="..."`."""

from vlm_rewards_grounding.formats.numbers import number, numbers
from vlm_rewards_grounding.formats.result import EMPTY, MAX_ITEMS, ParseResult, RawShape

_TAGS = ("<points ", "<point ", "<tracks ")
_QUOTES = ("'", '"')
_FRAMES = str.maketrans(dict.fromkeys(":,;\n", "\t"))


def read_points(text: str, *, unit: float | None) -> ParseResult:
    """All points of a text; coordinates under x and y are percent, compact ones per mille, both turned into `unit`.

    Without a unit there are no compact ones, and x and y are what the family counts in, as in Qwen2.5-VL's XML.

    >>> read_points('<point x="61.5" y="40.4" alt="dog">dog</point>', unit=100).items[0][:2]
    ((61.5, 40.4), 'dog')
    >>> [item.values for item in read_points('<points coords="1 1 990 800 2 10 20">cats</points>', unit=1000).items]
    [(990.0, 800.0), (10.0, 20.0)]
    """
    items: list[RawShape] = []
    at = _next_tag(text, 0)
    while at >= 0 and len(items) <= MAX_ITEMS:
        following = _next_tag(text, at + 1)
        stop = following if following >= 0 else len(text)
        attributes, end = _attributes(text, text.find(" ", at, stop), stop)
        inside = text[end:stop].partition("<")[0].strip()
        label = inside or attributes.get("alt", "").strip() or None
        items += [RawShape(point, label) for point in _points(attributes, unit)]
        at = following
    return ParseResult(items, "points", strict=True, whole=True) if items else EMPTY


def _next_tag(text: str, start: int) -> int:
    """Where the next tag with attributes begins."""
    while (at := text.find("<", start)) >= 0:
        if text.startswith(_TAGS, at):
            return at
        start = at + 1
    return -1


def _attributes(text: str, at: int, stop: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag and the position after it; values may stand without quotes, as in `p=523, 604`."""
    attributes: dict[str, str] = {}
    close = -2
    while at >= 0 and len(attributes) <= 2 * MAX_ITEMS:
        equals = text.find("=", at, stop)
        if close != -1 and close < at:
            close = text.find(">", at, stop)
        if equals < 0 or 0 <= close < equals:
            return attributes, close + 1 if close >= 0 else stop
        name = text[at:equals].split()[-1:] or [""]
        value = equals + 1
        while value < stop and text[value] == " ":
            value += 1
        if text[value : value + 1] in _QUOTES:
            end = text.find(text[value], value + 1, stop)
            if end < 0:
                return attributes, stop
            attributes[name[0]] = text[value + 1 : end]
            at = end + 1
            continue
        following = text.find("=", value, stop)
        limits = [limit for limit in (close, following) if limit >= 0]
        end = min(limits, default=stop)
        if end == following:  # the last word before the next sign names the next attribute
            end = max(text.rfind(" ", value, following), value)
        attributes[name[0]] = text[value:end]
        at = end
    return attributes, stop


def _points(attributes: dict[str, str], unit: float | None) -> list[tuple[float, ...]]:
    points: list[tuple[float, ...]] = []
    for name, value in attributes.items():
        if name.startswith("x") and (name == "x" or name[1:].isdecimal()):
            sides = (number(value.strip()), number(attributes.get("y" + name[1:], "").strip()))
            points.append(_placed([side for side in sides if side is not None], unit, 100))
        elif unit is not None and name == "coords":
            points += _compact(value, unit)
        elif unit is not None and (name == "p" or name.isdecimal()):
            points.append(_placed(numbers(value) or [], unit, 1000))
    return points


def _compact(coords: str, unit: float) -> list[tuple[float, ...]]:
    """Molmo2: for each image or frame its index or time, then index, x and y of each point, x and y per mille."""
    points: list[tuple[float, ...]] = []
    for frame in coords.translate(_FRAMES).split("\t"):
        parts = numbers(frame)
        if parts is None or len(parts) % 3 != 1:
            points += [()] if frame.strip() else []
            continue
        points += [_placed(parts[at + 1 : at + 3], unit, 1000) for at in range(1, len(parts), 3)]
    return points


def _placed(pair: list[float], unit: float | None, parts: int) -> tuple[float, ...]:
    """A point inside the image, of which so many parts make a side; Molmo's own reader drops all others."""
    if unit is not None:
        pair = [side * unit / parts for side in pair]
    return tuple(pair) if len(pair) == 2 and (unit is None or all(0 <= side <= unit for side in pair)) else ()
