"""The frameworks, in the shape in which each calls its rewards, and how each says what a row earned."""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

from pydantic import BaseModel

from vlm_rewards import export

__all__ = ["ASK", "GROUPS", "SAYS_SO", "Told", "stand_ins"]

Row = Mapping[str, Any]


class Told(NamedTuple):
    """A total, None where the framework was told that there is none, and the metrics, where it takes any."""

    total: float | None
    metrics: Mapping[str, float] | None


def _columns(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "completion"}


def _areal(reward_fn: Any, row: Row) -> Told:
    rest = {name: value for name, value in _columns(row).items() if name != "prompt"}
    return Told(reward_fn(row["prompt"], row["completion"], [1], [2, 3], **rest), None)


def _easyr1(compute_score: Any, row: Row) -> Told:
    packed = export.prepare(_columns(row), "easyr1")["answer"]
    (result,) = compute_score([{"response": row["completion"], "response_length": 9, "ground_truth": packed}])
    return Told(result.pop("overall"), result)


def _inspect_ai(score: Any, row: Row) -> Told:
    message = SimpleNamespace(content=[SimpleNamespace(type="text", text=row["completion"])])
    output = SimpleNamespace(message=message, completion=row["completion"])
    state = SimpleNamespace(output=output, metadata={k: v for k, v in _columns(row).items() if k != "solution"})
    said = asyncio.run(score(state, _Target([row["solution"]])))
    return Told(None if math.isnan(said.value) else said.value, said.metadata)


def _lmms_eval(verifier: Any, row: Row) -> Told:
    packed = export.prepare(_columns(row), "lmms_eval")["ground_truth"]
    result = verifier(row["prompt"], row["completion"], packed)
    metrics = dict(result.metadata)
    valid = {metrics.pop("valid"), metrics.pop("confident")}
    assert valid in ({True}, {False})
    return Told(result.score if valid == {True} else None, metrics)


def _ms_swift(cls: Any, row: Row) -> Told:
    reward = cls(args=None)
    batch = {name: [value, value] for name, value in _columns(row).items()}
    first, second = reward([row["completion"]] * 2, trainer_state=SimpleNamespace(global_step=0), **batch)
    assert first == second
    return Told(first, None)


def _nemo_gym(cls: Any, row: Row) -> Told:
    fields = _columns(row) | {"responses_create_params": {"input": []}, "response": {"text": row["completion"]}}
    request = cls.verify.__annotations__["body"](**fields)
    response = asyncio.run(cls().verify(request)).model_dump()
    metrics = {name: value for name, value in response.items() if isinstance(value, float) and name != "reward"}
    assert response["reward_components"].items() <= metrics.items()
    if response["mask_sample"]:
        assert response["failure_kind"] == "verifier_error"
        assert response["failure_reason"]
    return Told(None if response["mask_sample"] else response["reward"], metrics)


def _openenv(rubric: Any, row: Row) -> Told:
    observation = _Observation(metadata=_columns(row))
    return Told(rubric(SimpleNamespace(message=row["completion"]), observation), rubric.metrics)


def _openrlhf(reward_func: Any, row: Row) -> Told:
    label = export.prepare(_columns(row), "openrlhf")["label"]
    query = f"{row['prompt']}{row['completion']}<|im_end|>"
    result = reward_func([query], [row["prompt"]], [label])
    assert result["rewards"] == result["scores"]
    return Told(result["rewards"], result["extra_logs"])


def _trl(factory: Any, row: Row) -> Told:
    environment = factory()
    environment.reset(**_columns(row))
    environment.answer(text=row["completion"])
    return Told(environment.get_reward(), None)


def _verifiers(reward: Any, row: Row) -> Told:
    metrics: dict[str, float] = {}
    turn = SimpleNamespace(reasoning_content=None)
    trace = SimpleNamespace(assistant_messages=[turn], last_reply=row["completion"], record_metrics=metrics.update)
    task = SimpleNamespace(model_dump=lambda: _columns(row))
    return Told(asyncio.run(reward(task, trace)), metrics)


def _verl(compute_score: Any, row: Row) -> Told:
    held = export.prepare(_columns(row), "verl")
    result = compute_score(
        data_source=held["data_source"],
        solution_str=row["completion"],
        ground_truth=held["reward_model"]["ground_truth"],
        extra_info={"num_turns": None},
    )
    return Told(result.pop("score"), result)


def _verl_manager(cls: Any, row: Row) -> Told:
    manager = cls(config=None, tokenizer=_Letters(), compute_score=None, reward_router_address=None)

    async def both() -> list[Any]:
        return await asyncio.gather(*(manager.run_single(_Data(row)) for _ in range(2)))

    first, second = asyncio.run(both())
    assert first == second
    result = dict(first["reward_extra_info"])
    assert result.pop("score") == first["reward_score"]
    return Told(first["reward_score"], result)


#: How each asks what its export made for one row.
ASK: Mapping[str, Callable[[Any, Row], Told]] = {
    "areal": _areal,
    "easyr1": _easyr1,
    "inspect_ai": _inspect_ai,
    "lmms_eval": _lmms_eval,
    "ms_swift": _ms_swift,
    "nemo_gym": _nemo_gym,
    "openenv": _openenv,
    "openrlhf": _openrlhf,
    "trl": _trl,
    "verifiers": _verifiers,
    "verl": _verl,
    "verl_manager": _verl_manager,
}
#: Those that can be told that there is no verdict.
SAYS_SO = {"inspect_ai", "lmms_eval", "nemo_gym", "trl"}
#: Those that hand over whole batches.
GROUPS = {"easyr1", "ms_swift"}


class _Target(list[str]):
    @property
    def text(self) -> str:
        return "".join(self)


class _Observation(BaseModel):
    done: bool = False
    metadata: dict[str, Any]


class _Letters:
    """A tokenizer: a token is a letter."""

    def decode(self, ids: str, *, skip_special_tokens: bool) -> str:
        assert skip_special_tokens
        return ids


class _Mask(list[int]):
    def __getitem__(self, key: Any) -> Any:
        return _Mask(super().__getitem__(key))

    def sum(self) -> int:
        return sum(self)


class _Data:
    """A row as verl holds it: padded ids behind a prompt of three, and the columns."""

    def __init__(self, row: Row) -> None:
        text = row["completion"]
        self.batch = {"responses": f"{text}PAD", "attention_mask": _Mask([1] * (3 + len(text)) + [0] * 3)}
        self.non_tensor_batch = export.prepare(_columns(row), "verl")

    def __getitem__(self, _: Any) -> Any:
        return self if isinstance(_, int) else [self]


@dataclass
class _Score:
    value: float
    answer: str | None = None
    explanation: str | None = None
    metadata: dict[str, Any] | None = None

    @classmethod
    def unscored(cls, *, reason: str, **said: Any) -> _Score:
        assert reason
        return cls(math.nan, **said)


class _Verifier(ABC):
    @abstractmethod
    def verify(self, question: str, prediction: str, ground_truth: str, **kwargs: Any) -> Any: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.verify(*args, **kwargs)


@dataclass
class _VerifyResult:
    score: float
    is_correct: bool
    raw_output: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


class _ORM:
    def __init__(self, args: Any = None, **kwargs: Any) -> None:
        self.args = args


class _Rubric(ABC):
    @abstractmethod
    def forward(self, action: Any, observation: Any) -> float: ...

    def __call__(self, action: Any, observation: Any) -> float:
        return self.forward(action, observation)


class _Response(BaseModel):
    text: str

    @property
    def output(self) -> list[Any]:
        return [SimpleNamespace(type="message")]

    @property
    def output_text(self) -> str:
        return self.text


class _VerifyRequest(BaseModel):
    responses_create_params: dict[str, Any]
    response: _Response


class _VerifyResponse(_VerifyRequest):
    reward: float
    mask_sample: bool = False
    failure_kind: str | None = None
    failure_reason: str | None = None


class _MultiRewardVerifyResponse(_VerifyResponse):
    reward_components: dict[str, float]


class _Manager:
    def __init__(self, config: Any, tokenizer: Any, compute_score: Any) -> None:
        self.tokenizer = tokenizer


def stand_ins() -> dict[str, ModuleType]:
    """Modules that stand in for those of the frameworks."""
    held: dict[str, dict[str, Any]] = {
        "inspect_ai.scorer": {
            "Score": _Score,
            "Scorer": object,
            "mean": dict,
            "stderr": dict,
            "scorer": lambda metrics: lambda factory: factory,
        },
        "lmms_eval.verifiers": {"Verifier": _Verifier, "VerifyResult": _VerifyResult, "VERIFIER_REGISTRY": {}},
        "nemo_gym.base_resources_server": {
            "BaseVerifyRequest": _VerifyRequest,
            "BaseVerifyResponse": _VerifyResponse,
            "BaseMultiRewardVerifyResponse": _MultiRewardVerifyResponse,
            "SimpleResourcesServer": object,
        },
        "openenv.core.rubrics": {"Rubric": _Rubric},
        "swift.rewards": {"ORM": _ORM, "orms": {}},
        "verl.experimental.reward_loop.reward_manager.base": {"RewardManagerBase": _Manager},
    }
    modules = {}
    for name, values in held.items():
        modules[name] = ModuleType(name)
        vars(modules[name]).update(values)
    return modules
