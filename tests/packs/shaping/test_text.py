"""Repetition, diversity, language, steps and boxes: against slow definitions, and against what games them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trl.rewards import get_repetition_penalty_reward

import vlm_rewards as vr
from tests.packs.sample import REGISTRY
from vlm_rewards.errors import ConfigError
from vlm_rewards_shaping import duplicate_boxes, language_consistency, ngram_diversity, reasoning_steps, repetition

TOKENS = st.lists(st.integers(0, 5), min_size=1, max_size=60)


def of_tokens(ids: list[int]) -> vr.Completion:
    return vr.Completion("text", token_ids=ids)


def slow_counts(units: list[Any], ngram: int) -> tuple[int, int]:
    """The same by comparing every n-gram with all before it."""
    total = different = 0
    for start in range(len(units) - ngram + 1):
        total += 1
        run = units[start : start + ngram]
        different += all(units[other : other + ngram] != run for other in range(start))
    return different, total


# -- repetition and ngram_diversity ----------------------------------------------------------------------------------


@given(TOKENS, st.integers(1, 8))
def test_repetition_is_the_share_of_ngrams_that_stood_before(ids: list[int], ngram: int) -> None:
    different, total = slow_counts(ids, ngram)
    output = repetition(of_tokens(ids), ngram=ngram)
    assert output.score == (-(total - different) / total if total else 0.0)
    assert output.details == {"ngrams": total, "different": different, "unit": "tokens"}
    assert output.score == pytest.approx(get_repetition_penalty_reward(ngram, -1.0)([ids])[0])


@given(TOKENS, st.integers(1, 8), st.integers(1, 30))
def test_ngram_diversity_is_the_share_of_different_ngrams(ids: list[int], ngram: int, least: int) -> None:
    different, total = slow_counts(ids, ngram)
    output = ngram_diversity(of_tokens(ids), ngram=ngram, min_ngrams=least)
    assert output.score == different / max(total, least)


@given(TOKENS, st.permutations(range(6)), st.integers(1, 5))
def test_repetition_does_not_depend_on_which_tokens_they_are(ids: list[int], names: list[int], ngram: int) -> None:
    renamed = [names[token] + 100_000 for token in ids]
    assert repetition(of_tokens(renamed), ngram=ngram) == repetition(of_tokens(ids), ngram=ngram)
    assert repetition(of_tokens(ids[::-1]), ngram=ngram).score == repetition(of_tokens(ids), ngram=ngram).score


@given(TOKENS, st.integers(2, 5), st.integers(1, 4))
def test_saying_it_all_again_never_pays(ids: list[int], times: int, ngram: int) -> None:
    once, again = repetition(of_tokens(ids), ngram=ngram), repetition(of_tokens(ids * times), ngram=ngram)
    assert again.score is not None
    assert once.score is not None
    # The seam between two copies may hold a few new n-grams.
    assert again.score <= once.score + (ngram - 1) / max(len(ids), 1)


def test_a_long_loop_costs_nearly_all() -> None:
    loop = repetition(of_tokens([1, 2, 3, 4, 5] * 1000), ngram=40)
    assert loop.score == pytest.approx(-(4961 - 5) / 4961)
    assert repetition(of_tokens(list(range(5000))), ngram=40).score == 0.0


@pytest.mark.parametrize(
    ("text", "worst"),
    [
        ("so it is " * 100, -0.98),
        ("So it is so It Is " * 100, -0.98),
        ("wait" * 1000, -0.98),
        ("我想" * 1000, -0.98),
        ("a\nb\tc  " * 100, -0.98),
        ("abcdefg" * 1000, -0.95),  # the cuts drift through the loop, and it ends all the same
    ],
)
def test_words_show_loops_without_tokens_and_without_spaces(text: str, worst: float) -> None:
    output = repetition(vr.Completion(text))
    assert output.score is not None
    assert output.score < worst
    assert output.details["unit"] == "words"


def varied(word: str, times: int) -> str:
    """One word again and again, each time with other punctuation and another case."""
    marks = ["", ",", ".", "!", "?", "...", "*", '"', "'", "-", "_", "`", "(", ")", ":", ";", "#", "\u200b", "，", "…"]
    forms = [f"{first}{form}{last}" for first in marks for last in marks for form in (word, word.title(), word.upper())]
    return " ".join(forms[at % len(forms)] for at in range(times))


@pytest.mark.parametrize(
    "text", [varied("wait", 1000), varied("wa-it", 1000), varied("Подожди", 1000), varied("", 1000)]
)
@pytest.mark.parametrize("ngram", [1, 3, 20])
def test_another_comma_or_capital_makes_no_new_word(text: str, ngram: int) -> None:
    assert (repetition(vr.Completion(text), ngram=ngram).score or 0.0) < -0.9
    assert (ngram_diversity(vr.Completion(text), ngram=ngram).score or 0.0) < 0.1


@pytest.mark.parametrize(
    "text", ["2 + 3 = 5 , 2 * 3 = 6 and 2 - 3 = -1", "x1=7 x1=-7 x1=+7 x1<7", "का की के को कि कु", "3.5 4.5 1/2 12 1^2"]
)
def test_formulas_and_vowel_signs_make_words(text: str) -> None:
    assert repetition(vr.Completion(text)).score == 0.0


def test_the_reasoning_field_is_part_of_what_was_said() -> None:
    looped = vr.Completion("7", reasoning_field="wait, no, " * 50)
    assert repetition(looped).details["ngrams"] == 99


@pytest.mark.parametrize("reward", [repetition, ngram_diversity])
def test_tokens_are_counted_where_they_are_known(reward: Any) -> None:
    assert reward(of_tokens([1, 2, 3])).details["unit"] == "tokens"
    assert reward(of_tokens([1, 2, 3]), unit="words").details["unit"] == "words"
    assert reward(vr.Completion("a"), unit="tokens").status is vr.Status.ABSTAINED
    assert reward(vr.Completion(" ", token_ids=[1, 2])).status is vr.Status.UNPARSEABLE


def test_a_word_or_two_are_not_diverse() -> None:
    scores = [ngram_diversity(vr.Completion(" ".join(map(str, range(n))))).score for n in (1, 2, 11, 21, 50)]
    assert scores == [0.0, 0.05, 0.5, 1.0, 1.0]


# -- language_consistency --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("three and four", {"language": "en"}, 1.0),
        ("three и four", {"language": "en"}, 0.9),
        ("three и four", {"language": "ru"}, 0.1),
        ("三加四", {"language": "ja"}, 1.0),
        ("三加四", {}, 1.0),
        ("三加四 abc", {}, 0.5),
        ("7", {"language": "en"}, None),
        ("<think>三加四</think>seven", {"where": "reasoning", "language": "zh"}, 1.0),
        ("<think>三加四</think>seven", {"where": "response", "language": "zh"}, 0.0),
        ("seven", {"where": "reasoning"}, None),
    ],
)
def test_language_consistency_is_the_share_of_letters(
    text: str, options: dict[str, Any], expected: float | None
) -> None:
    assert language_consistency(vr.Completion(text), **options).score == expected


@given(st.text("abcдеж三七7 .,", max_size=40))
def test_language_consistency_without_a_language_takes_the_most_frequent(text: str) -> None:
    shares = [language_consistency(vr.Completion(text), language=code).score for code in ("en", "ru", "zh")]
    scored = [share for share in shares if share is not None]
    assert language_consistency(vr.Completion(text)).score == max(scored, default=None)


def test_language_consistency_reads_the_reasoning_field() -> None:
    answer = vr.Completion("семь", reasoning_field="four")
    assert language_consistency(answer, language="en").score == 0.5
    assert language_consistency(answer, language="en", where="reasoning").score == 1.0


# -- reasoning_steps -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Step 1: count the apples",
        "step 12. count the apples",
        "**Step 1:** count the apples",
        "### Step 1: count the apples",
        "1. count the apples",
        "2) count the apples",
        "  - count the apples",
        "* count the apples",
        "• count the apples",
        "First, count the apples",
        "Finally, count the apples",
        "**Next,** count the apples",
    ],
)
def test_a_marked_line_is_a_step(line: str) -> None:
    assert reasoning_steps(vr.Completion(f"<think>{line}</think>7")).details == {"steps": 1}


@pytest.mark.parametrize(
    "line",
    [
        "count the apples",
        "I count the apples. First, I look",
        "3.5 apples are too many",
        "1.count the apples",
        "1234. count the apples",
        "Step one: count the apples",
        "Step : count the apples",
        "-5 is the next number",
        "Step 1: so be",
        "First,",
        "-",
        "",
    ],
)
def test_other_lines_are_none(line: str) -> None:
    assert reasoning_steps(vr.Completion(f"<think>{line}</think>7")).details == {"steps": 0}


@given(st.integers(0, 12), st.integers(1, 6))
def test_reasoning_steps_pays_for_each_different_step_up_to_the_wanted_number(count: int, steps: int) -> None:
    text = "\n".join(f"{n}. look at picture {n}" for n in range(1, count + 1))
    assert reasoning_steps(vr.Completion(text + " "), steps=steps).score == min(1.0, count / steps)


@pytest.mark.parametrize(
    "flood",
    [
        "Step 1: Step 2: Step 3: " * 100,
        "First,\nSecond,\nFinally,\n" * 100,
        "- \n" * 1000,
        "- yes\n" * 1000,
        "".join(f"Step {n}: let me think\n" for n in range(100)),
        "".join(f"Step {n}: let me think" + "\u200b" * n + "\n" for n in range(100)),
        "".join(f"Step {n}: let me think{'!' * n}\n" for n in range(100)),
        "".join(f"- {'.' * n} {'-' * n} {'?' * n}\n" for n in range(100)),
    ],
)
def test_marks_without_steps_do_not_pay(flood: str) -> None:
    assert (reasoning_steps(vr.Completion(flood)).score or 0.0) <= 1 / 3


# -- duplicate_boxes -------------------------------------------------------------------------------------------------

SIDE = st.integers(1, 9)
BOX = st.tuples(st.integers(0, 50), st.integers(0, 50), SIDE, SIDE).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def written(boxes: list[tuple[int, int, int, int]]) -> vr.Completion:
    return vr.Completion("".join(f'{{"bbox_2d": {list(box)}}}, ' for box in boxes) or "none")


@given(st.lists(BOX, max_size=20, unique=True))
def test_boxes_that_all_differ_cost_nothing_and_each_copy_costs_its_share(
    boxes: list[tuple[int, int, int, int]],
) -> None:
    assert duplicate_boxes(written(boxes), iou=1.0).score == 0.0
    copied = duplicate_boxes(written(boxes * 3), iou=1.0)
    assert copied.score == (-(2 * len(boxes)) / (3 * len(boxes)) if boxes else 0.0)


@given(BOX, st.integers(-3, 3), st.sampled_from([0.3, 0.5, 0.9]))
def test_near_boxes_are_one_from_the_threshold_on(box: tuple[int, int, int, int], shift: int, iou: float) -> None:
    other = (box[0] + shift, box[1], box[2] + shift, box[3])
    wide = box[2] - box[0]
    overlap = max(0, wide - abs(shift)) / (wide + abs(shift))
    assert duplicate_boxes(written([box, other]), iou=iou).score == (-0.5 if overlap >= iou else 0.0)


def test_boxes_exactly_at_the_threshold_are_one() -> None:
    assert duplicate_boxes(written([(0, 0, 2, 1), (0, 0, 1, 1)]), iou=0.5).score == -0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[0, 0, 9, 9] [9, 9, 0, 0]", -0.5),  # the same box with its corners the other way round
        ("[5, 5, 5, 5] [5, 5, 5, 5]", -0.5),
        ("[5, 5, 5, 5] [6, 6, 6, 6]", 0.0),
        ("[0, 0, 9, 9] [0, 0, 9, 9, 9]", 0.0),
        ("[0, 0, 9, 9] [NaN, 0, 9, 9]", 0.0),
        ("[0, 0, 9, 9] [1e999, 0, 9, 9]", 0.0),
        ("[0, 0, 1e-300, 1e-300] [0, 0, 1e-300, 2e-300]", 0.0),
        ("(0,0),(9,9) and (0,0),(9,9)", -0.5),
        ("[[0, 0], [9, 9]], [[0, 0], [9, 9]]", -0.5),
        ("[0; 0; 9; 9] [0 0 9 9] [0, 0, 9, 9,] ['0', '0', '9', '9']", -0.75),
        ('{"bbox_2d": (0, 0, 9, 9)}, {"bbox_2d": (0, 0, 9, 9)}', -0.5),
        ('{"x1": 0, "y1": 0, "x2": 9, "y2": 9} {"xMin": 0, "yMin": 0, "xMax": 9, "yMax": 9}', -0.5),
        ("<ref>cat</ref><box>0 0 9 9</box><ref>a cat</ref><box>0 0 9 9</box>", -0.5),
        ("<|box_start|>(0,0),(9,9)<|box_end|><|box_start|>(0,0),(9,9)<|box_end|>", -0.5),
        ("<loc0000><loc0000><loc0100><loc0100> cat ; <loc0000><loc0000><loc0100><loc0100> cat", -0.5),
        ("cat<loc_0><loc_0><loc_9><loc_9><loc_0><loc_0><loc_9><loc_9>", -0.5),
        ("<object><patch_index_0000><patch_index_0033></object> " * 2, -0.5),
        ("<object><patch_index_0000><patch_index_0033></object><object><patch_index_0040><patch_index_0090>", 0.0),
        ("1. [0, 0, 9, 9] 2. [20, 20, 30, 30] 3. [0, 0, 9, 9]", -1 / 3),
        ('[{"point_2d": [1, 2]}, {"point_2d": [1, 2]}, {"point_2d": [1, 2]}]', 0.0),  # points are no boxes
        ("[1, 2] and [1, 2, 3]", 0.0),
        ("No objects.", 0.0),
        ("[]", 0.0),
        ("[[[[", 0.0),
        ("<think>[0, 0, 9, 9]</think>[0, 0, 9, 9]", 0.0),
        ("[0, 0, 9, 9] <answer>[0, 0, 9, 9]</answer>", 0.0),
        ("<answer></answer>", None),
        ("<think>[0, 0, 9, 9]", None),
        ("[0, 0, 9, 9] " * 65, None),
        ("[0, 0, 9, 9] " * 64, -63 / 64),
    ],
)
def test_duplicate_boxes_reads_lists_of_four_numbers(text: str, expected: float | None) -> None:
    assert duplicate_boxes(vr.Completion(text)).score == expected


# -- options ---------------------------------------------------------------------------------------------------------


def test_an_unknown_language_is_refused_with_the_config() -> None:
    config = {"version": 1, "rewards": {"it": {"use": "shaping/language_consistency", "params": {"language": "xx"}}}}
    with pytest.raises(ConfigError, match="language"):
        vr.load_scorer(config, registry=REGISTRY)
