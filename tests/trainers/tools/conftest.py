"""The tiny Qwen3-VL of the zoom example with random weights, its rows, and a recipe of two steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Features, Image, List, Value

from tests.benchmarks import zoom_model as tiny
from vlm_rewards_trl.methods import online

EXAMPLE = Path(__file__).parents[3] / "examples/zoom"


@pytest.fixture(scope="session")
def zoom_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoom")
    tiny.build()[0].save_pretrained(folder / "model")
    text = Value("string")
    features = Features(
        {"prompt": List({"role": text, "content": text}), "image": Image(), "solution": text, "region": Value("int64")}
    )
    Dataset.from_dict(tiny.rows(16, split="train", seed=0), features=features).to_parquet(folder / "rows.parquet")
    return folder


@pytest.fixture
def zoom_recipe(zoom_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that makes a recipe, with parts of it replaced; the processor is the example's own."""
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    monkeypatch.setattr(online, "load_processor", lambda _: tiny.build()[1])
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards:\n  right: {use: vqa/exact}\n")

    def make(**changes: Any) -> dict[str, Any]:
        made: dict[str, Any] = {
            "model": str(zoom_model / "model"),
            "dataset": {"path": "parquet", "data_files": str(zoom_model / "rows.parquet")},
            "rewards": str(tmp_path / "rewards.yaml"),
            "environment": f"{EXAMPLE}/zoom.py:Zoom",
            "output_dir": str(tmp_path / "out"),
            "training": {
                "max_steps": 2,
                "per_device_train_batch_size": 8,
                "num_generations": 4,
                "max_completion_length": 40,
                "max_tool_calling_iterations": 2,
                "logging_steps": 1,
                "save_strategy": "no",
                "report_to": "none",
                "disable_tqdm": True,
            },
        }
        for name, value in changes.items():
            made[name] = {**made[name], **value} if isinstance(made.get(name), dict) else value
        made["training"] = {name: value for name, value in made["training"].items() if value is not None}
        return {name: value for name, value in made.items() if value is not None}

    return make
