"""Pictures: scans of handwritten digits, placed at native size in the cells of a small grid."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

CELL_SIDE = 8
"""Side of one cell in pixels; equal to the side of one scan, so that scans are never resampled."""

GRID_SIDE = 3
"""Cells per side of the picture."""

CELLS = GRID_SIDE * GRID_SIDE
"""Cells in one picture, numbered row by row from the top left."""

PICTURE_SIDE = CELL_SIDE * GRID_SIDE
"""Side of the (square) picture in pixels."""

TRAIN_SCANS = 1400
"""Scans that training pictures are made of; the remaining 397 appear in test pictures only."""

_SPLIT_SEED = 0
_SCAN_MAX = 16  # load_digits counts ink in 4x4 blocks: values 0..16

Split = Literal["train", "test"]


@functools.cache
def load_scans(split: Split) -> dict[int, npt.NDArray[np.uint8]]:
    """Load the scans of one split, grouped by the digit they show.

    The split is by scan and always the same, so that no scan of a test picture was ever trained on.

    Args:
        split: "train" (1,400 scans) or "test" (397 scans).

    Returns:
        For each digit 0..9 its scans, uint8 of shape (scans, 8, 8), grey values 0 (paper) to 255 (ink).

    Raises:
        ValueError: If `split` is neither "train" nor "test".
    """
    import numpy as np
    from sklearn.datasets import load_digits

    if split not in ("train", "test"):
        raise ValueError(f"split is {split!r}, not 'train' or 'test'")
    bunch = load_digits()
    order = list(range(len(bunch.target)))
    random.Random(_SPLIT_SEED).shuffle(order)
    chosen = order[:TRAIN_SCANS] if split == "train" else order[TRAIN_SCANS:]
    grey = np.rint(bunch.images[chosen] * (255.0 / _SCAN_MAX)).astype(np.uint8)
    labels = bunch.target[chosen]
    return {digit: grey[labels == digit] for digit in range(10)}


def cell_box(cell: int) -> list[int]:
    """Give the box of one cell.

    Args:
        cell: Number of the cell, 0..8, row by row from the top left.

    Returns:
        The box [x1, y1, x2, y2] in pixels of the picture; x2 and y2 are exclusive.
    """
    row, column = divmod(cell, GRID_SIDE)
    x, y = column * CELL_SIDE, row * CELL_SIDE
    return [x, y, x + CELL_SIDE, y + CELL_SIDE]


def draw_picture(digits: Sequence[int], cells: Sequence[int], split: Split, rng: random.Random) -> Image:
    """Draw digits into cells, one random scan of the split for each.

    Args:
        digits: Digits to draw, each 0..9.
        cells: Cell of each digit, each 0..8, as many as `digits`.
        split: Split that the scans are taken from.
        rng: Source of the choice of scans.

    Returns:
        An RGB picture of 24 x 24 pixels, light ink on black.
    """
    import numpy as np
    from PIL import Image as PILImage

    scans = load_scans(split)
    canvas = np.zeros((PICTURE_SIDE, PICTURE_SIDE), dtype=np.uint8)
    for digit, cell in zip(digits, cells, strict=True):
        x1, y1, x2, y2 = cell_box(cell)
        canvas[y1:y2, x1:x2] = scans[digit][rng.randrange(len(scans[digit]))]
    return PILImage.fromarray(canvas).convert("RGB")
