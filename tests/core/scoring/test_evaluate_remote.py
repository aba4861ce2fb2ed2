"""Rewards in workers: what they score is what they score in process, and a fault costs one row."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import vlm_rewards as vr
from tests.core.hurdle import scorer
from vlm_rewards.errors import ScoringError

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers, ScorerOf


@pytest.fixture(scope="module", autouse=True)
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("hurdle")
    pack_for_workers("blind")


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
    completions = [vr.Completion("x", token_ids=[1, 2, 3]), vr.Completion.from_messages(turns)]

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


def called_a_tool(*pictures: object) -> list[dict[str, Any]]:
    shown = [{"type": "text", "text": "screen"}, *({"type": "image", "image": picture} for picture in pictures)]
    return [
        {"role": "assistant", "content": "look", "tool_calls": [{"function": {"name": "shot", "arguments": {}}}]},
        {"role": "tool", "name": "shot", "content": shown},
        {"role": "assistant", "content": "done"},
    ]


def test_pictures_that_a_tool_showed_reach_a_worker_in_their_messages_and_their_copies_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    same = picture((3, 2), 10)
    answers = [called_a_tool(same, Image.new("F", (2, 2), 0.5), same), called_a_tool(), called_a_tool(same)]

    scored = scorer("screens").score(vr.Batch.of(answers))

    assert scored.totals == [16, 0, 6]
    # PNG holds no floats: they travel in RGB, of the half grey that they are.
    assert scored.terms["t"].outcomes.details[0] == {"corners": [[10, 0, 0], [128, 128, 128], [10, 0, 0]]}
    assert list(tmp_path.iterdir()) == []
    assert answers[2][1]["content"][1]["image"] is same


def test_pictures_inside_prompts_and_other_columns_reach_a_worker() -> None:
    seen = [{"type": "image", "image": picture((3, 2), 10)}, {"type": "text", "text": "?"}]
    prompt = [{"role": "system", "content": "look"}, {"role": "user", "content": seen}]

    scored = both_ways("asked", vr.Batch.of(["x", "y"], prompt=[prompt, prompt], crop=picture((20, 1), 1)))

    assert scored.totals == [23, 23]


def test_every_reward_scores_a_completion_with_pictures_in_a_worker() -> None:
    for name, expected in (("flag", 0.0), ("tokens", 0.03), ("area", 6)):
        batch = vr.Batch.of([called_a_tool(picture((5, 5), 1))], images=[[picture((3, 2), 1)]])
        assert both_ways(name, batch).totals == pytest.approx([expected])


def test_pictures_of_messages_are_not_written_for_a_reward_that_does_not_speak_of_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    rewards = {name: {"use": f"blind/{name}"} for name in ("reads", "touches")}

    scored = scorer(rewards).score(vr.Batch.of([called_a_tool(picture((5, 5), 1))]))

    assert scored.terms["reads"].outcomes.scores[0] == 0.4
    output = scored.output(0, "touches")
    assert output is not None
    assert output.status == "failed"
    assert "the images of messages were not sent to this reward" in (output.reason or "")
    assert "(its `width` was asked for)" in (output.reason or "")


def test_a_picture_in_memory_that_cannot_be_written_costs_its_row() -> None:
    file = encoded(picture((200, 200), 1))[:-30]
    cut = Image.open(io.BytesIO(file))

    scored = scorer("area").score(vr.Batch.of(["x", "x"], images=[[cut], [picture((2, 2), 1)]]))

    assert [output.status for row in range(2) if (output := scored.output(row, "t"))] == ["bad_reference", "scored"]


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


def test_values_that_json_cannot_hold_are_bad_references() -> None:
    solutions = [1, object(), {"a": [1.5]}, {1, 2}, "text"]

    scored = scorer("any_value").score(vr.Batch.of(["x"] * 5, solution=solutions))

    assert scored.totals == [0.5, None, 0.5, None, 0.5]
    for row in (1, 3):
        assert scored.terms["t"].outcomes.statuses[row] is vr.Status.BAD_REFERENCE
        assert "TypeError: JSON has no" in str(scored.terms["t"].outcomes.reasons[row])


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


def test_milliseconds_of_each_isolated_item_are_recorded() -> None:
    scored = scorer("slow").score(vr.Batch.of(["0.3", "0"]))

    slow, quick = scored.terms["t"].outcomes.milliseconds
    assert slow is not None
    assert quick is not None
    assert 300 <= slow < 3000
    assert quick < 250


def test_isolated_rewards_work_inside_a_running_event_loop() -> None:
    async def main() -> vr.ScoredBatch:
        return scorer("flag").score(vr.Batch.of(["a", "b"]))

    assert asyncio.run(main()).totals == [1.0, 0.0]


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
