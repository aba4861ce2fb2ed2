"""Where a completion states its choice: the text that is read for a letter, an option or its value."""

from __future__ import annotations

import string
from typing import NamedTuple

import vlm_rewards as vr
from vlm_rewards_math.marked import marked

__all__ = ["MAX_CHARS", "Statement", "statements"]

MAX_CHARS = 1000
SHOWN_CHARS = 200
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # unlike `lower`, it keeps every position
_PHRASES = (
    "answer is", "answer:", "answer would be", "answer should be", "answer must be", "option is", "choice is",
    "i choose", "i pick", "i select",
)  # fmt: skip


class Statement(NamedTuple):
    """A text that may state the choice, where it stood, and what followed it."""

    text: str
    place: str
    after: str = ""

    @property
    def shown(self) -> str:
        """The text for a report: short, and without lone surrogates, which no file could hold."""
        return self.text[:SHOWN_CHARS].encode("utf-8", "replace").decode()


def statements(completion: vr.Completion) -> list[Statement]:
    r"""The texts that may state the choice, the surest first.

    A box or an `<answer>` block is the only one where there is one. Without, it is what follows the last "answer is",
    or else the last line and then the first.

    >>> statements(vr.Completion("I see. The answer is (B). All is well."))
    [Statement(text='(B)', place='phrase', after='All is well.')]
    >>> [text for text, _, _ in statements(vr.Completion("B\nIt is the longest."))]
    ['It is the longest.', 'B']
    """
    found, where = marked(completion)
    if found is not None:
        inside = _phrased(found) if where == "answer_tag" else None
        return [inside or Statement(found, where)]
    phrased = _phrased(completion.response)
    if phrased is not None:
        return [phrased]
    text = completion.response.strip()
    last = text[text.rfind("\n") + 1 :].strip()
    first, _, rest = text.partition("\n")
    lines = [Statement(last, "last_line"), Statement(first.strip(), "first_line")]
    return lines[: 1 + bool(rest)] if text else []


def _phrased(text: str) -> Statement | None:
    """What follows the last phrase that announces an answer, to the end of its sentence."""
    text = text.replace("**", "")
    lowered = text.translate(_LOWER)
    at = max(position + len(phrase) if (position := lowered.rfind(phrase)) >= 0 else -1 for phrase in _PHRASES)
    if at < 0:
        return None
    said = text[at : at + MAX_CHARS].lstrip(" :\n\t")
    ends = [end for mark in ("\n", ". ", ".\n") if (end := said.find(mark)) >= 0]
    end = min(ends, default=len(said))
    return Statement(said[:end].strip().removesuffix("."), "phrase", said[end + 1 :].strip())
