"""`format/regex`: the answer matches a pattern of the config."""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards.text.visible import visible
from vlm_rewards_format.helpers import passed
from vlm_rewards_format.re2 import check_pattern, found


def check_options(_: vr.Context, *, pattern: str, **__: object) -> None:
    """Raise ValueError for a pattern that RE2 does not take."""
    check_pattern(pattern)


@vr.reward(name="regex", range=(0.0, 1.0), check=check_options)
def pattern_match(
    completion: vr.Completion,
    *,
    pattern: str,
    match: Literal["full", "search"] = "full",
    where: Literal["text", "response", "answer"] = "text",
) -> float | vr.RewardOutput:
    r"""The text matches a regular expression of RE2.

    Range 0 or 1; never abstains. White space around the text is taken off first; a text of nothing else scores 0,
    whatever the pattern. RE2 has no back references and no look-around, and no pattern makes it slow. `.` matches no
    line end unless the pattern says `(?s)`.

    Args:
        completion: The answer.
        pattern: The regular expression; a config with one that RE2 refuses is refused.
        match: Whether the whole text must match (`full`), or some part of it (`search`).
        where: What must match: the whole `text`, the `response` after the reasoning, or the inside of the last
            `<answer>` block of the response.

    Source: RE2 (https://github.com/google/re2).

    >>> pattern_match(vr.Completion("It is 7."), pattern=r"It is \d+\.")
    1.0
    >>> pattern_match(vr.Completion("7, I think."), pattern=r"It is \d+\.").reason
    'no match'
    >>> pattern_match(vr.Completion("It is 6. It is 7."), pattern=r"It is \d+\.").reason  # a hack: two answers
    'no match'
    """
    text = {"text": completion.text, "response": completion.response, "answer": completion.answer}[where]
    if text is None or not visible(text):
        return passed("no <answer> block" if text is None else "no text")
    return passed(None if found(pattern, text.strip(), full=match == "full") else "no match")
