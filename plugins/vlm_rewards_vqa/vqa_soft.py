"""`vqa/vqa_soft`: as many of ten people as agree with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_vqa.final import final_answer, problem
from vlm_rewards_vqa.references import parsed
from vlm_rewards_vqa.text.normalise import shown
from vlm_rewards_vqa.vqa_rules import official_form

__all__ = ["vqa_accuracy", "vqa_soft"]

MIN_ANSWERS = 4  # with fewer, no answer could earn 1
Normalise = Literal["official", "always"]


@vr.reward(range=(0.0, 1.0))
def vqa_soft(
    completion: vr.Completion, solution: str | list[Any], *, normalise: Normalise = "official"
) -> vr.RewardOutput:
    """A third for each annotator who gave the final answer, at most 1, averaged over leaving each annotator out.

    Range 0 to 1: of ten annotators one match earns 0.3, two 0.6, three 0.9, four 1. Never abstains. Both sides lose
    case, articles and punctuation, `two` is 2 and `dont` is `don't`, exactly as in the official script.

    Args:
        completion: The answer.
        solution: The annotators' answers, usually ten: texts, or records with `answer`, or the JSON text of the list.
        normalise: `official` makes nothing alike where all annotators agree to the letter, so that there `Yes` is not
            `yes`; `always` makes both sides alike in every case.

    Source: VQAv2 (Goyal et al., arXiv 1612.00837), vqaEval.py of https://github.com/GT-Vision-Lab/VQA.

    >>> people = ["dog"] * 4 + ["a dog", "puppy", "cat", "cat", "cat", "wolf"]
    >>> vqa_soft(vr.Completion("<think>it barks</think><answer>The dog.</answer>"), people).score
    1.0
    >>> round(vqa_soft(vr.Completion("a wolf"), people).score, 9)
    0.3
    >>> vqa_soft(vr.Completion("dog cat wolf puppy"), people).score  # a hack: everything in sight
    0.0
    """
    answers = _answers(solution)
    if len(answers) < MIN_ANSWERS:
        return vr.RewardOutput.bad_reference(f"{len(answers)} annotators' answers; at least {MIN_ANSWERS} are needed")
    answer = final_answer(completion)
    reason = problem(answer)
    if reason is not None:
        return vr.RewardOutput.unparseable(reason)
    score = vqa_accuracy(answer, answers, normalise=normalise)
    return vr.RewardOutput(score=score, details={"extracted": shown(answer)})


def vqa_accuracy(prediction: str, answers: Sequence[str], *, normalise: Normalise = "official") -> float:
    """The official accuracy of one prediction: the mean over annotators of min(matches among the others / 3, 1).

    >>> vqa_accuracy("yes", ["yes"] * 3 + ["no"] * 7), vqa_accuracy("Yes", ["yes"] * 10)
    (0.9, 0.0)
    >>> vqa_accuracy("Yes", ["yes"] * 10, normalise="always")
    1.0
    """
    given, *wanted = (text.replace("\n", " ").replace("\t", " ").strip() for text in (prediction, *answers))
    if normalise == "always" or len(set(wanted)) > 1:
        given, *wanted = (official_form(text) for text in (given, *wanted))
    matches = wanted.count(given)
    others, same = len(wanted) - matches, matches
    total = others * min(1.0, same / 3) + same * min(1.0, (same - 1) / 3)
    return total / len(wanted) if wanted else 0.0


def _answers(solution: object) -> list[str]:
    """The annotators' answers, in whatever form the dataset holds them."""
    read = parsed(solution) if isinstance(solution, str) else solution
    items = read if isinstance(read, list | tuple) else []
    texts = (item.get("answer") if isinstance(item, dict) else item for item in items)
    return [str(text) for text in texts if isinstance(text, str | int | float)]
