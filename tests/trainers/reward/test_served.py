"""A GRPO run whose rewards a server says, which is killed in the middle of a batch: faults, and no scores."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

import torch

from vlm_rewards import ScoredBatch, Status
from vlm_rewards.errors import ScoringError
from vlm_rewards_trl import Recipe, grpo
from vlm_rewards_trl.reward.function import RewardFunction
from vlm_rewards_trl.training.train import train

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

GUEST = Path(__file__).parents[3] / "examples" / "packs" / "vlm-rewards-remote" / "src"
LETTERS = """
import os, pathlib, signal
import vlm_rewards as vr

DEADLY = pathlib.Path(__file__).with_name("deadly")

@vr.reward(range=(0, 1))
def letters(completion: vr.Completion) -> float:
    "Counts letters; the third row of a deadly batch ends the server."
    if DEADLY.exists():
        DEADLY.write_text(DEADLY.read_text() + ".")
        if DEADLY.read_text() == "...":
            DEADLY.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    return len(completion.text) % 7 / 7
"""


class Server:
    """A server in a process of its own, whose every start has the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.process = folder, "0", None
        (folder / "letters.py").write_text(LETTERS)
        (folder / "served.yaml").write_text(
            "version: 1\nrewards:\n  it: {use: ./letters.py:letters, isolation: inline}\n"
        )
        self.start()

    process: subprocess.Popen[str] | None

    def start(self) -> None:
        command = [sys.executable, "-m", "vlm_rewards", "serve", "served.yaml", "--port", self.port]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.folder)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert " at http://" in line, line
        self.address = line.split()[-1]
        self.port = self.address.rpartition(":")[2]

    def stop(self) -> int:
        assert self.process is not None
        self.process.kill()
        self.process.communicate()
        return self.process.returncode


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    info = tmp_path / "site" / "remote-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: remote\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vlm_rewards]\nremote = vlm_rewards_remote\n")
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.syspath_prepend(str(GUEST))
    started = Server(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def recipe(digits: dict[str, Path], tmp_path: Path, server: Server) -> Any:
    """A function that makes a recipe of five batches of 8 rows, under a server and an error budget."""

    def make(max_rate: float, **training: Any) -> dict[str, Any]:
        (tmp_path / "rewards.yaml").write_text(
            "version: 1\nrewards:\n"
            f"  it: {{use: remote/score, params: {{server: '{server.address}', deadline: 5, pause: 0}}}}\n"
            f"on_error: {{policy: skip_row, max_rate: {max_rate}}}\n"
        )
        return {
            "model": str(digits["model"]),
            "dataset": {"path": "parquet", "data_files": str(digits["train"])},
            "rewards": str(tmp_path / "rewards.yaml"),
            "output_dir": str(tmp_path / "out"),
            "training": {
                "max_steps": 5,
                "per_device_train_batch_size": 8,
                "num_generations": 4,
                "max_completion_length": 8,
                "learning_rate": 0.1,
                "lr_scheduler_type": "constant",
                "optim": "sgd",
                "report_to": "none",
                "save_strategy": "no",
                "disable_tqdm": True,
                **training,
            },
        }

    return make


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], None]], list[ScoredBatch]]:
    """A function that is told what to do before each batch, and keeps what the batches earned; all is looked at."""
    plain = RewardFunction.score

    def watch(before: Callable[[int], None]) -> list[ScoredBatch]:
        seen: list[ScoredBatch] = []

        def watched(self: RewardFunction, prompts: Any, completions: Any, *args: Any, **kwargs: Any) -> ScoredBatch:
            before(len(seen))
            batch = plain(self, prompts, completions, *args, **kwargs)
            seen.append(batch)
            right = [len(completion[0]["content"]) % 7 / 7 for completion in completions]
            assert batch.totals in ([None] * len(right), right)
            return batch

        monkeypatch.setattr(RewardFunction, "score", watched)
        return seen

    return watch


def test_the_rows_of_a_killed_server_are_faults_that_move_nothing_and_the_run_goes_on(
    recipe: Any, server: Server, scored: Any, tmp_path: Path
) -> None:
    weights: list[torch.Tensor] = []
    codes: list[int] = []

    def before(batch: int) -> None:
        weights.append(torch.cat([weight.detach().flatten() for weight in trainer.model.parameters()]))
        if batch == 2:
            (tmp_path / "deadly").write_text("")
        if batch == 4:
            codes.append(server.stop())
            server.start()

    seen = scored(before)
    trainer = grpo(Recipe.read(recipe(1.0)))
    trainer.train()
    weights.append(torch.cat([weight.detach().flatten() for weight in trainer.model.parameters()]))
    assert codes == [-9]
    assert not (tmp_path / "deadly").exists()  # the server ended in the middle of a batch
    lost = [batch.terms["it"].counts == {Status.FAILED: 8} for batch in seen]
    assert lost == [False, False, True, True, False]
    assert [batch.totals == [None] * 8 for batch in seen] == lost
    assert [torch.equal(*pair) for pair in pairwise(weights)] == lost


def test_a_run_ends_by_its_error_budget_and_resumes_when_the_server_is_back(
    recipe: Any, server: Server, scored: Any, tmp_path: Path
) -> None:
    seen = scored(lambda batch: (tmp_path / "deadly").write_text("") if batch == 2 else None)
    run = recipe(0.05, save_strategy="steps", save_steps=1)
    with pytest.raises(ScoringError, match=r"(?s)The error budget is spent.*does not answer"):
        train("grpo", run)
    assert [batch.totals == [None] * 8 for batch in seen] == [False, False, True]
    assert server.stop() == -9
    server.start()
    more = scored(lambda _: None)
    train("grpo", run, resume_from_checkpoint=True)
    assert len(more) == 2
    assert all(None not in batch.totals for batch in more)
