"""`vqa/count`: how many there are."""

from __future__ import annotations

from fractions import Fraction

import vlm_rewards as vr
from vlm_rewards_vqa.references import MAX_SHORT_CHARS, best
from vlm_rewards_vqa.text.existence import NOTHING, denial, words_of
from vlm_rewards_vqa.text.numerals import is_bounded, single_number

_JOINTS = frozenset({"and", "but", "or"})  # `dogs and no cats` counts dogs


@vr.reward(range=(0.0, 1.0))
def count(completion: vr.Completion, solution: str | list[str], *, graded: bool = False) -> vr.RewardOutput:
    """The number in the final answer, in digits or English words, is the reference number.

    Range 0 to 1; never abstains. An answer with two different numbers is unparseable, and so is one without any
    or with a bound (`at least 3`); `none` and `there are no ..` are 0. Ordinals and digits in words are not numbers.

    Args:
        completion: The answer.
        solution: The number, as a number or a text that holds it, or a list of accepted ones.
        graded: Pay a near miss: 1 less the error as a share of the reference, at least 0.

    Source: the counting questions of VQAv2 (Goyal et al., arXiv 1612.00837) and TallyQA (Acharya et al., arXiv
    1810.12440); the graded form is ours.

    >>> count(vr.Completion("<think>two left, one right</think><answer>three dogs</answer>"), 3).score
    1.0
    >>> count(vr.Completion("There are 4 dogs."), 3).score, count(vr.Completion("4"), 3, graded=True).score
    (0.0, 0.6666666666666666)
    >>> count(vr.Completion("1, 2, 3, 4 or 5"), 3).reason  # a hack: every number
    'no single number in the final answer'
    """

    def measure(given: Fraction, wanted: Fraction) -> float:
        if given == wanted or not graded or not wanted:
            return float(given == wanted)
        return float(max(Fraction(0), 1 - abs(given - wanted) / abs(wanted)))

    return best(completion, solution, counted, measure, most=MAX_SHORT_CHARS, what="single number")


def counted(text: str) -> Fraction | None:
    """The number that a text gives, 0 for `none` or `there are no ..`; None when it gives no single number.

    >>> counted("There are no dogs."), counted("twenty-one"), counted("There is no way to tell.")
    (Fraction(0, 1), Fraction(21, 1), None)
    """
    number = single_number(text)
    if number is not None:
        return None if is_bounded(text) else number.shown * number.scale
    said = words_of(text)
    words = [word for word, _ in said]
    if any(single_number(word) is not None for word in words):  # several numbers
        return None
    at = denial(said)
    is_none = at is not None and words[at - 1 if at else at] not in _JOINTS and (words[at] == "no" or "any" in words)
    return Fraction(0) if is_none or words == ["no"] or not NOTHING.isdisjoint(words) else None
