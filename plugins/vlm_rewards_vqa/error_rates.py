"""`vqa/cer` and `vqa/wer`: a text is read letter by letter, or word by word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import vlm_rewards as vr
from vlm_rewards_vqa.references import best, block
from vlm_rewards_vqa.text.normalise import canonical, composed
from vlm_rewards_vqa.text.overlap import edit_distance


@vr.reward(range=(0.0, 1.0))
def cer(completion: vr.Completion, solution: str | list[str], *, normalise: bool = False) -> vr.RewardOutput:
    """One minus the character error rate, and 0 where the rate is 1 or more.

    Range 0 to 1; never abstains. The text is the last `<answer>` block, or else all that follows the reasoning, in NFC.

    Args:
        completion: The answer.
        solution: The text as it should be read, or a list of accepted readings.
        normalise: Whether case, runs of white space and compatible forms (NFKC) are made alike first.

    Source: the character error rate of speech and text recognition, as jiwer 4 computes it.

    >>> cer(vr.Completion("<think>blurred</think>Invoice 42"), "Invoice 42").score
    1.0
    >>> cer(vr.Completion("Invoice 47"), "Invoice 42").score
    0.9
    >>> cer(vr.Completion("Invoice 0123456789 " * 9), "Invoice 42").score  # a hack: a flood that holds every letter
    0.0
    """
    return _accuracy(completion, solution, normalise=normalise, by_word=False)


@vr.reward(range=(0.0, 1.0))
def wer(completion: vr.Completion, solution: str | list[str], *, normalise: bool = False) -> vr.RewardOutput:
    """One minus the word error rate, and 0 where the rate is 1 or more.

    Range 0 to 1; never abstains. The text is the last `<answer>` block, or else all that follows the reasoning, in NFC.

    Args:
        completion: The answer.
        solution: The text as it should be read, or a list of accepted readings.
        normalise: Whether case, runs of white space and compatible forms (NFKC) are made alike first.

    Source: the word error rate of speech and text recognition, as jiwer 4 computes it.

    >>> wer(vr.Completion("<answer>no smoking area</answer>"), "no smoking area").score
    1.0
    >>> wer(vr.Completion("no parking area"), "no smoking area").score
    0.6666666666666667
    >>> wer(vr.Completion("no smoking area " * 2), "no smoking area").score  # a hack: the same again
    0.0
    """
    return _accuracy(completion, solution, normalise=normalise, by_word=True)


def _accuracy(completion: vr.Completion, solution: object, *, normalise: bool, by_word: bool) -> vr.RewardOutput:
    def pieces(text: str) -> Sequence[str]:
        text = canonical(text) if normalise else composed(text)
        return words(text) if by_word else text.strip()

    def measure(given: Sequence[str], wanted: Sequence[str]) -> float:
        return max(0.0, 1 - _rate(given, wanted, at_most=len(wanted)))

    return best(completion, solution, pieces, measure, read=block, named=f"{'words' if by_word else 'letters'} right")


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


def _rate(given: Sequence[str], wanted: Sequence[str], at_most: int | None = None) -> float:
    return edit_distance(given, wanted, at_most=at_most) / len(wanted) if wanted else float(len(given))
