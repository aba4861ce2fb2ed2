"""A judge that goes away in a run: no row is paid or punished for it, the others stay, and the run stops."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.packs.judge.server import Asked, Reply, Script, Server, honest, part, scripted
from vlm_rewards.errors import ScoringError
from vlm_rewards.text import http
from vlm_rewards_trl.reward.factory import reward_function
from vlm_rewards_trl.reward.function import RewardFunction
from vlm_rewards_trl.trl_compat import launch_defaults

GROUPS = [["Nile", "It is the Nile.", "It is the Rhine.", ""], ["It is the Oder.", "Nile", "Nile", "Rhine"]]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.001)


def config_of(server: Server, **params: Any) -> dict[str, Any]:
    judge = {"server": server.address, "model": "m", "together": 1}
    params = {"judges": [judge], **params}
    rewards: dict[str, Any] = {
        "rules": {"use": "vqa/exact"},
        "judge": {"use": "judge/equal", "gate": {"term": "rules", "at_most": 0.5}, "params": params},
    }
    return {"version": 1, "rewards": rewards, "combine": "max"}


def cascade(server: Server) -> RewardFunction:
    return reward_function(config_of(server))


def scores(function: RewardFunction, *texts: str, **more: Any) -> list[float | None]:
    columns: dict[str, Any] = {"prompts": ["Which river?"] * len(texts), "solution": ["Nile"] * len(texts)}
    return function(completions=list(texts), **columns, **more)


def down(_: Asked) -> Reply:
    return Reply(b"out of memory", 503)


def test_only_rows_that_needed_the_judge_lose_their_reward() -> None:
    with scripted() as server:
        function = cascade(server)
        before = [scores(function, *group) for group in GROUPS]
        assert before == [[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0]]

        server.script = lambda asked: down(asked) if "Oder" in str(asked) else honest(asked)
        after = [scores(cascade(server), *group) for group in GROUPS]
        assert after == [before[0], [None, *before[1][1:]]]

        server.script = down
        assert scores(cascade(server), *GROUPS[0]) == [1.0, None, None, 0.0]


def test_a_run_whose_judge_is_down_stops_and_a_resumed_one_goes_on() -> None:
    metrics: dict[str, list[float]] = defaultdict(list)
    with scripted() as server:
        function = cascade(server)
        scores(function, *GROUPS[0], log_metric=lambda name, value: metrics[name].append(value))
        assert metrics["rewards/judge/asked_rate"] == [0.0, 1.0, 1.0, 0.0]
        assert metrics["rewards/judge/tokens_in"] == [100, 100]
        server.script = down
        with pytest.raises(ScoringError, match=r"(?s)budget is spent.*term 'judge'.*503 out of memory"):
            [scores(function, *GROUPS[0]) for _ in range(20)]
        server.script = honest
        assert scores(cascade(server), *GROUPS[0]) == [1.0, 1.0, 0.0, 0.0]


STEPS, DIES_AT = 5, 2


def train(digits: dict[str, Path], folder: Path, server: Server, resume: Path | None = None) -> list[list[float]]:
    """Train on scripted answers; the advantages of each step, and none of a step that raised."""
    from datasets import load_dataset
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl import GRPOConfig, GRPOTrainer

    def rollout(prompts: list[Any], trainer: Any) -> dict[str, Any]:
        step = trainer.state.global_step
        texts = ["Nile", "", "Nile", "Nile", f"It is the Nile, {step}.", f"It is the Rhine, {step}.", "Nile", ""]
        prompt_ids, _, _ = trainer._tokenize_prompts(prompts)
        answers = [trainer.processing_class.tokenizer.encode(text + "<|end|>") for text in texts]
        logprobs = [[-1.0] * len(answer) for answer in answers]
        return {"prompt_ids": prompt_ids, "completion_ids": answers, "logprobs": logprobs, "river": ["Nile"] * 8}

    config = config_of(server, cache=str(folder / "verdicts.sqlite")) | {"on_error": {"max_rate": 0.05, "window": 4}}
    for term in config["rewards"].values():
        term["columns"] = {"solution": "river"}
    args = GRPOConfig(
        str(folder),
        **launch_defaults(GRPOConfig.__dataclass_fields__, {}),
        max_steps=STEPS,
        per_device_train_batch_size=8,
        num_generations=4,
        max_completion_length=32,
        save_steps=1,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = GRPOTrainer(
        model=AutoModelForImageTextToText.from_pretrained(str(digits["model"])),
        reward_funcs=reward_function(config, args=args),
        args=args,
        train_dataset=load_dataset("parquet", data_files=str(digits["train"]), split="train"),
        processing_class=AutoProcessor.from_pretrained(str(digits["model"])),
        rollout_func=rollout,
    )
    found, score = list[list[float]](), trainer._generate_and_score_completions
    trainer._generate_and_score_completions = lambda inputs: kept(score(inputs))

    def kept(outputs: dict[str, Any]) -> dict[str, Any]:
        found.append(outputs["advantages"].tolist())
        return outputs

    try:
        trainer.train(resume_from_checkpoint=None if resume is None else str(resume))
    except ScoringError as error:
        assert "budget is spent" in str(error)  # noqa: PT017 - what was found until then is looked at
        assert trainer.state.global_step < STEPS
    return found


def dies(step: int) -> Script:
    """Honest until the answer of a step that it should call wrong, and down from then on."""
    is_down = False

    def script(asked: Asked) -> Reply:
        nonlocal is_down
        is_down = is_down or f"Rhine, {step}" in part(asked, "ANSWER")
        return down(asked) if is_down else honest(asked)

    return script


@pytest.mark.filterwarnings("default")
def test_a_judge_that_dies_in_a_run_of_grpo_moves_no_row_and_the_run_resumes(
    digits: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    with scripted() as server:
        whole = train(digits, tmp_path / "whole", server)
    assert [len(step) for step in whole] == [8] * STEPS
    with scripted(dies(DIES_AT)) as server:
        broken = train(digits, tmp_path / "broken", server)
    assert len(broken) == STEPS - 1  # the last step raised
    assert broken[:DIES_AT] == whole[:DIES_AT]
    assert [step[:4] for step in broken] == [step[:4] for step in whole[:-1]]  # this group asks no judge
    one_lost, two_lost = (step[4:] for step in broken[DIES_AT:])
    assert one_lost == pytest.approx([3**-0.5, 0, 3**-0.5, -2 * 3**-0.5], abs=1e-3)  # over the three that are scored
    assert two_lost == pytest.approx([0, 0, 0.5**0.5, -(0.5**0.5)], abs=1e-3)
    with scripted() as server:
        resumed = train(digits, tmp_path / "broken", server, tmp_path / "broken" / f"checkpoint-{DIES_AT}")
        new = [part(asked, "ANSWER") for asked in server.asked]
    assert resumed == whole[DIES_AT:]
    assert new[0] == f"It is the Rhine, {DIES_AT}."  # what was said of the Nile before is in the cache
    assert len(new) == 2 * (STEPS - DIES_AT) - 1
