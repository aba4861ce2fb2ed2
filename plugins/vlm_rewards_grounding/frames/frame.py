"""The frame of one row: how the model writes, and the image that its numbers lie in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

import vlm_rewards as vr
from vlm_rewards_grounding.frames.presets import SPACES, Preset, preset_of

#: (width, height) in pixels.
Size: TypeAlias = tuple[int, int]

#: (pixels, steps) across and down: so many steps of a space make so many pixels of the original image.
Scale: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
#: Which of a row's images an answer and its reference lie in: its number from 0 on, or the last.
Which: TypeAlias = int | Literal["last"]
Item = TypeVar("Item")


@dataclass(slots=True)
class Frame:
    """What is needed to turn numbers into pixels of the original image.

    Args:
        preset: The family or the space.
        image_size: (width, height) of the original image in pixels; not needed in its own pixels.
        resized_size: (width, height) that the model saw; only needed in pixels of that.

    Attributes:
        scale: Pixels of the original image, and the steps of the space that make them, across and down.

    Raises:
        ValueError: A size that is needed is not known, or has no area.

    >>> Frame(preset_of("per_1000"), (640, 480)).scale
    ((640, 1000.0), (480, 1000.0))
    """

    preset: Preset
    image_size: Size | None = None
    resized_size: Size | None = None
    scale: Scale = field(init=False)

    def __post_init__(self) -> None:
        space, image_size, resized_size = SPACES[self.preset.space], self.image_size, self.resized_size
        if space.unit == "original":
            self.scale = (1.0, 1.0), (1.0, 1.0)
        elif image_size is None or min(image_size) <= 0:
            raise ValueError(f"space '{space.name}' needs the image's size (width, height), not {image_size}")
        elif space.unit != "resized":
            self.scale = (image_size[0], space.unit), (image_size[1], space.unit)
        elif resized_size is None or min(resized_size) <= 0:
            raise ValueError(f"space 'resized' needs the size (width, height) that the model saw, not {resized_size}")
        else:
            self.scale = (image_size[0], resized_size[0]), (image_size[1], resized_size[1])


#: Pixels of the original image, whatever its size.
PIXELS = Frame(preset_of("pixels"))


def check_spaces(context: vr.Context, *, space: str = "pixels", reference_space: str = "pixels", **_: object) -> None:
    """Raise ValueError when a space is not known, or needs a resized size that cannot be known."""
    for name in (space, reference_space):
        if preset_of(name).space == "resized" and context.frame is None:
            raise ValueError(
                f"space '{name}' counts in pixels of the resized image, and how the processor resizes is not known: "
                "pass `processing_class` (training) or `--model` (offline), or Context(frame=FrameSpec(...))."
            )


def chosen(images: tuple[Item, ...], image: Which) -> tuple[Item, ...]:
    """The one image of a row that an option chooses; none where the row has no such image.

    >>> chosen(("first", "second"), "last"), chosen(("first", "second"), 2)
    (('second',), ())
    """
    at = len(images) - 1 if image == "last" else image
    return images[at : at + 1] if at >= 0 else ()


def frame_of(context: vr.Context, images: vr.Images, *, space: str) -> Frame:
    """The frame of a row, with the sizes of the first of these images that the space needs.

    Raises ValueError where the row has no image, or the processor refuses its shape: an error of the data; ColumnError
    where the image cannot be read.
    """
    if space == "pixels":
        return PIXELS
    preset = preset_of(space)
    if preset.space == "pixels":
        return Frame(preset)
    if not images:
        raise ValueError(f"space '{space}' needs the image's size, and the row has no image")
    size = images[0].size
    if preset.space != "resized":
        return Frame(preset, size)
    assert context.frame is not None  # check_spaces refuses it
    return Frame(preset, size, context.frame.resized(size))


def placed(values: Sequence[float], scale: Scale) -> tuple[float, ...]:
    """Numbers of a space, x and y in turn, in pixels of the original image.

    It is `number * pixels / steps`, in this order: by way of `pixels / steps` it would be rounded twice, and 750
    thousandths of 168 pixels would not be 126.

    >>> placed((500.0, 500.0), ((640, 1000.0), (480, 1000.0)))
    (320.0, 240.0)
    """
    (width, across), (height, down) = scale
    return tuple([side * height / down if at % 2 else side * width / across for at, side in enumerate(values)])


def swapped(values: Sequence[float]) -> tuple[float, ...]:
    """Numbers of which y stands before x, with x first."""
    return tuple([side for pair in zip(values[1::2], values[::2], strict=True) for side in pair])
