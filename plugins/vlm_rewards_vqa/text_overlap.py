"""`vqa/text_overlap`: ROUGE, chrF and BLEU, for captions, summaries and other long answers."""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards_vqa.references import accepted, best, block
from vlm_rewards_vqa.rouge_l import rouge_words
from vlm_rewards_vqa.text.ngram_overlap import bleu, bleu_words, chrf, rouge_lsum, rouge_n

__all__ = ["OverlapMetric", "overlap_score", "text_overlap"]

OverlapMetric = Literal["rouge1", "rouge2", "rougeLsum", "chrf", "bleu"]


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
    try:
        references = accepted(solution, short=False)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    needed = 2 if metric == "rouge2" else 1
    if metric != "chrf" and max(len(rouge_words(reference)) for reference in references) < needed:
        return vr.RewardOutput.bad_reference(f"the reference has fewer than {needed} words")
    return best(block(completion), references, lambda answer, reference: overlap_score(answer, reference, metric))


def overlap_score(answer: str, reference: str, metric: OverlapMetric) -> float:
    """One metric of one answer and one reference, 0 to 1.

    >>> overlap_score("a cat", "the cat", "rouge1"), overlap_score("a cat", "the cat", "rouge2")
    (0.5, 0.0)
    """
    if metric == "chrf":
        return chrf(answer, reference)
    if metric == "bleu":
        return bleu(bleu_words(answer), bleu_words(reference))
    if metric == "rougeLsum":
        given, wanted = ([rouge_words(line) for line in text.split("\n")] for text in (answer, reference))
        return rouge_lsum(given, wanted)
    order = 1 if metric == "rouge1" else 2
    return rouge_n(rouge_words(answer), rouge_words(reference), order)
