"""`grounding/temporal_iou`: the ways of writing time, and the union of intervals by counting seconds."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_grounding import temporal_iou
from vlm_rewards_grounding.metrics.intervals import Interval, merged, temporal_overlap
from vlm_rewards_grounding.times.reading import read_intervals

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


def seconds(spans: list[tuple[int, int]]) -> set[int]:
    return {second for start, end in spans for second in range(start, end)}


@given(SPANS, SPANS)
def test_overlap_is_what_counting_seconds_gives(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    joined = seconds(one) | seconds(other)
    expected = len(seconds(one) & seconds(other)) / len(joined) if joined else 0.0
    assert temporal_overlap(one, other) == pytest.approx(expected)
    assert temporal_overlap(other, one) == pytest.approx(temporal_overlap(one, other))


@given(SPANS)
def test_merged_intervals_are_the_same_time_apart_and_in_order(spans: list[tuple[int, int]]) -> None:
    spans = [span for span in spans if span[0] < span[1]]
    joined = merged(spans)
    assert seconds([(int(start), int(end)) for start, end in joined]) == seconds(spans)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(joined))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5 to 20.1", [(12.5, 20.1)]),
        ("between 3s and 5.5 seconds.", [(3, 5.5)]),
        ("0:12-0:35", [(12, 35)]),
        ("1:02:03 – 1:02:05", [(3723, 3725)]),
        ("[[1, 2], [3, 4]]", [(1, 2), (3, 4)]),
        ('{"start_time": 3.0, "end_time": 5}', [(3, 5)]),
        ('{"start": "0:03", "end": "0:05"}', [(3, 5)]),
        ("3, 4. Then 5", [(3, 4)]),
        ("12 seconds until 14 seconds", [(12, 14)]),
        ("00:05 --> 00:15", [(5, 15)]),
        ("It starts at 5 seconds and ends at 15 seconds.", [(5, 15)]),
        ("5 \u2212 15", [(5, 15)]),
        ("5 to 3", []),
        ("5 to 5", []),
        ("-5 to 3", []),
        ("3 - -5", []),
        ("NaN to 5", []),
        ("5 to 1e308", []),
        ("0 to 1e3", [(0, 1000)]),
        ("0 to 10000001", []),
        ("0:75 to 2:00", []),
        ("1.2.3 to 5", []),
        ("1:2:3:4 to 9:00", []),
        (f"0 to {'9' * 400}", []),
        ("5 cats and 7 dogs", []),
        ("٣ to ٥", []),
    ],
)
def test_time_is_read_in_each_way_of_writing_it(text: str, expected: list[Interval]) -> None:
    assert read_intervals(text) == expected


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_what_is_written_is_read(start: float, end: float) -> None:
    start, end = sorted((round(start, 2), round(end, 2)))
    assert read_intervals(f"from {start:.2f} to {end:.2f} s") == ([(start, end)] if start < end else [])


@given(st.text(st.sampled_from("0123456789:.-, stoend[]eE"), max_size=80))
def test_any_text_gives_finite_intervals_in_order(text: str) -> None:
    assert all(0 <= start < end <= 1e7 for start, end in read_intervals(text))


def test_more_intervals_than_anybody_needs_are_none() -> None:
    assert len(read_intervals("[1,2]," * 512)) == 512
    assert read_intervals("[1,2]," * 513) == []


@pytest.mark.parametrize(
    "solution",
    [[5, 15], [[5, 15]], "5 to 15", "[5, 15]", {"start": 5, "end": 15}, ["0:05", "0:15"], [[5, 10], [10, 15]]],
)
def test_a_reference_may_be_written_in_several_ways(solution: Any) -> None:
    assert temporal_iou(vr.Completion("5 to 15"), solution).score == 1.0


@pytest.mark.parametrize(
    "solution", [None, 3, [], [5], [15, 5], [5, 5], [5, float("nan")], [True, 9], "soon", [[5, 15], 3], [0, 1e308], {}]
)
def test_a_reference_that_is_no_time_is_the_datas_fault(solution: Any) -> None:
    assert temporal_iou(vr.Completion("5 to 15"), solution).status is vr.Status.BAD_REFERENCE


def test_the_last_interval_counts_or_all_of_them() -> None:
    text = "<think>1 to 2</think>0 to 5, or 5 to 15"
    assert temporal_iou(vr.Completion(text), [5, 15]).score == 1.0
    assert temporal_iou(vr.Completion(text), [5, 15], intervals="merged").score == pytest.approx(10 / 15)
    assert temporal_iou(vr.Completion(text), [5, 15], intervals="last").score == 1.0
    assert temporal_iou(vr.Completion("soon"), [5, 15]).reason == "no interval of time after the reasoning"


def test_to_several_intervals_of_a_reference_all_of_the_answer_count() -> None:
    moments = [[0, 5], [10, 15]]
    assert temporal_iou(vr.Completion("0 to 5, 10 to 15"), moments).score == 1.0
    assert temporal_iou(vr.Completion("10 to 15"), moments).score == pytest.approx(0.5)
    assert temporal_iou(vr.Completion("0 to 5, 10 to 15"), moments, intervals="last").score == pytest.approx(0.5)
    assert temporal_iou(vr.Completion("0 to 100"), moments).score == pytest.approx(0.1)
