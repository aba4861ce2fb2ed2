"""The measures of the `vqa` pack against their definitions, and against values of the published implementations."""

from __future__ import annotations

import json
import math
import re
import string
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_vqa import (
    anls,
    anls_score,
    cer,
    character_error_rate,
    edit_distance,
    pope_answer,
    relaxed_correctness,
    rouge_l,
    squad_f1,
    token_f1,
    vqa_accuracy,
    vqa_soft,
    wer,
    word_error_rate,
)
from vlm_rewards_vqa.error_rates import words
from vlm_rewards_vqa.text.ngram_overlap import rouge_words
from vlm_rewards_vqa.text.overlap import sequence_f1
from vlm_rewards_vqa.vqa_soft import official_form

CASES = Path(__file__).parents[4] / "shared/data/grounding/metric_cases_dev.jsonl"
SHORT = st.text("ab c", max_size=8)
TEXT = st.text("abc ,.'", max_size=20)


def measured(metric: str, case: dict[str, Any]) -> float | str | None:
    pred = case.get("pred", "")
    if metric == "anls":
        return anls_score(pred, case["golds"], threshold=case["threshold"], boundary=case["boundary"])
    if metric == "anls_mpdocvqa":
        options = {"threshold": case["threshold"], "boundary": case["boundary"], "whitespace": "keep"}
        return anls_score(pred, case["golds"], **options)
    if metric == "cer":
        return character_error_rate(pred, case["gold"])
    if metric == "wer":
        return word_error_rate(pred, case["gold"])
    if metric == "edit_distance":
        return edit_distance(pred, case["gold"])
    if metric == "relaxed_accuracy":
        return float(relaxed_correctness(pred, case["gold"], tolerance=case["tol"]))
    if metric == "vqa_accuracy":
        return vqa_accuracy(pred, case["answers"])
    return pope_answer(case["text"]) if metric == "pope_yes_no" else None


def test_every_case_of_a_published_implementation_is_reproduced() -> None:
    if not CASES.is_file():
        pytest.skip(f"the development data is not there: {CASES}")
    seen: Counter[str] = Counter()
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        value = measured(case["metric"], case["input"])
        if value is None:  # a measure of another pack
            continue
        seen[case["metric"]] += 1
        if isinstance(value, str):
            assert value == case["expected"], case["id"]
        else:
            assert abs(value - case["expected"]) <= case["tol"], case["id"]
    assert seen.total() >= 39


# -- edit distance and what is built on it ---------------------------------------------------------------------------


def textbook_distance(one: str | list[str], other: str | list[str]) -> int:
    row = list(range(len(other) + 1))
    for at, left in enumerate(one, 1):
        last, row[0] = row[0], at
        for column, right in enumerate(other, 1):
            last, row[column] = row[column], min(last + (left != right), row[column] + 1, row[column - 1] + 1)
    return row[-1]


@given(TEXT, TEXT, st.integers(0, 20))
def test_the_edit_distance_is_that_of_the_textbook(one: str, other: str, at_most: int) -> None:
    expected = textbook_distance(one, other)
    assert edit_distance(one, other) == expected
    assert edit_distance(one.split(), other.split()) == textbook_distance(one.split(), other.split())
    assert edit_distance(one, other, at_most=at_most) == min(expected, at_most + 1)


@given(SHORT, SHORT, SHORT)
def test_the_edit_distance_is_a_metric(one: str, other: str, third: str) -> None:
    assert (edit_distance(one, other) == 0) == (one == other)
    assert edit_distance(one, other) == edit_distance(other, one)
    assert edit_distance(one, third) <= edit_distance(one, other) + edit_distance(other, third)


@given(TEXT, TEXT)
def test_the_rewards_of_reading_are_one_minus_the_rates(answer: str, reference: str) -> None:
    completion = vr.Completion(f"<answer>{answer}</answer>")
    for reward, rate, pieces in ((cer, character_error_rate, str.strip), (wer, word_error_rate, words)):
        output = reward(completion, reference)
        if not reference.strip():
            assert output.status is vr.Status.BAD_REFERENCE
        elif not answer.strip():
            assert output.status is vr.Status.UNPARSEABLE
        else:
            assert pieces(reference)
            assert output.score == pytest.approx(max(0.0, 1 - rate(answer, reference)))


@given(st.text("ab \n\t", max_size=12))
def test_words_are_split_as_by_jiwer(text: str) -> None:
    expected = [word for word in re.sub(r"\s\s+", " ", text).strip().split(" ") if word]
    assert words(text) == expected


@given(TEXT, st.lists(TEXT, min_size=1, max_size=3), st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0]))
def test_anls_follows_both_published_definitions(prediction: str, references: list[str], threshold: float) -> None:
    def distance(one: str, other: str) -> float:
        longer = max(len(one), len(other))
        return textbook_distance(one, other) / longer if longer else 0.0

    squeezed = [" ".join(text.lower().split()) for text in (prediction, *references)]
    far = [distance(squeezed[0], reference) for reference in squeezed[1:]]
    assert anls_score(prediction, references, threshold=threshold) == max(
        1 - value if value < threshold else 0.0 for value in far
    )
    stripped = [text.lower().strip() for text in (prediction, *references)]
    near = max(1 - distance(stripped[0], reference) for reference in stripped[1:])
    expected = near if stripped[0] and near >= threshold else 0.0
    assert anls_score(prediction, references, threshold=threshold, boundary="inclusive", whitespace="keep") == expected


def test_the_two_variants_of_anls_differ_at_the_boundary() -> None:
    answer = vr.Completion("abcd")
    assert anls(answer, "ab").score == 0.0
    assert anls(answer, "ab", boundary="inclusive").score == 0.5
    assert anls(vr.Completion("none"), "none", boundary="inclusive", whitespace="keep").score == 0.0
    assert anls(vr.Completion("none"), "none", boundary="inclusive").score == 1.0


@pytest.mark.parametrize("reward", [anls, cer, wer, token_f1, rouge_l])
def test_a_hack_repeating_or_flooding_pays_less_than_the_answer(reward: Any) -> None:
    reference = "the quick brown fox jumps over the lazy dog"
    assert reward(vr.Completion(reference), reference).score == 1.0
    for hack in (f"{reference} " * 5, f"{reference} " + "and every other word of the page " * 5, "the " * 50):
        assert reward(vr.Completion(hack), reference).score < 0.5


# -- VQA accuracy ----------------------------------------------------------------------------------------------------


NUMBERS = "zero one two three four five six seven eight nine ten"


def by_the_script(text: str) -> str:
    """The official normalisation, told with regular expressions."""
    text = re.sub("[\n\t]", " ", text).strip()
    shaped = text
    for sign in ';/[]"{}()=+\\_-><@`,?!':
        touches = f"{sign} " in text or f" {sign}" in text or re.search(r"\d,\d", text)
        shaped = shaped.replace(sign, "" if touches else " ")
    shaped = re.sub(r"\.(?!\d)", "", shaped, count=32)
    numbers = {word: str(value) for value, word in enumerate(NUMBERS.split())} | {"none": "0"}
    kept = [numbers.get(word, word) for word in shaped.lower().split()]
    put_back = {"dont": "don't", "somebody'd": "somebodyd", "hed've": "he'd've", "he'dve": "he'd've", "twas": "'twas"}
    return " ".join(put_back.get(word, word) for word in kept if word not in {"a", "an", "the"})


PIECES = [*"ab1 2.,;!?'-\n\t/()٣İ", "the ", "two", "none ", "dont", "." * 40, "1,2", " a ", "hed've", "twas", "-"]


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
@settings(max_examples=300)
def test_answers_are_made_alike_as_by_the_official_script(text: str) -> None:
    assert official_form(text) == by_the_script(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("somebody'd", "somebodyd"),
        ("'owsat", "'owsat"),
        ("ow's'at", "'ow's'at"),
        ("Im", "im"),  # the script's own key has a capital, which lower case never meets
        ("3,000 dogs, cats", "3000 dogs cats"),
        ("left,right", "left right"),
        ("left, right", "left right"),
        ("u.s.", "us"),
        ("2.5", "2.5"),
        ("ten", "10"),
        ("eleven", "eleven"),
        ("x.", "x"),
        ("dog's", "dog's"),
    ],
)
def test_quirks_of_the_official_script(text: str, form: str) -> None:
    assert official_form(text) == form


@given(st.sampled_from("abc"), st.lists(st.sampled_from("abc"), min_size=4, max_size=12))
def test_the_accuracy_is_the_mean_over_leaving_one_annotator_out(answer: str, people: list[str]) -> None:
    left_out = [people[:at] + people[at + 1 :] for at in range(len(people))]
    expected = sum(min(1.0, others.count(answer) / 3) for others in left_out) / len(people)
    accuracy = vqa_accuracy(answer, [f"{person}!" for person in people], normalise="always")
    assert accuracy == pytest.approx(expected, abs=1e-12)


def test_nothing_is_made_alike_where_all_annotators_agree_unless_a_param_says_so() -> None:
    answer = vr.Completion("Yes.")
    assert vqa_soft(answer, ["yes"] * 10).score == 0.0
    assert vqa_soft(answer, ["yes"] * 10, normalise="always").score == 1.0
    assert vqa_soft(answer, ["yes"] * 9 + ["no"]).score == 1.0


@pytest.mark.parametrize("solution", ["yes", [], ["yes"] * 3, "[1, 2]", '{"answer": "yes"}', [{"reply": "yes"}] * 10])
def test_fewer_than_four_annotators_are_a_bad_reference(solution: str | list[Any]) -> None:
    assert vqa_soft(vr.Completion(""), solution).status is vr.Status.BAD_REFERENCE


def test_annotators_may_come_as_records_or_json_text() -> None:
    records = [{"answer": "yes", "answer_confidence": "maybe", "answer_id": at} for at in range(9)] + [{"answer": "no"}]
    for solution in (records, json.dumps(records), ["yes"] * 9 + ["no"]):
        assert vqa_soft(vr.Completion("Yes"), solution).score == 1.0


# -- words in common -------------------------------------------------------------------------------------------------


def by_squad(text: str) -> list[str]:
    bare = "".join(sign for sign in text.lower() if sign not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


@given(st.lists(st.sampled_from(["a", "an", "The", "cat", "dog", ".", ",", " ", "-", "«", "_", "é", "7"]), max_size=10))
@settings(max_examples=300)
def test_squad_f1_is_that_of_the_definition(parts: list[str]) -> None:
    for prediction, reference in (("".join(parts), "the cat"), ("a dog, cat", "".join(parts))):
        have, want = Counter(by_squad(prediction)), Counter(by_squad(reference))
        same = (have & want).total()
        if not have.total() or not want.total():
            expected = float(have == want)
        else:
            precision, recall = same / have.total(), same / want.total()
            expected = 2 * precision * recall / (precision + recall) if same else 0.0
        assert squad_f1(prediction, reference) == pytest.approx(expected)


def test_the_best_of_the_accepted_answers_counts() -> None:
    assert token_f1(vr.Completion("cat"), ["a big dog", "the cat"]).score == 1.0
    assert rouge_l(vr.Completion("cat"), ["a big dog", "cat"]).score == 1.0
    assert token_f1(vr.Completion("cat"), '["dog", "cat"]').score == 1.0


@given(st.text("abc", max_size=10), st.text("abc", max_size=10))
def test_the_longest_common_subsequence_is_that_of_the_textbook(one: str, other: str) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row, left in enumerate(one):
        for column, right in enumerate(other):
            table[row + 1][column + 1] = (
                table[row][column] + 1 if left == right else max(table[row][column + 1], table[row + 1][column])
            )
    expected = 2 * table[-1][-1] / (len(one) + len(other)) if one or other else 1.0
    assert sequence_f1(list(one), list(other)) == expected


@given(TEXT)
def test_rouge_words_are_those_of_the_package_for_ascii(text: str) -> None:
    assert rouge_words(text) == re.findall(r"[a-z0-9]+", text.lower())


def test_rouge_l_is_the_f1_of_the_subsequence() -> None:
    output = rouge_l(vr.Completion("police killed the gunman"), "the gunman killed police")
    assert output.score is not None
    assert math.isclose(output.score, 2 / 4)
    assert rouge_l(vr.Completion("東京都"), "東京").score == pytest.approx(0.8)
    assert rouge_l(vr.Completion("x"), "?!").status is vr.Status.BAD_REFERENCE


def test_composed_and_decomposed_letters_are_equal() -> None:
    for reward in (anls, cer, wer):
        assert reward(vr.Completion("cafe\u0301"), "caf\u00e9").score == 1.0
        assert reward(vr.Completion("\ufb01n"), "fin").score != 1.0  # NFC, not NFKC


@pytest.mark.parametrize("reward", [cer, wer, rouge_l])
def test_a_fence_around_a_whole_text_is_not_part_of_it(reward: Any) -> None:
    for fenced in ("```\nNo entry\nat night\n```", "<answer>\n```text\nNo entry\nat night\n```</answer>"):
        assert reward(vr.Completion(fenced), "No entry\nat night").score == 1.0
    assert reward(vr.Completion("No entry"), "```\nNo entry\n```").score == 1.0
    assert reward(vr.Completion("```\nNo entry\n```\nis what it says"), "No entry").score < 1.0
    assert reward(vr.Completion("```\n```"), "No entry").status is vr.Status.UNPARSEABLE
