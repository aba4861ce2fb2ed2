"""The short way to one box: what stands around its numbers is the same in answer after answer, and is read once."""

from __future__ import annotations

from functools import lru_cache
from json import JSONDecoder
from json.scanner import make_scanner

from vlm_rewards_grounding.detections import Box
from vlm_rewards_grounding.formats.dispatch import read
from vlm_rewards_grounding.formats.numbers import MAX_COORDINATE
from vlm_rewards_grounding.frames.presets import Preset
from vlm_rewards_grounding.frames.spaces import SPACES, Size, scale
from vlm_rewards_grounding.raw import Raw
from vlm_rewards_grounding.scope import inside_answer

__all__ = ["read_framed"]

MAX_FRAME_CHARS = 512  # around the numbers, behind the reasoning
MAX_FRAMES = 1024
MAX_LIST_CHARS = 32  # of four numbers; so none is longer than the tolerant reader takes
_LOW, _HIGH = -MAX_COORDINATE, MAX_COORDINATE

_VALUE_AT = make_scanner(JSONDecoder())  # type: ignore[arg-type] # what `raw_decode` calls; it raises StopIteration where nothing is
_PROBE = "[7919, 7927, 104729, 104743]"
_PROBED = (7919.0, 7927.0, 104729.0, 104743.0)
_SIGNS = ("<", "◁", "(", "=", "\\")
_LABEL, _PROBE_LABEL = ', "label": "', "vlmrewardsprobe"


def read_framed(
    text: str, preset: Preset, image_size: Size | None, resized_size: Size | None, *, opened: bool
) -> tuple[Box, str | None] | None:
    """The box and the label of an answer of one box in four plain numbers; None for every other answer.

    The numbers are read by themselves. The text around them is read by `read`, with other numbers in their place: if
    that gives just these, it gives any others as well. The result of that is remembered for the next answer.

    Args:
        text: What the model wrote.
        preset: How it writes.
        image_size: (width, height) of the original picture; not needed in its own pixels.
        resized_size: (width, height) that the model saw; only for resized spaces.
        opened: Whether the prompt already opened the reasoning.

    >>> from vlm_rewards_grounding.frames.presets import preset_of
    >>> read_framed('{"box_2d": [20, 10, 40, 30]}', preset_of("gemma3"), (1000, 1000), None, opened=False)
    ((10.0, 20.0, 30.0, 40.0), None)
    """
    _, closed, rest = text.rpartition("</think>")
    before, bracket, _ = rest.rpartition("[")
    if not bracket or "]" in before or (opened and not closed):
        return None
    at = len(before)
    try:
        sides, stop = _VALUE_AT(rest, at)
    except (StopIteration, ValueError, RecursionError):
        return None
    if len(sides) != 4 or stop - at > MAX_LIST_CHARS:
        return None
    a, b, c, d = sides
    kind = type(a)
    if not (kind is type(b) is type(c) is type(d)) or (kind is not int and kind is not float):
        return None
    if not (_LOW <= a < c <= _HIGH and _LOW <= b < d <= _HIGH):
        return None
    after = rest[stop:]
    if len(rest) > MAX_FRAME_CHARS:
        before = _without_words(before, after, preset)
        if len(before) + len(after) > MAX_FRAME_CHARS:
            return None
    frame = _read_frame(before, after, preset)
    if frame is None:
        return None
    if preset.order == "yx":
        a, b, c, d = b, a, d, c
    (width, across), (height, down) = scale(SPACES[preset.space], image_size, resized_size)
    left, top, right, bottom = a * width / across, b * height / down, c * width / across, d * height / down
    return ((left, top, right, bottom), frame[0]) if (right - left) * (bottom - top) > 0 else None


@lru_cache(MAX_FRAMES)
def _read_frame(before: str, after: str, preset: Preset) -> tuple[str | None] | None:
    """The label that a text gives four numbers in it; None unless it is one box of just these."""
    before = _without_words(before, after, preset)
    name, quote, rest = after.removeprefix(_LABEL).partition('"')
    if not (quote and after.startswith(_LABEL) and name.replace(" ", "").isalnum() and "think" not in name):
        return _probed(before, after, preset)
    found = _probed(before, f'{_LABEL}{_PROBE_LABEL}"{rest}', preset)
    return (name,) if found == (_PROBE_LABEL,) else found


def _without_words(before: str, after: str, preset: Preset) -> str:
    """A text before a box without what stands before its `<answer>`, or else before the first bracket of its JSON."""
    start = before.rfind("<answer>")
    if start >= 0:
        return before[start:] if "</answer>" in after and "think" not in before[:start] else before
    start = min([at for at in (before.find("["), before.find("{")) if at >= 0], default=len(before))
    words = before[:start]
    # Some families label a box with the words before it, and each of these signs may begin something that is read.
    matters = preset.syntax != "json" or any([sign in words for sign in _SIGNS])  # noqa: C419 - a list is faster
    return before if matters else before[start:]


@lru_cache(MAX_FRAMES)
def _probed(before: str, after: str, preset: Preset) -> tuple[str | None] | None:
    """The same, read: once for all labels of plain letters."""
    answer = None if "think" in before or "think" in after else inside_answer(f"{before}{_PROBE}{after}")
    if answer is None or SPACES[preset.space].centred or answer.count(_PROBE_LABEL) > 1:
        return None
    reading = read(answer, preset)
    if len(reading.items) != 1 or reading.undecided or reading.items[0] != Raw(_PROBED, reading.items[0].label):
        return None
    return (reading.items[0].label,)
