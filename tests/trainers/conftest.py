"""The embedded model and its pictures, built once per session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Paths of an untrained model and of small data files."""
    from vlm_rewards_digits import build_model, write_data

    folder = tmp_path_factory.mktemp("digits")
    files = write_data(folder / "data", n_sft=64, n_train=64, n_test=12)
    return {"model": build_model(folder / "model"), "pairs": _pairs(folder, files["test"]), **files}


@pytest.fixture(scope="session", params=["llava", "idefics3", "gemma3"])
def tiny_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of each family, as small as it gets."""
    from tests.trainers.tiny_models import build

    return build(request.param, tmp_path_factory.mktemp(request.param))


def _pairs(folder: Path, prompts: Path) -> Path:
    """Preferences of a right answer in the right form over a bare one; the answers are texts."""
    from datasets import load_dataset

    rows = load_dataset("parquet", data_files=str(prompts), split="train")
    chosen = [f"<think>.</think><answer>{solution}</answer>" for solution in rows["solution"]]
    made = rows.add_column("chosen", chosen).add_column("rejected", list(rows["solution"]))
    made.to_parquet(folder / "pairs.parquet")
    return folder / "pairs.parquet"


@pytest.fixture
def recipe(digits: dict[str, Path], tmp_path: Path) -> Any:
    """A function that makes a recipe of two steps for the embedded model, with parts of it replaced."""

    def make(data: str = "train", **changes: Any) -> dict[str, Any]:
        small = {
            "max_steps": 2,
            "per_device_train_batch_size": 8,
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
        }
        online = {"num_generations": 4, "max_completion_length": 8}
        made: dict[str, Any] = {
            "model": str(digits["model"]),
            "dataset": {"path": "parquet", "data_files": str(digits[data])},
            "rewards": str(tmp_path / "rewards.yaml"),
            "output_dir": str(tmp_path / "out"),
            "training": small | online if data == "train" else small,
        }
        (tmp_path / "rewards.yaml").write_text(REWARDS)
        return made | changes

    return make


REWARDS = """\
version: 1
rewards:
  format: {use: format/tag_count, weight: 0.2}
  answer: {use: math/answer, when: {column: task, in: [sum, count]}}
  box: {use: grounding/box_iou, when: {column: task, in: [box]}}
"""
