"""F1 and distances of two bags or sequences, and how a value of a field or a cell is made comparable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from typing import Literal

from vlm_rewards_vqa.text.normalise import normalise
from vlm_rewards_vqa.text.numerals import whole_number

Numbers = Literal["value", "text"]
Text = Literal["loose", "exact"]
MAX_NUMBER_CHARS = 60


def f1(hits: int, given: int, wanted: int) -> float:
    """Harmonic mean of precision and recall; 1 when both sides are empty.

    >>> f1(2, 4, 2), f1(0, 0, 0), f1(0, 0, 3)
    (0.6666666666666666, 1.0, 0.0)
    """
    return 2 * hits / (given + wanted) if given + wanted else 1.0


def bag_f1(given: Iterable[Hashable], wanted: Iterable[Hashable]) -> float:
    """F1 of two multisets: what is given twice must be wanted twice.

    >>> bag_f1("aab", "ab"), bag_f1("ba", "ab")
    (0.8, 1.0)
    """
    have, want = Counter(given), Counter(wanted)
    return f1((have & want).total(), have.total(), want.total())


def sequence_f1(given: Sequence[Hashable], wanted: Sequence[Hashable]) -> float:
    """F1 of the longest common subsequence, bit-parallel (rapidfuzz).

    >>> sequence_f1("ABCBDAB", "BDCABA") == f1(4, 7, 6)
    True
    """
    from rapidfuzz.distance import LCSseq

    return f1(LCSseq.similarity(given, wanted), len(given), len(wanted))


def edit_distance(one: Sequence[Hashable], other: Sequence[Hashable], *, at_most: int | None = None) -> int:
    """Insertions, deletions and substitutions that turn one sequence into the other; `at_most + 1` where more.

    Bit-parallel (rapidfuzz): the work is the text times a 64th of the shorter one.

    >>> edit_distance("kitten", "sitting"), edit_distance("kitten", "", at_most=2)
    (3, 3)
    """
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(one, other, score_cutoff=at_most)


def value_key(value: object, *, numbers: Numbers = "value", text: Text = "loose") -> tuple[str, Hashable]:
    """What two values of fields or cells (texts, numbers, booleans, Fractions) have alike when they count as equal.

    By `value` a text that is a number equals that number in any style, as `text` it is what is written. `loose` texts
    are compared without NFKC, case, articles and punctuation around, `exact` ones with all of it.

    >>> value_key("$1,234.0") == value_key(Fraction(1234)), value_key("A cat.") == value_key("cat")
    (True, True)
    >>> value_key("007") == value_key("7"), value_key("007", numbers="text") == value_key("7", numbers="text")
    (True, False)
    """
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int | Fraction) and numbers == "value":
        return "number", (Fraction(value), Fraction(1))
    written = str(value)
    if numbers == "value" and len(written) <= MAX_NUMBER_CHARS:
        number = whole_number(written)
        if number is not None:
            return "number", (number.shown, number.scale)
    return "text", normalise(written) if text == "loose" else written
