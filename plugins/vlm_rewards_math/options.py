"""Answers to questions with options: a letter, or what the option with that letter says."""

from __future__ import annotations

from collections.abc import Sequence

from vlm_rewards_math.letters import Letter
from vlm_rewards_math.letters import letter as named

__all__ = ["choice", "letter", "option_text"]

_LETTERS = frozenset("ABCDEFGHIJ")
MAX_CHARS = 200


def letter(text: str) -> str | None:
    r"""The capital letter that a reference is, bare or in brackets; None for any other text.

    >>> letter("B"), letter("(B)"), letter("B."), letter("b"), letter("BC")
    ('B', 'B', 'B', None, None)
    """
    bare = text.strip(" .()[]:{}") if len(text) < 8 else ""
    return bare if bare in _LETTERS and bare else None


def choice(text: str) -> Letter | None:
    r"""The letter that an answer chooses, with the text behind it; None for an answer that chooses none.

    >>> choice("(C) \\frac{1}{8}"), choice("Option D"), choice("12"), choice("A or B").name
    (Letter(name='C', text='\\frac{1}{8}'), Letter(name='D', text=''), None, '*')
    """
    return named(text[:MAX_CHARS])


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
