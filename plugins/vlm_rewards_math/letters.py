r"""Read the letter of a multiple-choice option out of a short text: `(B)`, `\textbf{B}.`, `Option B`, `B) 12 cm`."""

from __future__ import annotations

import string
from dataclasses import dataclass

__all__ = ["SEVERAL", "Letter", "cleaned", "hedges", "letter", "rivals", "several"]

SEVERAL = "*"
_LOOKS = (
    *((f"\\{style}{{", "{") for style in ("text", "textbf", "mathrm", "mathbf", "mathit", "boxed", "bf", "rm")),
    # With their bracket: `\leftarrow` and `\rightarrow` must not both lose their first half.
    *((f"\\left{bracket}", bracket) for bracket in "(["),
    *((f"\\right{bracket}", bracket) for bracket in ")]"),
    *((sign, " ") for sign in ("\\(", "\\)", "\\[", "\\]", "\\ ", "\\,", "~", "$", "**", "__", "`")),
)
_LEADS = frozenset(
    {"so", "thus", "hence", "therefore", "it", "that", "the", "my", "final", "correct", "right", "best", "most"}
    | {"answer", "option", "choice", "letter", "is", "be", "likely", "clearly", "definitely"}
)
# What a speaker says after the letter, of which nothing takes it back.
_REASONS = ("because", "since", "as ", "which", "for ", "is correct", "is right", "is the ", "due to", "given ")
_HEDGES = (
    "or ",
    "and ",
    "but ",
    "maybe",
    "perhaps",
    "possibly",
    "alternatively",
    "actually",
    "wait",
    "no,",
    "no wait",
    "either",
)
_BEFORE, _AFTER = "([<{", ")]>}.:"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, in upper case, or `*` for several of them, and the text that came with it."""

    name: str
    text: str = ""


def letter(text: str) -> Letter | None:
    r"""The one letter that a text names, or `*` when it names several or hedges; None when it names none.

    A lower-case letter counts alone or with a bracket, a point or a colon; `A` before a word may be the article.

    >>> letter("\\text{(B)}"), letter("Option b."), letter("B) 12 cm")
    (Letter(name='B', text=''), Letter(name='B', text=''), Letter(name='B', text='12 cm'))
    >>> letter("A or B"), letter("a triangle"), letter("A triangle"), letter("AB"), letter("not B")
    (Letter(name='*', text='or B'), None, None, None, None)
    """
    text = _without_leads(cleaned(text))
    opened = 0
    while opened < len(text) and text[opened] in _BEFORE:
        opened += 1
    name, rest = text[opened : opened + 1], text[opened + 1 :]
    if not name or name not in string.ascii_letters or rest[:1].isalnum() or rest[:1] in ("_", "^", "'"):
        return None
    closed = rest.lstrip(_AFTER)
    marked = len(closed) < len(rest)
    rest = closed.strip().strip("{}").strip()
    if not rest:
        return Letter(name.upper())
    said = rest.casefold()
    if name.isupper() and said.startswith(_REASONS):
        return Letter(name)
    if rest[0] in ",;/&" or said.startswith(_HEDGES):
        more = several(rest, name) or said.startswith(_HEDGES)
        return Letter(SEVERAL if more else name.upper(), rest)
    if marked or (name.isupper() and rest[0] in "(-–—"):
        return Letter(name.upper(), rest)
    return None


def cleaned(text: str) -> str:
    r"""A text without the marks of style and formula around its words.

    >>> cleaned("$\\textbf{(B) }$ 12")
    '{(B) } 12'
    """
    for looks, means in _LOOKS:
        text = text.replace(looks, means)
    return " ".join(text.split())


def several(text: str, name: str) -> bool:
    """Whether a text names a letter other than this one: in upper case and standing alone, or among letters only."""
    words = "".join(sign if sign.isalnum() or sign in "_^'" else " " for sign in text).split()
    letters = [word for word in words if len(word) == 1 and word in string.ascii_letters]
    if len(letters) == len(words):
        letters = [word.upper() for word in letters]
    return any(word.isupper() and word != name.upper() for word in letters)


def rivals(text: str, name: str) -> bool:
    """Whether the text behind a letter offers another one: `- C`, `(or C)`, `12 C) 13`, `12, C: 13`.

    >>> rivals("12 C) 13", "B"), rivals("point C", "B"), rivals("f(x, C)", "B"), rivals("-C", "B")
    (True, False, False, True)
    """
    bare = text.strip("(-\u2013\u2014~ ").rstrip(") ")
    if bare.casefold().startswith(_HEDGES) or (len(bare) == 1 and bare in string.ascii_uppercase and bare != name):
        return True
    for word in text.split():
        label = word.removeprefix("(")
        opens = label[:1] in string.ascii_uppercase and label[1:2] in (")", ".", ":") and len(label) == 2
        if opens and label[0] != name and not text.endswith(word):
            return True
    return False


def hedges(text: str) -> bool:
    """Whether a text takes back, or adds to, what was said before it."""
    return cleaned(text[:100]).casefold().startswith(_HEDGES)


def _without_leads(text: str) -> str:
    """The text from the first word on that only this answer says."""
    while True:
        text = text.lstrip(" \n\t:*,-={选项選項择擇")
        word, _, rest = text.partition(" ")
        if not rest.strip() or word.casefold().rstrip(",:") not in _LEADS:
            return text
        text = rest
