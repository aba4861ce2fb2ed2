"""The same rewards file gives the same totals, statuses and reasons inline and in workers, for every shipped reward."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

import vlm_rewards as vr
from tests.packs.sample import REGISTRY, Sample
from tests.packs.test_every_reward import SAMPLES
from vlm_rewards.workers import pool as workers

PACKS = sorted({sample.use.partition("/")[0] for sample in SAMPLES})


@pytest.fixture(autouse=True)
def _as_users_have_it(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("VLM_REWARDS_ISOLATION", raising=False)
    monkeypatch.setattr(workers, "_pools", {})
    yield
    for pool in workers._pools.values():
        pool.close()


def scored(sample: Sample, batch: vr.Batch, isolation: str) -> vr.ScoredBatch:
    own = {"use": sample.use, "params": dict(sample.params), "depends": {name: name for name in sample.depends}}
    others = {name: {**term, "isolation": isolation} for name, term in sample.depends.items()}
    config: dict[str, Any] = {"version": 1, "rewards": {**others, "it": {**own, "isolation": isolation}}}
    with vr.load_scorer(config, registry=REGISTRY, context=sample.context) as scorer:
        assert all((term.isolated is not None) is (isolation == "process") for term in scorer.terms)
        assert all((term.instance is None) is (isolation == "process") for term in scorer.terms)
        return scorer.score(batch)


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_scores_the_same_in_a_worker(pack: str) -> None:
    for sample in (sample for sample in SAMPLES if sample.use.startswith(f"{pack}/")):
        texts = [sample.best, "", "<answer>no", sample.best[: len(sample.best) // 2], "\ud800 7", *sample.beside]
        odd: dict[str, Any] = {name: [value] * len(texts) for name, value in sample.columns.items()}
        if "solution" in odd:  # which most rewards cannot use
            odd["solution"][1] = {"no": {"such": "thing"}}
        columns = {**odd, **({"group_id": [0] * len(texts)} if sample.beside else {})}
        batch = vr.Batch.of([sample._answer(text) for text in texts], context=sample.context, **columns)

        there, here = scored(sample, batch, "process"), scored(sample, batch, "inline")

        assert there.totals == here.totals, sample
        assert list(there.rows()) == list(here.rows()), sample
    assert os.environ.get("VLM_REWARDS_ISOLATION") is None
