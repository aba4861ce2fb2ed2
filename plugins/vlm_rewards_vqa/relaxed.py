"""`vqa/relaxed_accuracy`: a number read off a chart, within a tolerance."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Annotated

import vlm_rewards as vr
from vlm_rewards.answers import with_point
from vlm_rewards_vqa.references import MAX_SHORT_CHARS, best
from vlm_rewards_vqa.text.normalise import normalise
from vlm_rewards_vqa.text.numerals import is_bounded, readings, single_number, whole_number

MAX_FLOAT_CHARS = 400
_single, _whole = functools.lru_cache(16)(single_number), functools.lru_cache(16)(whole_number)  # asked twice
Years = tuple[int, int]


def check_options(
    _: vr.Context, *, exact_years: Years | None = (1900, 2100), official: bool = False, **__: object
) -> None:
    """Raise ValueError for years that end before they begin."""
    if not official and exact_years and exact_years[0] > exact_years[1]:
        raise ValueError(f"exact_years {list(exact_years)} ends before it begins")


@vr.reward(range=(0.0, 1.0), check=check_options)
def relaxed_accuracy(
    completion: vr.Completion,
    solution: str | list[str],
    *,
    tolerance: Annotated[float, vr.Field(ge=0, lt=1)] = 0.05,
    exact_years: Years | None = (1900, 2100),
    official: bool = False,
) -> vr.RewardOutput:
    """The number in the final answer is within 5 % of the reference, or its text equals a reference without one.

    Range 0 or 1; never abstains. `1,234`, `$1234` and `1234 dollars` are 1234, `3 million` is 3 or 3000000, and `50%`
    is 50 or 0.5 where only one side shows the sign. An answer with two different numbers is wrong, and so is a bound
    (`at least 3`). A reference of 0 is met by 0 only. Texts are compared as `vqa/exact` does.

    Args:
        completion: The answer.
        solution: The number or text, or a list of accepted ones, or the JSON text of a list.
        tolerance: Greatest error, as a share of the reference; 0 for exact numbers.
        exact_years: A reference of four digits from the first to the last year must be met exactly; null for none.
        official: Score as ChartQA's usual script, which takes `1,234` for text and 2011 for 2010.

    Source: relaxed accuracy of ChartQA (Masry et al., arXiv 2203.10244); the official rule as in pix2struct.

    >>> relaxed_accuracy(vr.Completion("<think>bar 3</think> The answer is 1,230 people."), "1234").score
    1.0
    >>> relaxed_accuracy(vr.Completion("2011"), "2010").score
    0.0
    >>> relaxed_accuracy(vr.Completion("100 110 120 130"), "119").score  # a hack: every number
    0.0
    """

    def measure(answer: str, reference: str) -> float:
        if official:
            return float(relaxed_correctness(answer, reference, tolerance=tolerance))
        return float(close_enough(answer, reference, tolerance=tolerance, exact_years=exact_years))

    def why(answer: str, reference: str) -> str:
        given, wanted = _single(with_point(answer) or answer), _whole(reference)
        if given is None or wanted is None or is_bounded(answer):
            return "" if wanted is None else "not one number"
        off = float(min(Fraction(1000), *(abs(x - y) / (abs(y) or 1) for x, y in readings(given, wanted))))
        return f"{100 * off:.3g} % off, {100 * tolerance:.3g} % allowed" if off > tolerance else "it must be exact"

    return best(completion, solution, str, measure, most=MAX_SHORT_CHARS, why=why)


def relaxed_correctness(prediction: str, reference: str, *, tolerance: float = 0.05) -> bool:
    """The official rule of ChartQA, with its quirks, on two texts as they are.

    >>> relaxed_correctness("105", "100"), relaxed_correctness("1,234", "1234"), relaxed_correctness("0.5", "50%")
    (True, False, True)
    """
    given, wanted = _official_float(prediction), _official_float(reference)
    if given is None or not wanted:  # a reference of 0 is compared as text
        return prediction.lower() == reference.lower()
    return abs(given - wanted) / abs(wanted) <= tolerance


def close_enough(
    prediction: str, reference: str, *, tolerance: float = 0.05, exact_years: Years | None = (1900, 2100)
) -> bool:
    """Our rule: numbers within the tolerance whatever their style, exact years, equal texts.

    >>> close_enough("about $1,230", "1234"), close_enough("2011", "2010"), close_enough("The Nile.", "nile")
    (True, False, True)
    """
    wanted = _whole(reference)
    if wanted is None:
        return normalise(prediction) == normalise(reference)
    given = _single(with_point(prediction) or prediction)
    if given is None or is_bounded(prediction):
        return False
    first, last = exact_years or (1, 0)
    if len(reference) == 4 and reference.isdecimal() and first <= wanted.shown <= last:
        return given.shown == wanted.shown
    share = Fraction(repr(tolerance))
    return any(abs(left - right) <= share * abs(right) for left, right in readings(given, wanted))


def _official_float(text: str) -> float | None:
    if len(text) > MAX_FLOAT_CHARS:
        return None
    try:
        return float(text.rstrip("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None
