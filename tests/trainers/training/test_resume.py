"""A finished step is never lost: a run that was stopped and goes on ends where one that was not stopped ends."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForImageTextToText

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import sft
from vlm_rewards_trl.methods.callbacks import RecordCallback
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.training.resume import checkpoint_of
from vlm_rewards_trl.training.train import train

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def saving(recipe: Make, tmp_path: Path) -> Make:
    """A function that makes a recipe which learns something at every step and saves every second one."""

    def make(out: str, data: str = "sft", **training: Any) -> dict[str, Any]:
        made = recipe(data, output_dir=str(tmp_path / out))
        (tmp_path / "rewards.yaml").write_text(
            "version: 1\nallow_imports: true\n"
            'rewards: {letters: {use: "trl:tests.trainers.tiny_models.upper_half", range: [0, 1]}}\n'
        )
        often = {"save_strategy": "steps", "save_steps": 2, "learning_rate": 1e-3, "lr_scheduler_type": "constant"}
        made["training"] |= often | training
        return made

    return make


def weights(folder: Path) -> dict[str, torch.Tensor]:
    held: dict[str, torch.Tensor] = AutoModelForImageTextToText.from_pretrained(folder).state_dict()
    return held


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("method", "data", "lora"), [("sft", "sft", False), ("grpo", "train", False), ("sft", "sft", True)]
)
def test_a_resumed_run_ends_where_an_unbroken_one_does(saving: Make, method: str, data: str, *, lora: bool) -> None:
    adapted: dict[str, Any] = {"lora": {"r": 2, "init_lora_weights": False}} if lora else {}
    unbroken = train(method, {**saving("unbroken", data), **adapted}, max_steps=4)
    first = train(method, {**saving("broken", data), **adapted}, max_steps=2)
    half = weights(first)
    last = train(method, {**saving("broken", data), **adapted}, max_steps=4, resume_from_checkpoint=True)
    assert not same(weights(last), half)
    assert same(weights(last), weights(unbroken))


def test_a_trainer_of_an_adapter_resumes_as_the_verb_does(saving: Make) -> None:
    unbroken = sft(Recipe.read(saving("unbroken"), max_steps=4))
    unbroken.train()
    sft(Recipe.read(saving("broken"), max_steps=2)).train()
    resumed = sft(Recipe.read(saving("broken"), max_steps=4))
    resumed.train(resume_from_checkpoint=str(Path(resumed.args.output_dir) / "checkpoint-2"))
    assert same(resumed.model.state_dict(), unbroken.model.state_dict())


def test_the_best_model_is_the_one_that_is_saved(
    saving: Make, digits: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    # The learning rate grows until the model is worse than it was.
    best = {
        "eval_strategy": "steps",
        "eval_steps": 2,
        "load_best_model_at_end": True,
        "max_steps": 4,
        "learning_rate": 1.0,
    }
    made = saving("out", **best)
    made["eval_dataset"] = {"path": "parquet", "data_files": str(digits["sft"]), "limit": 8}
    out = train("sft", made)
    state = json.loads((out / "checkpoint-4" / "trainer_state.json").read_text())
    assert Path(state["best_model_checkpoint"]).name == "checkpoint-2"
    assert same(weights(out), weights(out / "checkpoint-2"))
    assert not same(weights(out), weights(out / "checkpoint-4"))
    assert "There were" not in caplog.text  # missing or unexpected keys


@pytest.fixture
def finished(saving: Make) -> Path:
    """The folder of a run with the checkpoints 2 and 4."""
    return train("sft", saving("out", max_steps=4))


class TestCutOffs:
    @pytest.mark.parametrize("state", [None, "", '{"epoch": 1'])
    def test_a_checkpoint_that_was_cut_off_is_passed_over(
        self, saving: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, state: str | None
    ) -> None:
        for step in (2, 10):
            folder = tmp_path / "out" / f"checkpoint-{step}"
            folder.mkdir(parents=True)
            (folder / "trainer_state.json").write_text("{}")
        cut = tmp_path / "out" / "checkpoint-10" / "trainer_state.json"
        cut.unlink() if state is None else cut.write_text(state)
        found = checkpoint_of(Recipe.read(saving("out"), resume_from_checkpoint=True), "sft")
        assert found == str(tmp_path / "out" / "checkpoint-2")
        assert "checkpoint-10 was not written to its end, and is passed over" in caplog.text
        shutil.rmtree(tmp_path / "out" / "checkpoint-2")
        with pytest.raises(ConfigError, match="holds no checkpoint"):
            checkpoint_of(Recipe.read(saving("out"), resume_from_checkpoint=True), "sft")

    def test_one_that_cannot_be_read_is_not_the_one_to_go_on_from(
        self, saving: Make, finished: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (finished / "checkpoint-4" / "optimizer.pt").write_bytes(b"PK")
        with pytest.raises(ConfigError, match=r"checkpoint-4 cannot be read: .* Name an older one"):
            train("sft", saving("out", max_steps=6), resume_from_checkpoint=True)
        assert "Go on from" not in caplog.text

    def test_parts_that_cannot_be_read_are_named(self, saving: Make, finished: Path) -> None:
        for name, part in PARTS.items():
            file = finished / "checkpoint-4" / name
            whole = file.read_bytes()
            file.write_bytes(whole[: len(whole) // 2])
            trainer = sft(Recipe.read(saving("out", max_steps=6)))
            with pytest.raises(ConfigError, match=f"{part}.*of the checkpoint .*checkpoint-4 cannot be read.*older"):
                trainer.train(resume_from_checkpoint=str(file.parent))
            file.write_bytes(whole)

    @pytest.mark.parametrize(
        ("name", "part"),
        [("optimizer.pt", "optimiser"), ("scheduler.pt", "optimiser"), ("rng_state.pth", "chain of random numbers")],
    )
    def test_parts_that_are_not_there_are_told(
        self, saving: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, part: str
    ) -> None:
        folder = tmp_path / "out" / "checkpoint-2"
        folder.mkdir(parents=True)
        (folder / "trainer_state.json").write_text("{}")
        others = {"optimizer.pt", "scheduler.pt", "rng_state.pth"} - {name}
        for other in others:
            (folder / other).touch()
        read = Recipe.read(saving("out"), resume_from_checkpoint=True)
        checkpoint_of(read, "sft")
        assert f"checkpoint-2 has no '{name}', so the {part} starts anew." in caplog.text
        assert not any(f"'{other}'" in caplog.text for other in others)

    @pytest.mark.parametrize("layout", [("optimizer.bin", "rng_state_0.pth"), ("optimizer_0/x", "rng_state_1.pth")])
    def test_parts_under_the_names_of_several_processes_are_there(
        self, saving: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, layout: tuple[str, ...]
    ) -> None:
        folder = tmp_path / "out" / "checkpoint-2"
        for name in ("trainer_state.json", "scheduler.pt", *layout):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("{}")
        checkpoint_of(Recipe.read(saving("out"), resume_from_checkpoint=True), "sft")
        assert "starts anew" not in caplog.text


#: What a checkpoint holds, and what its parts are called.
PARTS = {
    "model.safetensors": "weights",
    "optimizer.pt": "optimizer",
    "scheduler.pt": "scheduler",
    "rng_state.pth": "random numbers",
}


def test_a_run_beside_another_ones_checkpoints_is_warned(
    saving: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "out" / "checkpoint-2").mkdir(parents=True)
    with caplog.at_level(logging.WARNING):
        assert checkpoint_of(Recipe.read(saving("out")), "sft") is None
    assert "holds checkpoint-2 of an earlier run, and this run starts anew beside it" in caplog.text
    assert "--set resume_from_checkpoint=true" in caplog.text


@pytest.mark.parametrize(("step", "told"), [(1, "before the first checkpoint"), (3, "Go on from .*checkpoint-2 with")])
def test_a_run_that_is_stopped_says_how_it_goes_on(
    saving: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: int, told: str
) -> None:
    def press(self: Any, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == step:
            raise KeyboardInterrupt

    monkeypatch.setattr(RecordCallback, "on_step_end", press)
    with pytest.raises(KeyboardInterrupt):
        train("sft", saving("out", max_steps=4))
    assert re.search(f"Stopped after step {step}.*{told}", caplog.text)


def test_sigterm_writes_a_checkpoint_and_the_run_goes_on_from_it(
    saving: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def end(self: Any, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == 2:  # in the third step
            os.kill(os.getpid(), signal.SIGTERM)

    unbroken = train("sft", saving("unbroken", max_steps=4))
    former = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(RecordCallback, "on_step_begin", end)
    with pytest.raises(SystemExit, match="143"):
        train("sft", saving("out", max_steps=4))
    monkeypatch.undo()
    assert signal.getsignal(signal.SIGTERM) is former
    assert re.search("Stopped after step 3. Go on from .*checkpoint-3 with", caplog.text)
    last = train("sft", saving("out", max_steps=4), resume_from_checkpoint=True)
    assert same(weights(last), weights(unbroken))


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), ValueError("I/O error: No space left on device (os error 28)")],
)
def test_a_full_disk_is_one_line_and_the_run_goes_on_once_there_is_space(
    saving: Make, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    save = torch.save

    def full(what: Any, file: Any, *more: Any, **options: Any) -> None:
        if "checkpoint-4" in str(file):
            raise error
        save(what, file, *more, **options)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(ConfigError, match=r"is full; free .* Go on from .*checkpoint-2"):
        train("sft", saving("out", max_steps=4))
    monkeypatch.undo()
    assert (train("sft", saving("out", max_steps=4), resume_from_checkpoint=True) / "config.json").is_file()


def test_other_errors_are_not_taken_for_a_full_disk(saving: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("key")

    monkeypatch.setattr(RecordCallback, "on_save", fail)
    with pytest.raises(KeyError):
        train("sft", saving("out", max_steps=2))
