"""What a reader of a text would see of it."""

import unicodedata

_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol that are drawn as nothing
_MARKS = frozenset({"Mn", "Me"})  # drawn on the letter before, or, as variation selectors, not at all


def is_visible(sign: str) -> bool:
    """Whether a character alone shows anything: white space, controls, zero-width and blank characters do not."""
    if not sign.isprintable() or sign.isspace():
        return False
    return sign < "\u0300" or (sign not in _BLANKS and unicodedata.category(sign) not in _MARKS)


def visible(text: str) -> bool:
    r"""Whether a reader would see anything of a text.

    >>> visible("7"), visible(" \n"), visible("\u200b"), visible("\u3164")
    (True, False, False, False)
    """
    return any(map(is_visible, text))


def shown(text: str) -> str:
    r"""The visible characters of a text, and one space for each run of white space between them.

    >>> shown(" 3 \u200b\n\u200b +\u30644 ")
    '3 +つ4'
    """
    hidden = {ord(sign): None for sign in set(text) if not (is_visible(sign) or sign.isspace())}
    return " ".join(text.translate(hidden).split())
