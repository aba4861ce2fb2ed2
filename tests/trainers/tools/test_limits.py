"""What a tool does wrong is an error that TRL tells the model, whatever it is."""

from __future__ import annotations

import asyncio
import inspect
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vlm_rewards_trl import Recipe
from vlm_rewards_trl.tools import limited, tools_of

PICTURE = {"type": "image", "image": Image.new("L", (10, 10))}


def result(value: Any) -> Any:
    return limited(lambda: value, 5)()


def texts(*said: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in said]


@pytest.mark.parametrize(("value", "text"), [(5, "5"), ("seven", "seven"), ({"a": 1}, "{'a': 1}"), ([1, 2], "[1, 2]")])
def test_plain_values_are_texts(value: Any, text: str) -> None:
    assert result(value) == texts(text)


def test_pictures_come_back_in_rgb_alone_or_in_blocks() -> None:
    for value in (PICTURE["image"], [PICTURE]):
        block = result(value)[0]
        assert (block["type"], block["image"].mode, block["image"].size) == ("image", "RGB", (10, 10))
    assert result([PICTURE, {"type": "text", "text": 5}])[1:] == texts("5")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "",
        [{"type": "image"}],
        [{"type": "image", "image": "picture.png"}],
        [PICTURE] * 5,
        [PICTURE, {"type": "image", "image": None}],
        [{"type": "image", "image": Image.new("L", (1025, 1024))}],
        [{"type": "image", "image": Image.new("L", (0, 10))}],
        [{"type": "image", "image": Image.new("L", (201, 2))}],
        "x" * 100_001,
        texts("x" * 50_001, "x" * 50_000),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_content_or_too_much_is_an_error(value: Any) -> None:
    with pytest.raises(RuntimeError, match="the tool returned nothing, an empty image or none"):
        result(value)


def test_a_file_that_ends_early_is_an_error(tmp_path: Path) -> None:
    Image.effect_noise((64, 64), 50).save(tmp_path / "whole.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:900])
    with Image.open(tmp_path / "half.png") as half, pytest.raises(RuntimeError):
        result(half)


def test_what_a_tool_raises_is_an_error() -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        limited(lambda: 1 // 0, 5)()
    with pytest.raises(RuntimeError, match="SystemExit"):
        limited(leave, 5)()


def test_a_tool_that_hangs_is_left_behind() -> None:
    opened = threading.Event()
    with pytest.raises(TimeoutError, match=r"over 0\.1 s"):
        limited(opened.wait, 0.1)()
    opened.set()


def test_a_tool_may_be_async() -> None:
    async def look(region: int) -> str:
        await asyncio.sleep(0)
        return f"region {region}"

    tool = limited(look, 5)
    assert tool(region=3) == texts("region 3")
    assert list(inspect.signature(tool).parameters) == ["region"]


SHOP = """
class Shop:
    def reset(self, **row: object) -> None:
        self.visits = 0

    def enter(self) -> int:
        self.visits += self.more()
        return self.visits

    def more(self) -> int:
        return 2

    def get_reward(self) -> float:
        return self.visits / 2
"""


def functions(folder: Path, *names: str) -> tuple[Any, set[str]]:
    """The class of environments of a recipe that names these tools, and its functions."""
    (folder / "shop.py").write_text(SHOP)
    given = {"model": "m", "dataset": {"path": "json"}, "output_dir": "o", "environment": f"{folder}/shop.py:Shop"}
    kind = tools_of(Recipe.read({**given, "tools": list(names)}))["environment_factory"]
    return kind, {name for name, _ in inspect.getmembers(kind, inspect.isfunction)}


def test_methods_that_are_not_named_are_no_tools_and_tools_can_use_them(tmp_path: Path) -> None:
    assert functions(tmp_path)[1] == {"reset", "enter", "more", "get_reward"}
    kind, found = functions(tmp_path, "enter")
    assert found == {"reset", "enter", "get_reward"}
    shop = kind()
    shop.reset(image=None)
    assert [shop.enter(), shop.enter()] == [texts("2"), texts("4")]
    assert (shop.get_reward(), type(shop).__name__) == (2.0, "Shop")
