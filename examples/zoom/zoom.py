"""An environment with which a model looks closer at the picture of its row: `environment: zoom.py:Zoom`."""

from __future__ import annotations

from typing import Any

#: Regions on a side, and the side of what `zoom` shows, in pixels of the picture: the middle of a region.
GRID, WINDOW = 3, 24


class Zoom:
    """One per completion; a method is a tool, and what it raises is told to the model as the result of its call."""

    def __init__(self) -> None:
        self.shown: list[list[int]] = []  # the boxes that were shown, for rewards with a parameter `environment`
        self._picture: Any = None

    def reset(self, **row: Any) -> None:
        """Start with the picture of a row."""
        self.shown = []
        self._picture = row["image"] if "image" in row else row["images"][0]

    def zoom(self, region: int) -> list[dict[str, Any]]:
        """Show the middle of a region of the picture at full size.

        Args:
            region: The regions are counted from 1 to 9, row by row.
        """
        if region not in range(1, GRID**2 + 1):
            raise ValueError(f"there is no region {region}")
        row, column = divmod(region - 1, GRID)
        width, height = (side // GRID for side in self._picture.size)
        left, top = column * width + (width - WINDOW) // 2, row * height + (height - WINDOW) // 2
        return self.crop(left, top, left + WINDOW, top + WINDOW)

    def crop(self, left: int, top: int, right: int, bottom: int) -> list[dict[str, Any]]:
        """Show a part of the picture at full size.

        Args:
            left: Where it begins, in pixels.
            top: Where it begins, in pixels.
            right: Where it ends, in pixels.
            bottom: Where it ends, in pixels.
        """
        width, height = self._picture.size
        box = [max(0, left), max(0, top), min(width, right), min(height, bottom)]
        if box[0] >= box[2] or box[1] >= box[3]:
            raise ValueError(f"there is nothing of the picture in {[left, top, right, bottom]}")
        self.shown.append(box)
        return [{"type": "image", "image": self._picture.crop(tuple(box))}]
