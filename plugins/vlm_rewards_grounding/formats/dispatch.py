"""Which reader reads which syntax."""

from vlm_rewards_grounding.formats.json import read_json, read_plain_json
from vlm_rewards_grounding.formats.location_tokens import read_bins, read_florence, read_kosmos, read_paligemma
from vlm_rewards_grounding.formats.numbers import numbers
from vlm_rewards_grounding.formats.points import read_points
from vlm_rewards_grounding.formats.result import EMPTY, ParseResult
from vlm_rewards_grounding.formats.tags import read_tags
from vlm_rewards_grounding.frames.presets import SPACES, Preset

_TOKENS = {"loc": read_paligemma, "loc_": read_florence, "patch_index": read_kosmos}
MAX_PLAIN_CHARS = 128  # of a box without brackets
_ACTION = "Action:"  # UI-TARS, CogAgent: what stands before it is thought


def read(text: str, preset: Preset) -> ParseResult:
    """Everything that an answer points at, in the numbers of the text.

    Families whose numbers are plain digits are also read in JSON or between tags when they leave their own syntax:
    the numbers mean the same.
    """
    syntax = preset.syntax
    if syntax in _TOKENS:
        return _TOKENS[syntax](text)
    if syntax == "actions":
        return _json_first(text[max(text.rfind(_ACTION), 0) :], preset)
    if syntax == "final" and (inside := _final(text)) is not None:
        return _json_first(inside, preset)._replace(syntax="final", strict=True)
    return _json_first(text, preset) if syntax in {"json", "final"} else _tags_first(text, preset)


def _tags_first(text: str, preset: Preset) -> ParseResult:
    if preset.syntax == "points":
        unit = SPACES[preset.space].unit
        assert not isinstance(unit, str)
        reading = read_points(text, unit=unit)
    else:
        reading = EMPTY if preset.syntax == "inline" else read_tags(text)
        if not reading.items and "><" in text:
            reading = read_bins(text)
    if reading.items:
        return reading
    if preset.syntax == "auto":
        reading = read_plain_json(text) or read_json(text, points=preset.points, order_known=False)
        points = EMPTY if reading.syntax == "json" or "<" not in text else read_points(text, unit=None)
        return points if points.items else reading
    return read_json(text, points=preset.points, every=True)


def _json_first(text: str, preset: Preset) -> ParseResult:
    reading = read_plain_json(text) or read_json(text, points=preset.points)
    if reading.syntax == "json":
        return reading
    for others in (read_tags(text), read_points(text, unit=None)):
        if others.items:
            return others
    if not reading.items and '\\"' in text:  # JSON inside a text of JSON
        return read_json(text.replace('\\"', '"'), points=preset.points)._replace(strict=False)
    return reading


def _final(text: str) -> str | None:
    """What stands between the last tags of GLM's final answer, in square brackets if it was in pointed ones or none."""
    _, tag, inside = text.rpartition("<|begin_of_box|>")
    if not tag:
        return None
    inside = inside.partition("<|end_of_box|>")[0].strip()
    if inside.startswith("<") and inside.endswith(">"):
        return inside.replace("<", "[").replace(">", "]")
    bare = len(inside) <= MAX_PLAIN_CHARS and "[" not in inside and numbers(inside) is not None
    return f"[{inside}]" if bare and "(" not in inside else inside
