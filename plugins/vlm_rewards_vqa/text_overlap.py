"""`vqa/text_overlap` and `vqa/rouge_l`: ROUGE, chrF and BLEU, for captions, summaries and other long answers."""

from __future__ import annotations

from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards_vqa.references import best, block
from vlm_rewards_vqa.text.ngram_overlap import bleu, bleu_words, chrf, rouge_lsum, rouge_n, rouge_words
from vlm_rewards_vqa.text.overlap import sequence_f1

OverlapMetric = Literal["rouge1", "rouge2", "rougeLsum", "chrf", "bleu"]


@vr.reward(range=(0.0, 1.0))
def rouge_l(completion: vr.Completion, solution: str | list[str]) -> vr.RewardOutput:
    """F1 of the longest common subsequence of words of the answer and the nearest reference.

    Range 0 to 1; never abstains. The text is the last `<answer>` block, or else all that follows the reasoning. Words
    are runs of letters and digits in lower case, without stemming; Chinese and Japanese count by character.

    Args:
        completion: The answer.
        solution: The reference text, or a list of accepted ones.

    Source: ROUGE-L (Lin, 2004, https://aclanthology.org/W04-1013), F1 as in the package rouge-score.

    >>> rouge_l(vr.Completion("<answer>A dog runs on the beach.</answer>"), "a dog runs on the beach").score
    1.0
    >>> rouge_l(vr.Completion("the beach, a dog"), "a dog runs on the beach").score
    0.4
    >>> rouge_l(vr.Completion("dog " * 100), "a dog runs on the beach").score < 0.02  # a hack: one good word again
    True
    """
    return best(completion, solution, rouge_words, sequence_f1, read=block, words=1, named="ROUGE-L")


@vr.reward(range=(0.0, 1.0))
def text_overlap(
    completion: vr.Completion, solution: str | list[str], *, metric: OverlapMetric = "rougeLsum"
) -> vr.RewardOutput:
    """The words or characters that the answer and the nearest reference have in common, by a published metric.

    Range 0 to 1; never abstains. The text is the last `<answer>` block, or else all that follows the reasoning.

    Args:
        completion: The answer.
        solution: The reference text, or a list of accepted ones; the best one counts.
        metric: `rouge1`, `rouge2`: F1 of words and of pairs of words; `rougeLsum`: F1 of common subsequences, line by
            line; words are those of `vqa/rouge_l`. `chrf`: F2 of character n-grams up to 6. `bleu`: BLEU-4 of one
            sentence, words as mteval-v13a cuts them, effective order, exponential smoothing.

    Source: ROUGE (Lin, 2004, https://aclanthology.org/W04-1013) as in rouge-score without stemming; chrF (Popovic,
    2015, https://aclanthology.org/W15-3049) and BLEU (Post, 2018, arXiv 1804.08771) as in sacrebleu, divided by 100.

    >>> text_overlap(vr.Completion("<think>sand</think>A dog runs."), "a dog runs").score
    1.0
    >>> text_overlap(vr.Completion("A cat sits."), "a dog runs", metric="rouge1").score
    0.3333333333333333
    >>> text_overlap(vr.Completion("dog " * 100), "a dog runs on the beach", metric="bleu").score < 0.01  # a hack
    True
    """
    form, measure, words = _METRICS[metric]
    return best(completion, solution, form, measure, read=block, words=words, named=metric)


def overlap_score(answer: str, reference: str, metric: OverlapMetric) -> float:
    """One metric of one answer and one reference, 0 to 1.

    >>> overlap_score("a cat", "the cat", "rouge1"), overlap_score("a cat", "the cat", "rouge2")
    (0.5, 0.0)
    """
    form, measure, _ = _METRICS[metric]
    return float(measure(form(answer), form(reference)))


def _lines(text: str) -> list[list[str]]:
    lines = text.split("\n")
    cut = {line: rouge_words(line) for line in {*lines}}  # a flood repeats its lines
    return [words for line in lines if (words := cut[line])]


# What is compared, by which measure, and how many words a reference must have.
_METRICS: dict[str, tuple[Any, Any, int]] = {
    "rouge1": (rouge_words, lambda given, wanted: rouge_n(given, wanted, 1), 1),
    "rouge2": (rouge_words, lambda given, wanted: rouge_n(given, wanted, 2), 2),
    "rougeLsum": (_lines, rouge_lsum, 1),
    "chrf": (str, chrf, 0),
    "bleu": (bleu_words, bleu, 1),
}
