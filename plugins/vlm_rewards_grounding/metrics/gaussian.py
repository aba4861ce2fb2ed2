"""GUI-G2's two Gaussians: a reference box as a bell over the image, instead of a hard edge.

The standard deviations of a box are `alpha` times its width and its height. Source: GUI-G2 (arXiv 2507.15846) and its
code at https://github.com/ZJU-REAL/GUI-G2, without the epsilons there, which decide the value of boxes under one pixel.
"""

import math

from vlm_rewards_grounding.metrics.boxes import Box, Point, area, centre


def gaussian_point(point: Point, box: Box, *, alpha: float = 0.5) -> float:
    """Height of the reference's bell at a point, 1 at its centre; 0 for a box without area.

    >>> gaussian_point((5, 5), (0, 0, 10, 10)), round(gaussian_point((10, 5), (0, 0, 10, 10)), 3)
    (1.0, 0.607)
    """
    if not area(box) > 0:
        return 0.0
    x, y = centre(box)
    across, down = (point[0] - x) / (alpha * (box[2] - box[0])), (point[1] - y) / (alpha * (box[3] - box[1]))
    return math.exp(-(across * across + down * down) / 2)


def gaussian_plane(predicted: Box, box: Box, *, alpha: float = 0.5) -> float:
    """Bhattacharyya coefficient of the bells of two boxes: 1 for equal ones; 0 for a box without area.

    >>> gaussian_plane((0, 0, 10, 10), (0, 0, 10, 10)), round(gaussian_plane((0, 0, 1000, 1000), (0, 0, 10, 10)), 3)
    (1.0, 0.012)
    """
    if not (area(predicted) > 0 and area(box) > 0):
        return 0.0
    value = 1.0
    for low, high in ((0, 2), (1, 3)):
        one, other = predicted[high] - predicted[low], box[high] - box[low]
        larger = max(one, other)
        one, other = one / larger, other / larger  # so that no square of a width under- or overflows
        spread = one * one + other * other
        apart = (predicted[low] + predicted[high] - box[low] - box[high]) / 2 / (alpha * larger)
        value *= math.sqrt(2 * one * other / spread) * math.exp(-apart * apart / spread / 4)
    return min(value, 1.0)
