"""`vqa/exact`, and what all rewards of the pack share: the final answer, the reference, how looks are made alike."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_vqa import anls, cer, count, exact, relaxed_accuracy, rouge_l, yes_no
from vlm_rewards_vqa.final import block, final_answer
from vlm_rewards_vqa.references import accepted
from vlm_rewards_vqa.text.normalise import _SIGNS, MAX_CACHED, canonical, normalise, stable, tokens


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("cat", "cat"),
        ("<think>dog</think>cat", "cat"),
        ("<think>cat", ""),
        ("<answer>cat</answer>", "cat"),
        ("<answer>dog</answer> <answer> cat </answer> bye", "cat"),
        ("\\boxed{cat} it is", "cat"),
        ("<answer>It is \\boxed{cat}.</answer>", "cat"),
        ("\\boxed{dog} <answer>cat</answer>", "cat"),
        ("<answer>dog</answer> \\boxed{cat}", "cat"),
        ("\\boxed{dog", "\\boxed{dog"),
        ("The answer is cat", "cat"),
        ("The answer is: **cat**", "cat"),
        ("**Answer:** cat", "cat"),
        ("**Answer: cat**", "cat"),
        ("Final Answer: cat\nI am sure.", "cat"),
        ("The answer is dog? No, the ANSWER IS cat.", "cat."),
        ("<answer>The answer is cat.</answer>", "cat."),
        ("The answer is 3. There are 4 rows.", "3."),
        ("The answer is St. Louis. It is big.", "St. Louis."),
        ("The answer is Paris. It is big.", "Paris."),
        ("The answer is 2:10 P.M. on Monday", "2:10 P.M. on Monday"),
        ("The answer is", ""),
        ("Answer:\ncat", "cat"),
        ("$\\text{cat}$", "cat"),
        ("“cat”", "cat"),
        ("", ""),
        ("<|begin_of_box|>cat<|end_of_box|>", "cat"),
        ("<answer>It is <|begin_of_box|>cat<|end_of_box|>.</answer>", "cat"),
        ("\\boxed{cat} or \\boxed{dog}", "cat, dog"),
        ("\\boxed{7}. No wait, it is 8.", "7 or 8"),
        ("<answer>7</answer> Sorry, it is 8.", "7 or 8"),
        ("The answer is 7. No wait, it is 8.", "7. or 8"),
        ("\\boxed{B}. No wait, it is C.", "B or C"),
        ("\\boxed{B. dog}. Wait, let me check. It is B.", "B. dog"),
        ("\\boxed{7}. This means 7 cats, since 3 + 4 = 7.", "7"),
        ("\\boxed{7}. Wait, let me check: 3 + 4 = 7.", "7"),
        ("\\boxed{seven} or 7", "seven"),
        ("\\boxed{cat}. Wait, there are 2.", "cat"),
        ('{"answer": "cat", "sure": true}', "cat"),
        ('```json\n{"answer": 7}\n```', "7"),
        ('{"answer": ["cat", "dog"]}', '["cat", "dog"]'),
        ("答案是猫。", "猫"),
        ("因此，答案是 **42**。", "42"),
        ("答えは 猫 です。", "猫"),
        ("Die Antwort ist Katze.", "Katze."),
        ("### Answer\ncat", "cat"),
    ],
)
def test_the_final_answer(text: str, answer: str) -> None:
    assert final_answer(vr.Completion(text)) == answer


def test_long_answers_are_the_block_or_the_whole_response() -> None:
    assert block(vr.Completion("<think>x</think> The answer is \\boxed{7}. ")) == "The answer is \\boxed{7}."
    assert block(vr.Completion("a <answer> b </answer> c")) == "b"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        *(
            ("cat", form)
            for form in ("cat", "Cat", "CAT.", "a cat", "The cat!", '"cat"', "ｃａｔ", " cat \n", "**cat**")
        ),
        *((form, "cat") for form in ("cat.", "(cat)", "The Cat", "‘cat’", "`cat`", "cat?!")),
        *(("straße", "STRASSE"), ("café", "cafe\u0301"), ("№ 5", "No 5"), ("10²", "10^2"), ("½", "1/2"), ("−5", "-5")),
        *(("new  york", "New York"), ("don’t", "don't"), ("a", "A"), ("the", "The")),
    ],
)
def test_looks_do_not_count(text: str, reference: str) -> None:
    assert exact(vr.Completion(text), reference).score == 1.0


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        *(("cats", "cat"), ("cat dog", "cat"), ("-5", "5"), (".5", "5"), ("10²", "102"), ("2½", "21/2"), ("5%", "5")),
        *(("newyork", "new york"), ("café", "cafe"), ("1,5", "15"), ("a", "the"), ("x", "")),
        *(("cat or dog", "cat"), ("cat, dog, horse", "dog"), ("Is it a cat or a dog?", "cat")),
    ],
)
def test_other_answers_and_hedges_are_wrong(text: str, reference: str) -> None:
    assert exact(vr.Completion(text), reference).score != 1.0


@pytest.mark.parametrize(
    ("text", "reference", "params", "expected"),
    [
        ("U.S.A.", "USA", {}, 0.0),
        ("well-known", "well known", {}, 0.0),
        ("well-known", "well known", {"punctuation": "drop"}, 1.0),
        ("rock & roll", "rock, roll", {"punctuation": "drop"}, 0.0),
        ("1.5", "15", {"punctuation": "drop"}, 0.0),
        ("1,500", "1500", {"punctuation": "drop"}, 1.0),
        ("cat.", "cat", {"punctuation": "keep"}, 0.0),
        ("the cat", "cat", {"articles": False}, 0.0),
        ("Cat", "cat", {"case": True}, 0.0),
        ("The cat", "cat", {"case": True}, 1.0),
        ("...", "!!!", {"punctuation": "drop"}, 0.0),
    ],
)
def test_rules_are_params(text: str, reference: str, params: dict[str, object], expected: float) -> None:
    assert exact(vr.Completion(text), reference, **params).score == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("solution", ["", "  ", [], ["", " "], "x" * 65_537])
def test_a_reference_without_an_answer_is_bad(solution: str | list[str]) -> None:
    assert exact(vr.Completion("cat"), solution).status is vr.Status.BAD_REFERENCE


def test_references_may_be_numbers_lists_and_json_lists() -> None:
    config = {"version": 1, "rewards": {"it": {"use": "vqa/exact"}}}
    columns = [7, "7", [6, 7], ["six", "7"], '["six", "7"]', 7.5, None, [[7]], "[7"]
    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(["7"] * len(columns), solution=columns))
    assert scored.totals == [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, None, None, 0.0]
    assert accepted('["dog", ["cat"]]') == ['["dog", ["cat"]]']


@pytest.mark.parametrize(
    ("reward", "reference", "text"),
    [
        (exact, "It is a cat.\n#### cat", "cat"),
        (exact, "It is a \\boxed{cat}.", "cat"),
        (count, "There are 3 * 24 = <<3*24=72>>72 eggs.\n#### 72", "72"),
        (relaxed_accuracy, "There are 3 * 24 = <<3*24=72>>72 eggs.\n#### 72", "72"),
        (yes_no, "It barks.\n#### no", "No."),
        (anls, "It is a cat.\n#### cat", "cat"),
    ],
)
def test_a_short_reference_may_come_with_its_solution(reward: Any, reference: str, text: str) -> None:
    assert reward(vr.Completion(text), reference).score == 1.0
    assert reward(vr.Completion("5 dogs"), [reference]).score != 1.0


def test_headings_of_long_references_are_kept() -> None:
    assert cer(vr.Completion("a\n#### b"), "a\n#### b").score == 1.0
    assert rouge_l(vr.Completion("b"), "a c d\n#### b").score != 1.0


ANY = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY)
def test_making_alike_is_done_once(text: str) -> None:
    once = canonical(text)
    assert canonical(once, case=True) == once
    assert tokens(" ".join(tokens(text))) == tokens(text)


@given(ANY)
def test_a_text_equals_itself_under_every_rule(text: str) -> None:
    reference = text.strip()
    output = exact(vr.Completion(f"<answer>{text}</answer>"), reference)
    assert output.score in (1.0, None) or "answer" in text or final_answer(vr.Completion(text)) != reference


@given(st.text(st.sampled_from("e\u0301\u0316\u0327a"), max_size=30))
def test_up_to_thirty_marks_are_kept(text: str) -> None:
    assert stable(text) == text


def test_a_flood_of_marks_is_cut_before_it_is_normalised() -> None:
    flood = "e" + "\u0301" * 20_000 + "\u0316" * 20_000  # sorting these takes quadratic time
    assert len(stable(flood)) == 31
    assert len(canonical(flood * 2)) <= 62
    assert canonical("e\u0301") == unicodedata.normalize("NFKC", "é")
    assert normalise(flood, punctuation="drop")


def test_what_is_remembered_of_characters_is_bounded() -> None:
    every = "".join(chr(code) for code in range(0x4000, 0x9000))
    assert "".join(tokens(every)) == unicodedata.normalize("NFKC", every)
    assert len(_SIGNS) <= MAX_CACHED
