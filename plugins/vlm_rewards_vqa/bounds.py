"""Whether an answer says a number, or only what the number is not, at least or at most."""

from __future__ import annotations

from collections.abc import Sequence

from vlm_rewards_vqa.text.numerals import single_number

__all__ = ["bounds"]

_BEFORE = frozenset({("at", "least"), ("at", "most"), ("up", "to")}) | {
    (more, "than") for more in ("more", "greater", "less", "fewer")
}
_BEHIND = frozenset(("or", more) for more in ("more", "less", "fewer", "so")) | {
    ("is", denied) for denied in ("wrong", "incorrect", "not")
}
_DENIES = frozenset({"not", "neq", "ne", "\u2260", "\u2264", "\u2265", "leq", "geq"})


def bounds(words: Sequence[str]) -> bool:
    """Whether words, in lower case, deny or bound the number beside them.

    >>> bounds(["at", "least", "3"]), bounds(["3", "or", "more"]), bounds(["not", "3"]), bounds(["3", "is", "wrong"])
    (True, True, True, True)
    >>> bounds(["3", "dogs", "are", "not", "here"])
    False
    """
    for at, word in enumerate(words):
        following = tuple(words[at + 1 : at + 2])
        if word == "+" and at == len(words) - 1:
            return True
        if (word in _DENIES or (word in "<>" and not at)) and _starts(following):
            return True
        pair = (word, *following)
        if (pair in _BEFORE and _starts(words[at + 2 : at + 3])) or (pair in _BEHIND and _starts(words[at - 1 : at])):
            return True
    return False


def _starts(words: Sequence[str]) -> bool:
    return bool(words) and single_number(words[0]) is not None
