"""Answers that the text behind them takes back."""

from __future__ import annotations

import string
from itertools import product

from vlm_rewards.types.completion import BOX_TOKENS

__all__ = ["second_thought"]

MAX_TAIL_CHARS = 2000
_DIGITS = frozenset(string.digits)
_SILENT = str.maketrans("", "", ",:*_$")
_ENDS = str.maketrans(dict.fromkeys("!?;(\u2013\u2014\u2026", "\n") | {"\u2019": "'"})
_CLOSERS = "-}$.*\\]) \n"
_AROUND = ".,;:!?*_$\"'`()[]"
_DOUBTS = ("no", "actually", "or", "or rather", "or maybe", "or perhaps", "or possibly", "maybe", "perhaps")
_CLAIMS = (
    *("it is", "it's", "it should", "it must", "it could", "that is", "that's", "wait", "sorry", "actually", "i was"),
    *("the answer", "the final answer", "the correct", "the right answer", "should be"),
)
_TAKES_BACK = tuple(
    f"{phrase} "
    for phrase in (
        *("wait", "oops", "correction", "scratch that", "hold on", "on second thought", "my mistake", "sorry"),
        *("i was wrong", "i made a mistake", "i made an error", "i meant", "let me correct", "that is wrong"),
        *("that's wrong", "this is wrong"),
        *(f"{doubt} {claim}" for doubt, claim in product(_DOUBTS, _CLAIMS)),
    )
)
_OPENINGS = frozenset(" ".join(phrase.split()[:2]) for phrase in (*_TAKES_BACK, *_DOUBTS))
# The word before a value that is stated as the answer; `42 / 6 = 7` and `in 3 steps` state none.
_STATES = frozenset(
    ("is", "be", "it's", "that's", "but", "or", "rather", "no", "wait", "oops", "actually", "correction", "correct")
) | frozenset(("sorry", "on", "thought", "mistake", "error", "meant", "to", "maybe", "perhaps", "possibly", "answer"))
_OPERATORS = frozenset("=+*/^<>")


def second_thought(tail: str) -> str | None:
    r"""The number or option that the text behind an answer puts in the place of it; None where it takes nothing back.

    It is taken back by a sentence or clause that opens with an explicit correction ("wait", "no, it is", "I was wrong",
    "or maybe", "or 41"), and the last number or single capital letter that is stated from there on ("it is 41",
    "Wait, 41") is what counts instead. An explanation or a check, however long, takes nothing back.

    Args:
        tail: The text behind the answer, from what closes it on; its first 2,000 characters are read.

    >>> second_thought(". No wait, it is 41."), second_thought(" or 41"), second_thought(". Wait, not B but C.")
    ('41', '41', 'C')
    >>> second_thought(". This means 42 apples, since 40 + 2 = 42."), second_thought(". Wait, check: 42 / 6 = 7. Yes.")
    (None, None)
    """
    tail = tail[:MAX_TAIL_CHARS].removeprefix(BOX_TOKENS[1]).lstrip(_CLOSERS)
    if not tail:
        return None
    for end in (". ", " - ", " -- ", "..."):
        tail = tail.replace(end, "\n")
    lines = tail.translate(_ENDS).splitlines()
    at = next((at for at, line in enumerate(lines) if _takes_back(line)), None)
    return None if at is None else _stated(" ".join(lines[at:]).split())


def _takes_back(clause: str) -> bool:
    """Whether a clause opens with a correction, or with a doubt and a value right behind it."""
    clause = clause.lstrip(_AROUND + _CLOSERS)
    first, second = [*clause[:40].casefold().split(maxsplit=2), "", ""][:2]
    first = first.rstrip(_AROUND)
    if first not in _OPENINGS and f"{first} {second}".rstrip(_AROUND) not in _OPENINGS:
        return False
    words = clause.translate(_SILENT).split(maxsplit=6)[:6]
    said = " ".join(words).casefold() + " "
    if said.startswith(_TAKES_BACK):
        return True
    doubts = [doubt for doubt in _DOUBTS if said.startswith(f"{doubt} ")]
    if not doubts or (doubts == ["no"] and clause[2:3] not in (",", ":")):  # `no 2 sides are equal`
        return False
    following = words[len(max(doubts, key=len).split()) :][:1]
    return bool(following) and _value(following[0]) is not None


def _stated(words: list[str]) -> str | None:
    """The last value that is stated as the answer and not denied."""
    words = [word for word in words if word.strip(_AROUND + "\\")]
    for before, word in zip(reversed(words[:-1]), reversed(words), strict=False):
        if before.strip(_AROUND).casefold() in _STATES and (value := _value(word)) is not None:
            return value
    return None


def _value(word: str) -> str | None:
    """The number or single capital letter that a word is, bare."""
    value = word.strip(_AROUND).removeprefix("\\(").removesuffix("\\").rstrip("$.")
    letter = len(value) == 1 and value in string.ascii_uppercase and (value not in "AI" or value != word)
    number = not _DIGITS.isdisjoint(value) and _OPERATORS.isdisjoint(value)
    return value if letter or number else None
