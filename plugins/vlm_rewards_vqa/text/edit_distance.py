"""Edit distance and the rates built on it: the functions under `vqa/anls`, `vqa/cer` and `vqa/wer`.

The distance is bit-parallel (rapidfuzz): the work is the text times a 64th of the shorter one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import Literal

__all__ = ["Boundary", "Whitespace", "anls_score", "character_error_rate", "edit_distance", "word_error_rate", "words"]

Boundary = Literal["exclusive", "inclusive"]
Whitespace = Literal["squeeze", "keep"]


def edit_distance(one: Sequence[Hashable], other: Sequence[Hashable], *, at_most: int | None = None) -> int:
    """Insertions, deletions and substitutions that turn one sequence into the other; `at_most + 1` where more.

    >>> edit_distance("kitten", "sitting"), edit_distance("kitten", "", at_most=2)
    (3, 3)
    """
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(one, other, score_cutoff=at_most)


def anls_score(
    prediction: str,
    references: Sequence[str],
    *,
    threshold: float = 0.5,
    boundary: Boundary = "exclusive",
    whitespace: Whitespace = "squeeze",
) -> float:
    """Normalised Levenshtein similarity with the nearest reference; 0 where they differ too much.

    Args:
        prediction: The answer.
        references: Accepted answers.
        threshold: A share of the longer text, 0 to 1.
        boundary: `exclusive`: the distance must be less than the threshold, as in the paper and the package `anls`;
            `inclusive`: the similarity must be at least the threshold, as in the scripts of DocVQA and MP-DocVQA.
        whitespace: `squeeze` makes each run one space; `keep` only strips, and gives an empty answer and `none` 0, as
            MP-DocVQA does.

    >>> anls_score("Cola", ["Coca Cola"]), anls_score("ab", ["abcd"]), anls_score("ab", ["abcd"], boundary="inclusive")
    (0.0, 0.0, 0.5)
    """
    given = _anls_form(prediction, whitespace)
    if whitespace == "keep" and given in ("", "none"):
        return 0.0
    scores = [_similarity(given, _anls_form(reference, whitespace), threshold, boundary) for reference in references]
    return max(scores, default=0.0)


def character_error_rate(prediction: str, reference: str) -> float:
    """Edits per character of the reference, both stripped; may exceed 1.

    >>> character_error_rate("hello wrld", "hello world")
    0.09090909090909091
    """
    return _rate(prediction.strip(), reference.strip())


def word_error_rate(prediction: str, reference: str) -> float:
    """Edits per word of the reference; may exceed 1. Case and punctuation count.

    >>> word_error_rate("x^2 + y", "x^{2}+y")
    3.0
    """
    return _rate(words(prediction), words(reference))


def words(text: str) -> list[str]:
    r"""The words of a text as jiwer splits them: at spaces, and at any other white space only where it is doubled.

    >>> words(" a  b\n\nc d\te ")
    ['a', 'b', 'c', 'd\te']
    """
    runs = ("".join(run) for _, run in groupby(text.strip(), str.isspace))
    text = "".join(" " if len(run) > 1 and run.isspace() else run for run in runs)
    return text.split(" ") if text else []


def _rate(given: Sequence[Hashable], wanted: Sequence[Hashable]) -> float:
    if not wanted:
        return float(len(given))
    return edit_distance(given, wanted) / len(wanted)


def _anls_form(text: str, whitespace: Whitespace) -> str:
    text = text.lower()
    return " ".join(text.split()) if whitespace == "squeeze" else text.strip()


def _similarity(given: str, wanted: str, threshold: float, boundary: Boundary) -> float:
    longer = max(len(given), len(wanted)) or 1
    # The lengths alone differ by so much that nothing can be earned: no work for an answer of any length.
    if abs(len(given) - len(wanted)) / longer > max(threshold, 1 - threshold):
        return 0.0
    distance = edit_distance(given, wanted) / longer
    similarity = 1 - distance
    close = distance < threshold if boundary == "exclusive" else similarity >= threshold
    return similarity if close else 0.0
