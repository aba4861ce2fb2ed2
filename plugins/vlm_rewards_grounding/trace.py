"""How the boxes of an answer came about, step by step."""

from __future__ import annotations

from typing import NamedTuple

from vlm_rewards_grounding.detections import Detections
from vlm_rewards_grounding.formats.result import ParseResult
from vlm_rewards_grounding.frames.frame import Frame
from vlm_rewards_grounding.frames.spaces import SPACES, Size

MAX_SHOWN = 200


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
