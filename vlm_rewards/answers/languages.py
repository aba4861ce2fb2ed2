"""The words that announce, introduce, close and take apart an answer; the table is languages.txt.

An announcement is a noun, fillers, and a copula, a colon or another sign: `The correct answer to this question is`.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

UNSPACED = "\u0e00"  # scripts from Thai on write no spaces; so do words glued to an Arabic article


class Words(NamedTuple):
    """The words of one language, or of several together, in lower case."""

    nouns: tuple[str, ...] = ()  # announce an answer of any kind when a copula or a sign follows
    copulas: tuple[str, ...] = ()  # stand between a noun and the answer
    fillers: tuple[str, ...] = ()  # may stand between a noun, its copula and the answer, and say nothing
    pointers: tuple[str, ...] = ()  # announce an option when a sign and its label follow
    verbs: tuple[str, ...] = ()  # announce an option when its label follows
    leads: tuple[str, ...] = ()  # may open a sentence that is the whole answer, and say nothing
    endings: tuple[str, ...] = ()  # close the sentence behind the answer
    reasons: tuple[str, ...] = ()  # open the clause that explains the answer, or says what it is not
    claims: tuple[str, ...] = ()  # say behind an option that it is the right one
    denials: tuple[str, ...] = ()  # reject the answer that they stand beside


_ROWS = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")


def _words(row: str) -> tuple[str, Words]:
    code, *said = row.split()
    kinds = [kind.strip().partition(" ") for kind in " ".join(said).split(";")]
    return code, Words(**{kind: tuple(word.strip() for word in words.split("|")) for kind, _, words in kinds})


LANGUAGES = dict(_words(row) for row in _ROWS.replace("\n    ", " ").splitlines() if not row.startswith("#"))


@lru_cache(maxsize=512)
def merged(codes: tuple[str, ...], *, ascii_only: bool) -> Words:
    """The words of some languages together, of all for no codes, the longest first; for an ASCII text those in ASCII.

    Raises ValueError for a code without a row.
    """
    if unknown := [code for code in codes if code not in LANGUAGES]:
        raise ValueError(f"no language {unknown[0]!r}; known are {', '.join(LANGUAGES)}")
    kinds = zip(*(LANGUAGES[code] for code in codes or LANGUAGES), strict=True)
    words = [{word for words in kind for word in words if word.isascii() or not ascii_only} for kind in kinds]
    return Words(*(tuple(sorted(sorted(kind), key=len, reverse=True)) for kind in words))


def lowered(text: str) -> str:
    """A text in lower case with every character at its place."""
    return text.lower() if text.isascii() else "İ".join([part.lower() for part in text.split("İ")])  # `İ` becomes two


def joined(before: str, after: str) -> bool:
    """Whether two neighbouring characters are of one word; East Asian scripts write words without spaces."""
    return bool(before and after) and _is_of_word(before) and _is_of_word(after)


def _is_of_word(sign: str) -> bool:
    return (sign.isalnum() or sign == "_") and sign < UNSPACED


def starts_with(lower: str, at: int, words: tuple[str, ...]) -> str:
    """The first of some words that stands at a position, alone; empty without one."""
    if not lower.startswith(words, at):
        return ""
    for word in words:
        if lower.startswith(word, at) and not joined(word[-1], lower[at + len(word) : at + len(word) + 1]):
            return word
    return ""
