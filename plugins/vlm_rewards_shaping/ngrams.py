"""The n-grams of a completion: of its tokens where their ids are known, else of its words."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Literal
from unicodedata import category

import vlm_rewards as vr

__all__ = ["NGramUnit", "count_ngrams", "units_of"]

#: `auto` takes tokens where their ids are known (as in training), else words.
NGramUnit = Literal["auto", "tokens", "words"]

MAX_WORD = 16  # longer runs without a space are cut, so a text without any is not a single word
_OPERATORS = frozenset("+-*/=<>^")


def units_of(completion: vr.Completion, unit: NGramUnit) -> tuple[Sequence[Any], str] | None:
    """The units of a completion in their order, and their name; None where they would be unknown tokens.

    Words are letters in lower case and digits: nothing else makes two of them differ, but operators alone or beside
    digits. Runs of more than 16 characters are cut every 16: so Chinese has units, and a flood of one letter has many.

    >>> units_of(vr.Completion("It is SEVEN, it is: 7=8-1 !"), "auto")
    (['it', 'is', 'seven', 'it', 'is', '7=8-1', ''], 'words')
    >>> units_of(vr.Completion("It is.", token_ids=[5, 6, 7]), "auto")
    ([5, 6, 7], 'tokens')
    """
    if unit != "words" and completion.token_ids is not None:
        return list(completion.token_ids), "tokens"
    if unit == "tokens":
        return None
    text = f"{completion.reasoning_field or ''} {completion.text}".casefold()
    words: list[str] = []
    for run in text.split():
        words += [_word(run[at : at + MAX_WORD]) for at in range(0, len(run), MAX_WORD)]
    return words, "words"


def _word(run: str) -> str:
    """What counts of a run of characters: one more comma would make any text new."""
    if run.isalnum() or run in _OPERATORS:
        return run
    has_digit = any(map(str.isdecimal, run))
    return "".join([char for char in run if category(char)[0] in "LMN" or (has_digit and char in _OPERATORS)])


def count_ngrams(units: Sequence[Any], ngram: int) -> tuple[int, int]:
    """How many different n-grams there are, and how many.

    >>> count_ngrams("abab", 2)
    (2, 3)
    """
    known: dict[Any, int] = {}
    numbers = array("I", [known.setdefault(unit, len(known)) for unit in units])
    # Slices of bytes are equal when their n-grams are, and take a fraction of the time and room of tuples.
    packed, width = numbers.tobytes(), numbers.itemsize
    total = max(len(numbers) - ngram + 1, 0)
    return len({packed[at : at + width * ngram] for at in range(0, width * total, width)}), total
