"""`vqa/count` and `vqa/relaxed_accuracy`: one number, in any style, and never its neighbour or a list of guesses."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_vqa import close_enough, count, relaxed_accuracy, relaxed_correctness
from vlm_rewards_vqa.count import counted
from vlm_rewards_vqa.text.numerals import Number, is_bounded, single_number, whole_number

RIGHT, WRONG = 1.0, 0.0


def value(text: str) -> Fraction | None:
    number = single_number(text)
    return None if number is None else number.shown * number.scale


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, Fraction(1234)) for text in ("1234", "1,234", "1{,}234", "1\\,234", "$1,234", "€1234", "1,234.00.")),
        *((text, Fraction(1234)) for text in ("1234 dogs", "about 1,234", "(1234)", "≈1234", "1.234e3", "１２３４")),
        *((text, Fraction(-5)) for text in ("-5", "−5", "-$5", "$-5", "(-5)", "it is -5°C")),
        *((text, Fraction(1, 2)) for text in ("0.5", ".5", "1/2", "½", "50%", "50\\%", "50 percent", "50 per cent")),
        *((text, Fraction(5, 2)) for text in ("2.5", "2 1/2", "2½", "5/2")),
        *((text, Fraction(3_000_000)) for text in ("3 million", "3,000,000", "three million", "3 million people")),
        *((text, Fraction(21)) for text in ("twenty-one", "Twenty one.", "21", "21 (twenty-one)", "the 21 of them")),
        *((text, Fraction(12)) for text in ("12 cm^2", "12 m²", "12 m^{2}", "12 m^-2", "12 s^{-1}", "12 cm2")),
        *((text, Fraction(105)) for text in ("one hundred and five", "one hundred five", "105")),
        ("two thousand three hundred and forty-five", Fraction(2345)),
        ("5k", Fraction(5000)),
        ("the 3 left and three more of the 3", Fraction(3)),
        ("no one has 3", Fraction(3)),
        ("the one with 4 legs", Fraction(4)),
        *((text, None) for text in ("", "dog", "B2", "the 2nd", "1st", "x_1", "million", "hundred")),
        *(
            (text, None)
            for text in (
                "1 2",
                "1, 2",
                "1,2",
                "1:45",
                "2010-2012",
                "1.2.3",
                "1/2/2020",
                "3 or 4",
                "10^2",
                "10^{2}",
                "2^-3",
            )
        ),
        *((text, None) for text in ("1/0", "10²", "9" * 401, "1e999", "1e9999999", "two three", "twenty, one")),
        *((text, None) for text in ("1 234", "0,123", "1,23", "12,34,567", "two or 3")),
    ],
)
def test_the_number_of_a_text(text: str, expected: Fraction | None) -> None:
    assert value(text) == expected


PIECES = ["3", "1", "st", "nd", "th", "/", " ", ".", ",", "-", "^", "{", "}", "e", "%", "k", "$", "million", "per cent"]


@given(st.text() | st.lists(st.sampled_from([*PIECES, "第", "か", "≥", "½", "or more"]), max_size=12).map("".join))
@settings(max_examples=1000)
def test_no_text_raises(text: str) -> None:
    found = single_number(text)
    assert found is None or isinstance(found, Number)
    assert whole_number(text) in (None, found)
    assert is_bounded(text) in (True, False)


def test_an_ordinal_is_not_the_fraction_of_a_mixed_number() -> None:
    assert value("3 1st/") == 3


@given(st.integers(0, 10**12 - 1))
def test_number_words_are_read_back(number: int) -> None:
    assert value(words_of(number)) == number


def words_of(number: int) -> str:
    """English words, written by the schoolbook."""
    ones = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    )
    tens = "twenty thirty forty fifty sixty seventy eighty ninety"
    for scale, word in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= scale:
            rest = number % scale
            joined = " and " if word == "hundred" else " "
            return f"{words_of(number // scale)} {word}{joined + words_of(rest) if rest else ''}"
    if number < 20:
        return ones.split()[number]
    return tens.split()[number // 10 - 2] + (f"-{ones.split()[number % 10]}" if number % 10 else "")


DECIMALS = st.builds(
    lambda digits, places: Fraction(digits, 10**places), st.integers(-(10**9), 10**9), st.integers(0, 3)
)


def styles(number: Fraction) -> list[str]:
    text = f"{float(number):.3f}"
    grouped = f"{float(number):,.3f}"
    places = [text, grouped, f"${grouped}", f"{text}.", f"{grouped} metres", f"It is {text}.", f"**{grouped}**"]
    return places + ([str(number.numerator), f"{number.numerator:,}"] if number.denominator == 1 else [])


@given(DECIMALS, st.data())
def test_every_style_of_a_number_is_that_number(number: Fraction, data: st.DataObject) -> None:
    assert value(data.draw(st.sampled_from(styles(number)))) == number


@given(DECIMALS, DECIMALS, st.data())
def test_exact_numbers_match_in_any_style_and_only_when_equal(
    one: Fraction, other: Fraction, data: st.DataObject
) -> None:
    reference = data.draw(st.sampled_from(styles(one)[:2]))
    same, unlike = (data.draw(st.sampled_from(styles(number))) for number in (one, other))
    assert close_enough(same, reference, tolerance=0.0)
    assert close_enough(unlike, reference, tolerance=0.0) == (one == other)


@given(st.fractions(-(10**6), 10**6, max_denominator=1000), st.fractions(0, 2, max_denominator=100))
def test_the_tolerance_is_a_share_of_the_reference(wanted: Fraction, share: Fraction) -> None:
    assume(not 1900 <= wanted <= 2100)
    given_ = wanted + abs(wanted) * share
    text, reference = (f"{number.numerator}/{number.denominator}" for number in (given_, wanted))
    assert close_enough(text, reference) == (share <= Fraction(1, 20) or wanted == 0)


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("12,5", "12.5", RIGHT),
        ("12,5 cm", "12.5", RIGHT),
        ("12, 5", "12.5", WRONG),
        ("not 100", "100", WRONG),
        ("at least 100", "100", WRONG),
        ("100 or more", "100", WRONG),
        ("x \\neq 100", "100", WRONG),
        ("≥ 100", "100", WRONG),
        ("100 is wrong", "100", WRONG),
        ("12,500", "12.5", WRONG),
        ("105", "100", RIGHT),
        ("105.1", "100", WRONG),
        ("95", "100", RIGHT),
        ("-100", "100", WRONG),
        ("2010", "2010", RIGHT),
        ("2011", "2010", WRONG),
        ("2,011", "2,010", RIGHT),  # written with a separator: an amount
        ("2011.0", "2010.0", RIGHT),
        ("1850", "1849", RIGHT),
        ("0", "0", RIGHT),
        ("0.0001", "0", WRONG),
        ("-0", "0.0", RIGHT),
        ("50", "50%", RIGHT),
        ("0.5", "50%", RIGHT),
        ("50%", "50%", RIGHT),
        ("5000%", "50%", WRONG),
        ("5000", "50%", WRONG),
        ("3 million", "3", RIGHT),
        ("3,000,000", "3 million", RIGHT),
        ("3 thousand", "3 million", WRONG),
        ("The United Kingdom.", "united kingdom", RIGHT),
        ("United States", "united kingdom", WRONG),
        ("12 dogs", "12", RIGHT),
        ("12", "12 dogs", WRONG),  # the reference is a text
        ("inf", "100", WRONG),
        ("nan", "100", WRONG),
        ("inf", "inf", RIGHT),  # a text
        ("1e400", "100", WRONG),
        ("seven", "7", RIGHT),
        ("7", "seven", RIGHT),
    ],
)
def test_relaxed_accuracy(answer: str, reference: str, expected: float) -> None:
    assert relaxed_accuracy(vr.Completion(answer), reference).score == expected


@pytest.mark.parametrize(
    ("answer", "reference", "ours", "official"),
    [
        ("1,234", "1234", RIGHT, WRONG),
        ("$100", "100", RIGHT, WRONG),
        ("50", "50%", RIGHT, WRONG),
        ("2011", "2010", WRONG, RIGHT),
        ("0", "0.0", RIGHT, WRONG),
        ("inf", "inf", RIGHT, WRONG),
        ("104", "100", RIGHT, RIGHT),
        ("Red", "red", RIGHT, RIGHT),
    ],
)
def test_where_our_rule_differs_on_purpose_a_param_gives_the_official_one(
    answer: str, reference: str, ours: float, official: float
) -> None:
    assert relaxed_accuracy(vr.Completion(answer), reference).score == ours
    assert relaxed_accuracy(vr.Completion(answer), reference, official=True).score == official


def test_years_are_exact_by_param() -> None:
    answer = vr.Completion("2011")
    assert relaxed_accuracy(answer, "2010", exact_years=None).score == RIGHT
    assert relaxed_accuracy(answer, "2010", exact_years=(1500, 1600)).score == RIGHT
    assert relaxed_accuracy(answer, 2010, tolerance=0.0, exact_years=None).score == WRONG  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "params", [{"tolerance": -1}, {"tolerance": 1}, {"tolerance": float("nan")}, {"exact_years": [2, 1]}]
)
def test_options_that_cannot_be_meant_are_refused(params: dict[str, object]) -> None:
    config = {"version": 1, "rewards": {"it": {"use": "vqa/relaxed_accuracy", "params": params}}}
    with pytest.raises(Exception, match=r"tolerance|exact_years"):
        vr.load_scorer(config)


@given(st.text("0123456789.,-+%eEinfa _\n", max_size=10), st.text("0123456789.,-+%e inf", max_size=6))
@settings(max_examples=300)
def test_the_official_rule_is_that_of_the_script(prediction: str, reference: str) -> None:
    def number(text: str) -> float | None:
        try:
            return float(text.rstrip("%")) / 100.0 if text.endswith("%") else float(text)
        except ValueError:
            return None

    expected = prediction.lower() == reference.lower()
    left, right = number(prediction), number(reference)
    if left is not None and right:
        expected = abs(left - right) / abs(right) <= 0.05
    assert relaxed_correctness(prediction, reference) == expected


@pytest.mark.parametrize(
    "hack",
    [
        " ".join(map(str, range(100))),
        ", ".join(map(str, range(100))),
        "; ".join(f"{number}" for number in range(100)),
        "1 or 2 or 3 or 7",
        "between 0 and 100",
        "0-100",
        "one two three four five six seven",
        "1234567",
    ],
)
def test_a_hack_listing_all_numbers_is_wrong(hack: str) -> None:
    for reference in ("1", "3", "7", "50", "99"):
        assert not relaxed_accuracy(vr.Completion(hack), reference).score
        assert not count(vr.Completion(hack), reference).score
        assert not count(vr.Completion(hack), reference, graded=True).score


# -- count -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            (text, 3)
            for text in ("3", "three", "There are 3 dogs.", "Three dogs and three only", "3.0", "<answer>3</answer>")
        ),
        *(
            (text, 0)
            for text in ("0", "none", "None.", "No", "There are no dogs.", "zero", "nothing", "There is no dog")
        ),
        *((text, None) for text in ("", "some", "many dogs", "no idea", "There is no way to tell.", "I do not know")),
        *((text, None) for text in ("3 or 4", "two or three", "3 dogs and no cat and 2 birds", "I see no answer")),
        ("There are no dogs but 2 cats", 2),
    ],
)
def test_what_a_text_counts(text: str, expected: int | None) -> None:
    output = count(vr.Completion(text), 3 if expected is None else expected)  # type: ignore[arg-type]
    assert output.score == (None if expected is None else 1.0)


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_a_graded_count_falls_with_the_error(given_: int, wanted: int) -> None:
    output = count(vr.Completion(str(given_)), str(wanted), graded=True)
    expected = float(given_ == wanted) if not wanted else max(0.0, 1 - abs(given_ - wanted) / abs(wanted))
    assert output.score == pytest.approx(expected)
    assert (count(vr.Completion(str(given_)), str(wanted)).score == 1.0) is (given_ == wanted)


@pytest.mark.parametrize("reference", ["", "dogs", "1 or 2", [], "9" * 500])
def test_a_count_needs_a_number_as_reference(reference: str | list[str]) -> None:
    assert count(vr.Completion(""), reference).status is vr.Status.BAD_REFERENCE


def test_several_counts_may_be_accepted() -> None:
    assert count(vr.Completion("4"), ["3", "four"]).score == 1.0
    assert counted("9" * 500) is None


def test_a_scale_is_part_of_the_number() -> None:
    assert whole_number("3 million") == Number(Fraction(3), Fraction(10**6))
    assert whole_number("about 3") is None
    assert whole_number("3 4") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, None) for text in ("at least 3", "more than three", "fewer than 3", "3 or more", "3+", "not 3", "<3")),
        *((text, 3) for text in ("There are 3 more dogs than cats.", "3 dogs or cats", "<b>3</b>", "at the left 3")),
        *((text, 0) for text in ("no dogs", "No dogs are visible.", "There aren't any dogs.", "No dog is there")),
        *((text, None) for text in ("No, there are dogs", "no way to tell", "There aren't dogs only")),
    ],
)
def test_a_bound_is_no_count_and_no_dogs_are_none(text: str, expected: int | None) -> None:
    assert counted(text) == expected


@pytest.mark.parametrize("reference", ["nan", "", " ", "<answer></answer>", ["nan", ""]])
def test_a_missing_number_is_the_datas_fault(reference: str | list[str]) -> None:
    output = relaxed_accuracy(vr.Completion("3"), reference)
    assert output.status is vr.Status.BAD_REFERENCE


@pytest.mark.parametrize("reference", ["<answer>1234</answer>", "<think>99</think>\n<answer> 1234 </answer>"])
def test_a_number_in_an_answer_tag_is_the_reference(reference: str) -> None:
    assert relaxed_accuracy(vr.Completion("1,230"), reference).score == RIGHT
    assert relaxed_accuracy(vr.Completion("99"), reference).score == WRONG


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("两辆车", 2), ("图中有四匹马。", 4), ("五個", 5), ("九", 9), ("二十", 20), ("三十六人", 36), ("三つ", 3)),
        *(("一百零八个", 108), ("两千三百个", 2300), ("二十个苹果, 也就是20个", 20)),
        *((text, None) for text in ("第三个", "统一", "一些", "三个苹果和两个梨", "二三个", "至少三个")),
    ],
)
def test_numerals_of_chinese_and_japanese_count_before_a_counter_or_alone(text: str, expected: int | None) -> None:
    assert counted(text) == expected


@pytest.mark.parametrize("text", ["7 or any number", "seven or any other", "7 dogs or any more"])
def test_a_number_or_any_other_is_no_count(text: str) -> None:
    assert counted(text) is None


@pytest.mark.parametrize(
    "text",
    ["\\sqrt{3}", "\\frac{\\pi}{3}", "(3,\\infty)", "±3", "-x+3", "x\\ge 3", "minus 3", "negative 3", "It cannot be 3"],
)
def test_a_formula_a_bound_or_another_sign_is_not_its_number(text: str) -> None:
    assert relaxed_accuracy(vr.Completion(text), "3", tolerance=0.0).score != 1.0
    assert count(vr.Completion(text), "3").score != 1.0


@pytest.mark.parametrize("text", ["3 \\text{ cm}", "+3", "x = 3", "\\approx 3", "\\textbf{3}"])
def test_a_number_in_its_dress_is_the_number(text: str) -> None:
    assert relaxed_accuracy(vr.Completion(text), "3", tolerance=0.0).score == 1.0


def test_a_box_cut_off_pays_nothing() -> None:
    assert relaxed_accuracy(vr.Completion("\\boxed{17"), "17").score is None
