r"""`math/answer`: the final answer equals the reference, decided in layers that name themselves."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.answers import NUMERIC, Options, Source, extract_answer, is_cut_off, read_options, reference_answer
from vlm_rewards.text.messages import against
from vlm_rewards_math.equality.comparison import Policy
from vlm_rewards_math.grading import decide
from vlm_rewards_math.parsing.normalise import normalise

MAX_ANSWER_CHARS = 1000
MAX_REFERENCE_CHARS = 20_000
TIMEOUT = 2.0


@vr.reward(range=(0.0, 1.0))
def answer(
    completion: vr.Completion,
    solution: str | list[str],
    options: list[Any] | dict[str, Any] | str | None = None,
    *,
    absolute_tolerance: float = 0.0,
    relative_tolerance: float = 0.0,
    units: Literal["lenient", "strict", "ignore"] = "lenient",
    ordered: bool = False,
    require_boxed: bool = False,
    partial: bool = False,
) -> vr.RewardOutput | vr.Escalation:
    r"""The final answer equals the reference: as text, number, expression, set, interval, matrix, quantity or choice.

    Range 0 or 1, or between them with `partial`. The final answer is what is stated last after the reasoning: in a box,
    an `<answer>` block, a field of JSON or behind an announcement such as "the answer is"; else a short text as a
    whole, else the last formula or number. A box cut off in its number is none. Abstains never; a reference that only
    computer algebra can decide (an integral, a limit) goes to a worker with a deadline.

    Args:
        completion: The answer.
        solution: The reference, bare or in `$..$` or `\boxed{}`; a list, or its JSON text, when several answers are
            accepted.
        options: The options of a multiple choice question, when the dataset has them: a list, a mapping of labels, or
            the JSON or Python text of either. A number is the text of an option, or its label, and never an index.
        absolute_tolerance: Greatest difference that two numbers may have.
        relative_tolerance: Greatest difference as a part of the reference.
        units: Whether a unit may be missing on one side (`lenient`), must be there on both (`strict`), or is not
            looked at (`ignore`).
        ordered: Whether the order of the items of a list matters.
        require_boxed: Whether only a `\boxed{}` is read.
        partial: Whether a list or set earns the share of its items that is right.

    Source: the accuracy reward of DeepSeek-R1 (arXiv 2501.12948), by exact arithmetic instead of a tolerance.

    >>> answer(vr.Completion("<think>3+4</think><answer>\\boxed{7}</answer>"), "7").score
    1.0
    >>> answer(vr.Completion("\\boxed{0.50}"), "$\\frac{1}{2}$").score
    1.0
    >>> answer(vr.Completion("The answer is 500 cm."), "6 m").reason
    "'500 cm' against '6 m'"
    >>> answer(vr.Completion("\\boxed{8}"), "7").score
    0.0
    >>> answer(vr.Completion("\\boxed{41 \\text{ or } 42}"), "42").score  # a hack: any of two
    0.0
    >>> answer(vr.Completion("<think>\\boxed{7}</think> I give up."), "7").score  # a hack: only the reasoning answers
    0.0
    >>> answer(vr.Completion("\\boxed{42}. No wait, the answer is 41."), "42").score  # what is stated last
    0.0
    """
    policy = Policy(absolute_tolerance, relative_tolerance, units=units, ordered=ordered)
    references = _accepted(solution)
    if not references:
        return vr.RewardOutput.bad_reference("the list of accepted answers is empty")
    try:
        known = read_options(options or None)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    outputs: list[vr.RewardOutput | vr.Escalation] = []
    for reference in references:
        output = _graded(reference, completion, policy, known, require_boxed=require_boxed, partial=partial)
        if isinstance(output, vr.RewardOutput) and output.score == 1.0:
            return output
        outputs.append(output)
    return max(outputs, key=_rank)


def grade(reference: str, completion: str | vr.Completion) -> vr.RewardOutput:
    r"""The plain function under `math/answer`: one reference, one completion.

    What only computer algebra can decide is sent to a worker with a deadline, as a Scorer would.

    >>> grade("7", "\\boxed{7.0}").details["layer"]
    'exact_number'
    """
    read = completion if isinstance(completion, vr.Completion) else vr.Completion(completion)
    output = _graded(reference, read, Policy(), Options(), require_boxed=False, partial=False)
    if isinstance(output, vr.RewardOutput):
        return output
    scorer = vr.load_scorer({"version": 1, "rewards": {"answer": {"use": "math/answer"}}})
    with scorer:
        scored = scorer.score(vr.Batch.of([read], solution=[reference]))
        return scored.output(0, "answer") or vr.RewardOutput.abstained("not routed")


def _graded(
    reference: str, completion: vr.Completion, policy: Policy, options: Options, *, require_boxed: bool, partial: bool
) -> vr.RewardOutput | vr.Escalation:
    if len(reference) > MAX_REFERENCE_CHARS:
        return vr.RewardOutput.bad_reference("the reference is too long", chars=len(reference))
    gold = reference_answer(reference)
    if len(gold) > MAX_ANSWER_CHARS:
        return vr.RewardOutput.bad_reference("the reference is too long", chars=len(gold))
    if not normalise(gold) or gold == "nan":  # what a table has for a missing number
        return vr.RewardOutput.bad_reference("the reference is empty")
    found = extract_answer(completion, sources=(Source.BOX,) if require_boxed else NUMERIC)
    if found is None:
        return vr.RewardOutput.unparseable("no final answer after the reasoning")
    if is_cut_off(found, completion.response):
        return vr.RewardOutput.unparseable("the box of the final answer is cut off", **found.details())
    if len(found.text) > MAX_ANSWER_CHARS:
        return vr.RewardOutput.unparseable("the final answer is too long", chars=len(found.text), **found.details())
    decision = decide(gold, found.text, policy, options=options, partial=partial)
    details: dict[str, Any] = {**found.details(), "reference": _printable(decision.gold), "layer": decision.layer}
    if decision.empty:
        return vr.RewardOutput.unparseable("the final answer is empty", **details)
    if decision.score is not None:
        reason = None if decision.score == 1.0 else against(decision.given, decision.gold)
        return vr.RewardOutput(score=decision.score, reason=reason, details=details)
    if decision.hard:
        args = {"gold": decision.gold, "given": decision.given, "details": details}
        return vr.escalate("vlm_rewards_math.equality.computer_algebra:grade", args=args, timeout=TIMEOUT)
    return vr.RewardOutput.unparseable("neither equal to the reference nor different, as far as can be told", **details)


def _printable(text: str) -> str:
    """The text without lone surrogates: they are text to Python, but no file or report could hold them."""
    return text.encode("utf-8", "replace").decode()


def _accepted(solution: str | list[str]) -> list[str]:
    """The accepted answers; Arrow has one type per column, so a list of texts may arrive as its JSON text."""
    if isinstance(solution, str) and solution.startswith('["'):
        with contextlib.suppress(ValueError, RecursionError):
            read = json.loads(solution)
            if all(isinstance(item, str) for item in read):
                return list(read)
    return [solution] if isinstance(solution, str) else solution


def _rank(output: vr.RewardOutput | vr.Escalation) -> float:
    """Of several accepted answers an equal one counts first; an undecided one keeps the others from saying "wrong"."""
    if not isinstance(output, vr.RewardOutput):
        return 2.0
    if output.score is not None:
        return 3 * output.score
    return {vr.Status.ABSTAINED: 2.0, vr.Status.UNPARSEABLE: -1.0}.get(output.status, -2.0)
