r"""Take off what changes only the looks of an answer, and nothing that could make two answers one.

Whatever separates is replaced by a space, never by nothing: `4\,2` must not become 42, and `\leftarrow` must not become
`\rightarrow` because both lost their first half.
"""

from __future__ import annotations

import string

__all__ = ["plain", "words"]

MAX_WRAPPERS = 4  # `\text{\textbf{(B)}}` is real, ten layers are an attack
_LETTERS = str.maketrans({"−": "-", "–": "-", "％": "%", "⁄": "/", "∕": "/"})
_LOOKS = (
    ("\\!", ""),  # a negative space: nothing is seen
    ("{,}", ","),
    *((f"\\{space}", " ") for space in (",", ";", ":", " ")),
    ("\\displaystyle", " "),
    ("\\$", "$"),
    ("\\%", "%"),
    ("\\dfrac", "\\frac"),
    ("\\tfrac", "\\frac"),
    *((f"\\left{bracket}", bracket) for bracket in ("(", "[", "|", "\\{")),
    *((f"\\right{bracket}", bracket) for bracket in (")", "]", "|", "\\}")),
)
_WRAPPERS = (
    ("\\(", "\\)"),
    ("\\[", "\\]"),
    *((f"\\{style}{{", "}") for style in ("text", "textbf", "mathrm", "mathbf", "boxed")),
)
_DEGREES = ("^\\circ", "^{\\circ}", "°")
_SIGNS = frozenset("+-*/=^_()[]{}<>|\\×·÷")
# No hyphen: `twenty-one` is a word, but `-x` and `a-b` are algebra, and a lost minus would make a wrong answer right.
_WORD_SIGNS = frozenset(string.ascii_letters + " ")


def plain(text: str) -> str:
    r"""A text without dollars, wrappers of style, a sign of degrees, a full stop, and spaces that mean nothing.

    >>> plain("$\\text{(B)}$."), plain("36^\\circ"), plain("\\boxed{ \\dfrac {1} {2} }"), plain("15x - 80")
    ('B', '36', '\\frac{1}{2}', '15x-80')
    >>> plain("4\\,2"), plain("\\leftarrow")
    ('4 2', '\\leftarrow')
    """
    text = text.translate(_LETTERS)
    for looks, means in _LOOKS:
        text = text.replace(looks, means)
    for _ in range(MAX_WRAPPERS):
        text = _unwrapped(text.strip().removesuffix(".").strip("$").strip())
    for sign in _DEGREES:
        text = text.removesuffix(sign)
    if len(text) == 3 and text[0] + text[2] == "()" and text[1] in string.ascii_letters:  # a choice
        text = text[1]
    return _tight(text)


def words(text: str) -> list[str] | None:
    """The words of a text of nothing but ASCII letters, in lower case; None for any other text.

    >>> words("Right Triangle"), words("2 apples"), words("-x"), words("π")
    (['right', 'triangle'], None, None, None)
    """
    return text.casefold().split() if _WORD_SIGNS.issuperset(text) else None


def _unwrapped(text: str) -> str:
    r"""The inside of a wrapper; `\text{a}+\text{b}` comes out with loose braces, and then equals nothing else."""
    for opening, closing in _WRAPPERS:
        if text.startswith(opening) and text.endswith(closing):
            return text[len(opening) : -len(closing)]
    return text


def _tight(text: str) -> str:
    """Spaces only where they keep letters, digits, points or commas apart: `15x - 80` is `15x-80`, `4 2` is not 42."""
    parts: list[str] = []
    for word in text.split():
        if parts and parts[-1][-1] not in _SIGNS and word[0] not in _SIGNS:
            parts.append(" ")
        parts.append(word)
    return "".join(parts)
