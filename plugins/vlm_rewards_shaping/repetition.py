"""`shaping/repetition` and `shaping/ngram_diversity`: how often a completion says the same again."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from unicodedata import category

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import is_empty

#: `auto` takes tokens where their ids are known (as in training), else words.
NGramUnit = Literal["auto", "tokens", "words"]

MAX_WORD = 16  # longer runs without a space are cut, so a text without any is not a single word
_OPERATORS = frozenset("+-*/=<>^")


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
    reason = f"{different} of {total} runs of {ngram} {counted['unit']} differ" if score else None
    return vr.RewardOutput(score=score, reason=reason, details=counted)


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
    score = different / max(total, min_ngrams)
    reason = f"{different} runs of {ngram} {counted['unit']} differ, of {max(total, min_ngrams)} that are asked for"
    return vr.RewardOutput(score=score, reason=reason if score < 1.0 else None, details=counted)


def _counted(completion: vr.Completion, ngram: int, unit: NGramUnit) -> dict[str, Any] | vr.RewardOutput:
    if is_empty(completion):
        return vr.RewardOutput.unparseable("an empty completion")
    units = units_of(completion, unit)
    if units is None:
        return vr.RewardOutput.abstained("the token ids are not known")
    known: dict[Any, int] = {}
    numbers = array("I", [known.setdefault(part, len(known)) for part in units[0]])
    # Slices of bytes are equal when their n-grams are, and take a fraction of the time and room of tuples.
    packed, width = numbers.tobytes(), numbers.itemsize
    total = max(len(numbers) - ngram + 1, 0)
    different = len({packed[at : at + width * ngram] for at in range(0, width * total, width)})
    return {"ngrams": total, "different": different, "unit": units[1]}


def units_of(completion: vr.Completion, unit: NGramUnit) -> tuple[Sequence[Any], str] | None:
    """The units of a completion in their order, and their name; None where they would be unknown tokens.

    Words are letters in lower case and digits: nothing else makes two of them differ, but operators alone or beside
    digits. Runs of more than 16 characters are cut every 16: so Chinese has units, and a flood of one letter has many.

    >>> units_of(vr.Completion("It is SEVEN, it is: 7=8-1 !"), "auto")
    (['it', 'is', 'seven', 'it', 'is', '7=8-1', ''], 'words')
    >>> units_of(vr.Completion("It is.", token_ids=[5, 6, 7]), "auto")
    ([5, 6, 7], 'tokens')
    """
    if unit != "words" and completion.token_ids is not None:
        return list(completion.token_ids), "tokens"
    if unit == "tokens":
        return None
    text = f"{completion.reasoning_field or ''} {completion.text}".casefold()
    runs = [run[at : at + MAX_WORD] for run in text.split() for at in range(0, len(run), MAX_WORD)]
    words = {run: _word(run) for run in set(runs)}  # a flood holds few that differ
    return [words[run] for run in runs], "words"


def _word(run: str) -> str:
    """What counts of a run of characters: one more comma would make any text new."""
    if run.isalnum() or run in _OPERATORS:
        return run
    has_digit = any(map(str.isdecimal, run))
    return "".join([char for char in run if category(char)[0] in "LMN" or (has_digit and char in _OPERATORS)])
