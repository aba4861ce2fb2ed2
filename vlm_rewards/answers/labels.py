"""The labels of options in a text: `B`, `(b)`, `2.`, `AC`."""

import string
from collections.abc import Mapping
from typing import NamedTuple
from unicodedata import combining

from vlm_rewards.answers.languages import joined, lowered, merged

OPENERS, CLOSERS = "([{<（「《【*_\"'`$\\", ")]}>.:）」》】,;*_\"'`"
OR = frozenset(("or", "oder", "ou", "o", "или", "或", "者", "maybe", "perhaps", "possibly", "either", "/", "|"))
JOINTS = OR | frozenset(("and", "und", "et", "y", "e", "и", "和", "及", "与", "&", "+"))
_WORDS = merged((), ascii_only=False)
REASONS = (*(word.lstrip(", ") for word in _WORDS.reasons), "since", "for ", "as ")
CLAIMS = _WORDS.claims
_EXPLAINS = (*(word for word in REASONS if f", {word}" not in _WORDS.reasons), *CLAIMS)
_LETTERS = frozenset(string.ascii_uppercase)


class Label(NamedTuple):
    """A label in a text, with brackets around it or a mark behind it if it is marked; an option below 0 is none."""

    option: int
    start: int
    end: int
    marked: bool


def labels_in(text: str, names: Mapping[str, int]) -> list[Label]:
    """The labels in a text, in one pass."""
    found: list[Label] = []
    end = 0
    while end < len(text):
        start, end = end, end + 1
        while joined(text[end - 1], text[end : end + 1]):
            end += 1
        word = text[start:end]
        options = [names.get(word.upper(), -1)]
        if options == [-1] and len(word) > 1 and len(set(word)) == len(word) and not text[:start].strip(OPENERS):  # AC
            options = [names.get(name, -1) for name in word]
        if -1 in options and (len(word) > 1 or "A" not in names or word not in _LETTERS or word == "I"):
            continue
        marked = _is_label(text, start, end)
        if marked is not None:
            found += [Label(option, start + at, end, marked) for at, option in enumerate(options)]
    return found


def opens(text: str, labels: list[Label]) -> bool:
    """Whether a text opens with the first of its labels."""
    return bool(labels) and not text[: labels[0].start].strip(OPENERS + " ")


def _is_label(text: str, start: int, end: int) -> bool | None:
    """Whether a label is marked: in brackets or set off; None where the word is none, as in lower case unless sure."""
    word, before, after = text[start:end], text[start - 1 : start], text[end : end + 1]
    rest = text[end:].lstrip(CLOSERS + " ")
    if text[end:].lstrip()[:1] in tuple("^'=") or combining(after or " "):
        return None
    marked = (after in tuple(".):]}") and not text[end + 1 : end + 2].isdecimal()) or (
        before in tuple(OPENERS) and after in tuple(CLOSERS)
    )
    sure = len(word) == 1 and word != "I" and not word.isdecimal() and (word != word.lower() or not word.isalpha())
    clear = sure and not (word == "A" and _is_article(rest))
    explained = after == "," or lowered(rest).startswith(_EXPLAINS)
    return marked if marked or clear or not rest or explained else None


def _is_article(rest: str) -> bool:
    """Whether what follows `A` makes it an article: a word in lower case that neither explains nor joins."""
    word = (rest.split(maxsplit=1) or [""])[0].strip(",.;")
    return word.isalpha() and word.isascii() and word.islower() and word not in (*JOINTS, "is", "but", "not")
