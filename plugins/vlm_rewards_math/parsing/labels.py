"""The words behind a value: a unit as a whole (`sq m`, `km per hour`), or a label of what is counted."""

import string
from typing import NamedTuple

from vlm_rewards_math.parsing.units import MAX_PHRASE, Unit, phrase, unit
from vlm_rewards_math.parsing.vocabulary import COUNTERS, FUNCTIONS, GLUED_FUNCTIONS, GREEK, NEGATIONS, WORDS

_DIGITS = frozenset(string.digits)
_LETTERS = frozenset(string.ascii_letters)
_BOUNDS = NEGATIONS | {"least", "most", "plus", "minus", "times", "to", "than", "through", "between", "if", "and", "x"}
_WIDENING = frozenset("以上下左右至到或不非无多余几大小于约超未から")
_AFTER_LETTERS = frozenset(("", ",", ";"))
_AFTER = frozenset(("", *",;)]}=+*<>|\\"))
_ENDS = frozenset(",;:=<>()[]|&+!%\"?_'*.")
_WITHIN = ("\\text", "\\mathrm", "\\mathsf", "\\mbox", "\\operatorname", "\\rm", "\\cdot", "\\Omega", "\\mu ", "\\mu\\")
_EXPONENTS = ("^", "^-", "^{", "^{-")
_DEGREE = unit("degree")


class Label(NamedTuple):
    """Where the words end, and the unit that they are; None for words that only say what is counted."""

    end: int
    unit: Unit | None


def label(text: str, start: int, *, may_be_letters: bool) -> Label | None:
    """The words that start behind a value, as far as the next separator; None for what may be mathematics.

    Single letters `may_be_letters` of units, and not unknowns, behind a space or a decimal.

    >>> label("12 km per hour", 3, may_be_letters=True).end, label("3 x", 2, may_be_letters=True)
    (14, None)
    """
    end = _end_of_words(text, start)
    piece, after = text[start:end], text[end : end + 1].strip()
    is_compound = after in _DIGITS and piece[-1:].isspace()  # 5 m 20 cm
    if after not in _AFTER and not (is_compound or (after in _DIGITS and piece > "\u3000")):
        return None
    words = piece.replace("/", " ").replace("-", " ").split()
    found = phrase(piece)
    if found is None:
        return None if after else _counted(piece, words, end)
    if found == _DEGREE or (piece.isalpha() and piece.isascii() and len(piece) > 1):
        return None
    if all(word[0] in _LETTERS and word[1:2] in ("", "^") for word in words):  # they may be unknowns as well
        is_product = len(words) > 1 and "/" not in piece and "^-" not in piece and "^{-" not in piece
        is_first = is_compound and text[end:].lstrip("0123456789. ")[:1].isalpha()
        if not is_first and (is_product or not may_be_letters or after not in _AFTER_LETTERS):
            return None
    return Label(end, found)


def _counted(piece: str, words: list[str], end: int) -> Label | None:
    """Words of prose, of which the first ones may be a unit: `cups of flour`, `/person`, `个苹果`."""
    if piece[:1] in COUNTERS and _WIDENING.isdisjoint(piece):
        return Label(end, None)
    is_per = piece[:1] == "/"
    longest = max(map(len, words), default=0)
    if not (longest >= 4 if is_per else len(words) > 1 and longest >= 3):
        return None
    if not all(word.isalpha() and word.isascii() and word.lower() not in _BOUNDS for word in words):
        return None
    if any(word in FUNCTIONS or word in WORDS or word in GREEK or _is_glued(word) for word in words):
        return None
    fewer = () if is_per else range(len(words) - 1, 0, -1)
    return Label(end, next(filter(None, (phrase(" ".join(words[:count])) for count in fewer)), None))


def _is_glued(word: str) -> bool:
    """Whether a word is a function with unknowns beside it: `xsin`."""
    return any(name in word for name in GLUED_FUNCTIONS if len(word) <= len(name) + 3)


def _end_of_words(text: str, start: int) -> int:
    """Where the words that start here end: before a separator, a bracket, a number that is not an exponent."""
    depth, at = 0, start
    while at < min(len(text), start + MAX_PHRASE):
        sign = text[at]
        if sign in _DIGITS and not text[:at].endswith(_EXPONENTS):
            return at
        if sign in _ENDS or (sign == "\\" and not text.startswith(_WITHIN, at)):
            return at
        depth += (sign == "{") - (sign == "}")
        if depth < 0 or (sign == " " and text.startswith((" and ", " or "), at)):
            return at
        at += 1
    return at
