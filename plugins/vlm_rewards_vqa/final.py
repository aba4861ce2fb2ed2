r"""What counts as the final answer of a completion.

What stands last after the reasoning: a closed `\boxed{}` or an `<answer>` block; or else what follows the last "answer
is" or "answer:"; or else the whole response. One text has one final answer, so hedging gains nothing.
"""

from __future__ import annotations

import string

import vlm_rewards as vr
from vlm_rewards_vqa.normalise import unwrapped

__all__ = ["block", "final_answer", "problem"]

MAX_SHORT_CHARS = 4096
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_MARKERS = ("answer is", "answers are", "answer:", "answer**:", "answer：")
_BEFORE = " \t\r\n:=："


def final_answer(completion: vr.Completion) -> str:
    r"""The final answer, without what wraps it; empty when there is none.

    >>> final_answer(vr.Completion("<think>3+4</think> <answer>\\boxed{7}</answer>"))
    '7'
    >>> final_answer(vr.Completion("3+4 makes 7. **Answer:** 7 apples. They are red."))
    '7 apples.'
    >>> final_answer(vr.Completion("<think>7</think> 8"))
    '8'
    """
    response = completion.response
    opened = response.rfind("<answer>", 0, max(response.rfind("</answer>"), 0))
    if completion.boxed_spans and completion.boxed_spans[-1][1] > opened:
        return unwrapped(_marked(completion.boxed or ""))
    return unwrapped(_marked(block(completion)))


def problem(answer: str) -> str | None:
    """Why a text is no short answer: it is empty, or longer than 4096 characters; None when it may be one.

    >>> problem(""), problem("7")
    ('no final answer after the reasoning', None)
    """
    if not answer:
        return "no final answer after the reasoning"
    return f"the final answer is longer than {MAX_SHORT_CHARS} characters" if len(answer) > MAX_SHORT_CHARS else None


def block(completion: vr.Completion) -> str:
    """The inside of the last `<answer>` block, or else the whole response: for answers that are long texts."""
    return completion.response.strip() if completion.answer is None else completion.answer


def _marked(text: str) -> str:
    """What follows the last marker, to the end of its line or sentence; the whole text without a marker."""
    lower = text.translate(_LOWER)
    after = max(at + len(marker) if (at := lower.rfind(marker)) >= 0 else -1 for marker in _MARKERS)
    if after < 0:
        return _unexplained(text)
    rest = text[after:].lstrip(_BEFORE)
    line = rest.partition("\n")[0]
    if line.count("**") % 2:  # `**Answer:** 7`, `**Answer: 7**`: the marker stands inside the emphasis
        line = line.replace("**", "")
    for reason in (", because ", " because ", ", since "):
        line = line.partition(reason)[0]
    return _sentence(line.strip()).strip()


def _unexplained(text: str) -> str:
    """What stands before a line that is headed as an explanation; the whole text without such a line."""
    start = 0
    for line in text.splitlines(keepends=True):
        if start and line.lstrip(" *_#")[:11].translate(_LOWER) == "explanation":
            return text[:start].strip()
        start += len(line)
    return text


def _sentence(line: str) -> str:
    """The first sentence; a point after a short word (`St. Louis`, `P.M. on`) or a label (`B. Paris`) ends none."""
    at = line.find(". ")
    while at >= 0:
        word = line[max(at - 4, 0) : at]
        follows = line[at + 2 : at + 3]
        if (word[-1:].isdigit() or (len(word) == 4 and word.isalpha())) and not follows.islower():
            return line[: at + 1]
        at = line.find(". ", at + 1)
    return line
