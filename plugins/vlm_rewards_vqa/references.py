"""Read the reference column, and score an answer against every accepted one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sized
from typing import Any, TypeVar

import vlm_rewards as vr
from vlm_rewards.answers import Answer, Source, answer_block, is_cut_off, reference_answer
from vlm_rewards.text.messages import against

MAX_REFERENCE_CHARS = 65_536
MAX_SHORT_CHARS = 4096
Form = TypeVar("Form")


def accepted(solution: object, *, short: bool = True) -> list[str]:
    r"""The accepted answers, stripped, without empty ones and `nan`: of a text, a number, a list, or its JSON text.

    Where answers are `short`, what stands before a box or before `####` is how they were found. Raises ValueError, with
    a message for people, where there is none, or one is too long.

    >>> accepted("7"), accepted(7), accepted(["dog", "cat "]), accepted('["dog", 7]'), accepted("<answer>7</answer>")
    (['7'], ['7'], ['dog', 'cat'], ['dog', '7'], ['7'])
    >>> accepted("3 + 4 = 7\n#### 7"), accepted("It is \\boxed{7}."), accepted("3 + 4 = 7\n#### 7", short=False)
    (['7'], ['7'], ['3 + 4 = 7\n#### 7'])
    """
    if isinstance(solution, str) and solution.startswith('["'):
        read = listed(solution) or [[]]
        if not any(isinstance(item, list | dict) for item in read):
            solution = read
    items = solution if isinstance(solution, list | tuple) else [solution]
    bare = reference_answer if short else lambda text: answer_block(vr.Completion(text))
    texts = [text for item in items if item is not None and (text := bare(str(item))) not in ("", "nan")]
    if not texts:
        raise ValueError("the reference is empty")
    if max(map(len, texts)) > MAX_REFERENCE_CHARS:
        raise ValueError("the reference is too long")
    return texts


def listed(solution: object) -> list[Any] | None:
    """The items of a list or of its JSON text, which Arrow needs where items are of several types; None for others."""
    if isinstance(solution, str):
        with contextlib.suppress(ValueError, RecursionError):
            solution = json.loads(solution)
    return list(solution) if isinstance(solution, list | tuple) else None


def final_answer(completion: vr.Completion) -> Answer | None:
    """The final answer; None without one."""
    return completion.final_answer


def block(completion: vr.Completion) -> Answer:
    """The last answer block, or else the whole response, without a fence around it."""
    text = answer_block(completion)
    source = Source.WHOLE if text == completion.response.strip() else Source.TAG
    start = max(completion.response.rfind(text), 0)
    return Answer(text, source, (start, start + len(text)))


def judged(
    completion: vr.Completion,
    judge: Callable[[str], vr.RewardOutput],
    *,
    read: Callable[[vr.Completion], Answer | None] = final_answer,
    most: int | None = None,
) -> vr.RewardOutput:
    """What a judge makes of the text of the answer that is read, which the details show; it may have `most` characters.

    Unparseable where the judge raises ValueError.
    """
    answer = read(completion)
    shown = answer.details() if answer is not None else {}
    if answer is None or not answer.text:
        return vr.RewardOutput.unparseable("no final answer after the reasoning", **shown)
    if is_cut_off(answer, completion.response):
        return vr.RewardOutput.unparseable("the box of the final answer is cut off", **shown)
    if most is not None and len(answer.text) > most:
        return vr.RewardOutput.unparseable(f"the final answer is longer than {most} characters", **shown)
    try:
        output = judge(answer.text)
    except ValueError as error:
        return vr.RewardOutput.unparseable(str(error), **shown)
    output.details.update(shown)
    return output


def partly(score: float, parts: str, counts: dict[str, int]) -> vr.RewardOutput:
    """The outcome of an F1 over parts, of which the details count those of the answer and those `wanted`."""
    right = round(score * (counts[parts] + counts["wanted"]) / 2)
    reason = None if score == 1.0 else f"{right} of {counts['wanted']} {parts} right, {counts[parts]} given"
    return vr.RewardOutput(score=score, reason=reason, details=counts)


def best(
    completion: vr.Completion,
    solution: object,
    form: Callable[[str], Form | None],
    measure: Callable[[Form, Form], float],
    *,
    read: Callable[[vr.Completion], Answer | None] = final_answer,
    most: int | None = None,
    words: int = 0,
    what: str = "text",
    named: str = "",
    why: Callable[[str, str], str] = lambda _given, _wanted: "",
) -> vr.RewardOutput:
    """The best score, by `measure`, of an answer and its references in a form: None where a text is not `what`.

    A reference with fewer words than `words` does not count. The reason of a score below 1 ends with what the score is
    `named` and its value, or with what `why` says of the answer and the nearest reference.
    """
    try:
        texts = accepted(solution, short=read is not block)
        wanted = [(text, parts) for text in texts if (parts := form(text)) is not None]
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    if not wanted:
        return vr.RewardOutput.bad_reference(f"the reference is not a {what}")
    if words and not (wanted := [pair for pair in wanted if isinstance(pair[1], Sized) and len(pair[1]) >= words]):
        return vr.RewardOutput.bad_reference(f"the reference has fewer than {words} words")

    def judge(text: str) -> vr.RewardOutput:
        given = form(text)
        if given is None:
            raise ValueError(f"no {what} in the final answer")
        scores = [measure(given, parts) for _, parts in wanted]
        if (score := max(scores)) == 1.0:
            return vr.RewardOutput(score=score)
        nearest = wanted[scores.index(score)][0]
        told = f"{named} {score:.2f}" if named else why(text, nearest)
        return vr.RewardOutput(score=score, reason=against(text, nearest) + (f": {told}" if told else ""))

    return judged(completion, judge, read=read, most=most)
