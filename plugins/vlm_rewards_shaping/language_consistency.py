"""`shaping/language_consistency`: one language throughout, by its letters."""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards.text.scripts import check_language, letters, scripts_of, share


def check_options(_: vr.Context, *, language: str | None = None, **__: object) -> None:
    """Raise ValueError for a language that is not known."""
    if language is not None:
        check_language(language)


@vr.reward(range=(0.0, 1.0), check=check_options)
def language_consistency(
    completion: vr.Completion, *, language: str | None = None, where: Literal["text", "reasoning", "response"] = "text"
) -> vr.RewardOutput:
    """The share of the letters that are of the language's script.

    Range 0 to 1; abstains where there is no letter. Languages of one script do not differ, and letters of formulas
    count, as for `format/language`.

    Args:
        completion: The answer.
        language: ISO 639-1 code (`en`, `zh`) or script (`latin`, `han`); without one it is the script that most
            letters have, so any language earns 1 that is not mixed.
        where: Which part is read: all of the `text`, the `reasoning` as in the paper, or the `response` after it.

    Source: the language consistency reward of DeepSeek-R1 (arXiv 2501.12948), by letters instead of words, which
    Chinese and Thai do not separate.

    >>> language_consistency(vr.Completion("<think>Three and four.</think> Seven."), language="en").score
    1.0
    >>> language_consistency(vr.Completion("три and four"), language="en").score
    0.7
    >>> language_consistency(vr.Completion("<think>三加四</think> 7"), language="en").score  # a hack: think otherwise
    0.0
    """
    parts = {
        "text": f"{completion.reasoning_field or ''} {completion.text}",
        "reasoning": completion.reasoning or "",
        "response": completion.response,
    }
    counts = letters(parts[where])
    if not counts:
        return vr.RewardOutput.abstained("no letters")
    wanted = scripts_of(language) if language is not None else frozenset({max(sorted(counts), key=counts.__getitem__)})
    score, scripts = share(counts, wanted), sorted(wanted)
    reason = f"{100 * score:.3g} % of the letters are {' or '.join(scripts)}"
    return vr.RewardOutput(score=score, reason=reason, details={"scripts": scripts, "letters": counts.total()})
