"""From an answer to its boxes and points, in pixels of the original image."""

from __future__ import annotations

from typing import Literal, NamedTuple, overload

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.detections import Detection, Detections
from vlm_rewards_grounding.formats.dispatch import read
from vlm_rewards_grounding.formats.result import MAX_ITEMS, ParseResult, RawShape
from vlm_rewards_grounding.frames.frame import Frame
from vlm_rewards_grounding.frames.presets import Preset, preset_of
from vlm_rewards_grounding.frames.spaces import SPACES, Scale, Size, placed, swapped

#: The reason of an answer that gives its family's point for it.
NOTHING_THERE = "the answer says that there is nothing to point at"
MAX_SHOWN = 200  # characters of an answer in a trace


def detect(completion: vr.Completion, frame: Frame) -> Detections:
    """What an answer points at; no text raises anything.

    >>> from vlm_rewards_grounding.frames.presets import preset_of
    >>> detect(vr.Completion("[100, 200, 300, 400]"), Frame(preset_of("per_1000"), (640, 480))).boxes
    [(64.0, 96.0, 192.0, 192.0)]
    """
    return to_pixels(read(answer_block(completion), frame.preset), frame)


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
    """The boxes and points of a model's answer, in pixels of the original image.

    Args:
        text: What the model wrote. Only what follows the reasoning counts, and of it the last answer.
        format: The family (`qwen2_5_vl`), or the space of the numbers (`per_1000`), for which the syntax is detected.
        image_size: (width, height) of the original image, in pixels.
        resized_size: (width, height) that the model saw. Only families that count in pixels of the resized image
            need it; without it, it is computed from the limits that their processor has by default.
        trace: Return also how each came about, step by step, as something to print.

    Returns:
        One tuple per thing found: x1, y1, x2, y2 for a box, x, y for a point, x1, y1, ... for a quadrilateral or
        polygon. Nothing is clipped to the image. Boxes without area, numbers that are not finite or beyond ten
        million are left out, and an answer with more than 1024 things is empty.

    Raises:
        ValueError: The format is not known, or a size has no area. No text raises anything.

    >>> parse_boxes('{"bbox_2d": [100, 200, 300, 400]}', format="qwen3_vl", image_size=(640, 480))
    [(64.0, 96.0, 192.0, 192.0)]
    >>> parse_boxes("click(start_box='(197,525)')", format="ui_tars15", image_size=(280, 280), resized_size=(560, 560))
    [(98.5, 262.5)]
    """
    preset = format if isinstance(format, Preset) else preset_of(format)
    if resized_size is None and preset.resize is not None:
        resized_size = preset.resize.resized(image_size)
    completion, frame = vr.Completion(text), Frame(preset, image_size, resized_size)
    found = detect(completion, frame)
    shapes = [item.polygon or item.box or item.point or () for item in found.items]
    if not trace:
        return shapes
    answer = answer_block(completion)
    return shapes, Trace(answer, frame, read(answer, preset), found)


def to_pixels(result: ParseResult, frame: Frame) -> Detections:
    """Turn the numbers of a text into pixels of the original image, and refuse what has no area."""
    preset, shapes = frame.preset, result.items
    if len(shapes) > MAX_ITEMS:
        return Detections((), f"more than {MAX_ITEMS} boxes", len(shapes))
    if SPACES[preset.space].centred:
        shapes = [shape._replace(values=tuple([value + 0.5 for value in shape.values])) for shape in shapes]
    if preset.order == "yx":
        shapes = [shape if shape.named else _x_first(shape) for shape in shapes]
    infeasible = 0
    if preset.infeasible is not None:
        infeasible = sum(shape.values == preset.infeasible for shape in shapes)
        shapes = [shape for shape in shapes if shape.values != preset.infeasible]
    found = [_detection(shape, frame.scale) for shape in shapes]
    items = tuple(filter(None, found))
    if result.ambiguous:
        return Detections(items, result.ambiguous, ambiguous=True)
    return Detections(items, None if items else _why(result, infeasible), len(found) - len(items))


def _detection(shape: RawShape, scale: Scale) -> Detection | None:
    """A shape in the image, of a polygon with the box around it; None where that has no area."""
    polygon = point = None
    if len(shape.values) == 4:  # of most shapes; by the way of the others in twice the time
        (width, across), (height, down) = scale
        left, top, right, bottom = shape.values
        box = (left * width / across, top * height / down, right * width / across, bottom * height / down)
        if shape.point:
            point = (shape.point[0] * width / across, shape.point[1] * height / down)
    elif shape.values:
        polygon = placed(shape.values, scale)
        xs, ys = polygon[::2], polygon[1::2]
        if len(xs) == 1:
            return Detection(None, (xs[0], ys[0]), shape.label, shape.score, corners=shape.corners)
        box = (min(xs), min(ys), max(xs), max(ys))
    else:
        return None
    if box[2] <= box[0] or (box[2] - box[0]) * (box[3] - box[1]) <= 0:
        return None
    return Detection(box, point, shape.label, shape.score, polygon)


def _x_first(shape: RawShape) -> RawShape:
    return shape._replace(values=swapped(shape.values), point=shape.point and shape.point[::-1])


def _why(result: ParseResult, infeasible: int) -> str:
    if not result.items:
        return "no box after the reasoning"
    if infeasible:
        return NOTHING_THERE
    return "the box has no area" if any(shape.values for shape in result.items) else "the box is not made of numbers"


class Trace(NamedTuple):
    """The steps from a text to pixels; print it."""

    answer: str  # the part of the text that counts
    frame: Frame  # how it was to be read, and the image that the numbers lie in
    result: ParseResult  # the numbers as they stand there
    detections: Detections

    def __str__(self) -> str:
        return "\n".join([*self._steps(), *self._results()])

    def _steps(self) -> list[str]:
        preset, image_size, resized_size = self.frame.preset, self.frame.image_size, self.frame.resized_size
        space = SPACES[preset.space]
        (width, across), (height, down) = self.frame.scale
        shown = self.answer if len(self.answer) <= MAX_SHOWN else self.answer[:MAX_SHOWN] + "..."
        sizes = f"image {_size(image_size)}"
        if space.unit == "resized":
            sizes += f", seen by the model as {_size(resized_size)}"
        unit = f"a side is {space.unit:g}" if isinstance(space.unit, float) else f"pixels of the {space.unit} image"
        return [
            f"answer  {shown!r}",
            f"format  {preset.name}: syntax {preset.syntax}, {preset.order} order",
            f"syntax  {self.result.syntax}{'' if self.result.strict else ', not to the letter'}",
            f"frame   {sizes}",
            f"space   {space.name}: {unit}{', numbers are bins' if space.centred else ''}",
            f"scale   x {width / across:g}, y {height / down:g}",
        ]

    def _results(self) -> list[str]:
        shapes = self.result.items
        parsed = [f"read    {_numbers(shape.values)}{f' {shape.label!r}' if shape.label else ''}" for shape in shapes]
        placed = [f"pixels  {_numbers(item.polygon or item.box or item.point or ())}" for item in self.detections.items]
        refused = [f"refused {self.detections.rejected}"] if self.detections.rejected else []
        why = [f"none    {self.detections.reason}"] if self.detections.reason else []
        return parsed + placed + refused + why


def _size(size: Size | None) -> str:
    return "of unknown size" if size is None else f"{size[0]}x{size[1]}"


def _numbers(values: tuple[float, ...]) -> str:
    return f"({', '.join(f'{value:.10g}' for value in values)})" if values else "(no numbers)"
