r"""What counts as the final answer of a completion.

What stands last after the reasoning: a closed `\boxed{}` or an `<answer>` block; or else what follows the last "answer
is" or "answer:"; or else the whole response. One text has one final answer, so hedging gains nothing: boxes side by
side are read together, and so are an answer and what the text behind it puts in its place.
"""

from __future__ import annotations

import string

import vlm_rewards as vr
from vlm_rewards.answers import announced_elsewhere, boxed_together, without_ending
from vlm_rewards.retractions import second_thought
from vlm_rewards_vqa.text.normalise import tokens, unwrapped
from vlm_rewards_vqa.text.numerals import same_number, single_number

__all__ = ["block", "final_answer", "problem"]

MAX_SHORT_CHARS = 4096
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_FIELD = 'answer":'  # of JSON
_MARKERS = (
    *("answer is", "answers are", "answer:", "answer**:", "answer：", "# answer\n", "# final answer\n"),
    _FIELD,
)
_BEFORE = " \t\r\n:=："


def final_answer(completion: vr.Completion) -> str:
    r"""The final answer, without what wraps it; empty when there is none.

    >>> final_answer(vr.Completion("<think>3+4</think> <answer>\\boxed{7}</answer>"))
    '7'
    >>> final_answer(vr.Completion("3+4 makes 7. **Answer:** 7 apples. They are red."))
    '7 apples.'
    >>> final_answer(vr.Completion("<think>7</think> 8"))
    '8'
    >>> final_answer(vr.Completion("\\boxed{7}. No wait, it is 8."))
    '7 or 8'
    """
    response = completion.response
    closed = response.rfind("</answer>")
    opened = response.rfind("<answer>", 0, max(closed, 0))
    if completion.boxed_spans and completion.boxed_spans[-1][1] > opened:
        boxed = ", ".join(boxed_together(completion))
        answer, tail = _marked(boxed)[0], response[completion.boxed_spans[-1][1] :]
    elif opened >= 0:
        answer, tail = _marked(block(completion))[0], response[closed + len("</answer>") :]
    else:
        answer, tail = _marked(response.strip())
    answer = unwrapped(answer)
    instead = second_thought(tail)
    return answer if instead is None or _says(answer, instead) else f"{answer} or {instead}"


def _says(answer: str, value: str) -> bool:
    """Whether a number or letter is what an answer says already, or, being a number, no rival of an answer in words."""
    given, other = single_number(answer), single_number(value)
    if other is not None:
        return given is None or same_number(given, other)
    return value in tokens(answer)


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


def _marked(text: str) -> tuple[str, str]:
    """What follows the last marker, to the end of its line or sentence, and all that follows; else the whole text."""
    lower = text.translate(_LOWER)
    after = max(at + len(marker) if (at := lower.rfind(marker)) >= 0 else -1 for marker in _MARKERS)
    after = max(after, announced_elsewhere(lower))
    if after < 0:
        return _unexplained(text), ""
    rest = text[after:].lstrip(_BEFORE)
    if lower.endswith(_FIELD, 0, after):
        return _value(rest), ""
    line = rest.partition("\n")[0]
    if line.count("**") % 2:  # `**Answer:** 7`, `**Answer: 7**`: the marker stands inside the emphasis
        line = line.replace("**", "")
    for reason in (", because ", " because ", ", since "):
        line = line.partition(reason)[0]
    return without_ending(_sentence(line.strip())).strip(), rest


def _value(rest: str) -> str:
    """The text, list or number that opens what follows the name of a field of JSON."""
    if rest.startswith(('"', "[")):
        closing = '"' if rest[0] == '"' else "]"
        inside, found, _ = rest[1:].partition(closing)
        return inside if closing == '"' else f"[{inside}{found}"
    return rest.partition("}")[0].partition(",")[0].strip()


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
