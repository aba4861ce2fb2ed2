"""What an answer and a reference say, and which of them is at fault where they say nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards.text import read_json

MAX_CHARS = 100_000  # of a reference


def page(text: str) -> str:
    """A text in NFC, without the Markdown fence around all of it and without white space at its ends."""
    text = text.strip()
    if text.startswith("```"):
        text = text.partition("\n")[2].removesuffix("```").rstrip()
    return unicodedata.normalize("NFC", text)


def held(reference: Any) -> Any:
    """A reference, or what it says as JSON. Raises ValueError where its text is none."""
    return read_json(reference) if isinstance(reference, str) else reference


def judged(
    completion: vr.Completion,
    reference: Any,
    wanted: Callable[[Any], Any],
    given: Callable[[str], Any],
    judge: Callable[[Any, Any], tuple[float, str]],
) -> vr.RewardOutput:
    """What a judge gives for an answer and a reference as they are read, each with ValueError where it cannot be."""
    reference = page(reference) if isinstance(reference, str) else reference
    if not reference or len(reference) > MAX_CHARS:
        return vr.RewardOutput.bad_reference("the reference is empty, or too long")
    if not (text := page(answer_block(completion))):
        return vr.RewardOutput.unparseable("no text after the reasoning")
    try:
        right = wanted(reference)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    try:
        score, reason = judge(given(text), right)
    except ValueError as error:
        return vr.RewardOutput.unparseable(str(error))
    return vr.RewardOutput(score=score, reason=reason or None)
