"""Rewards in workers: what they score is what they score in process, and a fault costs one row."""

from __future__ import annotations

import asyncio
import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError, ScoringError
from vlm_rewards.registry.registry import Registry
from vlm_rewards.workers import pool as workers
from vlm_rewards.workers.escalation import Escalation, escalate
from vlm_rewards.workers.job import Job

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers, ScorerOf

PACK = """
import asyncio, os, sys, time
from pathlib import Path

import vlm_rewards as vr
from vlm_rewards.workers.escalation import escalate

UNIT = (0.0, 1.0)

def note(counter):
    with Path(counter).open("a") as file:
        file.write("called\\n")

@vr.reward(range=UNIT)
def one(completion, solution: str, *, bonus: float = 0.0):
    if completion.text == "abstain":
        return None
    if completion.text == "nothing":
        return vr.RewardOutput.unparseable("nothing there", seen=completion.text)
    if completion.text == "data":
        return vr.RewardOutput.bad_reference("broken")
    share = len(completion.text) / 10 + bonus
    return vr.RewardOutput(score=share, reason="by length", details={"gold": solution, "boxed": completion.boxed})

@vr.reward(range=UNIT)
def flag(completion):
    return completion.text == "a"

@vr.reward(range=UNIT)
def batch(completions, solution: list[str]):
    return [None if c.text == "abstain" else len(c.text + s) / 20 for c, s in zip(completions, solution)]

@vr.reward(range=UNIT)
def group(group, solution: list[str]):
    longest = max(len(c.text) for c in group)
    return [len(c.text) / longest / len(group) for c in group]

@vr.reward(range=UNIT)
class stateful:
    def __init__(self, *, base: float = 0.0):
        self.base = base

    def setup(self, context):
        self.base += context.step / 100

    def __call__(self, completion):
        return self.base + len(completion.text) / 10

@vr.reward(range=UNIT)
async def waits(completion, solution: str):
    await asyncio.sleep(0.01)
    return len(completion.text + solution) / 20

@vr.reward(range=(0.0, 10_000.0))
def area(completion, images):
    return vr.RewardOutput(
        score=sum(image.size[0] * image.size[1] for image in images),
        details={"red": [image.open().convert("RGB").getpixel((0, 0))[0] for image in images]},
    )

@vr.reward(range=UNIT)
def by_row(completion, row):
    return vr.RewardOutput(score=len(row["task"]) / 10, details={"columns": sorted(row)})

@vr.reward(range=(0.0, 1000.0))
def by_context(completion, context):
    return context.step + (context.group_size or 0) / 10 + (context.frame.factor if context.frame else 0)

@vr.reward(range=UNIT)
def tokens(completion):
    return len(completion.token_ids or ()) / 10 + 0.01 * len(completion.messages)

@vr.reward(range=UNIT)
def verdict(completion, of):
    if of is None:
        return vr.RewardOutput(score=1.0, reason="not routed")
    return vr.RewardOutput(score=of.score / 2 if of.score is not None else 0.0, reason=of.status)

@vr.reward(range=(0.0, 1e9))
def pid(completion, solution: str = ""):
    return os.getpid()

@vr.reward(range=UNIT)
def fault(completion):
    match completion.text:
        case "hang": time.sleep(60)
        case "die": os._exit(4)
        case "raise": raise ValueError("told to")
        case "exit": sys.exit("told to")
        case "nan": return float("nan")
        case "high": return 1e38
        case "text": return "1.0"
        case "set": return {1.0}
    return 0.5

@vr.reward(range=UNIT)
def faulty_batch(completions):
    if completions[0].text == "short":
        return [1.0]
    return [float("nan") if c.text == "nan" else 0.5 for c in completions]

@vr.reward(range=UNIT)
def any_value(completion, solution):
    return 0.5

@vr.reward(range=UNIT)
def counted(completion, solution: str, *, counter: str):
    note(counter)
    if completion.text == "raise":
        raise ValueError("told to")
    return 0.25

@vr.reward(range=UNIT, pure=False)
def counted_impure(completion, solution: str, *, counter: str):
    note(counter)
    return 0.25

@vr.reward(range=UNIT)
async def counted_async(completion, solution: str, *, counter: str):
    note(counter)
    if completion.text == "raise":
        raise ValueError("told to")
    return 0.25

@vr.reward(range=UNIT)
def slow(completion):
    time.sleep(float(completion.text))
    return 1.0

@vr.reward(range=UNIT)
def escalates(completion):
    if completion.text == "easy":
        return 0.75
    return escalate(__name__ + ":decide", args={"text": completion.text}, timeout=0.8)

def decide(args):
    match args["text"]:
        case "hang": time.sleep(60)
        case "die": os._exit(4)
        case "raise": raise ValueError("told to")
        case "exit": sys.exit("told to")
        case "high": return 7.0
        case "abstain": return None
        case "outcome": return vr.RewardOutput(score=0.1, reason="looked", details={"pid": os.getpid()})
    return len(args["text"]) / 10

@vr.hookimpl
def vlm_rewards_register():
    return [
        one, flag, batch, group, stateful, waits, area, by_row, by_context, tokens, verdict, pid, fault, faulty_batch,
        any_value, counted, counted_impure, counted_async, slow, escalates,
    ]
"""


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("hurdle", PACK)


def scorer(terms: Mapping[str, Any] | str, *, context: vr.Context | None = None, **top: Any) -> vr.Scorer:
    rewards = {"t": {"use": f"hurdle/{terms}"}} if isinstance(terms, str) else dict(terms)
    return vr.load_scorer({"version": 1, "rewards": rewards, **top}, context=context)


def both_ways(terms: Mapping[str, Any] | str, batch: vr.Batch, **top: Any) -> vr.ScoredBatch:
    """The scores by workers, after a check that the scores in process are the same."""
    rewards = {"t": {"use": f"hurdle/{terms}"}} if isinstance(terms, str) else dict(terms)
    inline = {name: {**term, "isolation": "inline"} for name, term in rewards.items()}
    with scorer(rewards, **top) as one, scorer(inline, **top) as other:
        assert all(term.isolated is not None for term in one.terms)
        assert all(term.isolated is None for term in other.terms)
        isolated, here = one.score(batch), other.score(batch)
    assert list(isolated.rows()) == list(here.rows())
    return isolated


def counter_of(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    counter = tmp_path / "calls"
    counter.touch()
    return counter, {"counter": str(counter)}


def calls(counter: Path) -> int:
    return len(counter.read_text().splitlines())


TEXTS = ["a", "ab", "abstain", "nothing", "data", "\\boxed{7}", "ü\ud800☃", "", "a"]


def test_a_reward_of_one_completion_scores_the_same_in_a_worker_with_every_status() -> None:
    terms = {"t": {"use": "hurdle/one", "params": {"bonus": 0.1}, "columns": {"solution": "gold"}}}

    scored = both_ways(terms, vr.Batch.of(TEXTS, gold=["g"] * 8 + ["h"]))

    assert [output.status for row in range(9) if (output := scored.output(row, "t"))] == [
        "scored", "scored", "abstained", "unparseable", "bad_reference", "scored", "scored", "scored", "scored",
    ]  # fmt: skip
    assert scored.output(5, "t") == vr.RewardOutput(score=1.0, reason="by length", details={"gold": "g", "boxed": "7"})
    assert scored.output(3, "t") == vr.RewardOutput.unparseable("nothing there", seen="nothing")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("flag", [1.0, 0.0, 0.0, 0.0]),
        ("batch", [0.1, 0.15, 0.2, 0.25]),
        ("group", [0.25, 0.5, 0.375, 0.5]),
        ("waits", [0.1, 0.15, 0.2, 0.25]),
        ("stateful", [0.13, 0.23, 0.33, 0.43]),
        ("by_row", [0.4] * 4),
        ("by_context", [31.2] * 4),
    ],
)
def test_every_form_of_a_reward_scores_the_same_in_a_worker(name: str, expected: list[float]) -> None:
    context = vr.Context(step=3, group_size=2, frame=vr.FrameSpec(28, 1, 1000), eos_token_ids=(1, 2))
    batch = vr.Batch.of(["a", "bb", "ccc", "dddd"], context=context, solution="s", task="math")

    scored = both_ways(name, batch, context=context)

    assert scored.totals == pytest.approx(expected)


def test_a_batch_reward_that_abstains_for_some_scores_the_same_in_a_worker() -> None:
    scored = both_ways("batch", vr.Batch.of(["a", "abstain"], solution="s"))

    assert [dict(term.counts) for term in scored.terms.values()] == [{"scored": 1, "abstained": 1}]


def test_token_ids_and_messages_reach_a_worker() -> None:
    turns = [{"role": "assistant", "content": "x"}, {"role": "tool", "content": "y"}, {"role": "assistant"}]
    completions = [vr.Completion("x", token_ids=[1, 2, 3]), vr.Completion.of(turns)]

    assert both_ways("tokens", vr.Batch(completions)).totals == pytest.approx([0.3, 0.03])


def picture(size: tuple[int, int], red: int) -> Image.Image:
    return Image.new("RGB", size, (red, 0, 0))


def encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def test_pictures_by_path_in_memory_and_encoded_reach_a_worker_and_their_copies_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    picture((3, 2), 10).save(tmp_path / "a.png")
    held, data = picture((5, 4), 20), encoded(picture((7, 6), 30))
    rows = [[tmp_path / "a.png"], ["a.png"], [held], [data], [{"bytes": data, "path": None}], [held, data, held], []]
    terms = {"t": {"use": "hurdle/area"}}

    scored = both_ways(terms, vr.Batch.of(["x"] * 7, base=tmp_path, images=rows))

    assert scored.totals == [6, 6, 20, 42, 42, 82, 0]
    assert scored.terms["t"].outcomes.details[5] == {"red": [20, 30, 20]}
    assert list(copies.iterdir()) == []


def test_a_picture_that_cannot_be_read_costs_its_row_in_a_worker_as_in_process(tmp_path: Path) -> None:
    rows = [[tmp_path / "missing.png"], [b"no picture"], [picture((2, 2), 1)]]

    scored = scorer("area").score(vr.Batch.of(["x"] * 3, images=rows))

    assert [output.status for row in range(3) if (output := scored.output(row, "t"))] == [
        "bad_reference", "bad_reference", "scored",
    ]  # fmt: skip


def test_a_column_of_pictures_with_another_name_reaches_a_worker() -> None:
    terms = {"t": {"use": "hurdle/area", "columns": {"images": "photo"}}}

    assert both_ways(terms, vr.Batch.of(["x"], photo=[picture((2, 3), 1)])).totals == [6]


def test_the_output_of_another_term_reaches_a_worker() -> None:
    terms = {
        "first": {"use": "hurdle/one", "on_abstain": "drop", "when": {"column": "task", "in": ["used"]}},
        "second": {"use": "hurdle/verdict", "depends": {"of": "first"}},
    }
    task = ["used", "used", "used", "other"]

    scored = both_ways(terms, vr.Batch.of(["aa", "abstain", "nothing", "aa"], solution="s", task=task))

    assert scored.terms["second"].values == [0.1, 0.0, 0.0, 1.0]
    assert scored.terms["second"].outcomes.reasons == ["scored", "abstained", "unparseable", "not routed"]


FAULTS = {
    "hang": "deadline: 1 s are over",
    "die": "the worker died (exit code 4)",
    "raise": "raised ValueError: told to",
    "exit": "raised SystemExit: told to",
    "nan": "returned nan",
    "high": "returned 1e+38",
    "text": "returned '1.0'",
    "set": "returned",
}


def test_each_fault_in_a_worker_costs_its_row_and_names_the_reward_and_its_distribution() -> None:
    terms = {"t": {"use": "hurdle/fault", "timeout": 1.0}}
    texts = [text for fault in FAULTS for text in (fault, f"fine after {fault}")]

    scored = scorer(terms).score(vr.Batch.of(texts))

    assert scored.totals == [None, 0.5] * len(FAULTS)
    assert scored.terms["t"].counts == {"failed": len(FAULTS), "scored": len(FAULTS)}
    for row, (fault, reason) in enumerate(FAULTS.items()):
        given = str(scored.terms["t"].outcomes.reasons[2 * row])
        assert reason in given, fault
        assert "hurdle/fault" in given
        assert "hurdle-rewards 1.0" in given


def test_the_row_of_a_fault_gets_the_number_of_on_error() -> None:
    terms = {"t": {"use": "hurdle/fault", "on_error": 0.1}}

    assert scorer(terms).score(vr.Batch.of(["die", "x"])).totals == [0.1, 0.5]


def test_on_error_fail_stops_for_a_fault_in_a_worker() -> None:
    with pytest.raises(ScoringError, match="exit code 4"):
        scorer({"t": {"use": "hurdle/fault", "on_error": "fail"}}).score(vr.Batch.of(["die", "x"]))


def test_a_batch_reward_fails_where_it_answers_nonsense() -> None:
    short = scorer("faulty_batch").score(vr.Batch.of(["short", "x"]))
    nan = scorer("faulty_batch").score(vr.Batch.of(["x", "nan", "x"]))

    assert short.totals == [None, None]
    assert "1 scores for 2 completions" in str(short.terms["t"].outcomes.reasons[1])
    assert nan.totals == [0.5, None, 0.5]


def test_values_that_json_cannot_hold_fail_alone() -> None:
    solutions = [1, object(), {"a": [1.5]}, {1, 2}, "text"]

    scored = scorer("any_value").score(vr.Batch.of(["x"] * 5, solution=solutions))

    assert scored.totals == [0.5, None, 0.5, None, 0.5]
    for row in (1, 3):
        assert "cannot be sent to a worker: TypeError" in str(scored.terms["t"].outcomes.reasons[row])


def test_packs_of_others_run_in_workers_and_the_own_ones_in_process() -> None:
    rewards = {"theirs": {"use": "hurdle/pid"}, "own": {"use": "format/think_answer"}}

    with scorer(rewards) as made:
        terms = {term.name: term for term in made.terms}
        process = made.score(vr.Batch.of(["x"])).terms["theirs"].values[0]

    assert terms["own"].isolated is None
    assert terms["theirs"].isolated is not None
    assert process != os.getpid()


def test_inline_in_the_config_or_the_environment_runs_a_pack_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    inline = scorer({"t": {"use": "hurdle/pid", "isolation": "inline"}})
    monkeypatch.setenv("VLM_REWARDS_ISOLATION", "inline")
    by_environment = scorer("pid")
    forced = scorer({"t": {"use": "hurdle/pid", "isolation": "process"}})

    batch = vr.Batch.of(["x"])
    assert inline.score(batch).totals == by_environment.score(batch).totals == [os.getpid()]
    assert forced.score(batch).totals != [os.getpid()]


def test_an_own_pack_can_be_sent_to_workers() -> None:
    texts = ["<think>a</think><answer>b</answer>", "no"]
    process = scorer({"t": {"use": "format/think_answer", "isolation": "process"}})
    inline = scorer({"t": {"use": "format/think_answer"}})

    assert process.terms[0].isolated is not None
    assert list(process.score(vr.Batch.of(texts)).rows()) == list(inline.score(vr.Batch.of(texts)).rows())


def test_timeouts_are_per_term_and_fall_back_to_the_file() -> None:
    terms = {"short": {"use": "hurdle/slow", "timeout": 0.5}, "long": {"use": "hurdle/slow"}}

    scored = scorer(terms, workers={"timeout": 20}).score(vr.Batch.of(["1.0", "0"]))

    assert scored.terms["short"].values == [None, 1.0]
    assert scored.terms["long"].values == [1.0, 1.0]
    assert "0.5 s" in str(scored.terms["short"].outcomes.reasons[0])


def test_what_is_left_at_the_deadline_of_the_batch_fails() -> None:
    made = scorer("slow", workers={"batch_timeout": 1.5})

    scored = made.score(vr.Batch.of([f"0.5{n}" for n in range(20)]))

    reasons = [reason for reason in scored.terms["t"].outcomes.reasons if reason]
    assert 1 <= len(reasons) < 20
    assert all("batch_deadline" in reason for reason in reasons)


def test_a_function_of_trl_cannot_be_isolated_and_the_error_says_what_to_do() -> None:
    terms = {"t": {"use": "trl:json.dumps", "range": [0, 1], "isolation": "process"}}

    with pytest.raises(
        ConfigError, match="register it in a pack, as a function of a module under `@reward`, or write `isol"
    ):
        scorer(terms, allow_imports=True)


def test_a_timeout_in_process_is_refused_with_the_fix() -> None:
    with pytest.raises(ConfigError, match="cannot be stopped; add `isolation: process`"):
        scorer({"t": {"use": "format/think_answer", "timeout": 1}})


def test_milliseconds_of_each_isolated_item_are_recorded() -> None:
    scored = scorer("slow").score(vr.Batch.of(["0.3", "0"]))

    slow, quick = scored.terms["t"].outcomes.milliseconds
    assert slow is not None
    assert quick is not None
    assert 300 <= slow < 3000
    assert quick < 250


@pytest.mark.parametrize(("name", "isolation"), [("counted", "process"), ("counted_async", "inline")])
def test_a_verdict_is_asked_for_once_across_batches_and_a_fault_every_time(
    tmp_path: Path, name: str, isolation: str
) -> None:
    counter, params = counter_of(tmp_path)
    made = scorer({"t": {"use": f"hurdle/{name}", "params": params, "isolation": isolation}})
    batch = vr.Batch.of(["x", "y", "raise"], solution="s")

    first = made.score(batch)
    assert calls(counter) == 3
    second = made.score(batch)

    assert calls(counter) == 4
    assert list(first.rows()) == list(second.rows())
    made.score(vr.Batch.of(["x"], solution="another"))
    assert calls(counter) == 5


def test_verdicts_of_rewards_in_process_and_of_impure_ones_are_not_kept(tmp_path: Path) -> None:
    counter, params = counter_of(tmp_path)
    for term in (
        {"use": "hurdle/counted", "isolation": "inline", "params": params},
        {"use": "hurdle/counted_impure", "params": params},
    ):
        before = calls(counter)
        made = scorer({"t": term})
        for _ in range(3):
            made.score(vr.Batch.of(["x"], solution="s"))
        assert calls(counter) - before == 3


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_equal_work_is_done_once_per_batch_unless_the_reward_is_impure(tmp_path: Path, isolation: str) -> None:
    counter, params = counter_of(tmp_path)
    batch = vr.Batch.of(["x", "x", "y", "x"], solution=["s", "s", "s", "t"])

    pure = scorer({"t": {"use": "hurdle/counted", "params": params, "isolation": isolation}}).score(batch)
    assert calls(counter) == 3
    impure = scorer({"t": {"use": "hurdle/counted_impure", "params": params, "isolation": isolation}}).score(batch)

    assert calls(counter) == 7
    assert pure.totals == impure.totals == [0.25] * 4


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_a_fault_of_shared_work_counts_for_every_row(tmp_path: Path, isolation: str) -> None:
    counter, params = counter_of(tmp_path)
    made = scorer({"t": {"use": "hurdle/counted", "params": params, "isolation": isolation}})

    scored = made.score(vr.Batch.of(["raise", "raise", "x"], solution="s"))

    assert calls(counter) == 2
    assert scored.terms["t"].counts == {"failed": 2, "scored": 1}


def test_rewards_that_see_pictures_rows_or_the_run_are_asked_for_every_row(scorer_of: ScorerOf) -> None:
    asked: list[str] = []

    @vr.reward(range=(0.0, 1.0))
    def sees_images(completion: vr.Completion, images: vr.Images) -> float:
        asked.append("images")
        return 0.0

    @vr.reward(range=(0.0, 1.0))
    def sees_row(completion: vr.Completion, row: Mapping[str, Any]) -> float:
        asked.append("row")
        return 0.0

    @vr.reward(range=(0.0, 1.0))
    def sees_context(completion: vr.Completion, context: vr.Context) -> float:
        asked.append("context")
        return 0.0

    @vr.reward(range=(0.0, 1.0))
    def sees_nothing(completion: vr.Completion) -> float:
        asked.append("nothing")
        return 0.0

    names = ("sees_images", "sees_row", "sees_context", "sees_nothing")
    terms = {name: {"use": f"lab/{name}", "isolation": "inline"} for name in names}
    made = scorer_of(sees_images, sees_row, sees_context, sees_nothing, terms=terms)
    made.score(vr.Batch.of(["x"] * 3, images=[[], [], []]))

    assert sorted(asked) == ["context"] * 3 + ["images"] * 3 + ["nothing"] + ["row"] * 3


def test_answers_of_one_turn_that_call_different_tools_are_different_work(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 10.0))
    def tools(completion: vr.Completion) -> float:
        return float(completion.messages[0]["tool_calls"][0]["id"])

    made = scorer_of(tools, terms={"tools": {"use": "lab/tools", "isolation": "inline"}})
    turns = [[{"role": "assistant", "content": "", "tool_calls": [{"id": n}]}] for n in (1, 2, 1)]

    assert made.score(vr.Batch.of(turns)).totals == [1.0, 2.0, 1.0]


HARD = ["easy", "abc", "hang", "die", "raise", "exit", "high", "abstain", "outcome", "abcd"]


@pytest.mark.parametrize("isolation", ["inline", "process"])
def test_hard_items_are_decided_by_workers_and_their_faults_cost_their_rows(isolation: str) -> None:
    made = scorer({"t": {"use": "hurdle/escalates", "isolation": isolation, "on_abstain": 0.9}}, workers={"timeout": 2})

    scored = made.score(vr.Batch.of(HARD))

    assert scored.totals == [0.75, 0.3, None, None, None, None, None, 0.9, 0.1, 0.4]
    outcomes = scored.terms["t"].outcomes
    assert (outcomes.reasons[8], outcomes.details[8] == {"pid": os.getpid()}) == ("looked", False)
    assert "exit code 4" in str(outcomes.reasons[3])
    assert "ValueError: told to" in str(outcomes.reasons[4])
    assert "SystemExit: told to" in str(outcomes.reasons[5])
    assert "returned 7" in str(outcomes.reasons[6])
    assert all("hurdle/escalates" in str(outcomes.reasons[row]) for row in range(2, 7))


@pytest.mark.parametrize(("isolation", "deadline"), [("inline", 0.8), ("process", 1.5)])
def test_a_hard_item_that_hangs_fails_at_its_deadline_and_inside_a_worker_at_that_of_the_workers_item(
    isolation: str, deadline: float
) -> None:
    made = scorer({"t": {"use": "hurdle/escalates", "isolation": isolation}}, workers={"timeout": 1.5})

    scored = made.score(vr.Batch.of(["hang", "abc"]))

    assert scored.totals == [None, 0.3]
    assert f"deadline: {deadline} s are over" in str(scored.terms["t"].outcomes.reasons[0])


def test_hard_items_of_a_batch_run_together(scorer_of: ScorerOf, monkeypatch: pytest.MonkeyPatch) -> None:
    @vr.reward(range=(0.0, 1.0))
    def root(completion: vr.Completion) -> Any:
        return escalate("math:sqrt", args=float(completion.text), timeout=10)

    sizes: list[int] = []
    submit = workers.Pool.submit

    def spy(self: workers.Pool, job: Job) -> Job:
        sizes.append(len(job.items))
        return submit(self, job)

    monkeypatch.setattr(workers.Pool, "submit", spy)
    made = scorer_of(root, terms={"root": {"use": "lab/root", "isolation": "inline"}})

    scored = made.score(vr.Batch.of([f"0.{n:02}" for n in range(1, 40)]))

    assert scored.totals == [math.sqrt(n / 100) for n in range(1, 40)]
    assert sizes == [39]


def test_hard_items_may_stand_among_the_outputs_of_a_batch_reward(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def mixed(completions: Sequence[vr.Completion]) -> list[Any]:
        return [0.5 if c.text == "easy" else escalate("math:sqrt", args=0.25, timeout=10) for c in completions]

    made = scorer_of(mixed, terms={"mixed": {"use": "lab/mixed", "isolation": "inline"}})

    assert made.score(vr.Batch.of(["easy", "hard", "easy"])).totals == [0.5, 0.5, 0.5]


def test_a_hard_item_that_json_cannot_hold_fails_alone(scorer_of: ScorerOf) -> None:
    @vr.reward(range=(0.0, 1.0))
    def unsendable(completion: vr.Completion) -> Any:
        return escalate("math:sqrt", args=0.25 if completion.text == "fine" else {1, 2}, timeout=10)

    made = scorer_of(unsendable, terms={"unsendable": {"use": "lab/unsendable", "isolation": "inline"}})

    scored = made.score(vr.Batch.of(["fine", "bad"]))

    assert scored.totals == [0.5, None]
    assert "cannot be sent to a worker" in str(scored.terms["unsendable"].outcomes.reasons[1])


@pytest.mark.parametrize(
    ("function", "timeout"),
    [("no_colon", 1.0), (":f", 1.0), ("m:", 1.0), ("m:f", 0), ("m:f", math.nan), ("m:f", math.inf), ("m:f", "2")],
)
def test_an_escalation_that_could_never_run_is_refused_where_it_is_made(function: str, timeout: Any) -> None:
    with pytest.raises(ValueError, match="`escalate` needs"):
        Escalation(function, None, timeout)


def test_isolated_rewards_work_inside_a_running_event_loop() -> None:
    async def main() -> vr.ScoredBatch:
        return scorer("flag").score(vr.Batch.of(["a", "b"]))

    assert asyncio.run(main()).totals == [1.0, 0.0]


def test_the_default_registry_is_what_workers_see() -> None:
    assert "hurdle/one" in {reward.full_name for reward in Registry().load("hurdle").values()}
    assert json.dumps(scorer("one").terms[0].isolated.config)  # type: ignore[union-attr] # it is isolated


def test_a_lambda_and_a_function_of_the_script_cannot_be_isolated(scorer_of: ScorerOf) -> None:
    nameless = vr.reward(range=(0.0, 1.0), name="nameless")(lambda completion: 1.0)

    def of_the_script(completion: vr.Completion) -> float:
        return 1.0

    of_the_script.__module__ = "__main__"
    local = vr.reward(range=(0.0, 1.0))(of_the_script)
    for made, name, why in ((nameless, "nameless", "is a lambda"), (local, "of_the_script", "script itself")):
        terms = {"t": {"use": f"lab/{name}", "isolation": "process"}}
        with pytest.raises(ConfigError, match=rf"{why}.*or write `isolation: inline`"):
            scorer_of(made, terms=terms)
        inline = {"t": {"use": f"lab/{name}", "isolation": "inline"}}
        assert scorer_of(made, terms=inline).score(vr.Batch.of(["x"])).totals == [1.0]


def test_no_more_async_calls_wait_at_a_time_than_the_limit(scorer_of: ScorerOf) -> None:
    import asyncio

    waiting = 0
    most = 0

    @vr.reward(range=(0.0, 1.0), pure=False)
    async def asks(completion: vr.Completion) -> float:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await asyncio.sleep(0.001)
        waiting -= 1
        return 1.0

    terms = {"t": {"use": "lab/asks", "isolation": "inline"}}
    scored = scorer_of(asks, terms=terms, workers={"concurrency": 3}).score(vr.Batch.of(["x"] * 20))
    assert scored.totals == [1.0] * 20
    assert most == 3
