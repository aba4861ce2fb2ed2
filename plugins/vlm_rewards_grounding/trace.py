"""How the boxes of an answer came about, step by step."""

from __future__ import annotations

from typing import NamedTuple

from vlm_rewards_grounding.detections import Detections
from vlm_rewards_grounding.frames.presets import Preset
from vlm_rewards_grounding.frames.spaces import SPACES, Size, scale
from vlm_rewards_grounding.raw import Reading

__all__ = ["Trace"]

MAX_SHOWN = 200


class Trace(NamedTuple):
    """The steps from a text to pixels; print it.

    Args:
        answer: The part of the text that counts.
        preset: How it was to be read.
        reading: The numbers as they stand there.
        image_size: (width, height) of the original picture.
        resized_size: (width, height) that the model saw, when it matters.
        detections: The result.
    """

    answer: str
    preset: Preset
    reading: Reading
    image_size: Size
    resized_size: Size | None
    detections: Detections

    def __str__(self) -> str:
        return "\n".join([*self._steps(), *self._results()])

    def _steps(self) -> list[str]:
        space = SPACES[self.preset.space]
        (width, across), (height, down) = scale(space, self.image_size, self.resized_size)
        shown = self.answer if len(self.answer) <= MAX_SHOWN else self.answer[:MAX_SHOWN] + "..."
        frame = f"picture {_size(self.image_size)}"
        if space.unit == "resized" and self.resized_size is not None:
            frame += f", seen by the model as {_size(self.resized_size)}"
        unit = f"a side is {space.unit:g}" if isinstance(space.unit, float) else f"pixels of the {space.unit} picture"
        return [
            f"answer  {shown!r}",
            f"format  {self.preset.name}: syntax {self.preset.syntax}, {self.preset.order} order",
            f"syntax  {self.reading.syntax}{'' if self.reading.strict else ', not to the letter'}",
            f"frame   {frame}",
            f"space   {space.name}: {unit}{', numbers are bins' if space.centred else ''}",
            f"scale   x {width / across:g}, y {height / down:g}",
        ]

    def _results(self) -> list[str]:
        raws = [f"read    {_numbers(raw.values)}{f' {raw.label!r}' if raw.label else ''}" for raw in self.reading.items]
        placed = [f"pixels  {_numbers(item.polygon or item.box or item.point or ())}" for item in self.detections.items]
        refused = [f"refused {self.detections.rejected}"] if self.detections.rejected else []
        why = [f"none    {self.detections.reason}"] if self.detections.reason else []
        return raws + placed + refused + why


def _size(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _numbers(values: tuple[float, ...]) -> str:
    return f"({', '.join(f'{value:.10g}' for value in values)})" if values else "(no numbers)"
