"""The frameworks that call a function with an answer; how the columns of its row arrive is said of each."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Unpack

from vlm_rewards.export.rewards import Config, Options, Rewards, answered, unpack


def areal(config: Config, **options: Unpack[Options]) -> Callable[..., float]:
    """`reward_fn` of a workflow of AReaL, which hands over the row of the dataset."""
    rewards = Rewards(config, **options)

    def reward_fn(prompt: str, completions: str, *_: Any, **row: Any) -> float:
        return rewards.number(rewards.verdict({"prompt": prompt, **row, "completion": completions}))

    return reward_fn


def easyr1(config: Config, **options: Unpack[Options]) -> Callable[..., list[dict[str, float]]]:
    """`compute_score` of EasyR1, of the type `batch`; `prepare` packs a row and its `group_id` into `answer`."""
    rewards = Rewards(config, single=False, **options)

    def compute_score(reward_inputs: Sequence[Mapping[str, Any]], **_: Any) -> list[dict[str, float]]:
        rows = [{**unpack(given["ground_truth"]), "completion": given["response"]} for given in reward_inputs]
        return [{"overall": rewards.number(verdict), **verdict.metrics} for verdict in rewards.verdicts(rows)]

    return compute_score


def openrlhf(config: Config, *, end: str = "<|im_end|>", **options: Unpack[Options]) -> Callable[..., dict[str, Any]]:
    """`reward_func` of OpenRLHF; `prepare` packs a row into its label. The prompt and `end` are cut off the answer."""
    rewards = Rewards(config, **options)

    def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **_: Any) -> dict[str, Any]:
        (query,), (prompt,), (label,) = queries, prompts, labels  # it calls with lists of one
        answer = query.removeprefix(prompt).removesuffix(end)
        verdict = rewards.verdict({"prompt": prompt, **unpack(label), "completion": answer})
        total = rewards.number(verdict)
        return {"rewards": total, "scores": total, "extra_logs": verdict.metrics}

    return reward_func


def verifiers(config: Config, **options: Unpack[Options]) -> Callable[[Any, Any], Coroutine[Any, Any, float]]:
    """A reward for tasks of verifiers, whose fields are the row; an error makes the trace one that is not counted."""
    rewards = Rewards(config, **options)

    async def reward(task: Any, trace: Any) -> float:
        thought = trace.assistant_messages[-1].reasoning_content if trace.assistant_messages else None
        row = {**task.model_dump(), "completion": answered(trace.last_reply, thought)}
        verdict = await asyncio.to_thread(rewards.verdict, row)
        trace.record_metrics(verdict.metrics)
        return rewards.number(verdict)

    return reward


def verl(config: Config, **options: Unpack[Options]) -> Callable[..., dict[str, float]]:
    """`compute_score` of verl; the row is `extra_info` and what `prepare` packed into the ground truth."""
    rewards = Rewards(config, **options)

    def compute_score(**given: Any) -> dict[str, float]:
        verdict = rewards.verdict(verl_row(**given))
        return {"score": rewards.number(verdict), **verdict.metrics}

    return compute_score


def verl_row(*, solution_str: str, ground_truth: Any, extra_info: Any = None, **given: Any) -> dict[str, Any]:
    """The row of a call by verl."""
    return {**given, **(extra_info or {}), **unpack(ground_truth), "completion": solution_str}
