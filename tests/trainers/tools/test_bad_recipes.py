"""What TRL cannot use is an error in its place, before a model is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import zoom_model as tiny
from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import Recipe, grpo, rloo
from vlm_rewards_trl.methods import online

FILE = '''
"""Environments and tools with faults."""


class Still:
    def reset(self, **row: object) -> None: ...


class Endless:
    def look(self) -> str:
        """Look."""
        return ""


class Dumb:
    def reset(self, **row: object) -> None: ...
    def look(self, where) -> str:
        return ""


class Broken:
    def reset(self, **row: object) -> None:
        raise KeyError("width")

    def look(self) -> str:
        """Look."""
        return ""


class Late(Broken):
    def __init__(self, key: str) -> None: ...


def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


def bare(where):
    return where


NUMBER = 5
'''


@pytest.fixture
def refused(zoom_recipe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "mine.py").write_text(FILE)
    (tmp_path / "worse.py").write_text("1 / 0\n")
    monkeypatch.setattr(
        "transformers.AutoModelForImageTextToText.from_pretrained", lambda *_, **__: pytest.fail("loaded")
    )

    def message(method: Any = grpo, **changes: Any) -> str:
        file = tmp_path / "recipe.yaml"
        from ruamel.yaml import YAML

        YAML().dump(zoom_recipe(**changes), file)
        with pytest.raises(ConfigError) as raised:
            method(Recipe.read(file))
        return str(raised.value)

    return message


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"environment": "mine.py:Zom"}, "environment: 'mine.py:Zom' is not there"),
        ({"environment": "worse.py:Zoom"}, "ZeroDivisionError"),
        ({"environment": "no_such_module.Zoom"}, "No module named 'no_such_module'"),
        ({"environment": ""}, "environment: '' is not there"),
        ({"environment": "mine.py:NUMBER"}, "it needs a class with reset and tools (); the tools of this are []"),
        (
            {"environment": "mine.py:Endless"},
            "it needs a class with reset and tools (); the tools of this are ['look']",
        ),
        ({"environment": "mine.py:Still"}, "it needs a class with reset and tools (); the tools of this are []"),
        ({"environment": "mine.py:Late"}, "it cannot be used: TypeError"),
        ({"environment": "mine.py:Dumb"}, "it cannot be used: DocstringParsingException"),
        ({"environment": "mine.py:Broken"}, "it cannot be used: KeyError: 'width'"),
        ({"tools": ["zom"]}, "reset and tools (zom); the tools of this are ['crop', 'zoom']"),
        ({"tools": ["zoom"], "environment": None}, "environment: '' is not there"),
        ({"tools": ["mine.py:nothing"], "environment": None}, "tools: 'mine.py:nothing' is not there"),
        ({"tools": ["mine.py:bare"], "environment": None}, "tools: it cannot be used: "),
        ({"tools": [5], "environment": None}, "tools[0]: input should be"),
        ({"rollout": "mine.py:nothing"}, "rollout: 'mine.py:nothing' is not there"),
        ({"tool_seconds": 0}, "tool_seconds: "),
    ],
)
def test_what_cannot_be_used_is_named(refused: Any, tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    assert told.format(folder=tmp_path) in refused(**changes)


def test_other_families_are_refused(refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.trainers.tiny_models import tiny_llava

    monkeypatch.setattr(online, "load_processor", lambda _: tiny_llava()[1])
    assert "tools are for models of the Qwen-VL family" in refused()


def test_a_template_without_turns_of_tools_is_refused(refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    processor = tiny.build()[1]
    processor.chat_template = processor.chat_template.replace("message['tool_calls'] or []", "[]")
    monkeypatch.setattr(online, "load_processor", lambda _: processor)
    assert "whose chat template writes calls and turns of tools" in refused()


def test_a_trainer_without_tools_is_refused(refused: Any) -> None:
    assert "RLOOTrainer of TRL cannot be built" in refused(rloo, training={"max_tool_calling_iterations": None})
