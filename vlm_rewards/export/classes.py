"""The frameworks that want something of their own making. Some read annotations, so that none may be a text here."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

from vlm_rewards.export.functions import verl_row
from vlm_rewards.export.rewards import Config, Options, Rewards, answered, needed, unpack


def inspect_ai(config: Config, **options: Unpack[Options]) -> Callable[[Any, Any], Any]:
    """What a scorer of inspect_ai returns; the row is the sample's metadata. No verdict is `Score.unscored()`."""
    made: Any = needed("inspect_ai.scorer", "inspect_ai").Score
    rewards = Rewards(config, **options)

    async def score(state: Any, target: Any) -> Any:
        content, text = state.output.message.content, state.output.completion
        thought = "".join(block.reasoning for block in content if getattr(block, "type", "") == "reasoning")
        reference = target.text if len(target) == 1 else list(target)
        row = {"solution": reference, **state.metadata, "completion": answered(text, thought)}
        total, metrics, reason = await asyncio.to_thread(rewards.verdict, row)
        told = {"answer": text, "explanation": reason, "metadata": metrics}
        return made.unscored(reason="no_verdict", **told) if total is None else made(value=total, **told)

    return score


def lmms_eval(config: Config, *, correct_from: float = 1.0, **options: Unpack[Options]) -> Any:
    """A verifier of lmms-eval by the name `vlm_rewards`; without a verdict a result is not `valid` nor `confident`."""
    module: Any = needed("lmms_eval.verifiers", "lmms-eval")
    rewards = Rewards(config, **options)

    class RewardsVerifier(module.Verifier):  # type: ignore[misc]
        def verify(self, question: str, prediction: str, ground_truth: Any, **columns: Any) -> Any:
            row = {"prompt": question, **columns, **unpack(ground_truth), "completion": prediction}
            total, metrics, reason = rewards.verdict(row)
            told = {**metrics, **dict.fromkeys(("valid", "confident"), total is not None)}
            score = rewards.low if total is None else total
            return module.VerifyResult(score, total is not None and score >= correct_from, reason, told)

    module.VERIFIER_REGISTRY["vlm_rewards"] = RewardsVerifier
    return RewardsVerifier()


def ms_swift(config: Config, **options: Unpack[Options]) -> type[Any]:
    """A class for `orms` of ms-swift, which hands over the row of the dataset; groups are told by `group_id`."""
    base: Any = needed("swift.rewards", "ms-swift").ORM
    rewards = Rewards(config, single=False, **options)

    class RewardsORM(base):  # type: ignore[misc]
        def __call__(self, completions: Sequence[str], trainer_state: Any = None, **columns: Any) -> list[float]:
            lists = {name: column for name, column in columns.items() if isinstance(column, list)}
            lists["completion"] = list(completions)
            rows = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
            step = getattr(trainer_state, "global_step", 0)
            return [rewards.number(verdict) for verdict in rewards.verdicts(rows, step)]

    return RewardsORM


def nemo_gym(config: Config, **options: Unpack[Options]) -> type[Any]:
    """A resources server of NeMo Gym; the row is a request's own fields. From 0.7 on no verdict masks the sample."""
    base: Any = needed("nemo_gym.base_resources_server", "nemo-gym")
    rewards = Rewards(config, **options)
    many: Any = getattr(base, "BaseMultiRewardVerifyResponse", base.BaseVerifyResponse)

    class Request(base.BaseVerifyRequest, extra="allow"):  # type: ignore[call-arg, misc]
        pass

    class Response(many, extra="allow"):  # type: ignore[call-arg, misc]
        pass

    class RewardsServer(base.SimpleResourcesServer):  # type: ignore[misc]
        async def verify(self, body: Request) -> Response:
            parts = [part for item in body.response.output if item.type == "reasoning" for part in item.summary]
            answer = answered(body.response.output_text, "".join(part.text for part in parts))
            row = {**(body.model_extra or {}), "completion": answer}
            verdict = await asyncio.to_thread(rewards.verdict, row)
            terms = {name: verdict.metrics[name] for name in rewards.scorer.order}
            told = {**body.model_dump(), **verdict.metrics, "reward_components": terms}
            if verdict.total is None and "mask_sample" in Response.model_fields:
                told |= {"mask_sample": True, "failure_kind": "verifier_error", "failure_reason": verdict.reason}
                return Response(**told, reward=rewards.low)
            return Response(**told, reward=rewards.number(verdict))

    return RewardsServer


def openenv(config: Config, *, answer: str = "message", **options: Unpack[Options]) -> Any:
    """A rubric of OpenEnv for all terms; `answer` is a field of the action, the row is those of the observation."""
    base: Any = needed("openenv.core.rubrics", "openenv").Rubric
    rewards = Rewards(config, **options)

    class RewardsRubric(base):  # type: ignore[misc]
        def forward(self, action: Any, observation: Any) -> float:
            columns = observation.model_dump() | observation.metadata
            verdict = rewards.verdict({**columns, "completion": getattr(action, answer)})
            self.metrics = verdict.metrics
            return rewards.number(verdict)

    return RewardsRubric()


def trl(config: Config, **options: Unpack[Options]) -> type[Any]:
    """A class for `environment_factory` of TRL; the answer is what the model hands to the tool, None no verdict."""
    rewards = Rewards(config, **options)

    class RewardsEnvironment:
        def reset(self, **row: Any) -> None:
            self._row = {**row, "completion": ""}

        def answer(self, text: str) -> str:
            """Hand in the final answer.

            Args:
                text: The answer.
            """
            self._row["completion"] = text
            return "The answer has arrived."

        def get_reward(self) -> float | None:
            return rewards.verdict(self._row).total

    return RewardsEnvironment


def verl_manager(config: Config, *, wait: float = 0.01, **options: Unpack[Options]) -> type[Any]:
    """A manager of verl, of source `importlib`, which scores the rows together that come within `wait` seconds."""
    base: Any = needed("verl.experimental.reward_loop.reward_manager.base", "verl").RewardManagerBase
    rewards = Rewards(config, **options)

    class RewardsManager(base):  # type: ignore[misc]
        def __init__(self, config: Any, tokenizer: Any, compute_score: Any, **_: Any) -> None:
            super().__init__(config, tokenizer, compute_score)
            self._rows: list[Mapping[str, Any]] = []

        async def run_single(self, data: Any) -> dict[str, Any]:
            item = data[-1:][0]
            held, ids = item.non_tensor_batch, item.batch["responses"]
            length = int(item.batch["attention_mask"][-len(ids) :].sum())
            answer = self.tokenizer.decode(ids[:length], skip_special_tokens=True)
            given = {name: held.get(name) for name in ("data_source", "extra_info")}
            if not self._rows:
                self._scoring = asyncio.ensure_future(self._score())
            self._rows.append(verl_row(solution_str=answer, ground_truth=held["reward_model"]["ground_truth"], **given))
            place, scoring = len(self._rows) - 1, self._scoring
            verdict = (await scoring)[place]
            total = rewards.number(verdict)
            return {"reward_score": total, "reward_extra_info": {"score": total, **verdict.metrics}}

        async def _score(self) -> Any:
            await asyncio.sleep(wait)
            rows, self._rows = self._rows, []
            return await asyncio.to_thread(rewards.verdicts, rows)

    return RewardsManager
