"""Which reader reads which syntax."""

from __future__ import annotations

from vlm_rewards_grounding.presets import Preset
from vlm_rewards_grounding.raw import Reading
from vlm_rewards_grounding.spaces import SPACES
from vlm_rewards_grounding.syntax_json import read_json
from vlm_rewards_grounding.syntax_points import read_points
from vlm_rewards_grounding.syntax_tags import read_tags
from vlm_rewards_grounding.syntax_tokens import read_florence, read_kosmos, read_paligemma

__all__ = ["read"]

_FINAL = ("<|begin_of_box|>", "<|end_of_box|>")
_ACTION = "Action:"  # UI-TARS, CogAgent: what stands before it is thought


def read(text: str, preset: Preset) -> Reading:
    """Everything that an answer points at, in the numbers of the text.

    Families whose numbers are plain digits are also read in JSON or between tags when they leave their own syntax:
    the numbers mean the same.
    """
    syntax = preset.syntax
    if syntax == "json":
        return _json_first(text, preset)
    if syntax == "loc":
        return read_paligemma(text)
    if syntax == "loc_":
        return read_florence(text)
    if syntax == "patch_index":
        return read_kosmos(text)
    if syntax == "final":
        return _json_first(_final(text), preset)
    if syntax == "points":
        unit = SPACES[preset.space].unit
        assert not isinstance(unit, str)
        reading = read_points(text, unit=unit)
        return reading if reading.items else read_json(text, points=True, every=True)
    if syntax != "inline":
        reading = read_tags(text)
        if reading.items:
            return reading
    return read_json(text, points=preset.points, every=syntax != "auto", order_known=syntax != "auto")


def _json_first(text: str, preset: Preset) -> Reading:
    reading = read_json(text[max(text.rfind(_ACTION), 0) :], points=preset.points)
    if reading.syntax != "json":
        tags = read_tags(text)
        return tags if tags.items else reading
    return reading


def _final(text: str) -> str:
    """What stands between the last tags of GLM's final answer, in square brackets if it was in pointed ones."""
    opening, closing = _FINAL
    _, tag, inside = text.rpartition(opening)
    if not tag:
        return text
    inside = inside.partition(closing)[0].strip()
    return f"[{inside[1:-1]}]" if inside.startswith("<") and inside.endswith(">") else inside
