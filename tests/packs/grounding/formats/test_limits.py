"""Each limit of the readers: what is just within it is read, and what is one beyond is not."""

from __future__ import annotations

import json

import pytest

import vlm_rewards as vr
from vlm_rewards_grounding import count, parse_boxes
from vlm_rewards_grounding.actions.calls import read_call
from vlm_rewards_grounding.actions.places import UnreadableError
from vlm_rewards_grounding.formats.json import label_before
from vlm_rewards_grounding.formats.lenient_json import Brackets
from vlm_rewards_grounding.formats.masks.reading import read_mask
from vlm_rewards_grounding.formats.masks.rle import decode
from vlm_rewards_grounding.formats.numbers import number
from vlm_rewards_grounding.formats.rejections import says_nothing
from vlm_rewards_grounding.formats.values import read_values
from vlm_rewards_grounding.references import read_reference
from vlm_rewards_grounding.times.reading import read_intervals


def test_a_number_has_at_most_24_characters_and_is_at_most_ten_million() -> None:
    assert number("0" * 23 + "7") == 7
    assert number("0" * 24 + "7") is None
    assert (number("10000000"), number("10000001"), number("-10000001")) == (1e7, None, None)


def test_a_box_without_brackets_has_at_most_128_characters() -> None:
    bare = "100, 200, 300, 400"
    text = "<|begin_of_box|>{}<|end_of_box|>"
    found = [
        parse_boxes(
            text.format(bare[:5] + " " * (size - len(bare)) + bare[5:]), format="glm4v", image_size=(1000, 1000)
        )
        for size in (128, 129)
    ]
    assert found == [[(100, 200, 300, 400)], []]


def test_a_label_before_a_box_has_at_most_200_characters() -> None:
    assert [len(label_before("x" * size) or "") for size in (199, 200, 201)] == [199, 200, 200]


def test_an_answer_that_nothing_is_there_has_at_most_200_characters() -> None:
    assert says_nothing("there is no " + "x" * 188)
    assert not says_nothing("there is no " + "x" * 189)


def test_the_name_of_a_call_has_at_most_64_characters() -> None:
    (found,) = read_values("x" * 65 + "(1, 2)")
    assert found.value["()"] == "x" * 64


def test_the_name_of_an_action_has_at_most_40_characters() -> None:
    for size in (40, 41):
        found = read_call(json.dumps({"action": "x" * size}))
        assert found is not None
        assert found.type == "x" * 40


def test_an_answer_has_at_most_64_actions() -> None:
    assert read_call("wait() " * 64) is not None
    with pytest.raises(UnreadableError, match="more than 64"):
        read_call("wait() " * 65)
    assert read_call("see x(1) " * 511 + ": wait()") is not None
    with pytest.raises(UnreadableError, match="more than 512"):
        read_call("see x(1) " * 512 + ": wait()")


def test_brackets_are_read_64_deep() -> None:
    def depth(value: object) -> int:
        return 1 + depth(value[0]) if isinstance(value, list) and value else 1 if isinstance(value, list) else 0

    assert [depth(Brackets("[" * deep).read(0)[0]) for deep in (63, 64, 65)] == [63, 64, 64]
    assert [
        bool(parse_boxes("(" * deep + "[1, 2, 3, 4]", format="pixels", image_size=(9, 9))) for deep in (63, 64)
    ] == [True, False]


@pytest.mark.parametrize(("polygons", "read"), [(256, True), (257, False)])
def test_a_mask_has_at_most_256_polygons(polygons: int, *, read: bool) -> None:
    pytest.importorskip("pycocotools")
    value = [[0, 0, 2, 0, 2, 2]] * polygons
    if read:
        assert read_mask(value, (4, 4))[1] == (4, 4)
    else:
        with pytest.raises(ValueError, match="not a mask"):
            read_mask(value, (4, 4))


@pytest.mark.parametrize(("before", "read"), [(1023, True), (1024, False)])
@pytest.mark.parametrize("word", ["(B) ", "f(x) ", "{a: 1} "])
def test_an_answer_has_at_most_1024_values_in_brackets(word: str, before: int, *, read: bool) -> None:
    found = parse_boxes(word * before + "[1, 2, 3, 4]", format="pixels", image_size=(9, 9))
    assert found == [(1.0, 2.0, 3.0, 4.0)] * read


def test_a_run_has_at_most_2_to_the_28_pixels() -> None:
    assert decode([1 << 28], 1 << 28) == (1 << 28,)
    with pytest.raises(ValueError, match="not a number of pixels"):
        decode([(1 << 28) + 1], (1 << 28) + 1)


def test_a_time_is_at_most_ten_million_seconds_and_between_two_stand_at_most_40_characters() -> None:
    assert read_intervals("1 to 10000000") == [(1, 1e7)]
    assert read_intervals("1 to 10000001") == []
    assert [len(read_intervals("1" + " " * (size - 2) + "to2")) for size in (40, 41)] == [1, 0]


def test_a_reference_is_a_count_up_to_a_million() -> None:
    answer = vr.Completion("[[1, 2, 3, 4]]")
    assert count(answer, 1_000_000, vr.Context()).score == 0.0
    assert count(answer, 1_000_001, vr.Context()).status is vr.Status.BAD_REFERENCE


def test_a_reference_of_plain_numbers_has_at_most_128_characters() -> None:
    plain = "1, 2, 3," + "{}4"
    assert len(read_reference(plain.format(" " * 119))) == 1
    with pytest.raises(ValueError, match="is not JSON"):
        read_reference(plain.format(" " * 120))
