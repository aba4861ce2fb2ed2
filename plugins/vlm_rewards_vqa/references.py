"""Read the reference column, and score an answer against every accepted one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence

import vlm_rewards as vr
from vlm_rewards.answers import behind_mark
from vlm_rewards_vqa.text.normalise import shown

__all__ = ["accepted", "best", "parsed"]

MAX_REFERENCE_CHARS = 65_536


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
    inside = vr.Completion(text).answer
    text = text.strip() if inside is None else inside
    return (vr.Completion(text).boxed or behind_mark(text)) if short else text


def parsed(text: str) -> object:
    """The JSON value of a text; None when it is not JSON. Arrow has one type per column, so lists may come as text."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def best(answer: str, references: Sequence[str], measure: Callable[[str, str], float]) -> vr.RewardOutput:
    """The best score of `measure(answer, reference)` over the accepted references."""
    if not answer:
        return vr.RewardOutput.unparseable("no final answer after the reasoning")
    score = max(measure(answer, reference) for reference in references)
    return vr.RewardOutput(score=score, details={"extracted": shown(answer)})
