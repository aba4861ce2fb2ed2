"""`vqa/exact`, and what all rewards of the pack share: the final answer, the reference, how looks are made alike."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_vqa import anls, cer, count, exact, relaxed_accuracy, rouge_l, yes_no
from vlm_rewards_vqa.references import accepted
from vlm_rewards_vqa.text.normalise import canonical, normalise, stable, tokens


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


@pytest.mark.parametrize("name", ["Vitamin A", "Plan A", "Part the", "an"])
def test_an_article_goes_only_before_another_word(name: str) -> None:
    assert exact(vr.Completion(name), name).score == 1.0
    assert exact(vr.Completion(f"the {name}."), name).score == 1.0
    assert exact(vr.Completion(name.partition(" ")[0]), name).score == float(" " not in name)


@pytest.mark.parametrize(
    ("text", "reference", "params", "expected"),
    [
        ("U.S.A.", "USA", {}, 0.0),
        ("well-known", "well known", {}, 0.0),
        ("well-known", "well known", {"punctuation": "drop"}, 1.0),
        ("rock & roll", "rock, roll", {"punctuation": "drop"}, 0.0),
        ("1.5", "15", {"punctuation": "drop"}, 0.0),
        ("1,500", "1500", {"punctuation": "drop"}, 1.0),
        ("(cat)", "cat", {"punctuation": "keep"}, 0.0),
        ("the cat", "cat", {"articles": False}, 0.0),
        ("Cat", "cat", {"case": True}, 0.0),
        ("The cat", "cat", {"case": True}, 1.0),
        ("--", "!!!", {"punctuation": "drop"}, 0.0),
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


@pytest.mark.parametrize("sign", ["\u00ad", "\u200b", "\u2060", "\ufeff"])
def test_where_a_word_may_break_does_not_count(sign: str) -> None:
    assert exact(vr.Completion(f"<answer>well{sign}known</answer>"), "wellknown").score == 1.0
    assert exact(vr.Completion("<answer>wellknown</answer>"), f"well{sign}known").score == 1.0


@given(ANY)
def test_making_alike_is_done_once(text: str) -> None:
    once = canonical(text)
    assert canonical(once, case=True) == once
    assert tokens(" ".join(tokens(text))) == tokens(text)


@given(ANY)
def test_a_text_equals_itself_under_every_rule(text: str) -> None:
    reference = text.strip()
    output = exact(vr.Completion(f"<answer>{text}</answer>"), reference)
    found = vr.Completion(f"<answer>{text}</answer>").final_answer
    assert output.score in (1.0, None) or found is None or found.text != reference


@given(st.text(st.sampled_from("e\u0301\u0316\u0327a"), max_size=30))
def test_up_to_thirty_marks_are_kept(text: str) -> None:
    assert stable(text) == text


def test_a_flood_of_marks_is_cut_before_it_is_normalised() -> None:
    flood = "e" + "\u0301" * 20_000 + "\u0316" * 20_000  # sorting these takes quadratic time
    assert len(stable(flood)) == 31
    assert len(canonical(flood * 2)) <= 62
    assert canonical("e\u0301") == unicodedata.normalize("NFKC", "é")
    assert normalise(flood, punctuation="drop")
