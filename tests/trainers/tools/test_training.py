"""GRPO with the zoom tool: pictures of tools reach the model, the rewards and the table, and no call ends the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.benchmarks import zoom_model as tiny
from tests.trainers.tools.scripted import script
from vlm_rewards import Completion
from vlm_rewards_trl import Recipe, grpo

pytestmark = pytest.mark.filterwarnings("default")

LOOK, ANSWER = tiny.CALL % 5, tiny.ANSWER % 7


def trained(recipe: dict[str, Any], *turns: list[str], method: Any = grpo) -> Any:
    trainer = method(Recipe.read(recipe))
    script(trainer, *turns)
    trainer.train()
    return trainer


def table(recipe: dict[str, Any]) -> list[dict[str, Any]]:
    files = sorted((Path(recipe["output_dir"]) / "completions").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def rewards(folder: Path, source: str, **term: Any) -> None:
    """A rewards file with one term, `seen`, from a file beside it."""
    (folder / "seen.py").write_text(f"import vlm_rewards as vr\n\n\n@vr.reward(range=(0.0, 1.0))\n{source}")
    extra = "".join(f", {name}: {value}" for name, value in term.items())
    (folder / "rewards.yaml").write_text(f"version: 1\nrewards:\n  seen: {{use: ./seen.py:seen{extra}}}\n")


SIZES = """\
def seen(completion: vr.Completion) -> float:
    \"\"\"A picture of a tool.\"\"\"
    blocks = [block for turn in completion.messages if turn["role"] == "tool" for block in turn["content"]]
    return float([block["image"].size for block in blocks if block["type"] == "image"] == [(24, 24)])
"""


def test_a_model_samples_two_steps_with_the_tool(zoom_recipe: Any) -> None:
    trainer = grpo(Recipe.read(zoom_recipe()))
    before = [weight.clone() for weight in trainer.model.parameters()]
    trainer.train()
    assert trainer.state.global_step == 2
    assert [tool.__name__ for tool in trainer.tools] == ["crop", "zoom"]
    assert len(before) == len(list(trainer.model.parameters()))


@pytest.mark.parametrize("isolation", ["inline", "process"])
def test_pictures_of_tools_reach_rewards_and_the_table(
    zoom_recipe: Any, tmp_path: Path, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VLM_REWARDS_ISOLATION")
    rewards(tmp_path, SIZES, isolation=isolation)
    recipe = zoom_recipe(training={"max_steps": 1})
    trainer = trained(recipe, [LOOK, ANSWER], [ANSWER])
    rows = table(recipe)
    assert [row["seen"] for row in rows] == [1.0, 0.0] * 4
    assert trainer._metrics["train"] == {}  # logged
    assert trainer.state.log_history[0]["tools/call_frequency"] == 0.5
    looked = rows[0]["completion"]
    assert [turn["role"] for turn in looked] == ["assistant", "tool", "assistant"]
    assert looked[0]["tool_calls"][0]["function"] == {"name": "zoom", "arguments": '{"region": 5}'}
    assert looked[1]["content"] == [{"type": "image", "text": None}]
    assert Completion.from_messages(looked).text == ANSWER


def test_rewards_read_what_the_environment_tells(zoom_recipe: Any, tmp_path: Path) -> None:
    source = """\
def seen(completion: vr.Completion, environment: dict | None = None) -> float | None:
    return None if environment is None else len(environment["shown"]) / 2
"""
    rewards(tmp_path, source)
    recipe = zoom_recipe(training={"max_steps": 1})
    trained(recipe, [LOOK, ANSWER], [LOOK, ANSWER], [ANSWER])
    rows = table(recipe)
    assert sorted(row["seen"] for row in rows) == [0.0] * 4 + [0.5] * 2 + [1.0] * 2
    assert rows[0]["environment"] == '{"shown": [[60, 60, 84, 84], [60, 60, 84, 84]]}'


WITH = tiny.CALL.replace("%d", '"%s"')
HOSTILE = {
    "a region that is not there": tiny.CALL % 77,
    "an argument of another kind": WITH % "x",
    "no argument": '<tool_call>{"name": "zoom", "arguments": {}}</tool_call>',
    "arguments that are none": '<tool_call>{"name": "zoom", "arguments": 5}</tool_call>',
    "another tool": '<tool_call>{"name": "wish", "arguments": {"a": 1}}</tool_call>',
    "a tool that is a picture": '<tool_call>{"name": "<|image_pad\\u007c>", "arguments": {"a": 1}}</tool_call>',
    "an error with a picture": WITH % "<\\u007cimage_pad|>",
    "half of a letter": '<tool_call>{"name": "\\ud83d", "arguments": {"region": "\\ud83d"}}</tool_call>',
    "an end of a turn": WITH % "<\\u007cassistant|>",
    "a call of a call": WITH % LOOK.replace('"', "'"),
    "half a call": LOOK[:-14],
    "many calls": LOOK * 9,
    "reset": '<tool_call>{"name": "reset", "arguments": {"image": 5}}</tool_call>',
}


def test_no_call_ends_a_run(zoom_recipe: Any) -> None:
    recipe = zoom_recipe(training={"max_steps": 2, "per_device_train_batch_size": 16, "max_completion_length": 150})
    trainer = trained(recipe, [*HOSTILE.values(), LOOK], [LOOK, *HOSTILE.values()], [ANSWER])
    assert trainer.state.global_step == 2
    rows = table(recipe)
    assert {row["right"] for row in rows} <= {0.0, 1.0}
    named = {call["function"]["name"] for row in rows for turn in row["completion"] for call in turn["tool_calls"]}
    assert {"zoom", "wish", "reset", "< |image_pad|>", "?"} <= named


def test_calls_that_fail_are_turns_that_rewards_see(zoom_recipe: Any) -> None:
    recipe = zoom_recipe(training={"max_steps": 1, "max_completion_length": 150})
    trained(recipe, [tiny.CALL % 77, HOSTILE["another tool"]], [ANSWER])
    told = [row["completion"][1]["content"][0]["text"] for row in table(recipe)[:2]]
    assert "there is no region 77" in told[0]
    assert "wish not found" in told[1]


def test_tokens_of_pictures_are_never_sampled(zoom_recipe: Any) -> None:
    trainer = grpo(Recipe.read(zoom_recipe(training={"generation_kwargs": {"suppress_tokens": [3]}})))
    tokenizer = trainer.processing_class.tokenizer
    tokens = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
    assert trainer.generation_config.suppress_tokens == [3, *tokenizer.convert_tokens_to_ids(tokens)]


FAULTY = '''
import time

from PIL import Image


class Shop:
    """Tools with faults, one a method."""

    def reset(self, **row: object) -> None: ...

    def hang(self) -> str:
        """Never come back."""
        time.sleep(3)
        return "late"

    def nothing(self) -> None:
        """Return nothing."""

    def many(self) -> list:
        """Show more pictures than there may be."""
        return [{"type": "image", "image": Image.new("L", (8, 8))}] * 5

    def huge(self) -> list:
        """Show a picture of more pixels than there may be."""
        return [{"type": "image", "image": Image.new("L", (2000, 2000))}]

    def address(self) -> list:
        """Show what is no picture."""
        return [{"type": "image", "image": "https://example.org/picture.png"}]

    def leave(self) -> str:
        """End the process."""
        raise SystemExit(3)
'''


def test_what_a_tool_does_wrong_is_a_turn_that_rewards_see(zoom_recipe: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(FAULTY)
    source = """\
def seen(completion: vr.Completion) -> float:
    turns = [turn["content"] for turn in completion.messages if turn["role"] == "tool"]
    return float(len(turns) == 1 and "error" in turns[0])
"""
    rewards(tmp_path, source)
    names = ["hang", "nothing", "many", "huge", "address", "leave", "hang", "many"]
    recipe = zoom_recipe(
        environment=f"{tmp_path}/shop.py:Shop",
        tool_seconds=0.2,
        training={"max_steps": 1, "max_completion_length": 200},
    )
    calls = [f'<tool_call>{{"name": "{name}", "arguments": {{}}}}</tool_call>' for name in names]
    trained(recipe, calls, [ANSWER])
    rows = table(recipe)
    assert [row["seen"] for row in rows] == [1.0] * 8
    told = [row["completion"][1]["content"][0]["text"] for row in rows]
    assert "took over 0.2 s" in told[0]
    assert all("the tool returned nothing, an empty image or none" in text for text in told[1:5])
    assert "SystemExit" in told[5]


@pytest.mark.parametrize(("length", "pictures"), [(18, 0), (60, 2)])
def test_a_picture_that_does_not_fit_ends_the_answer_without_it(zoom_recipe: Any, length: int, pictures: int) -> None:
    recipe = zoom_recipe(training={"max_steps": 1, "max_completion_length": length})
    trained(recipe, [LOOK, ANSWER], [LOOK], [ANSWER])
    looked = table(recipe)[0]["completion"]
    assert [turn["role"] for turn in looked] == ["assistant", *["tool", "assistant"] * pictures]
