"""`format/language`: the text is written in the script of a language."""

from __future__ import annotations

from typing import Annotated, Literal

import vlm_rewards as vr
from vlm_rewards.text.scripts import check_language, letters, scripts_of, share


def check_options(_: vr.Context, *, language: str, **__: object) -> None:
    """Raise ValueError for a language that is not known."""
    check_language(language)


@vr.reward(range=(0.0, 1.0), check=check_options)
def language(
    completion: vr.Completion,
    *,
    language: str,
    at_least: Annotated[float, vr.Field(gt=0, le=1)] = 0.9,
    where: Literal["text", "response"] = "text",
) -> vr.RewardOutput:
    r"""Most letters are of the script that the language is written in.

    Range 0 or 1; abstains where there is no letter: `7` is in every language. Letters are counted by script, so French
    does not differ from English, and letters of formulas count, as do all others outside the tags of the form: leave
    some room in `at_least` where a text in another script has formulas.

    Args:
        completion: The answer.
        language: ISO 639-1 code (`en`, `zh`, `ja`) or script (`latin`, `han`, `cyrillic`).
        at_least: The least share of the letters, above 0 and at most 1.
        where: Which part is read: the whole `text`, or the `response` after the reasoning.

    Source: the language consistency reward of DeepSeek-R1 (arXiv 2501.12948), with a threshold and by letters.

    >>> language(vr.Completion("Il y a sept pommes."), language="fr").score
    1.0
    >>> language(vr.Completion("有七个苹果。"), language="en").reason
    '0 % of the letters are of en, not 90 %'
    >>> language(vr.Completion("有七个苹果。 7 apples"), language="zh").score  # a hack: an answer in two languages
    0.0
    """
    counts = letters(completion.text if where == "text" else completion.response)
    if not counts:
        return vr.RewardOutput.abstained("no letters")
    part = share(counts, scripts_of(language))
    good = part >= at_least
    reason = None if good else f"{100 * part:.3g} % of the letters are of {language}, not {100 * at_least:.3g} %"
    return vr.RewardOutput(score=float(good), reason=reason, details={"share": part})
