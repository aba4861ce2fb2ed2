r"""`math/answer`: the final answer equals the reference, as text or as an exact number.

What this first form decides: equal texts (after what changes only the looks is taken off), two single numbers, exactly,
and two texts of plain words. What lies beyond (radicals, algebra, sets, units of measure, a number beside a word)
abstains with a reason that starts with `beyond_coverage`: a verdict that cannot be trusted is not given.
"""

from __future__ import annotations

import contextlib
import json

import vlm_rewards as vr
from vlm_rewards_math.numbers import number, rounds
from vlm_rewards_math.text import plain, words

__all__ = ["answer", "grade"]

MAX_ANSWER_CHARS = 1000


@vr.reward(range=(0.0, 1.0))
def answer(completion: vr.Completion, solution: str | list[str]) -> vr.RewardOutput:
    r"""The final answer equals the reference: as text, or as an exact number.

    Range 0 or 1. The final answer is what stands last after the reasoning: a `\boxed{}`, or else an `<answer>` block.
    Dollars, style, white space, a sign of degrees and, in words, letter case do not count; words have no synonyms.
    Abstains (`beyond_coverage`) when the texts differ and are neither two numbers nor two texts of plain words, when
    one has a per cent sign and the other has not, when a decimal rounds a fraction that no decimal equals, and when
    two texts share a word or consist of the same letters.

    Args:
        completion: The answer.
        solution: The reference, bare or in `$..$` or `\boxed{}`; a list, or its JSON text, when several answers are
            accepted.

    Source: the accuracy reward of DeepSeek-R1 (arXiv 2501.12948), by exact arithmetic instead of a tolerance.

    >>> answer(vr.Completion("<think>3+4</think><answer>\\boxed{7}</answer>"), "7").score
    1.0
    >>> answer(vr.Completion("\\boxed{0.50}"), "$\\frac{1}{2}$").score
    1.0
    >>> answer(vr.Completion("\\boxed{8}"), "7").score
    0.0
    >>> answer(vr.Completion("\\boxed{\\sqrt{49}}"), "7").reason
    'beyond_coverage'
    >>> answer(vr.Completion("<think>\\boxed{7}</think> I give up."), "7").reason  # a hack: only the reasoning answers
    'no final answer after the reasoning'
    """
    outputs = [grade(reference, completion) for reference in _accepted(solution)]
    if not outputs:
        return vr.RewardOutput.bad_reference("the list of accepted answers is empty")
    return max(outputs, key=_rank)


def grade(reference: str, completion: str | vr.Completion) -> vr.RewardOutput:
    r"""The plain function under `math/answer`: one reference, one completion.

    >>> grade("7", "\\boxed{7.0}").reason
    'exact_number'
    """
    read = completion if isinstance(completion, vr.Completion) else vr.Completion(completion)
    if len(reference) > MAX_ANSWER_CHARS:
        return vr.RewardOutput.bad_reference("the reference is too long", chars=len(reference))
    gold = plain(reference)
    if not gold:
        return vr.RewardOutput.bad_reference("the reference is empty")
    found, where = _final(read)
    if found is None:
        return vr.RewardOutput.unparseable("no final answer after the reasoning")
    if len(found) > MAX_ANSWER_CHARS:
        return vr.RewardOutput.unparseable("the final answer is too long", chars=len(found))
    given = plain(found)
    if not given:
        return vr.RewardOutput.unparseable("the final answer is empty")
    score, reason = _compare(gold, given)
    # Lone surrogates are text to Python, but no file or report could hold them.
    details = {"extracted": found.encode("utf-8", "replace").decode(), "from": where}
    if score is None:
        return vr.RewardOutput.abstained(reason, **details)
    return vr.RewardOutput(score=score, reason=reason, details=details)


def _accepted(solution: str | list[str]) -> list[str]:
    """The accepted answers; Arrow has one type per column, so a list of texts may arrive as its JSON text."""
    if isinstance(solution, str) and solution.startswith('["'):
        with contextlib.suppress(ValueError, RecursionError):
            read = json.loads(solution)
            if all(isinstance(item, str) for item in read):
                return list(read)
    return [solution] if isinstance(solution, str) else solution


def _rank(output: vr.RewardOutput) -> float:
    """Of several accepted answers an equal one counts first; an undecided one keeps the others from saying "wrong"."""
    if output.score is not None:
        return 3 * output.score
    return {vr.Status.ABSTAINED: 2.0, vr.Status.UNPARSEABLE: -1.0}.get(output.status, -2.0)


def _final(completion: vr.Completion) -> tuple[str | None, str]:
    """The final answer and where it stood: the last box, unless an `<answer>` block opens after it."""
    response = completion.response
    block = response.rfind("<answer>", 0, max(response.rfind("</answer>"), 0))
    if completion.boxed_spans and completion.boxed_spans[-1][1] > block:
        return completion.boxed, "boxed"
    return completion.answer, "answer_tag"


def _compare(gold: str, given: str) -> tuple[float | None, str]:
    """The score, or None for no verdict, and the reason; both texts are plain."""
    want, have = number(gold), number(given)
    if want is not None and have is not None:
        if want == have:
            return 1.0, "exact_number"
        if gold.endswith("%") != given.endswith("%"):
            return None, "beyond_coverage: per cent beside a number"
        if rounds(given, want) or rounds(gold, have):
            return None, "beyond_coverage: rounding"
        return 0.0, "exact_number"
    if gold.replace(", ", ",") == given.replace(", ", ","):
        return 1.0, "equal_text"
    wanted, said = words(gold), words(given)
    if wanted and said:
        if wanted == said:
            return 1.0, "equal_text"
        # Letters in another order may be one product (`xy`, `yx`), shared words one meaning (`acute triangle`).
        if set(wanted).isdisjoint(said) and sorted("".join(wanted)) != sorted("".join(said)):
            return 0.0, "different_text"
    return None, "beyond_coverage"
