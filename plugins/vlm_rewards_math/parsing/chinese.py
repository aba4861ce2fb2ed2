"""Chinese words of mathematics as the signs they mean: numbers, and words that join items."""

from vlm_rewards_math.parsing.units import phrase
from vlm_rewards_math.parsing.vocabulary import COUNTERS

MAX_NUMBER = 20
_DIGITS = {**dict(zip("零一二三四五六七八九", range(10), strict=True)), "〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_WITHIN = "".join((*_DIGITS, *_SCALES, "万点负分之.0123456789"))
_WORDS = (
    *((word, " or ") for word in ("或者", "或是", "或")),
    *((word, " and ") for word in ("并且", "而且", "以及", "且", "和", "与")),
    *(
        ("比", ":"),
        ("负", "-"),
        ("零下", "-"),
        ("根号", "\\surd "),
        ("又", " "),
        ("空集", "\\emptyset "),
        ("大约", "\\approx "),
        ("约", "\\approx "),
    ),
    *(("星期", "周"), ("号", "日")),
)


def with_signs(text: str) -> str:
    """A text with signs for Chinese words that join items, and digits for a number in words that it starts with.

    >>> with_signs("x>2且x≠3"), with_signs("负三十五个"), with_signs("百分之八"), with_signs("三角形")
    ('x>2 and x≠3', '-35个', '8%', '三角形')
    """
    said = text[: len(text) - len(text.lstrip(_WITHIN))].rstrip("分之")
    rest = text[len(said) :].rstrip("。 ")
    if 0 < len(said) <= MAX_NUMBER and not said.isascii() and (rest[:1] in COUNTERS or not rest or phrase(rest)):
        text = (_number(said) or said) + rest
    for word, means in _WORDS:
        text = text.replace(word, means)
    return text


def _number(said: str) -> str | None:
    """A number in words: with a sign, as so many parts of another, or per cent."""
    if said.startswith("负"):
        value = _number(said[1:])
        return value and f"-{value}"
    below, over, above = said.partition("分之")
    if over:
        top, bottom = _decimal(above), _decimal(below)
        return None if not top else f"{top}%" if below == "百" else f"{top}/{bottom}" if bottom else None
    return _decimal(said)


def _decimal(said: str) -> str | None:
    if said.replace(".", "", 1).isdecimal():
        return said
    whole, point, decimals = said.partition("点")
    value = _whole(whole)
    if value is None or (point and not (decimals and all(sign in _DIGITS for sign in decimals))):
        return None
    return f"{value}{'.' if point else ''}{''.join(str(_DIGITS[sign]) for sign in decimals)}"


def _whole(said: str) -> int | None:
    """A whole number in words: digits, each before its scale; `十` alone is ten."""
    if said.startswith("十"):
        said = f"一{said}"
    total = section = 0
    digit: int | None = None
    for sign in said:
        if sign in _DIGITS and not digit:
            digit = _DIGITS[sign]
        elif sign in _SCALES and digit:
            section, digit = section + digit * _SCALES[sign], None
        elif sign == "万" and (section or digit):
            total, section, digit = (section + (digit or 0)) * 10_000, 0, None
        else:
            return None
    return total + section + (digit or 0) if said else None
