"""Coordinate spaces: what a number in an answer means, and its conversion to pixels of the original image.

A space is declared, never guessed: [100, 100, 300, 300] is a different box in each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: (width, height) in pixels.
Size: TypeAlias = tuple[int, int]

#: (pixels, steps) across and down: so many steps of a space make so many pixels of the original image.
Scale: TypeAlias = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Space:
    """What the numbers of an answer count."""

    name: str  # how a config names it
    unit: float | Literal["original", "resized"]  # so many make a side; of images, as many as it has pixels
    centred: bool = False  # numbers are indices of bins, and stand for the middle of a bin


SPACES = {
    space.name: space
    for space in (
        Space("pixels", "original"),
        Space("resized", "resized"),
        Space("relative", 1.0),
        Space("percent", 100.0),
        Space("per_1000", 1000.0),
        Space("per_999", 999.0),
        Space("bins_1024", 1024.0),
        Space("bins_1000", 1000.0, centred=True),
        Space("grid_32", 32.0),
    )
}


def scale(space: Space, image_size: Size | None, resized_size: Size | None) -> Scale:
    """Pixels of the original image, and the steps of the space that make them, across and down.

    A number is placed as `number * pixels / steps`, in this order: by way of `pixels / steps` it would be rounded
    twice, and 750 thousandths of 168 pixels would not be 126. Raises ValueError where a size that is needed is not
    known, or has no area.

    >>> scale(SPACES["per_1000"], (640, 480), None)
    ((640, 1000.0), (480, 1000.0))
    """
    if space.unit == "original":
        return (1.0, 1.0), (1.0, 1.0)
    if image_size is None or image_size[0] <= 0 or image_size[1] <= 0:
        raise ValueError(f"space '{space.name}' needs the image's size (width, height), not {image_size}")
    if space.unit != "resized":
        return (image_size[0], space.unit), (image_size[1], space.unit)
    if resized_size is None or min(resized_size) <= 0:
        raise ValueError(f"space 'resized' needs the size (width, height) that the model saw, not {resized_size}")
    return (image_size[0], resized_size[0]), (image_size[1], resized_size[1])


def placed(values: Sequence[float], scale: Scale) -> tuple[float, ...]:
    """Numbers of a space, x and y in turn, in pixels of the original image.

    >>> placed((500.0, 500.0), ((640, 1000.0), (480, 1000.0)))
    (320.0, 240.0)
    """
    (width, across), (height, down) = scale
    return tuple([side * height / down if at % 2 else side * width / across for at, side in enumerate(values)])


def swapped(values: Sequence[float]) -> tuple[float, ...]:
    """Numbers of which y stands before x, with x first."""
    return tuple([side for pair in zip(values[1::2], values[::2], strict=True) for side in pair])
