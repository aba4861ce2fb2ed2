r"""Read a number exactly: integers, decimals, fractions, per cent, thousands separators, scientific notation.

Nothing is evaluated: the text is walked by character, and digits and exponents are capped before any arithmetic.
"""

from __future__ import annotations

from fractions import Fraction

from vlm_rewards_math.parsing.nodes import Node, Unreadable, decimal, integer

__all__ = ["number", "terminates", "written"]

MAX_CHARS = 640  # the least limit on digits that an interpreter may be given: `int` never refuses so few
MAX_EXPONENT = 400
_DIGITS = frozenset("0123456789")
_POWERS = ("\\times 10^", "\\times10^", "\\cdot 10^", "\\cdot10^", "*10^", "e", "E")


def number(text: str) -> Fraction | None:
    r"""The exact value of a plain text (see `normalise`) that is one number and nothing else; None for any other.

    >>> number("1,234.50"), number("\\frac{1}{2}"), number("-3/4"), number("50%"), number("2e3")
    (Fraction(2469, 2), Fraction(1, 2), Fraction(-3, 4), Fraction(1, 2), Fraction(2000, 1))
    >>> number("1.234.567"), number("1'234.5"), number("1.23.456")
    (Fraction(1234567, 1), Fraction(2469, 2), None)
    >>> number("1/0"), number("2 apples"), number("1e999999999"), number("1,23"), number("0,123")
    (None, None, None, None, None)
    """
    if len(text) > MAX_CHARS or not text or text[-1] not in "0123456789}.%":
        return None
    if text.isdecimal() and text.isascii():
        return Fraction(int(text))
    bare = text[1:].lstrip() if text[:1] in ("-", "+") else text
    percent = bare.endswith("%")
    value = _fraction(bare[:-1].removesuffix("\\").rstrip() if percent else bare)
    if value is None:
        return None
    return (-value if text.startswith("-") else value) / (100 if percent else 1)


def written(text: str) -> Node:
    """The node of one number token: digits, a decimal, `1.5e3`, or `0.1|6` for a repeating decimal.

    >>> written("0.50").value, written("0.|3").value
    ((Fraction(1, 2), 2), Fraction(1, 3))
    """
    if text.isdecimal():
        return integer(int(text))
    if "|" in text:
        front, _, again = text.partition("|")
        places = len(front.partition(".")[2])
        period = Fraction(int(again), (10 ** len(again) - 1) * 10**places)
        return Node("num", (), _parsed(front if front.strip(".") else "0") + period)
    for mark in ("e", "E"):
        if mark in text:
            return Node("num", (), _parsed(text))
    return decimal(_parsed(text), len(text.partition(".")[2]))


def terminates(value: Fraction) -> bool:
    """Whether some decimal equals the value: its denominator divides a power of ten.

    >>> terminates(Fraction(1, 8)), terminates(Fraction(1, 3))
    (True, False)
    """
    return pow(10, value.denominator.bit_length(), value.denominator) == 0


def _parsed(text: str) -> Fraction:
    value = _decimal(text)
    if value is None:
        raise Unreadable("no number")
    return value


def _fraction(text: str) -> Fraction | None:
    """An unsigned number, or one over another."""
    for command in ("\\frac{", "\\dfrac{", "\\tfrac{"):
        if text.startswith(command) and text.endswith("}") and text.count("}{") == 1:
            text = text[len(command) : -1].replace("}{", "/")
    if "/" not in text:
        return _decimal(text)
    top, bottom = (part.strip() for part in text.split("/", 1))
    above, below = _decimal(top.removeprefix("-")), _decimal(bottom.removeprefix("-"))
    if above is None or not below or " " in top + bottom:  # `1 234/5` may be a mixed number
        return None
    return -above / below if top.startswith("-") != bottom.startswith("-") else above / below


def _decimal(text: str) -> Fraction | None:
    r"""An unsigned decimal, with an exponent after `e`, `\times 10^` or `*10^`."""
    if text.isdecimal() and text.isascii():
        return Fraction(int(text))
    mantissa, power = text, 0
    mark = next((mark for mark in _POWERS if mark in text), None)
    if mark is not None:
        mantissa, _, tail = text.partition(mark)
        exponent = _exponent(tail)
        if exponent is None:
            return None
        mantissa, power = mantissa.rstrip(), exponent
    whole, _, decimals = mantissa.partition(".") if mantissa.count(".") < 2 else (mantissa, "", "")
    digits = _ungrouped(whole) + decimals
    if not digits or not _DIGITS.issuperset(digits):
        return None
    value = Fraction(int(digits), 10 ** len(decimals))
    return value * Fraction(10) ** power if power else value


def _ungrouped(whole: str) -> str:
    """Digits without separators of thousands; as it is, and so no number, where they group anything but thousands."""
    for separator in (",", " ", ".", "'"):
        if separator in whole:
            first, *groups = whole.split(separator)
            # A first group of 0 would make 123 of `0,123`, which is how half of the world writes 0.123.
            if 1 <= len(first) <= 3 and not first.startswith("0") and all(len(group) == 3 for group in groups):
                return first + "".join(groups)
    return whole


def _exponent(text: str) -> int | None:
    text = text.strip()
    text = text[1:-1].strip() if text.startswith("{") and text.endswith("}") else text
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if not 0 < len(digits) <= 4 or not _DIGITS.issuperset(digits) or int(digits) > MAX_EXPONENT:
        return None
    return -int(digits) if text.startswith("-") else int(digits)
