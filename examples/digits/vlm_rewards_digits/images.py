"""Images: scans of handwritten digits, placed at native size in the cells of a small grid."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

#: Sides of one cell, equal to that of a scan, so that scans are never resampled; of the square image, in cells; and of
#: the image in pixels. Cells are numbered row by row from the top left.
CELL_SIDE, GRID_SIDE, IMAGE_SIDE = 8, 3, 24
CELLS = GRID_SIDE**2

#: Scans that training images are made of; the remaining 397 appear in test images only.
TRAIN_SCANS = 1400

_SPLIT_SEED = 0
_SCAN_MAX = 16  # load_digits counts ink in 4x4 blocks: values 0..16

Split = Literal["train", "test"]


@functools.cache
def load_scans(split: Split) -> dict[int, npt.NDArray[np.uint8]]:
    """The scans of a split by digit, none of them in both: uint8 of shape (scans, 8, 8), 0 (paper) to 255 (ink)."""
    import numpy as np
    from sklearn.datasets import load_digits

    bunch = load_digits()
    order = list(range(len(bunch.target)))
    random.Random(_SPLIT_SEED).shuffle(order)
    chosen = order[:TRAIN_SCANS] if split == "train" else order[TRAIN_SCANS:]
    grey = np.rint(bunch.images[chosen] * (255.0 / _SCAN_MAX)).astype(np.uint8)
    labels = bunch.target[chosen]
    return {digit: grey[labels == digit] for digit in range(10)}


def cell_box(cell: int) -> list[int]:
    """The box [x1, y1, x2, y2] of a cell in pixels of the image; x2 and y2 are exclusive."""
    row, column = divmod(cell, GRID_SIDE)
    x, y = column * CELL_SIDE, row * CELL_SIDE
    return [x, y, x + CELL_SIDE, y + CELL_SIDE]


def draw_image(digits: Sequence[int], cells: Sequence[int], split: Split, rng: random.Random) -> Image:
    """An RGB image of 24 x 24 pixels with digits (0..9) in cells (0..8), light on black; `rng` chooses the scans."""
    import numpy as np
    from PIL import Image as PILImage

    scans = load_scans(split)
    canvas = np.zeros((IMAGE_SIDE, IMAGE_SIDE), dtype=np.uint8)
    for digit, cell in zip(digits, cells, strict=True):
        x1, y1, x2, y2 = cell_box(cell)
        canvas[y1:y2, x1:x2] = scans[digit][rng.randrange(len(scans[digit]))]
    return PILImage.fromarray(canvas).convert("RGB")
