"""Times: the ways of writing a moment, and which two of a text are the ends of one interval."""

from __future__ import annotations

from typing import Any

import pytest

from vlm_rewards_grounding.times.clock import moments
from vlm_rewards_grounding.times.reading import read_intervals
from vlm_rewards_grounding.times.reference import read_times

ONE = [(12.5, 20.0)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *((f"90 {unit}", 90) for unit in ["s", "sec", "secs", "second", "seconds"]),
        *((f"90{unit}", 90) for unit in ("s", "秒", "秒钟")),
        *((f"1.5 {unit}", 90) for unit in ["min", "mins", "minute", "minutes"]),
        *((f"1.5{unit}", 90) for unit in ("m", "分", "分钟")),
        *((f"0.5 {unit}", 1800) for unit in ["hr", "hrs", "hour", "hours"]),
        *((f"0.5{unit}", 1800) for unit in ("h", "小时")),
        *((f"250 {unit}", 0.25) for unit in ["ms", "msec", "millisecond", "milliseconds", "毫秒"]),
        ("1:02", 62),
        ("1:00:02.5", 3602.5),
        ("00:01:02,500", 62.5),
        ("01:02,500", 62.5),
        ("1 min 5 s", 65),
        ("1 hour and 5 minutes", 3900),
        ("1h2m3s", 3723),
        ("1分5秒", 65),
        ("5 m", 5),
        *((f"7 {word}", None) for word in ("frames", "fps", "%", "percent", "帧")),
        *((f"{word} 7", None) for word in ("frame", "frames", "#")),
        *((word, None) for word in ("3D", "5x", "1st", "x7", "clip_7", "v2")),
        *((number, None) for number in ("1.2.3", "1:2:3:4", "0:75", "1e308", "-5", "10000001", "9" * 400)),
    ],
)
def test_a_moment_is_a_number_with_its_unit(text: str, seconds: float | None) -> None:
    (found,) = moments(text)
    assert found.seconds == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    "text",
    [
        # by their keys or words
        "Start time: 12.5 End time: 20",
        "Start: 12.5 s; End: 20 s",
        "begin=12.5, finish=20",
        "- **Start**: 0:12.5\n- **End**: 0:20",
        "starts at 12.5 seconds and stops at 20 seconds",
        "starting from 12.5 s, ending at 20 s",
        "From: 12.5 To: 20",
        "<start>12.5</start><end>20</end>",
        '{"from": 12.5, "to": "20 s"}',
        '{"t_start": 12.5, "t_end": 20}',
        '{"end": 20, "start": 12.5}',
        '{"event": 2, "description": "3 - 4 men", "start_second": 12.5, "confidence": 0.9, "end_second": 20}',
        '{"start": 12.5, "end": 20, "label": "rounds 2 - 3"}',
        "开始时间：12.5秒，结束时间：20秒",
        # by what stands between them
        "12.5 to 20",
        "00:00:12,500 --> 00:00:20,000",
        "7\n00:00:12,500 --> 00:00:20,000\nThe 3 men.",
        "<12.5 seconds> - <20 seconds>",
        "from <12.5 seconds> to <20 seconds>",
        "from second 12.5 to second 20",
        "starts at 12.5 s and lasts until 20 s",
        "12.5 s into the video, going on to 20 s",
        "12.5s\u201320s, out of 120 s",
        "从第12.5秒到第20秒",
        "从12.5秒开始，到20秒结束",
        "12.5至20",
        "t=12.5 to t=20",
        "Clip 3, 12.5 - 20",
        "Step 4 and 12.5 to 20",
        "Shot 2 - 12.5 to 20",
        "Scene 2: 12.5 - 20",
        "12.5 to 20, where persons 1 and 2 come in",
        # as a pair
        "[12.5, 20]",
        "[12.5, 20], 0.9",
        '{"query": "person 1 opens 2 doors", "windows": [["12.5", "20"]], "score": 9}',
        "between 12.5 and 20 seconds",
        "12.5 s & 20 s",
        "在12.5秒和20秒之间",
    ],
)
def test_one_interval_is_read_in_each_way_of_writing_it(text: str) -> None:
    assert read_intervals(text) == ONE


@pytest.mark.parametrize(
    "text",
    [
        "20 to 12.5",
        "start: 20, end: 12.5",
        "12,5 to 20,1",
        "5 to 10 to 15",
        "[3, 12.5, 20]",
        "frames 12 to 20",
        '{"start_frame": 12, "end_frame": 20}',
        "12% to 20%",
        "#1 - #2",
        "clip1 - clip2",
        "start: 12.5",
        "start: 5, start: 12.5, end: 20",
        "start: 12.5, end: 20, end: 30",
        "page 3 of 7",
        "2024-05-06",
        "5 cats and 7 dogs",
    ],
)
def test_what_is_no_interval_or_may_be_another_one_is_none(text: str) -> None:
    assert read_intervals(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "0 to 5, 10 to 15",
        "0 to 5 and 10 to 15",
        "1. 0-5\n2. 10-15",
        "[[0, 5], [10, 15]]",
        "0, 5, 10, 15",
        '[{"start": 0, "end": 5}, {"start": 10, "end": 15}]',
        '[{"end": 5, "start": 0}, {"end": 15, "start": 10}]',
        "First from 0 to 5. Then from 10 to 15.",
        "1\n00:00:00,000 --> 00:00:05,000\na\n\n2\n00:00:10,000 --> 00:00:15,000\nb",
    ],
)
def test_several_intervals_stay_several(text: str) -> None:
    assert read_intervals(text) == [(0, 5), (10, 15)]


def test_more_numbers_than_anybody_needs_are_no_time() -> None:
    assert read_intervals("7 men. " * 2046 + "0 to 5") == [(0, 5)]
    assert read_intervals("7 men. " * 2047 + "0 to 5") == []


@pytest.mark.parametrize(
    "value",
    [
        [12.5, 20],
        (12.5, 20),
        [["0:12.5", "20 s"]],
        {"start": 12.5, "end": 20, "start_time": None, "end_time": ""},
        {"start_sec": 12.5, "end_sec": "0:20"},
        {"from": 12.5, "to": 20},
        {"relevant_windows": [[12.5, 20]], "qid": 7, "query": "2 men", "duration": 150},
        {"timestamps": [12.5, 20], "sentences": ["A man."], "video_id": "v_1"},
        {"segments": [{"start": 12.5, "end": 20}]},
        '{"end": 20, "start": 12.5}',
        "00:00:12,500 --> 00:00:20,000",
        ["12.5 to 15", "15 to 20"],
    ],
)
def test_a_reference_is_read_in_each_form_that_data_has(value: Any) -> None:
    found = read_times(value)
    assert (found[0][0], found[-1][1]) == (12.5, 20)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"start": 5}, "is not a time"),
        ({"start": 5, "end": 9, "begin": 6}, "start twice"),
        ({"start": 5, "length": 4}, "`length` is 4"),
        ({"start": 5, "end": 9, "until": 12}, "`until` is 12"),
        ('{"start": 5, "end": 9, "until": 12}', "`until` is 12"),
        ({"start_frame": 5, "end_frame": 9}, "`start_frame` is 5"),
        ({"start": 5, "end": 9, "timestamps": [5, 9]}, "is not a time"),
        ({"spot": [5, 9]}, "`spot`"),
        ([[5, 9], 3], "3 is not a time"),
        ([[[[5, 9]]]], "is not a time"),
        (["5 to 9", "soon"], "is not a time"),
        ([-1, 9], "is not a time"),
        ([5, 10**400], "is not a time"),
    ],
)
def test_what_is_not_read_of_a_reference_is_an_error_that_names_it(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_times(value)


NESTS = """timestamps timestamp interval intervals window windows relevant_windows segment segments moment moments span
spans time times gt solution answer event_time"""
BOOKKEEPING = """id qid vid video video_id video_path duration fps label labels category name query question sentence
sentences caption captions description event text split score scores confidence relevant_clip_ids saliency_scores source
dataset task index"""


@pytest.mark.parametrize("key", NESTS.split())
def test_intervals_stand_under_each_of_these_keys(key: str) -> None:
    assert read_times({key: [[1, 2], [3, 4]]}) == ((1, 2), (3, 4))


@pytest.mark.parametrize("key", BOOKKEEPING.split())
def test_a_key_that_says_nothing_of_when_it_is_is_passed_over(key: str) -> None:
    assert read_times({"start": 1, "end": 2, key: "x"}) == ((1, 2),)
