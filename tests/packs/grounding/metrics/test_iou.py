"""IoU and its relatives: counting pixels, exact fractions, torchvision's formulas restated, and degenerate boxes."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards_grounding.metrics.boxes import Box, area
from vlm_rewards_grounding.metrics.gaussian import gaussian_plane, gaussian_point
from vlm_rewards_grounding.metrics.iou import Metric, ciou, diou, giou, iou, iou_matrix, overlap, to_unit

METRICS: list[Metric] = ["iou", "giou", "diou", "ciou"]
LOWEST = {"iou": 0.0, "giou": -1.0, "diou": -1.0, "ciou": -1.5}


@st.composite
def grid_boxes(draw: st.DrawFn, *, side: int = 12) -> tuple[int, int, int, int]:
    x1, y1 = draw(st.integers(0, side - 1)), draw(st.integers(0, side - 1))
    return x1, y1, draw(st.integers(x1 + 1, side)), draw(st.integers(y1 + 1, side))


@st.composite
def float_boxes(draw: st.DrawFn) -> Box:
    x1, y1 = draw(st.floats(-1e7, 9e6)), draw(st.floats(-1e7, 9e6))
    box = x1, y1, draw(st.floats(x1, 1e7)), draw(st.floats(y1, 1e7))
    return box if area(box) > 0 else (x1, y1, x1 + 16.0, y1 + 16.0)


ANY_BOXES = st.tuples(*[st.floats(-1e7, 1e7)] * 4)


def cells(box: tuple[int, int, int, int]) -> set[tuple[int, int]]:
    return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}


@given(grid_boxes(), grid_boxes())
def test_iou_and_giou_are_what_counting_pixels_gives(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    shared, joined = len(cells(one) & cells(other)), len(cells(one) | cells(other))
    hull = (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))
    assert iou(one, other) == shared / joined
    assert giou(one, other) == pytest.approx(shared / joined - (len(cells(hull)) - joined) / len(cells(hull)))


@given(float_boxes(), float_boxes())
def test_iou_is_the_exact_formula_within_rounding(one: Box, other: Box) -> None:
    a, b = ([Fraction(side) for side in box] for box in (one, other))
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, Fraction(0)) * max(height, Fraction(0))
    whole = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    assert iou(one, other) == pytest.approx(float(shared / whole), rel=1e-6, abs=1e-9)


@given(grid_boxes(), grid_boxes())
def test_diou_and_ciou_are_the_formulas_of_their_paper(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    centres = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in (one, other)]
    width, height = max(one[2], other[2]) - min(one[0], other[0]), max(one[3], other[3]) - min(one[1], other[1])
    distance = math.dist(*centres) ** 2 / math.hypot(width, height) ** 2
    assert diou(one, other) == pytest.approx(iou(one, other) - distance, abs=1e-12)
    ratios = [math.atan((box[2] - box[0]) / (box[3] - box[1])) for box in (one, other)]
    v = 4 / math.pi**2 * (ratios[0] - ratios[1]) ** 2
    alpha = v / (1 - iou(one, other) + v) if v else 0
    assert ciou(one, other) == pytest.approx(diou(one, other) - alpha * v, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
@given(one=st.one_of(float_boxes(), ANY_BOXES), other=st.one_of(float_boxes(), ANY_BOXES))
def test_every_metric_stays_in_its_range_and_is_symmetric(metric: Metric, one: Box, other: Box) -> None:
    value = overlap(metric, one, other)
    assert LOWEST[metric] <= value <= 1.0
    assert overlap(metric, other, one) == value
    assert 0.0 <= to_unit(metric, value) <= 1.0


@pytest.mark.parametrize("metric", METRICS)
@given(box=float_boxes())
def test_a_box_is_all_of_itself(metric: Metric, box: Box) -> None:
    assert to_unit(metric, overlap(metric, box, box)) == 1.0


@given(grid_boxes(), grid_boxes(), st.integers(-50, 50), st.sampled_from([0.25, 2.0, 1024.0]))
def test_iou_does_not_change_when_both_boxes_move_and_grow(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int], shift: int, factor: float
) -> None:
    def moved(box: tuple[int, int, int, int]) -> Box:
        return tuple((side + shift) * factor for side in box)  # type: ignore[return-value] # four in, four out

    assert iou(moved(one), moved(other)) == iou(one, other)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("box", [(3, 1, 2, 0), (2, 0, 1, 9), (5, 5, 5, 5), (0, 0, 1e-200, 1e-200)])
def test_a_box_without_area_agrees_with_nothing(metric: Metric, box: Box) -> None:
    """Published forms pay it: the usual GIoU gives (1, 1, 0, 0) against (0, 0, 1, 1) 1.0, and 0 / 0 elsewhere."""
    for other in ((0, 0, 10, 10), box):
        assert overlap(metric, box, other) == overlap(metric, other, box) == LOWEST[metric]
        assert to_unit(metric, overlap(metric, box, other)) == 0.0


@given(rows=st.lists(grid_boxes(), max_size=5), columns=st.lists(grid_boxes(), max_size=5), crowd=st.booleans())
def test_the_matrix_holds_the_iou_of_each_pair(rows: list[Box], columns: list[Box], *, crowd: bool) -> None:
    found = iou_matrix(rows, columns, crowd=crowd)
    assert [len(row) for row in found] == [len(columns)] * len(rows)
    if not crowd:
        assert found == [[iou(row, column) for column in columns] for row in rows]
        return
    for one, values in zip(rows, found, strict=True):
        for other, value in zip(columns, values, strict=True):
            union = area(one) + area(other) - (shared := value * area(one))
            assert iou(one, other) == pytest.approx(shared / union if union else 0.0)


def test_many_pairs_are_computed_together() -> None:
    rows = [(float(x), 0.0, x + 2.0, 2.0) for x in range(60)]
    assert iou_matrix(rows, rows) == [[iou(row, column) for column in rows] for row in rows]


@given(grid_boxes(), grid_boxes())
def test_both_gaussians_are_the_formulas_of_gui_g2(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    alpha = 0.5
    (ax, ay), (bx, by) = (((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in (one, other))
    (aw, ah), (bw, bh) = (((box[2] - box[0]) * alpha, (box[3] - box[1]) * alpha) for box in (one, other))
    point = math.exp(-((ax - bx) ** 2 / bw**2 + (ay - by) ** 2 / bh**2) / 2)
    assert gaussian_point((ax, ay), other) == pytest.approx(point)
    across, down = (aw**2 + bw**2) / 2, (ah**2 + bh**2) / 2
    apart = ((ax - bx) ** 2 / across + (ay - by) ** 2 / down) / 8
    unlike = math.log(across * down / math.sqrt((aw * ah) ** 2 * (bw * bh) ** 2)) / 2
    assert gaussian_plane(one, other) == pytest.approx(math.exp(-apart - unlike))


@given(st.one_of(float_boxes(), ANY_BOXES), float_boxes(), st.floats(1e-3, 10))
def test_both_gaussians_stay_in_their_range(one: Box, other: Box, alpha: float) -> None:
    assert 0.0 <= gaussian_plane(one, other, alpha=alpha) <= 1.0
    assert 0.0 <= gaussian_point((one[0], one[1]), other, alpha=alpha) <= 1.0
    assert gaussian_plane(other, other, alpha=alpha) == 1.0
    assert gaussian_plane((3, 1, 2, 0), other) == gaussian_point((0, 0), (3, 1, 2, 0)) == 0.0
