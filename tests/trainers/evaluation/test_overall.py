"""Figures over all answers of a model: what a reward declares is fed, shown and kept, and never stops an evaluation."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

import vlm_rewards as vr
from vlm_rewards.report import AnsweredRow, summarise
from vlm_rewards.report.console import table_of
from vlm_rewards.scoring.binding import Instance
from vlm_rewards.scoring.term import Term
from vlm_rewards_trl.evaluation.overall import Overall

REWARDS = {
    "version": 1,
    "max_chars": 200,
    "rewards": {
        "boxes": {"use": "grounding/detection_ap", "when": {"column": "task", "in": ["od"]}},
        "exact": {"use": "vqa/exact", "when": {"column": "task", "in": ["qa"]}},
    },
}
HIT = '[{"bbox_2d": [0, 0, 20, 20], "label": "cat"}]'
GOLD = '[{"bbox": [0, 0, 20, 20], "label": "cat"}]'


@pytest.fixture
def scorer() -> Iterator[vr.Scorer]:
    with vr.load_scorer(REWARDS) as made:
        yield made


def batch(*answers: str, task: str = "od", solution: Any = GOLD) -> vr.Batch:
    return vr.Batch.from_rows([{"completion": text, "solution": solution, "task": task} for text in answers])


def test_each_model_has_the_figures_of_all_its_batches_and_of_the_term_s_rows_alone(scorer: vr.Scorer) -> None:
    pytest.importorskip("pycocotools")
    overall = Overall(scorer)
    overall.add("half", batch(HIT))
    overall.add("half", batch("what?"))
    overall.add("half", batch(HIT, task="qa"))
    overall.add("whole", batch(HIT))
    found = overall.result()
    assert list(found) == ["boxes"]
    assert found["boxes"]["half"]["AR 100"] == pytest.approx(0.5)
    assert found["boxes"]["whole"]["AP"] == pytest.approx(1)


def test_an_answer_that_no_reward_may_see_found_nothing(scorer: vr.Scorer) -> None:
    pytest.importorskip("pycocotools")
    overall = Overall(scorer)
    overall.add("model", batch(HIT + " " * 200))
    assert overall.result()["boxes"]["model"]["AP"] == 0


def test_without_pycocotools_a_line_says_how_to_get_it(
    scorer: vr.Scorer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("pycocotools", "pycocotools.mask"):
        monkeypatch.setitem(sys.modules, name, None)
    overall = Overall(scorer)
    for _ in range(2):
        overall.add("model", batch(HIT))
    assert overall.result() == {}
    (record,) = caplog.records
    assert "pip install 'vlm-rewards[masks]'" in record.getMessage()
    assert "'boxes'" in record.getMessage()


class Broken:
    """Figures that fail at the end."""

    def __init__(self, **_: Any) -> None: ...

    def add(self, *_: Any) -> None: ...

    def result(self) -> dict[str, float]:
        raise ZeroDivisionError("no row")


def test_figures_that_fail_are_named_and_leave_the_others(scorer: vr.Scorer, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("pycocotools")

    def broken(term: Term) -> Term:
        assert term.instance is not None
        instance = Instance(replace(term.instance.spec, figures=Broken), term.params)
        return replace(term, name="broken", info=replace(term.info, has_figures=True), instance=instance)

    terms = [*scorer.terms, *(broken(term) for term in scorer.terms if term.name == "exact")]
    overall = Overall(replace(scorer, terms=terms))
    overall.add("model", batch(HIT))
    overall.add("model", batch(HIT, task="qa"))
    assert list(overall.result()) == ["boxes"]
    assert "'broken'" in caplog.text
    assert "no row" in caplog.text


def test_the_table_shows_the_figures_of_each_model_below_the_means() -> None:
    rows = [AnsweredRow(row=0, total=1.0, terms={}, model=model, mode="greedy") for model in ("[a]", "b")]
    summary = replace(summarise(rows), overall={"boxes": {"[a]": {"AP": 0.25}, "b": {"AP": -1.0}}})
    console = Console(file=io.StringIO(), width=100)
    console.print(table_of(summary))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert lines[-2].strip() == "boxes, greedy, all rows as one"
    assert lines[-1].split() == ["AP", "0.250", "-1.000"]
    assert summary.as_json()["overall"]["boxes"]["b"] == {"AP": -1.0}
