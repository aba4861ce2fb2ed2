"""Two ranks decide together, whatever happens to a reward on one of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.trainers.ranks import on_two_ranks

HERE = Path(__file__).parent
MODES = ("raise", "hang", "kill")

PACK = """\
import os, signal
import vlm_rewards as vr

@vr.reward(range=(0.0, 1.0))
def grade(completion: vr.Completion) -> float:
    "Fails as the completion says."
    if completion.text == "raise":
        raise RuntimeError("down")
    while completion.text == "hang":
        pass
    if completion.text == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return 1.0

@vr.hookimpl
def vlm_rewards_register():
    return [grade]
"""


GROUPS = """\
import json, os, pathlib, signal
import vlm_rewards as vr

@vr.reward(range=(0.0, 1.0))
def place(group: list[vr.Completion], number: list[int]) -> list[float]:
    "Earns by its place in the group, writes down which prompts it came from, and ends one rank in the second step."
    path = pathlib.Path(__file__).with_name(f"groups{os.environ['RANK']}.jsonl")
    with path.open("a") as file:
        file.write(json.dumps(number) + "\\n")
    if os.environ["RANK"] == "1" and sum("," in line for line in path.read_text().splitlines()) == 2:
        os.kill(os.getpid(), signal.SIGTERM)
    return [place / len(group) for place in range(len(group))]

@vr.hookimpl
def vlm_rewards_register():
    return [place]
"""

# Four completions per prompt, in microbatches of two: a group is whole only across them.
TRAINING = {
    "max_steps": 4,
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 2,
    "num_generations": 4,
    "max_completion_length": 8,
    "learning_rate": 1e-3,
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
}


def plant(folder: Path, name: str, source: str) -> None:
    (folder / f"{name}_pack.py").write_text(source)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vlm_rewards]\n{name} = {name}_pack\n")


@pytest.fixture(scope="module")
def launched(digits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both ranks wrote what they decided in every mode, and how they trained: one launch for all of it."""
    from datasets import load_dataset

    folder = tmp_path_factory.mktemp("ranks")
    plant(folder, "faulty", PACK)
    plant(folder, "groups", GROUPS)
    rows = load_dataset("parquet", data_files=str(digits["train"]), split="train")
    rows.add_column("number", list(range(len(rows)))).to_parquet(folder / "train.parquet")
    (folder / "rewards.yaml").write_text("version: 1\nrewards: {place: {use: groups/place, isolation: inline}}\n")
    recipe = {
        "model": str(digits["model"]),
        "dataset": {"path": "parquet", "data_files": str(folder / "train.parquet")},
        "rewards": str(folder / "rewards.yaml"),
        "output_dir": str(folder / "out"),
        "training": TRAINING,
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    on_two_ranks(HERE / "two_ranks.py", folder, *MODES)
    return folder


@pytest.mark.parametrize("mode", MODES)
def test_both_ranks_stop_together(launched: Path, mode: str) -> None:
    first, other = ((launched / f"{mode}{rank}.txt").read_text().splitlines() for rank in (0, 1))
    assert first[0] == other[0] == "The error budget is spent"
    assert abs(float(first[1]) - float(other[1])) < 5


def test_two_ranks_train_alike_keep_groups_whole_and_end_together_on_a_signal_to_one(launched: Path) -> None:
    first, other = (json.loads((launched / f"rank{rank}.json").read_text()) for rank in (0, 1))
    assert first == other
    assert (first["steps"], first["ended"]) == (2, 143)
    assert (launched / "out/checkpoint-2/trainer_state.json").exists()
    assert first["rewards"] == pytest.approx([(0 + 1 + 2 + 3) / 4 / 4] * 2)
    lines = [line for rank in (0, 1) for line in (launched / f"groups{rank}.jsonl").read_text().splitlines()]
    groups = [json.loads(line) for line in lines if "," in line]  # rows one by one are the check of the references
    assert [len(group) for group in groups] == [4] * 4
    assert all(len(set(group)) == 1 for group in groups)
    assert len({group[0] for group in groups}) == 4  # no prompt went to both ranks
