"""`vqa/choice`: the right option of a multiple-choice question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_vqa.final import final_answer, problem
from vlm_rewards_vqa.options import chosen, named, read_options
from vlm_rewards_vqa.references import accepted
from vlm_rewards_vqa.text.normalise import shown

__all__ = ["choice"]

Reference = int | str | list[int | str]
Options = list[Any] | dict[str, Any] | str | None


@vr.reward(range=(0.0, 1.0))
def choice(
    completion: vr.Completion,
    solution: Reference,
    options: Options = None,
    *,
    reference_from: Literal[0, 1] = 0,
    answers_from: Literal[0, 1] | None = None,
) -> vr.RewardOutput:
    """The final answer names the right option, by letter or by its text, and no other.

    Range 0 or 1; never abstains. `B`, `(b)`, `B. Paris`, `Option B` and `It is Paris.` all name an option. Two options,
    or a letter with the text of another, earn 0. The verdict follows the options' texts, so their order is free.

    Args:
        completion: The answer.
        solution: The right option: its text, its letter, or its index; or a list of accepted ones.
        options: The options in the order they were lettered: a list, a mapping of letters, or JSON text; without them
            only letters are understood.
        reference_from: The index of the first option in `solution`.
        answers_from: The number of the first option in answers, for prompts that number the options; by default a
            number in an answer is the text of an option only.

    Source: multiple choice as in ScienceQA (Lu et al., arXiv 2209.09513) and MMMU (Yue et al., arXiv 2311.16502).

    >>> cities = ["Rome", "Paris", "Oslo"]
    >>> choice(vr.Completion("<think>France</think> The answer is (B)."), "Paris", cities).score
    1.0
    >>> choice(vr.Completion("<answer>Oslo</answer>"), 1, cities).score
    0.0
    >>> choice(vr.Completion("A, B or C"), "B", cities).reason  # a hack: every letter
    'several options'
    """
    try:
        texts = read_options(options)
        wanted = _wanted(solution, texts, reference_from)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    answer = final_answer(completion)
    reason = problem(answer)
    if reason is not None:
        return vr.RewardOutput.unparseable(reason)
    given = _given(answer, texts, answers_from)
    details = {"extracted": shown(answer)}
    if not given:
        return vr.RewardOutput.unparseable("no option in the final answer", **details)
    if len(given) > 1 and len({texts[at].casefold() if at < len(texts) else at for at in given}) > 1:
        return vr.RewardOutput(score=0.0, reason="several options", details=details)
    return vr.RewardOutput(score=float(not given.isdisjoint(wanted)), details=details)


def _wanted(solution: Reference, texts: Sequence[str], first: int) -> set[int]:
    """The indices of the accepted options, with those of equal text."""
    wanted: set[int] = set()
    for reference in accepted(solution):
        at = chosen(reference, texts)
        if at is None and reference.isdecimal() and len(reference) <= 2 and int(reference) - first in range(len(texts)):
            at = int(reference) - first
        if at is None:
            raise ValueError("the reference is not one of the options")
        wanted.add(at)
    return wanted | {at for at, text in enumerate(texts) if any(text == texts[other] for other in wanted)}


def _given(answer: str, texts: Sequence[str], first: int | None) -> set[int]:
    at = chosen(answer, texts)
    if at is not None:
        return {at}
    number = answer.strip("()[]. ")
    if first is not None and number.isdecimal() and len(number) <= 2:
        return {int(number) - first} if int(number) - first in range(len(texts)) else set()
    return named(answer, texts)
