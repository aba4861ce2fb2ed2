"""Every checkpoint and model card says under which rewards it was trained, and resuming under others says so."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
import trl
from jinja2 import Template

from vlm_rewards import load_scorer
from vlm_rewards.errors import ConfigError
from vlm_rewards_trl.recipe.provenance import RECORD, REWARDS, Provenance
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.training.resume import checkpoint_of
from vlm_rewards_trl.training.train import train

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def resumable(recipe: Make) -> Callable[..., dict[str, Any]]:
    def make(**training: Any) -> dict[str, Any]:
        made = recipe()
        made["training"] |= {"save_strategy": "steps", "save_steps": 2, **training}
        return made

    return make


@pytest.fixture
def checkpoint(resumable: Make, tmp_path: Path) -> Path:
    """A folder that looks like a checkpoint of the recipe after two steps."""
    folder = tmp_path / "out" / "checkpoint-2"
    folder.mkdir(parents=True)
    (folder / "trainer_state.json").write_text("{}")
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        (folder / name).touch()
    Provenance.of(Recipe.read(resumable()), "grpo").write(folder)
    return folder


def test_checkpoint_and_card_hold_the_rewards_and_a_run_goes_on_from_them(resumable: Make, tmp_path: Path) -> None:
    out = train("grpo", resumable())
    record = json.loads((out / "checkpoint-2" / RECORD).read_text())
    assert record["method"] == "grpo"
    assert record["rewards"]["rewards"]["format"]["weight"] == 0.2
    assert record["packs"].keys() == {"format", "math", "grounding"}
    assert record == json.loads((out / RECORD).read_text())
    assert load_scorer(out / "checkpoint-2" / REWARDS).order == ("format", "answer", "box")
    card = (out / "README.md").read_text()
    assert card.count("## Rewards") == 1
    assert record["digest"] in card
    assert "GRPO" in card.partition("## Rewards")[0]

    went_on = train("grpo", resumable(max_steps=3, resume_from_checkpoint=True, save_steps=1))
    state = json.loads((went_on / "checkpoint-3" / "trainer_state.json").read_text())
    assert [entry["step"] for entry in state["log_history"] if "loss" in entry] == [1, 2, 3]


def test_completions_are_logged_with_a_column_per_term_and_not_printed(
    recipe: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    from datasets import Dataset

    out = train("grpo", recipe())
    table = Dataset.from_parquet(str(out / "completions" / "completions_00002.parquet"))
    assert {"completion", "format", "format_reason", "answer", "box_reason", "advantage"} <= set(table.column_names)
    assert "Advantage" not in capfd.readouterr().out


def test_unchanged_rewards_are_silent(resumable: Make, checkpoint: Path, caplog: pytest.LogCaptureFixture) -> None:
    read = Recipe.read(resumable(resume_from_checkpoint=str(checkpoint)))
    assert checkpoint_of(read, "grpo") == str(checkpoint)
    assert checkpoint_of(Recipe.read(resumable(), resume_from_checkpoint=True), "grpo") == str(checkpoint)
    assert not caplog.records
    assert checkpoint_of(Recipe.read(resumable()), "grpo") is None


def test_changed_rewards_are_said_term_by_term(
    resumable: Make, checkpoint: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    read = Recipe.read(resumable(resume_from_checkpoint=True))
    (tmp_path / "rewards.yaml").write_text(
        "version: 1\n"
        "rewards:\n"
        "  format: {use: format/tag_count, weight: 0.5}\n"
        "  answer: {use: math/answer, when: {column: task, in: [sum]}}\n"
        "  length: {use: format/boxed}\n"
    )
    record = json.loads((checkpoint / RECORD).read_text())
    record["packs"]["math"] = "vlm-rewards 0.0.1"
    (checkpoint / RECORD).write_text(json.dumps(record))
    with caplog.at_level(logging.WARNING):
        checkpoint_of(read, "grpo")
    (message,) = caplog.messages
    assert "rewards.format.weight: 0.2 -> 0.5" in message
    assert "rewards.answer.when.in: ['sum', 'count'] -> ['sum']" in message
    assert "rewards.box: " in message
    assert "was removed" in message
    assert "rewards.length: {'use': 'format/boxed'} is new" in message
    assert "packs installed.math: 'vlm-rewards 0.0.1' -> 'vlm-rewards" in message


def test_another_dataset_and_a_missing_record_are_warnings(
    resumable: Make, checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = resumable(resume_from_checkpoint=True)
    made["dataset"]["limit"] = 8
    checkpoint_of(Recipe.read(made), "grpo")
    (checkpoint / RECORD).unlink()
    checkpoint_of(Recipe.read(made), "grpo")
    first, second = caplog.messages
    assert "not the one that" in first
    assert "has no record" in second


def test_a_checkpoint_of_another_run_is_refused_before_a_model_is_loaded(
    resumable: Make, checkpoint: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"training.resume_from_checkpoint: .*another run: grpo of .*, not gspo of"):
        train("gspo", resumable(resume_from_checkpoint=True))
    with pytest.raises(ConfigError, match=r"another run: grpo of .*, not grpo of 'other/model'"):
        train("grpo", {**resumable(resume_from_checkpoint=True), "model": "other/model"})
    with pytest.raises(ConfigError, match=r"no checkpoint to resume from: '.*nowhere' is none"):
        train("grpo", resumable(resume_from_checkpoint=str(tmp_path / "nowhere")))
    with pytest.raises(ConfigError, match=r"no checkpoint to resume from: '.*' holds no checkpoint"):
        train("grpo", {**resumable(), "output_dir": str(tmp_path)}, resume_from_checkpoint=True)
    (checkpoint / RECORD).write_text("[]")
    with pytest.raises(ConfigError, match=r"the record cannot be read"):
        train("grpo", resumable(resume_from_checkpoint=True))


def test_the_hash_depends_on_rewards_and_packs_alone(resumable: Make, tmp_path: Path) -> None:
    read, longer = Recipe.read(resumable()), Recipe.read(resumable(max_steps=9))
    digest = Provenance.of(read, "grpo").digest
    assert Provenance.of(longer, "rloo").digest == digest
    other = (tmp_path / "rewards.yaml").read_text().replace("weight: 0.2", "weight: 0.3")
    (tmp_path / "rewards.yaml").write_text(other)
    assert Provenance.of(read, "grpo").digest != digest


def test_the_hash_depends_on_the_files_that_rewards_stand_in(resumable: Make, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("import vlm_rewards as vr\n@vr.reward(range=(0, 1))\ndef own(completion): return 0.5\n")
    read = Recipe.read(resumable())
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards:\n  own: {use: './mine.py:own'}\n")
    before = Provenance.of(read, "grpo")
    mine.write_text(mine.read_text().replace("0.5", "0.6"))
    now = Provenance.of(read, "grpo")
    assert now.digest != before.digest
    assert [change.partition(":")[0] for change in before.changes(now)] == ["packs installed../mine.py"]


def test_a_card_is_updated_once_and_keeps_its_text(recipe: Make, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    made = recipe("sft")
    del made["rewards"]
    provenance = Provenance.of(Recipe.read(made), "sft")
    provenance.update_model_card(card)
    card.write_text("# Mine\n\n" + card.read_text())
    provenance.update_model_card(card)
    text = card.read_text()
    assert text.startswith("# Mine\n")
    assert text.count("## Rewards") == 1
    assert "`sft` with vlm-rewards" in text


def test_its_quick_start_is_code_with_a_picture(recipe: Make, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    values = {"base_model": None, "hub_model_id": None, "card_data": "", "model_name": "it"}
    card.write_text(Template((Path(trl.__file__).parent / "templates/lm_model_card.md").read_text()).render(values))
    Provenance.of(Recipe.read(recipe()), "grpo").update_model_card(card)
    text = card.read_text()
    called: list[Any] = []

    def generator(**given: Any) -> list[dict[str, str]]:
        called.append(given)
        return [{"generated_text": "A cat."}]

    def pipeline(*task: str, **more: str) -> Any:
        called.append((task, more))
        return generator

    with patch.dict(sys.modules, {"transformers": SimpleNamespace(pipeline=pipeline)}):
        exec(text.partition("```python\n")[2].partition("```")[0], {})
    assert called[0] == (("image-text-to-text",), {"model": str(tmp_path), "device_map": "auto"})
    (user,) = called[1]["text"]
    assert [part["type"] for part in user["content"]] == ["image", "text"]
    assert f"fine-tuned version of `{recipe()['model']}`" in text
    assert "None" not in text.partition("## Training")[0]


def test_a_card_that_is_pushed_is_pushed_again_with_its_rewards(
    tmp_path: Path, recipe: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    from vlm_rewards_trl.training.train import _write_model_card

    pushed: list[dict[str, Any]] = []

    def upload_file(_: Any, **arguments: Any) -> None:
        pushed.append({**arguments, "text": Path(arguments["path_or_fileobj"]).read_text()})

    monkeypatch.setattr(huggingface_hub.HfApi, "upload_file", upload_file)
    trainer = SimpleNamespace(
        is_world_process_zero=lambda: True,
        create_model_card=lambda model_name: (tmp_path / "README.md").write_text(f"# {model_name}\n"),
        args=SimpleNamespace(push_to_hub=True, hub_token=None, hub_revision="main"),
        hub_model_id="me/model",
    )
    _write_model_card(trainer, Provenance.of(Recipe.read(recipe()), "grpo"), tmp_path)
    (call,) = pushed
    assert (call["repo_id"], call["path_in_repo"]) == ("me/model", "README.md")
    assert "## Rewards" in call["text"]
