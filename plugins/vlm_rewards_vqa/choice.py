"""`vqa/choice`: the right option of a multiple-choice question."""

from __future__ import annotations

from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.answers import Choice, Options, find_choice, read_options
from vlm_rewards_vqa.references import MAX_SHORT_CHARS, accepted, judged
from vlm_rewards_vqa.text.normalise import normalise
from vlm_rewards_vqa.text.numerals import CURRENCIES, single_number

Reference = int | str | list[int | str]

_FAULTS = {
    "several": "several options",
    "no_such_option": "no such option",
    "label_beside_other_text": "a label beside the text of another option",
}


@vr.reward(range=(0.0, 1.0))
def choice(
    completion: vr.Completion,
    solution: Reference,
    options: list[Any] | dict[str, Any] | str | None = None,
    *,
    reference_from: Literal[0, 1] = 0,
    answers_from: Literal[0, 1] | None = None,
    partial: bool = False,
) -> vr.RewardOutput:
    """The final answer names the right option, by label or by its text, and no other.

    Range 0 to 1; never abstains. `B`, `(b)`, `B. Paris`, `Option B`, `B, not C` and `It is Paris.` all name an option.
    `A or B`, and a label with the text of another option, earn 0. Texts are compared as texts; a number with its unit
    also by value (`12.0 cm` is `12 cm`) where one option alone has it.

    Args:
        completion: The answer.
        solution: The right option: its label, its text, or its index; several right ones as one text (`AC`, `A and C`).
            A list holds alternatives, each of them accepted.
        options: The options in the order they were shown: a list, a mapping of labels, or the JSON or Python text of
            either; without them only letters are understood. Labels are those of the mapping, or else A, B, C.
        reference_from: The index of the first option in `solution`.
        answers_from: The number of the first option in answers, for prompts that number the options; by default a
            number in an answer is the label of a mapping or the text of an option only.
        partial: Where several options are right, pay the share of them that is named, if no wrong one is.

    Source: multiple choice as in ScienceQA (Lu et al., arXiv 2209.09513) and MMMU (Yue et al., arXiv 2311.16502).

    >>> cities = ["Rome", "Paris", "Oslo"]
    >>> choice(vr.Completion("<think>France</think> The answer is (B)."), "Paris", cities).score
    1.0
    >>> choice(vr.Completion("<answer>Oslo</answer>"), 1, cities).score
    0.0
    >>> choice(vr.Completion("A and C"), "AC", cities).score
    1.0
    >>> choice(vr.Completion("A, B or C"), "B", cities).reason  # a hack: every letter
    'several options'
    """
    try:
        known = read_options(options)
        wanted = [_wanted(reference, known, reference_from) for reference in accepted(solution)]
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))

    def judge(text: str) -> vr.RewardOutput:
        found = _found(text, known)
        if not found.indices and answers_from is not None:
            numbers = tuple(str(at + answers_from) for at in range(len(known.labels)))
            found = _found(text, known._replace(labels=numbers))
        if found.fault:
            return vr.RewardOutput(score=0.0, reason=_FAULTS[found.fault])
        if not found.indices:
            raise ValueError("no option in the final answer")
        given = _distinct(found, known)
        several = len(given) > max(map(len, wanted))
        score = max(_score(given, right, partial=partial) for right in wanted)
        if score == 1.0:
            return vr.RewardOutput(score=score)
        options = " and ".join(known.labels[at] for at in sorted(given))
        told = " or ".join("".join(known.labels[at] for at in sorted(right)) for right in wanted[:5])
        fault = _FAULTS["several"] if several else f"option {options}, and the reference is {told}"
        return vr.RewardOutput(score=score, reason=fault)

    return judged(completion, judge, most=MAX_SHORT_CHARS)


def _found(text: str, known: Options) -> Choice:
    return find_choice(text, known.texts, labels=known.labels, equal=_equal)


def _distinct(found: Choice, known: Options) -> frozenset[int]:
    """The options, each as the first one with its text."""
    return frozenset(known.texts.index(known.texts[at]) if known.texts else at for at in found.indices)


def _wanted(reference: str, known: Options, first: int) -> frozenset[int]:
    found = _found(reference, known)
    if found.indices:
        return _distinct(found, known)
    if reference.isdecimal() and len(reference) <= 2 and int(reference) - first in range(len(known.texts)):
        return _distinct(Choice((int(reference) - first,)), known)
    raise ValueError("the reference is not one of the options")


def _score(given: frozenset[int], right: frozenset[int], *, partial: bool) -> float:
    return len(given & right) / len(right) if given == right or (partial and given < right) else 0.0


def _equal(option: str, answer: str) -> bool:
    """Whether two texts are one number with one unit."""
    one, other = single_number(option), single_number(answer)
    return one is not None and one == other and _unit(option) == _unit(answer)


def _unit(text: str) -> str:
    """The letters and signs beside a number; a currency by its sign."""
    unit = "".join(sign for sign in normalise(text) if not (sign.isdecimal() or sign in " .,/\\{}~()"))
    return CURRENCIES.get(unit, unit).replace("$", "")
