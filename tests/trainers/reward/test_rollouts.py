"""Completions that are more than one answer of the model: custom rollouts, tools, and environments of TRL."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards import export
from vlm_rewards_trl import reward_function
from vlm_rewards_trl.trl_compat import launch_defaults

pytestmark = pytest.mark.filterwarnings("default")

ANSWER = "<think>3+4</think><answer>\\boxed{7}</answer>"
CALL = '<tool_call>{"name": "add", "arguments": {"a": 3, "b": 4}}</tool_call>'

# The chat template of the digits, and on top of it what a model calls and what a tool answers.
TOOL_TEMPLATE = """\
{%- for message in messages -%}
{{- '<|' + ('user' if message['role'] == 'tool' else message['role']) + '|>' -}}
{%- if message['content'] is string -%}{{- message['content'] -}}
{%- else -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}<image>{%- else -%}{{- part['text'] -}}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- for call in message['tool_calls'] or [] -%}<tool_call>{{- call['function'] | tojson -}}</tool_call>{%- endfor -%}
{%- if message['role'] == 'tool' -%}{{- message['name'] -}}{%- endif -%}
{%- if message['role'] == 'assistant' -%}<|end|>{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}
"""

RESPONSE_TEMPLATE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|assistant|>",
    "fields": {
        "tool_calls": {
            "open": "<tool_call>",
            "close_pattern": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close_pattern": r"<\|end\|>", "content": "text"},
    },
}


class Abacus:
    """An environment that keeps the last sum; the trainer calls its methods as tools."""

    total = 0

    def reset(self, **_: Any) -> None:
        """Start at nothing."""
        self.total = 0

    def add(self, a: int, b: int) -> int:
        """
        Add two numbers.

        Args:
            a: The one.
            b: The other.

        Returns:
            Their sum.
        """
        self.total = a + b
        return self.total

    def get_reward(self) -> float:
        """A tenth for the right sum."""
        return 0.1 * (self.total == 7)


def trained(digits: dict[str, Path], folder: Path, rewards: dict[str, Any], **extra: Any) -> Any:
    """A trainer after one step with these rewards, and the table of its completions."""
    from datasets import load_dataset
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl import GRPOConfig, GRPOTrainer

    processor = AutoProcessor.from_pretrained(str(digits["model"]))
    if "tools" in extra or "environment_factory" in extra:
        processor.chat_template = processor.tokenizer.chat_template = TOOL_TEMPLATE
        processor.tokenizer.response_template = RESPONSE_TEMPLATE
    args = GRPOConfig(
        str(folder),
        **launch_defaults(GRPOConfig.__dataclass_fields__, {}),
        max_steps=1,
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=200,
        max_tool_calling_iterations=2,
        logging_steps=1,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    rows = load_dataset("parquet", data_files=str(digits["train"]), split="train[:4]")
    scripted = extra.pop("scripted", None)
    trainer = GRPOTrainer(
        model=AutoModelForImageTextToText.from_pretrained(str(digits["model"])),
        reward_funcs=reward_function({"version": 1, "rewards": rewards}, processing_class=processor, args=args),
        args=args,
        # TRL 1.16 cannot take tools and pictures together with a LLaVA.
        train_dataset=rows if scripted is None else rows.remove_columns("images"),
        processing_class=processor,
        **extra,
    )
    if scripted is not None:
        trainer._generate_single_turn = lambda prompt_ids, *_, **__: (
            [processor.tokenizer.encode(scripted.pop(0) + "<|end|>") for _ in prompt_ids],
            None,
        )
    trainer.train()
    assert all(parameter.isfinite().all() for parameter in trainer.model.parameters())
    return trainer


@pytest.fixture(autouse=True)
def _experiments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")


def logged(trainer: Any, name: str) -> float:
    return float(next(entry[name] for entry in trainer.state.log_history if name in entry))


def test_extra_fields_of_a_rollout_function_are_columns(digits: dict[str, Path], tmp_path: Path) -> None:
    def rollout(prompts: list[Any], trainer: Any) -> dict[str, Any]:
        prompt_ids, _, _ = trainer._tokenize_prompts(prompts)
        answers = [trainer.processing_class.tokenizer.encode(ANSWER + "<|end|>") for _ in prompts]
        return {
            "prompt_ids": prompt_ids,
            "completion_ids": answers,
            "logprobs": [[math.log(0.5)] * len(answer) for answer in answers],
            "found": ["7", "7", "8", "7"],
            "trace": [{"turns": 1}, None, {"turns": 2}, {"turns": 3}],
            "server": "one text for all",
        }

    rewards = {"answer": {"use": "math/answer", "columns": {"solution": "found"}}}
    trainer = trained(digits, tmp_path, rewards, rollout_func=rollout)
    assert logged(trainer, "reward") == pytest.approx(0.75)


def test_an_answer_after_a_tool_call_is_scored_and_a_call_alone_is_none(
    digits: dict[str, Path], tmp_path: Path
) -> None:
    # The first answers of the four, then those to the tool's results, then to those of the second call.
    scripted = [CALL, CALL, ANSWER, CALL.replace("add", "drop"), ANSWER, CALL, ANSWER, "8"]
    rewards = {"form": {"use": "format/think_answer"}}
    trainer = trained(digits, tmp_path, rewards, tools=[Abacus().add], scripted=scripted)
    assert scripted == []
    assert logged(trainer, "tools/call_frequency") == 1.0
    assert logged(trainer, "tools/failure_frequency") == 0.25
    assert logged(trainer, "reward") == pytest.approx(0.75)


def test_an_environment_with_a_reward_of_its_own_stands_beside_ours(digits: dict[str, Path], tmp_path: Path) -> None:
    scripted = [CALL, ANSWER, ANSWER, CALL, ANSWER, "8"]
    rewards = {"form": {"use": "format/think_answer"}}
    trainer = trained(digits, tmp_path, rewards, environment_factory=Abacus, scripted=scripted)
    assert logged(trainer, "rewards/form/mean") == pytest.approx(0.75)
    assert logged(trainer, "rewards/Abacus/mean") == pytest.approx(0.05)


def test_an_exported_environment_pays_what_the_model_hands_in(digits: dict[str, Path], tmp_path: Path) -> None:
    whole = {"use": "format/regex", "params": {"pattern": "7"}}
    environment = export.trl({"version": 1, "rewards": {"answer": whole}})
    calls = [f'{{"name": "answer", "arguments": {{"text": "{text}"}}}}' for text in ("7", "7 or 9")]
    first = [f"<tool_call>{call}</tool_call>" for call in calls]
    rewards = {"form": {"use": "format/think_answer", "weight": 0}}
    scripted = [first[0], ANSWER, first[1], ANSWER, ANSWER, ANSWER]
    trainer = trained(digits, tmp_path, rewards, environment_factory=environment, scripted=scripted)
    assert scripted == []
    assert logged(trainer, "rewards/RewardsEnvironment/mean") == 0.25
    assert logged(trainer, "reward") == 0.25
