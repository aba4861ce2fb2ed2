"""TRL's asynchronous GRPO scores with our function in its worker.

The rest of it, the sampling and the training, runs on a GPU beside a vLLM server alone, and is left out here.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from accelerate import PartialState

from tests.trainers.tiny_families import build_family
from vlm_rewards_trl import reward_function

trl = pytest.importorskip("trl.experimental.async_grpo")
worker = pytest.importorskip("trl.experimental.async_grpo.async_rollout_worker")

pytestmark = pytest.mark.filterwarnings("default")

ANSWERS = ("<answer>7</answer>", "<answer>8</answer>")


@pytest.fixture
def rewards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The function as it arrives in the process of TRL's worker."""
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    PartialState(cpu=True)  # as the worker does
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards:\n  right: {use: vqa/exact, normalize: group}\n")
    arguments = trl.AsyncGRPOConfig(str(tmp_path / "out"), num_generations=2, use_cpu=True, bf16=False)
    return pickle.loads(pickle.dumps(reward_function(tmp_path / "rewards.yaml", args=arguments)))


def group(tokenizer: Any, solutions: Sequence[str | None], number: int) -> Any:
    """What the worker has made of one prompt: an answer that is right for the digit 7, and another."""
    asked = [{"role": "user", "content": "Which digit?"}]
    prompt = tokenizer("Which digit?")["input_ids"]
    ids = [tokenizer(answer)["input_ids"] for answer in ANSWERS]
    rows = [
        [
            worker.TrainingSequence(
                [*prompt, *own], [0] * len(prompt) + [1] * len(own), [0.0] * len(prompt + own), str(at)
            )
        ]
        for at, own in enumerate(ids)
    ]
    return worker.RolloutGroup(
        prompts=[asked] * 2,
        reward_kwargs={"solution": solutions},
        completions=[[{"role": "assistant", "content": answer}] for answer in ANSWERS],
        completions_ids=ids,
        completions_sequences=rows,
        tool_call_counts=[0, 0],
        tool_failure_counts=[0, 0],
        model_version=0,
        group_id=number,
        env_rewards=[None, None],
        rollout_rewards=[None, None],
    )


def scored(rewards: Any, made: Any) -> list[Any]:
    """The samples that TRL's worker makes of a group."""
    loop = MagicMock(reward_funcs=[rewards], reward_func_names=[rewards.__name__], _env_reward_types=[])
    loop._provides_rollout_reward = False
    return asyncio.run(worker._AsyncRolloutLoop._score_group(loop, made))


def test_its_worker_scores_with_our_function(rewards: Any, tmp_path: Path) -> None:
    tokenizer = build_family("qwen2_5_vl", tmp_path / "model").tokenizer
    right, wrong = scored(rewards, group(tokenizer, ["7", "7"], 0))
    assert right.metrics["reward"] == -wrong.metrics["reward"] > 0.5  # over its group
    assert (right.advantage, wrong.advantage) == pytest.approx((1, -1), abs=1e-6)
    both = scored(rewards, group(tokenizer, [None, None], 1))
    assert [one.advantage for one in both] == [0.0, 0.0]  # no reward moves nothing
