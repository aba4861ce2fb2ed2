"""Runs that sample by a plan see the same rows and end with the same weights after a resume, on one and two ranks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.trainers.ranks import on_two_ranks
from tests.trainers.tiny_models import build
from vlm_rewards_trl.training.train import train

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]
STEPS, HALF = 8, 4


def lessons(completions: list[list[dict[str, str]]], number: list[int], **_: Any) -> list[float]:
    """A reward of TRL's convention that teaches by prompts of odd numbers alone."""
    texts = [turns[0]["content"] for turns in completions]
    return [odd % 2 * sum(map(ord, text)) % 97 / 97 for odd, text in zip(number, texts, strict=True)]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A function that makes a recipe of a plan over twelve prompts, whose checkpoint in the middle is kept."""
    import datasets
    from PIL import Image

    folder = tmp_path_factory.mktemp("planned")
    rows = {
        "prompt": [f"What is {number}?" for number in range(12)],
        "number": list(range(12)),
        "image": [Image.new("RGB", (28, 28), (20 * number, 0, 0)) for number in range(12)],
    }
    datasets.Dataset.from_dict(rows).cast_column("image", datasets.Image()).to_parquet(folder / "rows.parquet")
    term = {"use": "trl:tests.trainers.training.test_sampling.lessons", "range": [0, 1]}
    (folder / "rewards.yaml").write_text(json.dumps({"version": 1, "allow_imports": True, "rewards": {"all": term}}))
    build("llava", folder / "llava")

    def make(out: str, **training: Any) -> dict[str, Any]:
        usual = {
            "max_steps": STEPS,
            "per_device_train_batch_size": 8,
            "num_generations": 2,
            "max_completion_length": 4,
            "learning_rate": 1e-2,
            "lr_scheduler_type": "constant",
            "save_steps": HALF,
            "logging_steps": 1,
            "report_to": "none",
            "disable_tqdm": True,
        }
        return {
            "model": str(folder / "llava"),
            "dataset": {"path": "parquet", "data_files": str(folder / "rows.parquet")},
            "rewards": str(folder / "rewards.yaml"),
            "output_dir": str(folder / out),
            "sampling": {"skip_solved": 1, "rest": 3},
            "training": usual | training,
        }

    return make


def plan_of(folder: Path) -> dict[str, Any]:
    state = json.loads((folder / f"checkpoint-{STEPS}" / "trainer_state.json").read_text())
    held: dict[str, Any] = state["stateful_callbacks"]["SamplingPlan"]
    return held


def check_plan(plan: dict[str, Any]) -> None:
    """Every prompt came, and those that teach nothing more seldom."""
    visits = [sum(row in taken for taken in plan["plans"]) for row in range(12)]
    assert min(visits) >= 1
    assert max(visits[::2]) < min(visits[1::2])
    assert any(plan["flat"][::2])
    assert not any(plan["flat"][1::2])


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("grpo", {}),
        pytest.param("rloo", {"gradient_accumulation_steps": 2}, marks=pytest.mark.slow),
        pytest.param("gspo", {"per_device_train_batch_size": 2}, marks=pytest.mark.slow),
        pytest.param("grpo", {"num_iterations": 2}, marks=pytest.mark.slow),
        pytest.param(
            "grpo",
            {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 2, "steps_per_generation": 1},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_resumed_run_takes_the_same_prompts_to_the_same_weights(
    planned: Make, method: str, given: dict[str, Any]
) -> None:
    name = f"{method}{len(str(given))}"
    whole = train(method, planned(name, **given))
    last = train(method, planned(f"{name}_on", **given), resume_from_checkpoint=str(whole / f"checkpoint-{HALF}"))
    assert plan_of(last) == plan_of(whole)
    assert (last / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    if method == "grpo" and not given:
        check_plan(plan_of(whole))


def test_two_ranks_share_a_plan_that_goes_on_after_a_resume(planned: Make, tmp_path: Path) -> None:
    half = {"per_device_train_batch_size": 4}  # of the prompts of a generation on each rank
    runs = [planned("ranks", **half), planned("ranks_on", **half)]
    whole, on = (Path(run["output_dir"]) for run in runs)
    checkpoints = (None, str(whole / f"checkpoint-{HALF}"))
    made = [
        {"method": "grpo", "recipe": run, "way": "ddp", "resumed": checkpoint}
        for run, checkpoint in zip(runs, checkpoints, strict=True)
    ]
    (tmp_path / "runs.json").write_text(json.dumps(made))
    on_two_ranks(Path(__file__).with_name("spread_runs.py"), tmp_path)
    assert plan_of(on) == plan_of(whole)
    check_plan(plan_of(whole))
    one, other = (torch.load(folder / "run.pt") for folder in (whole, on))
    assert other["steps"] == list(range(HALF + 1, STEPS + 1))
    assert all(torch.equal(weight, other["weights"][name]) for name, weight in one["weights"].items())
