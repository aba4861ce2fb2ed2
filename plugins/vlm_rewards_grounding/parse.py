"""Boxes and points of an answer, in pixels of the original picture."""

from __future__ import annotations

from typing import Literal, overload

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detection, Detections
from vlm_rewards_grounding.formats.dispatch import read
from vlm_rewards_grounding.formats.json import read_value
from vlm_rewards_grounding.frames.presets import Preset, preset_of
from vlm_rewards_grounding.frames.spaces import SPACES, Scale, Size, scale
from vlm_rewards_grounding.raw import MAX_ITEMS, Raw, Reading
from vlm_rewards_grounding.trace import Trace

__all__ = [
    "answer_text",
    "check_space",
    "parse_boxes",
    "picture_sizes",
    "place",
    "read_answer",
    "read_detections",
    "read_one_value",
]

_ANY_SIZE = (1000, 1000)


def answer_text(completion: vr.Completion) -> str:
    """The inside of the last `<answer>`, or all that follows the reasoning when there is none.

    >>> answer_text(vr.Completion("<think>a cat</think><answer>[1, 2, 3, 4]</answer>"))
    '[1, 2, 3, 4]'
    """
    return completion.response if completion.answer is None else completion.answer


@overload
def parse_boxes(
    text: str,
    *,
    format: str | Preset,
    image_size: Size,
    resized_size: Size | None = None,
    trace: Literal[False] = False,
) -> list[tuple[float, ...]]: ...
@overload
def parse_boxes(
    text: str, *, format: str | Preset, image_size: Size, resized_size: Size | None = None, trace: Literal[True]
) -> tuple[list[tuple[float, ...]], Trace]: ...
def parse_boxes(
    text: str,
    *,
    format: str | Preset,  # noqa: A002 # the word of the field for it
    image_size: Size,
    resized_size: Size | None = None,
    trace: bool = False,
) -> list[tuple[float, ...]] | tuple[list[tuple[float, ...]], Trace]:
    """The boxes and points of a model's answer, in pixels of the original picture.

    Args:
        text: What the model wrote. Only what follows the reasoning counts, and of it the last answer.
        format: The family (`qwen2_5_vl`), or the space of the numbers (`per_1000`), for which the syntax is detected.
        image_size: (width, height) of the original picture, in pixels.
        resized_size: (width, height) that the model saw. Only families that count in pixels of the resized picture
            need it; without it, it is computed from the limits that their processor has by default.
        trace: Return also how each came about, step by step, as something to print.

    Returns:
        One tuple per thing found: x1, y1, x2, y2 for a box, x, y for a point, x1, y1, ... for a quadrilateral or
        polygon. Nothing is clipped to the picture. Boxes without area, numbers that are not finite or beyond ten
        million are left out, and an answer with more than 1024 things is empty.

    Raises:
        ValueError: The format is not known, or a size is no size. No text raises anything.

    >>> parse_boxes('{"bbox_2d": [100, 200, 300, 400]}', format="qwen3_vl", image_size=(640, 480))
    [(64.0, 96.0, 192.0, 192.0)]
    >>> parse_boxes("click(start_box='(197,525)')", format="ui_tars15", image_size=(280, 280), resized_size=(560, 560))
    [(98.5, 262.5)]
    """
    preset = format if isinstance(format, Preset) else preset_of(format)
    if resized_size is None and preset.resize is not None:
        resized_size = preset.resize.resized(image_size)
    answer = answer_text(vr.Completion(text))
    reading = read(answer, preset)
    detections = place(reading, preset, image_size, resized_size)
    shapes = [item.polygon or item.box or item.point or () for item in detections.items]
    if not trace:
        return shapes
    return shapes, Trace(answer, preset, reading, image_size, resized_size, detections)


def read_detections(
    completion: vr.Completion, *, space: str | Preset, image_size: Size | None = None, resized_size: Size | None = None
) -> Detections:
    """What an answer points at, for a reward: never raises on a text.

    Args:
        completion: The answer.
        space: A family or a space, as for `parse_boxes`.
        image_size: (width, height) of the original picture, in pixels; not needed when the space is `pixels`.
        resized_size: (width, height) that the model saw; needed when the space is resized.

    Raises:
        ValueError: The space is not known, or lacks a size (see `picture_sizes`).
    """
    preset = space if isinstance(space, Preset) else preset_of(space)
    return place(read(answer_text(completion), preset), preset, image_size, resized_size)


def read_one_value(
    value: object, *, space: str, image_size: Size | None = None, resized_size: Size | None = None
) -> Detections:
    """What one value of an answer points at: the action of an agent, without the others of the text.

    Args:
        value: A value as `read_values` gives it.
        space: As for `read_detections`, like the sizes.
        image_size: (width, height) of the original picture, in pixels.
        resized_size: (width, height) that the model saw.
    """
    preset = preset_of(space)
    reading = read_value(value, points=preset.points, order_known=preset.syntax != "auto")
    return place(reading, preset, image_size, resized_size)


def read_answer(completion: vr.Completion, preset: Preset) -> tuple[Reading, Detections]:
    """The numbers of an answer as they stand there, and as boxes in a picture whose size does not matter."""
    reading = read(answer_text(completion), preset)
    return reading, place(reading, preset, _ANY_SIZE, _ANY_SIZE)


def check_space(context: vr.Context, *, space: str = "pixels", **_: object) -> None:
    """Raise ValueError when a space is not known, or needs a resized size that cannot be known."""
    if preset_of(space).space == "resized" and context.frame is None:
        raise ValueError(
            f"space '{space}' counts in pixels of the resized picture, and how the processor resizes is not known: "
            "pass `processing_class` (training) or `--model` (offline), or Context(frame=FrameSpec(...))."
        )


def picture_sizes(images: vr.Images, context: vr.Context, *, space: str) -> tuple[Size | None, Size | None]:
    """Size of the picture that the boxes lie in, and the size that the model saw of it, where the space needs them.

    Args:
        images: The pictures of the row; the first is the one.
        context: Holds the FrameSpec for resized spaces, as `check_space` makes sure.
        space: A family or a space.

    Raises:
        ValueError: The row has no picture, or the processor refuses its shape: the data's fault.
        ColumnError: The picture cannot be read.
    """
    preset = preset_of(space)
    if preset.space == "pixels":
        return None, None
    if not images:
        raise ValueError(f"space '{space}' needs the picture's size, and the row has no picture")
    size = images[0].size
    if preset.space != "resized":
        return size, None
    assert context.frame is not None  # check_space refuses it
    return size, context.frame.resized(size)


def place(reading: Reading, preset: Preset, image_size: Size | None, resized_size: Size | None) -> Detections:
    """Turn the numbers of a reading into pixels of the original picture, and refuse what has no area."""
    space = SPACES[preset.space]
    scales = scale(space, image_size, resized_size)
    raws = reading.items
    if len(raws) > MAX_ITEMS:
        return Detections((), f"more than {MAX_ITEMS} boxes", len(raws))
    if space.centred:
        raws = [raw._replace(values=tuple([value + 0.5 for value in raw.values])) for raw in raws]
    if preset.order == "yx":
        raws = [raw if raw.named else _swapped(raw) for raw in raws]
    infeasible = 0
    if preset.infeasible is not None:
        infeasible = sum(raw.values == preset.infeasible for raw in raws)
        raws = [raw for raw in raws if raw.values != preset.infeasible]
    found = [_placed(raw, scales) for raw in raws]
    items = tuple([item for item in found if item is not None])
    if reading.undecided:
        return Detections(items, reading.undecided, undecided=True)
    return Detections(items, None if items else _why(reading, infeasible), len(found) - len(items))


def _placed(raw: Raw, scales: Scale) -> Detection | None:
    values, ((width, across), (height, down)) = raw.values, scales
    if len(values) == 4:
        left, top = values[0] * width / across, values[1] * height / down
        right, bottom = values[2] * width / across, values[3] * height / down
        if right <= left or (right - left) * (bottom - top) <= 0:
            return None
        point = (raw.point[0] * width / across, raw.point[1] * height / down) if raw.point else None
        return Detection((left, top, right, bottom), point, raw.label, raw.score)
    if len(values) == 2:
        return Detection(None, (values[0] * width / across, values[1] * height / down), raw.label, raw.score)
    return _polygon(raw, scales) if values else None


def _polygon(raw: Raw, scales: Scale) -> Detection | None:
    """A polygon with the box around it; None where that has no area."""
    (width, across), (height, down) = scales
    xs = [side * width / across for side in raw.values[::2]]
    ys = [side * height / down for side in raw.values[1::2]]
    box = (min(xs), min(ys), max(xs), max(ys))
    if (box[2] - box[0]) * (box[3] - box[1]) <= 0:
        return None
    return Detection(box, None, raw.label, raw.score, tuple(side for pair in zip(xs, ys, strict=True) for side in pair))


def _swapped(raw: Raw) -> Raw:
    """What a text gives y before x, with x first."""
    xs, ys = raw.values[1::2], raw.values[::2]
    values = tuple(side for pair in zip(xs, ys, strict=True) for side in pair)
    return raw._replace(values=values, point=raw.point and raw.point[::-1])


def _why(reading: Reading, infeasible: int) -> str:
    if not reading.items:
        return "no box after the reasoning"
    if infeasible:
        return "the answer says that there is nothing to point at"
    return "the box has no area" if any(raw.values for raw in reading.items) else "the box is not made of numbers"
