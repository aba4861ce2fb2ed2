"""`grounding/syntax`: is the answer written the way its family writes boxes and points?"""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.formats.dispatch import read
from vlm_rewards_grounding.formats.result import ParseResult
from vlm_rewards_grounding.frames.frame import Frame
from vlm_rewards_grounding.frames.presets import Preset, preset_of
from vlm_rewards_grounding.parse import to_pixels

_ANY_SIZE = (1000, 1000)  # whether a box has an area does not depend on it


def check_options(_: vr.Context, *, space: str, **__: object) -> None:
    """Raise ValueError when the family is unknown."""
    preset_of(space)


@vr.reward(range=(0.0, 1.0), check=check_options)
def syntax(
    completion: vr.Completion, *, space: str = "pixels", things: Literal["one", "some"] = "some"
) -> vr.RewardOutput:
    """A box or point that is written to the letter as its family writes it, wherever it lies.

    Range 0 to 1; it never abstains, and is unparseable where there is no box or point at all. JSON has to be valid and
    the box to stand under a key; brackets, quotes and tags have to be closed; each box has to have an area, in finite
    numbers. Words around it do no harm. It looks at no image: pair it with a reward for the place, as its gate.

    Args:
        completion: The answer.
        space: The family of the model (`qwen2_5_vl`); with a space (`per_1000`), any family's JSON or tags will do.
        things: How many boxes or points there have to be: exactly one, or at least one.

    Raises:
        ValueError: There is no such family; a config with it is refused before anything is scored.

    Source: the forms are those of docs/grounding.md; a reward for parseable boxes as in VLM-R1 (Shen et al., 2025).

    >>> syntax(vr.Completion('{"bbox_2d": [1, 2, 3, 4], "label": "cat"}'), space="qwen3_vl").score
    1.0
    >>> syntax(vr.Completion("The cat is at [1, 2, 3, 4]."), space="qwen3_vl").reason
    'not the syntax of qwen3_vl'
    >>> syntax(vr.Completion('{"bbox_2d": [9, 9, 1, 1]}'), space="qwen3_vl").reason  # a hack: inverted corners
    'the box has no area'
    """
    preset = preset_of(space)
    result = read(answer_block(_as_written(completion, preset)), preset)
    found = to_pixels(result, Frame(preset, _ANY_SIZE, _ANY_SIZE))
    if not result.items:
        return vr.RewardOutput.unparseable(found.reason or "")
    why = _fault(result, preset)
    if why is None and found.rejected:
        why = found.reason or "one of the boxes has no area"
    if why is None and things == "one" and len(result.items) != 1:
        why = f"{len(result.items)} boxes or points where one is asked for"
    return vr.RewardOutput(score=float(why is None), reason=why)


def _as_written(completion: vr.Completion, preset: Preset) -> vr.Completion:
    """The answer with its special tokens, which trainers drop from the text and some families mark boxes with."""
    if preset.syntax != "tags" or completion.token_ids is None:
        return completion
    return vr.Completion(
        completion.raw_text,
        reasoning_field=completion.reasoning_field,
        starts_in_reasoning=completion.starts_in_reasoning,
        marks=completion.marks,
    )


def _fault(result: ParseResult, preset: Preset) -> str | None:
    """What is wrong with the form, apart from the numbers."""
    own = {
        "auto": {"json", "tags"},
        "json": {"json"},
        "actions": {"json", "list"} if preset.plain else {"json"},
        "inline": {"list"},
    }.get(preset.syntax, {preset.syntax})
    if result.syntax not in own:
        return f"not the syntax of {preset.name}"
    if not result.whole:
        return "a bracket, quote or tag is not closed"
    return "not valid JSON" if preset.syntax in {"auto", "json"} and not result.strict else None
