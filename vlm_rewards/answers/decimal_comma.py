"""A lone number that is written with a decimal comma."""

from __future__ import annotations

import string

__all__ = ["with_point"]


def with_point(text: str) -> str | None:
    """A lone number with a decimal comma, and the unit behind it if there is one, with a point; None for other texts.

    What may be a group of thousands is none, and neither is a list.

    >>> with_point("12,5 cm"), with_point("-0,125"), with_point("1.234,50 €")
    ('12.5 cm', '-0.125', '1234.50 €')
    >>> with_point("12,345"), with_point("1, 2"), with_point("1,2,3"), with_point("(1,2)"), with_point("12.5")
    (None, None, None, None, None)
    """
    text = text.strip()
    amount = text.lstrip("-€£¥₹$\\ ")
    sign = text[: len(text) - len(amount)]
    whole, _, rest = amount.partition(",")
    first, *groups = whole.replace(" ", ".").split(".")
    unit = rest.lstrip(string.digits)
    places = len(rest) - len(unit)
    digits = first + "".join(groups)
    grouped = all(len(group) == 3 for group in groups)
    is_number = digits.isdecimal() and digits.isascii() and grouped and (0 < places < 3 or (places and digits == "0"))
    return f"{sign}{digits}.{rest}" if is_number and unit[:1] not in (",", ".") and "," not in unit else None
