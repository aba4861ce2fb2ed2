"""Answers to questions with options: a letter, or what the option with that letter says."""

from __future__ import annotations

import string
from collections.abc import Sequence

from vlm_rewards_math.letters import Letter
from vlm_rewards_math.letters import letter as named

__all__ = ["choice", "letter", "letters", "option_text", "without_letters"]

_LETTERS = frozenset("ABCDEFGHIJ")
MAX_CHARS = 200
_AROUND = str.maketrans(dict.fromkeys("(){}[],;&.", " "))


def letter(text: str) -> str | None:
    r"""The capital letter that a reference is, bare or in brackets; None for any other text.

    >>> letter("B"), letter("(B)"), letter("B."), letter("b"), letter("BC")
    ('B', 'B', 'B', None, None)
    """
    bare = text.strip(" .()[]:{}") if len(text) < 8 else ""
    return bare if bare in _LETTERS and bare else None


def letters(text: str) -> frozenset[str] | None:
    r"""The capital letters that an answer with several options lists; None for any other text.

    >>> sorted(letters("A, C and D")), sorted(letters("(A)(C)")), letters("A"), letters("ABBA"), letters("A plan")
    (['A', 'C', 'D'], ['A', 'C'], None, None, None)
    """
    if len(text) > 60:
        return None
    bare = text.replace("\\text", " ").replace("and", " ").translate(_AROUND).split()
    listed = "".join(bare)
    several = len(listed) > 1 and _LETTERS.issuperset(listed) and len(set(listed)) == len(listed)
    return frozenset(listed) if several and (len(bare) == 1 or all(len(word) == 1 for word in bare)) else None


def choice(text: str) -> Letter | None:
    r"""The letter that an answer chooses, with the text behind it; None for an answer that chooses none.

    >>> choice("(C) \\frac{1}{8}"), choice("Option D"), choice("12"), choice("A or B").name
    (Letter(name='C', text='\\frac{1}{8}'), Letter(name='D', text=''), None, '*')
    """
    found = named(text[:MAX_CHARS])
    if found is None or not found.text:
        return found
    # The braces around a letter are stripped off together with those that its text ends with.
    missing = found.text.count("{") - found.text.count("}")
    return Letter(found.name, found.text + "}" * max(0, missing))


def without_letters(options: Sequence[str]) -> list[str]:
    """The texts of the options without letters of their own, where each has its own.

    >>> without_letters(["A. 9", "(B) 12"]), without_letters(["A. 9", "12"])
    (['9', '12'], ['A. 9', '12'])
    """
    bare = [option_text(options, letter_) or "" for letter_ in string.ascii_uppercase[: len(options)]]
    labelled = all(text and text != option.strip() for text, option in zip(bare, options, strict=True))
    return bare if labelled else list(options)


def option_text(options: Sequence[str], chosen: str) -> str | None:
    """The text of an option, without its own letter; None for a letter beyond the options."""
    at = ord(chosen) - ord("A")
    if not 0 <= at < len(options):
        return None
    text = options[at].strip()
    for opening in (f"({chosen})", f"{chosen}.", f"{chosen})", f"{chosen}:"):
        if text.startswith(opening):
            return text[len(opening) :].strip()
    return text
