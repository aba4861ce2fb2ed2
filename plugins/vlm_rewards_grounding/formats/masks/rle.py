"""Masks as COCO's run-length encoding, decoded and checked before anything counts on them.

A mask is its runs, column by column from the top left: so many pixels outside, so many inside, and so on. Runs that do
not add up to the image are refused here; the C code of pycocotools would read beyond its memory.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

Runs = tuple[int, ...]

MAX_PIXELS = 1 << 28


def decode(counts: str | bytes | Sequence[int], pixels: int) -> Runs:
    """The runs of a mask, from the compressed text or the plain list of an RLE; ValueError unless they fill the image.

    >>> decode("`05", 21), decode([16, 5], 21)
    ((16, 5), (16, 5))
    """
    if isinstance(counts, bytes):
        counts = counts.decode("ascii", "replace")
    runs = _decompress(counts) if isinstance(counts, str) else tuple(counts)
    if not all(type(run) is int and 0 <= run <= MAX_PIXELS for run in runs):
        raise ValueError("a run of the mask is not a number of pixels")
    if sum(runs) != pixels:
        raise ValueError(f"the runs of the mask cover {sum(runs)} pixels of an image of {pixels}")
    return runs


def _decompress(text: str) -> Runs:
    """Five bits a character, lowest first, the sixth says that more follow; from the fourth run on, differences."""
    runs: list[int] = []
    value = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or shift > 30:
            raise ValueError("the counts are not compressed runs")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("the counts end within a run")
    return tuple(runs)


def mask_areas(one: Runs, other: Runs) -> tuple[int, int, int]:
    """Pixels of a mask, of another, and of both, in one pass over their runs.

    >>> mask_areas((1, 4, 1), (3, 2, 1))
    (4, 2, 2)
    """
    shared = 0
    ends, others = list(accumulate(one)), list(accumulate(other))
    left = right = position = 0
    while left < len(ends) and right < len(others):
        stop = min(ends[left], others[right])
        if left % 2 and right % 2:
            shared += stop - position
        position = stop
        left += ends[left] == stop
        right += right < len(others) and others[right] == stop
    return sum(one[1::2]), sum(other[1::2]), shared


def inside(runs: Runs, *, column: int, row: int, height: int) -> bool:
    """Whether a pixel is in a mask."""
    return bisect_right(list(accumulate(runs)), column * height + row) % 2 == 1
