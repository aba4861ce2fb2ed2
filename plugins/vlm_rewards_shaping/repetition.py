"""`shaping/repetition` and `shaping/ngram_diversity`: how often a completion says the same again."""

from __future__ import annotations

from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import is_empty
from vlm_rewards_shaping.ngrams import NGramUnit, count_ngrams, units_of

__all__ = ["ngram_diversity", "repetition"]


@vr.reward(range=(-1.0, 0.0))
def repetition(
    completion: vr.Completion, *, ngram: Annotated[int, vr.Field(ge=1, le=64)] = 3, unit: NGramUnit = "auto"
) -> vr.RewardOutput:
    """A completion that does not say the same again.

    Range -1 to 0: minus the share of its n-grams that stood before, (different - all) / all; 0 where it is shorter
    than one n-gram. The weight of the term is the greatest penalty. Abstains where `unit` is `tokens` and no token ids
    are known. An empty completion is unparseable.

    Args:
        completion: The answer, its reasoning included.
        ngram: Size of the n-grams, 1 to 64. Formulas and lists repeat short n-grams without fault: 20 to 40 tokens
            find loops and leave them alone.
        unit: What n-grams are made of; the outcome's details say which it was.

    Source: the repetition penalty of Yeo et al., 2025 (arXiv 2502.03373, appendix C.2), in the form that its
    repository, open-r1 and TRL (`get_repetition_penalty_reward`) share: for the whole completion, not for each token.

    >>> repetition(vr.Completion("There are three apples and four pears.")).score
    0.0
    >>> repetition(vr.Completion("I think I think I think I think so"), ngram=2).score
    -0.625
    >>> repetition(vr.Completion("wait" * 400)).score < -0.9  # a hack: no spaces, so no words
    True
    """
    counted = _counted(completion, ngram, unit)
    if isinstance(counted, vr.RewardOutput):
        return counted
    different, total = counted["different"], counted["ngrams"]
    score = (different - total) / total if total else 0.0
    return vr.RewardOutput(score=score, details=counted)


@vr.reward(range=(0.0, 1.0))
def ngram_diversity(
    completion: vr.Completion,
    *,
    ngram: Annotated[int, vr.Field(ge=1, le=64)] = 2,
    min_ngrams: Annotated[int, vr.Field(ge=1)] = 20,
    unit: NGramUnit = "auto",
) -> vr.RewardOutput:
    """A completion whose n-grams differ from each other: distinct-n.

    Range 0 to 1: the different n-grams by all of them, counted as at least `min_ngrams`, so that a word or two are not
    the most diverse text there is. Longer texts repeat more in every language, so compare texts of like length.
    Abstains where `unit` is `tokens` and no token ids are known. An empty completion is unparseable.

    Args:
        completion: The answer, its reasoning included.
        ngram: Size of the n-grams, 1 to 64.
        min_ngrams: The least number to divide by.
        unit: What n-grams are made of; the outcome's details say which it was.

    Source: distinct-n of Li et al., 2016 (arXiv 1510.03055), by n-grams.

    >>> ngram_diversity(vr.Completion("There are three apples and four pears."), min_ngrams=6).score
    1.0
    >>> ngram_diversity(vr.Completion("I think I think I think I think so"), min_ngrams=6).score
    0.375
    >>> ngram_diversity(vr.Completion("So diverse")).score  # a hack: too short to repeat anything
    0.05
    """
    counted = _counted(completion, ngram, unit)
    if isinstance(counted, vr.RewardOutput):
        return counted
    different, total = counted["different"], counted["ngrams"]
    return vr.RewardOutput(score=different / max(total, min_ngrams), details=counted)


def _counted(completion: vr.Completion, ngram: int, unit: NGramUnit) -> dict[str, Any] | vr.RewardOutput:
    if is_empty(completion):
        return vr.RewardOutput.unparseable("an empty completion")
    units = units_of(completion, unit)
    if units is None:
        return vr.RewardOutput.abstained("the token ids are not known")
    different, total = count_ngrams(units[0], ngram)
    return {"ngrams": total, "different": different, "unit": units[1]}
