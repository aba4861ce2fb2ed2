"""Every framework gets the totals of the rewards file, and never a number that looks like one."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.core.export.frameworks import ASK, GROUPS, SAYS_SO, stand_ins
from tests.interop.cases import LOW, NO_VERDICT, expected, plant
from vlm_rewards import Batch, export, load_scorer
from vlm_rewards.errors import ConfigError, ScoringError

Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _frameworks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in stand_ins().items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return plant(tmp_path, 48)


def made(target: str, *args: Any, **options: Any) -> Any:
    return getattr(export, target)(*args, **options)


@pytest.mark.parametrize("target", ASK)
def test_totals_are_those_of_the_scorer_and_the_metrics_have_the_same_keys(
    target: str, rows: Rows, tmp_path: Path
) -> None:
    totals = expected(tmp_path, rows)
    assert len({total for total in totals if total is not None}) > 30
    exported = made(target, tmp_path / "rewards.yaml", on_no_verdict="low")
    told = [ASK[target](exported, row) for row in rows]
    missing = None if target in SAYS_SO else LOW
    assert [answer.total for answer in told] == [missing if total is None else total for total in totals]
    for row, answer in zip(rows, told, strict=True):
        if answer.metrics is not None:
            assert answer.metrics.keys() == {
                "no_verdict",
                *(f"{name}{end}" for name in ("answer", "form", "box", "judge") for end in ("", "_counted")),
            }
            assert answer.metrics["box_counted"] == (row["kind"] == "box")
            assert answer.metrics["no_verdict"] == (totals[row["id"]] is None)
            assert all(type(value) is float for value in answer.metrics.values())


@pytest.mark.parametrize("says", NO_VERDICT)
@pytest.mark.parametrize("target", ASK)
def test_a_judge_without_a_verdict_is_said_to_have_none_or_is_an_error(
    target: str, says: str, rows: Rows, tmp_path: Path
) -> None:
    row = rows[0] | {"says": says}
    exported = made(target, tmp_path / "rewards.yaml")
    if target in SAYS_SO:
        assert ASK[target](exported, row).total is None
    else:
        with pytest.raises(ScoringError, match="No verdict: term 'judge'"):
            ASK[target](exported, row)
    assert ASK[target](exported, rows[0]).total == expected(tmp_path, rows[:1])[0]


def test_what_is_paid_without_a_verdict_is_counted_and_logged(
    rows: Rows, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compute_score = export.verl(tmp_path / "rewards.yaml", on_no_verdict="low")
    with caplog.at_level(logging.WARNING):
        for says in ("none", "0.5", "raise"):
            ASK["verl"](compute_score, rows[0] | {"says": says})
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "No verdict, paid -0.125 (1 so far)",
        "No verdict, paid -0.125 (2 so far)",
    ]


@pytest.mark.parametrize(("combine", "low"), [("sum", -0.75), ("mean", -0.5), ("min", -1.0), ("max", 0.0)])
def test_the_low_is_what_a_row_earns_that_is_wrong_in_all_terms(combine: str, low: float, tmp_path: Path) -> None:
    plant(tmp_path, 1)
    judge = '{use: "./judge.py:judge", isolation: inline, on_abstain: skip_row'
    weight = ", weight: 0.75" if combine in ("sum", "mean") else ""
    other = "{use: format/think, weight: 0.75}" if weight else "{use: format/think}"
    text = f"version: 1\nrewards:\n  a: {judge}{weight}}}\n  b: {other}\ncombine: {{op: {combine}, terms: [a, b]}}\n"
    (tmp_path / "two.yaml").write_text(text)
    compute_score = export.verl(tmp_path / "two.yaml", on_no_verdict="low")
    given = {"data_source": "d", "solution_str": "x", "ground_truth": ""}
    assert [compute_score(**given, extra_info={"says": says})["score"] for says in ("none", "-1")] == [low, low]


REFUSED = {
    "normalize": "a: {use: vqa/exact, normalize: group}",
    "group": "a: {use: vqa/exact}\n  short: {use: shaping/group_length, depends: {correct: a}}",
    "schedule": "a: {use: vqa/exact, weight: {schedule: [[0, 0.0], [10, 1.0]]}}",
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("target", ASK)
def test_what_single_rows_cannot_serve_is_refused_by_its_name(target: str, kind: str, tmp_path: Path) -> None:
    config = tmp_path / "rewards.yaml"
    config.write_text(f"version: 1\nrewards:\n  {REFUSED[kind]}\n")
    if target in GROUPS:
        assert made(target, config)
    else:
        with pytest.raises(
            ConfigError, match=f"Term '{'short' if kind == 'group' else 'a'}' cannot be scored row by row"
        ):
            made(target, config)


def test_batches_are_scored_in_groups_and_at_the_step(tmp_path: Path) -> None:
    config = {"version": 1, "rewards": {"a": {"use": "vqa/exact", "normalize": "group"}}}
    answers, groups = ["cat", "dog", "dog", "dog"], ["x", "x", "y", "y"]
    wanted = load_scorer(config).score(Batch.of(answers, solution="cat", group_id=groups)).totals
    assert wanted[0] == 1.0
    swift = export.ms_swift(config)()
    assert swift(answers, solution=["cat"] * 4, group_id=groups) == wanted
    packed = [export.prepare({"solution": "cat", "group_id": group}, "easyr1")["answer"] for group in groups]
    given = [{"response": text, "ground_truth": held} for text, held in zip(answers, packed, strict=True)]
    assert [row["overall"] for row in export.easyr1(config)(given)] == wanted
    rising = {"version": 1, "rewards": {"a": {"use": "vqa/exact", "weight": {"schedule": [[0, 0.0], [10, 1.0]]}}}}

    class State:
        global_step = 5

    assert export.ms_swift(rising)()(["cat"], State(), solution=["cat"]) == [0.5]


def test_the_manager_of_verl_scores_rows_together_and_one_error_is_each_ones_own(rows: Rows, tmp_path: Path) -> None:
    import asyncio

    from tests.core.export.frameworks import _Data, _Letters

    manager = export.verl_manager(tmp_path / "rewards.yaml")(None, _Letters(), None, reward_router_address=None)
    totals = expected(tmp_path, rows)

    async def all_rows() -> list[Any]:
        return await asyncio.gather(*(manager.run_single(_Data(row)) for row in rows), return_exceptions=True)

    told = asyncio.run(all_rows())
    assert [isinstance(answer, ScoringError) for answer in told] == [total is None for total in totals]
    assert [answer["reward_score"] for answer in told if isinstance(answer, dict)] == [
        total for total in totals if total is not None
    ]


def test_a_reference_is_one_even_if_it_looks_like_columns() -> None:
    config = {"version": 1, "rewards": {"fields": {"use": "vqa/json_fields"}}}
    reference = '{"name": "Ada", "age": 36}'
    given = {"data_source": "d", "solution_str": reference, "ground_truth": reference}
    assert export.verl(config)(**given)["score"] == 1.0


def test_pictures_arrive_by_path_from_the_folder_that_is_named(rows: Rows, tmp_path: Path) -> None:
    (boxed,) = [row for row in rows if row["kind"] == "box"][:1]
    wanted = expected(tmp_path, [boxed])[0]
    relative = boxed | {"images": [Path(boxed["images"][0]).name]}
    environment = export.trl(tmp_path / "rewards.yaml", images=tmp_path)
    assert ASK["trl"](environment, relative).total == wanted
    held = export.prepare(relative, "verl", images=tmp_path)
    score = export.verl(tmp_path / "rewards.yaml")
    given = {"data_source": "d", "ground_truth": held["reward_model"]["ground_truth"]}
    assert score(solution_str=boxed["completion"], **given)["score"] == wanted
    by_hand = {"data_source": "d", "ground_truth": boxed["solution"], "extra_info": boxed | {"solution": "not this"}}
    assert score(solution_str=boxed["completion"], **by_hand)["score"] == wanted


def test_a_row_keeps_what_it_holds_and_the_picture_for_the_prompt(rows: Rows) -> None:
    for target, place in (("easyr1", "answer"), ("openrlhf", "label"), ("lmms_eval", "ground_truth")):
        assert export.prepare(rows[0], target).items() >= {k: v for k, v in rows[0].items() if k != place}.items()
    held = export.prepare(rows[0] | {"extra_info": {"index": 7}, "data_source": "mine"}, "verl")
    assert (held["extra_info"], held["data_source"], held["images"]) == ({"index": 7}, "mine", rows[0]["images"])


def test_what_cannot_travel_as_text_is_said(rows: Rows) -> None:
    from PIL import Image

    from vlm_rewards.errors import ColumnError

    with pytest.raises(ColumnError, match="is in no file; save it"):
        export.prepare({"solution": "x", "images": [rows[0]["images"][0], Image.new("RGB", (2, 2))]}, "openrlhf")
    with pytest.raises(ColumnError, match="need not be prepared for 'ms_swift'; they are for easyr1, "):
        export.prepare(rows[0], "ms_swift")
    with pytest.raises(TypeError, match="not JSON serializable"):
        export.prepare({"solution": {1, 2}}, "openrlhf")


@pytest.mark.parametrize("target", ["inspect_ai", "lmms_eval", "ms_swift", "nemo_gym", "openenv", "verl_manager"])
def test_a_framework_that_is_not_there_is_named_with_what_to_install(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in stand_ins():
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"this export works where '[a-z_-]+' is installed"):
        made(target, {"version": 1, "rewards": {"a": {"use": "vqa/exact"}}})


def test_nemo_gym_before_masks_goes_by_on_no_verdict(rows: Rows, tmp_path: Path) -> None:
    from pydantic import create_model

    base: Any = sys.modules["nemo_gym.base_resources_server"]
    base.BaseVerifyResponse = create_model("Old", __base__=base.BaseVerifyRequest, reward=(float, ...))
    del base.BaseMultiRewardVerifyResponse
    with pytest.raises(ScoringError, match="No verdict"):
        ASK["nemo_gym"](export.nemo_gym(tmp_path / "rewards.yaml"), rows[0] | {"says": "nan"})


def test_a_verifier_is_known_by_name_and_tells_what_is_correct() -> None:
    config = {"version": 1, "rewards": {"a": {"use": "vqa/token_f1"}}}
    export.lmms_eval(config, correct_from=0.6)
    verifier = sys.modules["lmms_eval.verifiers"].VERIFIER_REGISTRY["vlm_rewards"]()
    assert verifier("?", "a red big dog", "red dog").is_correct
    assert not verifier("?", "a cat on a mat", "red dog").is_correct


def test_reasoning_that_comes_apart_from_the_answer_counts() -> None:
    import asyncio
    from types import SimpleNamespace

    config = {"version": 1, "rewards": {"form": {"use": "format/think"}, "a": {"use": "vqa/exact"}}}
    trace = SimpleNamespace(
        assistant_messages=[SimpleNamespace(reasoning_content="It barks.")], last_reply="dog", record_metrics=dict
    )
    task = SimpleNamespace(model_dump=lambda: {"solution": "dog"})
    assert asyncio.run(export.verifiers(config)(task, trace)) == 2.0
