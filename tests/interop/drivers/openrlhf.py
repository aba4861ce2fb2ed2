"""OpenRLHF: its executor of single turns loads the exported file, and reads what an engine generates."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

from tests.interop.driving import FOLDER, bare, drive
from vlm_rewards.export import prepare

END = "<|im_end|>"


class Ids(list[int]):
    def tolist(self) -> list[int]:
        return list(self)


class Letters:
    """A tokenizer: a token is a letter, and the last one ends an answer."""

    def __call__(self, *, text: str, **_: Any) -> dict[str, Any]:
        return {"input_ids": [Ids(map(ord, text))]}

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join(END if token == 0 else chr(token) for token in ids)


class Engine:
    def __init__(self) -> None:
        self.answer = ""

    async def generate(self, *_: Any, **__: Any) -> Any:
        ids = [*map(ord, self.answer), 0]
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, finish_reason="stop", logprobs=None)])


def main() -> None:
    bare("openrlhf", "openrlhf.utils")
    executor = importlib.import_module("openrlhf.utils.agent").SingleTurnAgentExecutor
    single = executor(str(FOLDER / "openrlhf_rewards.py"))
    sampling, engine = SimpleNamespace(max_tokens=500, logprobs=None), Engine()

    async def ask(row: dict[str, Any]) -> Any:
        engine.answer = row.pop("completion")
        label = prepare(row, "openrlhf")["label"]
        output = await single.execute(row["prompt"], label, sampling, 10_000, Letters(), engine)
        return output["reward"]

    drive(version("openrlhf"), ask)


if __name__ == "__main__":
    main()
