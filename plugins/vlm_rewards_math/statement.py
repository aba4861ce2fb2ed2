"""Where a completion states its choice: the text that is read for a letter, an option or its value."""

from __future__ import annotations

import string
from typing import NamedTuple

import vlm_rewards as vr
from vlm_rewards.answers import announced_elsewhere, without_ending
from vlm_rewards.retractions import second_thought
from vlm_rewards_math.marked import marked

__all__ = ["MAX_CHARS", "Statement", "statements"]

MAX_CHARS = 1000
SHOWN_CHARS = 200
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # unlike `lower`, it keeps every position
_PHRASES = (
    "answer is", "answer:", "answer would be", "answer should be", "answer must be", "option is", "choice is",
    "i choose", "i pick", "i select", 'answer":',
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

    In an `<answer>` block and in a text without boxes it is what follows the last "answer is"; in a text with a box,
    what follows an "answer is" after the last box, and then the box; without any of these the last line, and the first.

    >>> statements(vr.Completion("I see. The answer is (B)."))
    [Statement(text='(B)', place='phrase', after='')]
    >>> [text for text, _, _ in statements(vr.Completion("It is \\boxed{12}. The answer is (B)."))]
    ['(B)', '12']
    >>> [text for text, _, _ in statements(vr.Completion("B\nIt is the longest."))]
    ['It is the longest.', 'B']
    """
    found, where = marked(completion)
    if found is None:
        return _phrased(completion.response) or _lines(completion.response.strip())
    response = completion.response
    end = completion.boxed_spans[-1][1] if where == "boxed" else response.rfind("</answer>") + len("</answer>")
    tail = response[end:] if where == "boxed" else found
    instead = second_thought(response[end:])
    return [*_phrased(tail), Statement(found, where, "" if instead is None else f"or {instead}")]


def _lines(text: str) -> list[Statement]:
    last = Statement(text[text.rfind("\n") + 1 :].strip(), "last_line")
    first, newline, _ = text.partition("\n")
    return [last, Statement(first.strip(), "first_line")][: 1 + bool(newline)] if text else []


def _phrased(text: str) -> list[Statement]:
    """What follows the last phrase that announces an answer: to the end of its sentence, and to that of its line."""
    text = text.replace("**", "")
    lowered = text.translate(_LOWER)
    at = max(position + len(phrase) if (position := lowered.rfind(phrase)) >= 0 else -1 for phrase in _PHRASES)
    at = max(at, announced_elsewhere(lowered))
    if at < 0:
        return []
    said = text[at : at + MAX_CHARS].lstrip(' :：\n\t"')
    line, _, _ = said.partition("\n")
    sentence, stop, _ = line.partition(". ")
    after = said[len(sentence) + 1 :].strip()
    found = [Statement(without_ending(sentence.strip().rstrip('"}`')).removesuffix("."), "phrase", after)]
    if stop:  # an option may be `Mr. Perez`, or two sentences
        found.append(Statement(line.strip(), "phrase", said[len(line) :].strip()))
    return found
