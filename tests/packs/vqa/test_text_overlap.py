"""`vqa/text_overlap` beside rouge-score and sacrebleu."""

from __future__ import annotations

import math
import warnings
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.testing.measure import grows_linearly
from vlm_rewards_vqa import text_overlap
from vlm_rewards_vqa.text.ngram_overlap import rouge_words
from vlm_rewards_vqa.text_overlap import OverlapMetric, overlap_score

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from rouge_score import rouge_scorer
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

WORDS = [
    "a",
    "cat",
    "dog",
    "the",
    "sits",
    "3.5",
    "1,000",
    "i.e.,",
    "half-way",
    "3-4",
    "it's",
    "&amp;",
    "...",
    "Müller",
    "-",
]
texts = st.lists(st.sampled_from([*WORDS, "\n"]), min_size=1, max_size=40).map(" ".join)
signs = st.text(alphabet="ab1 .,-\n&;#'", max_size=40)


class _Words:
    """rouge-score with words as we cut them, which are its own for ASCII."""

    def tokenize(self, text: str) -> list[str]:
        return rouge_words(text)


def by_peer(metric: OverlapMetric, answer: str, reference: str) -> float:
    if metric == "chrf":
        return float(CHRF().sentence_score(answer, [reference]).score) / 100
    if metric == "bleu":
        return float(BLEU(effective_order=True).sentence_score(answer, [reference]).score) / 100
    scorer = rouge_scorer.RougeScorer([metric], tokenizer=_Words())
    return float(scorer.score(reference, answer)[metric].fmeasure)


@pytest.mark.parametrize("metric", get_args(OverlapMetric))
@given(answer=texts | signs, reference=texts | signs)
def test_every_metric_is_that_of_the_published_package(metric: OverlapMetric, answer: str, reference: str) -> None:
    assert overlap_score(answer, reference, metric) == pytest.approx(by_peer(metric, answer, reference), abs=1e-6)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=60))
def test_rouge_words_are_those_of_rouge_score_for_ascii(text: str) -> None:
    from rouge_score.tokenizers import DefaultTokenizer

    assert rouge_words(text) == DefaultTokenizer(use_stemmer=False).tokenize(text)


@pytest.mark.parametrize("metric", get_args(OverlapMetric))
class TestEveryMetric:
    def test_the_reference_itself_earns_the_top_and_nothing_in_common_the_low(self, metric: Any) -> None:
        reference = "a brown dog runs on the sandy beach"
        assert text_overlap(vr.Completion(reference), reference, metric=metric).score == pytest.approx(1.0)
        assert text_overlap(vr.Completion("zzz"), reference, metric=metric).score == 0.0

    def test_the_best_of_several_references_counts(self, metric: Any) -> None:
        both = text_overlap(vr.Completion("one two three four"), ["nine ten", "one two three four"], metric=metric)
        assert both.score == pytest.approx(1.0)

    def test_reasoning_is_not_read_and_no_answer_is_unparseable(self, metric: Any) -> None:
        hidden = vr.Completion("<think>one two three four</think>zzz")
        assert text_overlap(hidden, "one two three four", metric=metric).score == 0.0
        assert text_overlap(vr.Completion(""), "one two", metric=metric).status == "unparseable"

    def test_repeating_a_good_word_pays_less_than_one_good_sentence(self, metric: Any) -> None:
        reference = "a dog runs on the beach"
        flood = text_overlap(vr.Completion("dog beach " * 200), reference, metric=metric).score
        honest = text_overlap(vr.Completion("a dog on a beach"), reference, metric=metric).score
        assert flood is not None
        assert honest is not None
        assert flood < honest

    def test_a_reference_without_anything_to_compare_is_bad(self, metric: Any) -> None:
        assert text_overlap(vr.Completion("a"), "", metric=metric).status == "bad_reference"

    @pytest.mark.parametrize("unit", ["a ", "a\n", "a.", "1-", "dog beach\n", "{ab} "])
    def test_time_grows_with_the_text_only(self, metric: Any, unit: str) -> None:
        reference = "a dog runs\non the beach\nat 1-2 p.m."
        assert grows_linearly(lambda text: overlap_score(text, reference, metric), unit * 1_000, unit * 10_000)


def test_rouge2_needs_a_reference_of_two_words() -> None:
    output = text_overlap(vr.Completion("cat"), "cat", metric="rouge2")
    assert (output.status, output.reason) == ("bad_reference", "the reference has fewer than 2 words")


def test_scores_of_long_texts_are_finite() -> None:
    for metric in get_args(OverlapMetric):
        assert math.isfinite(overlap_score("the cat sat " * 5_000, "the cat " * 2_000, metric))
