"""Read the reference column, and score an answer against every accepted one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence

import vlm_rewards as vr
from vlm_rewards.answers import Answer, Source, answer_block, reference_answer

__all__ = ["accepted", "best", "block", "parsed", "short_answer"]

MAX_REFERENCE_CHARS = 65_536
MAX_SHORT_CHARS = 4096


def accepted(solution: object, *, short: bool = True) -> list[str]:
    r"""The accepted answers, stripped, without empty ones and `nan`: of a text, a number, a list, or its JSON text.

    Args:
        solution: What the column holds.
        short: Whether answers are short, so that what stands before a box or before `####` is how they were found.

    Raises:
        ValueError: There is none, or one is too long; the message is for people.

    >>> accepted("7"), accepted(7), accepted(["dog", "cat "]), accepted('["dog", 7]'), accepted("<answer>7</answer>")
    (['7'], ['7'], ['dog', 'cat'], ['dog', '7'], ['7'])
    >>> accepted("3 + 4 = 7\n#### 7"), accepted("It is \\boxed{7}."), accepted("3 + 4 = 7\n#### 7", short=False)
    (['7'], ['7'], ['3 + 4 = 7\n#### 7'])
    """
    if isinstance(solution, str) and solution.startswith('["'):
        read = parsed(solution)
        solution = (
            read if isinstance(read, list) and not any(isinstance(item, list | dict) for item in read) else solution
        )
    items = solution if isinstance(solution, list | tuple) else [solution]
    texts = [text for item in items if item is not None and (text := _bare(str(item), short=short)) not in ("", "nan")]
    if not texts:
        raise ValueError("the reference is empty")
    if max(map(len, texts)) > MAX_REFERENCE_CHARS:
        raise ValueError("the reference is too long")
    return texts


def _bare(text: str, *, short: bool) -> str:
    """A reference without its `<answer>` tags: some datasets hold whole responses, with the reasoning before them."""
    return reference_answer(text) if short else answer_block(vr.Completion(text))


def parsed(text: str) -> object:
    """The JSON value of a text; None when it is not JSON. Arrow has one type per column, so lists may come as text."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def short_answer(completion: vr.Completion) -> Answer:
    """The final answer. Raises ValueError without one and for one of more than 4,096 characters.

    >>> short_answer(vr.Completion("<think>3 + 4</think>The answer is 7.")).text
    '7'
    """
    answer = completion.final_answer
    if answer is None or not answer.text:
        raise ValueError("no final answer after the reasoning")
    if len(answer.text) > MAX_SHORT_CHARS:
        raise ValueError(f"the final answer is longer than {MAX_SHORT_CHARS} characters")
    return answer


def block(completion: vr.Completion) -> Answer | None:
    """The inside of the last answer tag, or else the whole response, as the answer; None when it is empty."""
    text = answer_block(completion)
    source = Source.WHOLE if text == completion.response.strip() else Source.TAG
    return Answer(text, source, (0, len(completion.response))) if text else None


def best(answer: Answer | None, references: Sequence[str], measure: Callable[[str, str], float]) -> vr.RewardOutput:
    """The best score of `measure(answer, reference)` over the accepted references."""
    if answer is None or not answer.text:
        return vr.RewardOutput.unparseable("no final answer after the reasoning")
    score = max(measure(answer.text, reference) for reference in references)
    return vr.RewardOutput(score=score, details=answer.details())
