"""Pages that are looked up say what the code says; `python -m tests.docs.reference` writes them anew."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.docs.reference import FOLDER, SCHEMAS, files, raised
from tests.docs.reference_texts import METRICS, VARIABLES
from tests.sources import sources
from vlm_rewards import Batch, errors, load_scorer
from vlm_rewards_trl.reward.logging import log_metrics


@cache
def generated() -> dict[str, str]:
    return dict(files())


@pytest.mark.parametrize("name", ["verbs.md", "rewards.md", "keys.md", "outcomes.md", "settings.md", *SCHEMAS])
def test_the_page_is_that_of_the_code(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == generated()[name]


def test_no_other_page_is_there() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(generated())


def test_every_key_has_a_meaning() -> None:
    lines = [line for line in generated()["keys.md"].splitlines() if line.startswith("| `")]
    assert len(lines) > 50
    assert [line for line in lines if line.endswith("|  |")] == []


def test_every_variable_is_described() -> None:
    read = {name for path in sources() for name in re.findall(r"VLM_REWARDS_[A-Z]+", path.read_text(encoding="utf-8"))}
    assert read == set(VARIABLES)


def test_every_metric_is_described() -> None:
    batch = Batch.of(["7", "8", "7"], solution="7")
    terms = {"rules": {"use": "vqa/exact"}, "answer": {"use": "math/answer", "gate": {"term": "rules", "at_most": 0.5}}}
    scorer = load_scorer({"version": 1, "rewards": terms})
    scored = scorer.score(batch)
    scored.terms["answer"].outcomes.milliseconds[:] = [1.0, 2.0, 3.0]
    logged: set[str] = set()
    log = lambda name, _: logged.add(re.sub("/(answer|rules)/", "/<term>/", name))  # noqa: E731
    log_metrics(scored, scorer.terms, [0, 0, 1], log, means=True)
    assert logged == set(METRICS)


def test_every_error_that_reaches_a_user_is_shown() -> None:
    tree = {name: getattr(errors, name) for name in errors.__all__}
    leaves = {name for name, kind in tree.items() if not any(kind in other.__bases__ for other in tree.values())}
    assert set(raised()) == leaves - {"RewardOutputError"}  # which becomes the reason of a failed row


@pytest.mark.parametrize("name", sorted(raised()))
def test_an_error_is_raised_by_its_example(name: str) -> None:
    with pytest.raises(getattr(errors, name)):
        raised()[name]()
