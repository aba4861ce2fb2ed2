"""A dry run finds packages and files that are not there, and passes over what only the hub can tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import check, train

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]


def test_a_recipe_in_order_passes(recipe: Make) -> None:
    check("grpo", recipe())


@pytest.mark.parametrize("model", ["Qwen/Qwen2.5-VL-3B-Instruct", "model"])
def test_names_of_the_hub_are_not_looked_for(recipe: Make, model: str) -> None:
    check("grpo", recipe(model=model, dataset={"path": "owner/rows", "data_files": "part.json"}))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "runs/digits/nothing"}, "model: 'runs/digits/nothing' cannot be loaded: there is no such folder"),
        ({"model": "nothing/"}, "model: 'nothing/' cannot be loaded: there is no such folder"),
        ({"model": str(Path(__file__).parent)}, "holds no model"),
        ({"dataset": {"path": "json", "data_files": "no.jsonl"}}, "dataset.data_files: there is no 'no.jsonl'"),
        ({"dataset": {"path": "json", "data_files": ["no.jsonl"]}}, "dataset.data_files: there is no 'no.jsonl'"),
        ({"eval_dataset": {"path": "imagefolder", "data_dir": "no"}}, "eval_dataset.data_dir: there is no 'no'"),
        ({"dataset": {"path": "./no"}}, "dataset.path: './no' cannot be loaded"),
        ({"dataset": {"path": "owner/rows", "image_root": "no"}}, "dataset.image_root: there is no 'no'"),
    ],
)
def test_files_that_are_not_there_are_named_in_their_place(recipe: Make, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check("grpo", recipe(**changes))
    assert told in str(caught.value)


@pytest.mark.parametrize("files", ["data/*.parquet", "https://example.org/rows.parquet"])
def test_patterns_and_addresses_are_left_to_the_loader(recipe: Make, files: str) -> None:
    check("grpo", recipe(dataset={"path": "parquet", "data_files": files}))


@pytest.mark.parametrize("reporter", ["wandb", "nothing"])
def test_packages_that_report_are_looked_for(recipe: Make, monkeypatch: pytest.MonkeyPatch, reporter: str) -> None:
    monkeypatch.setattr("transformers.integrations.integration_utils.is_wandb_available", lambda: False)
    with pytest.raises(ConfigError, match=f"report_to: '{reporter}' is no"):
        check("grpo", recipe(), report_to=reporter)


def test_vllm_is_looked_for(recipe: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlm_rewards_trl.checks.surroundings.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="vLLM is not installed"):
        check("grpo", recipe(), use_vllm=True)


@pytest.mark.parametrize("run", [check, train])
def test_liger_is_looked_for_before_a_model_is_loaded(
    recipe: Make, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]
) -> None:
    monkeypatch.setattr("vlm_rewards_trl.checks.surroundings.find_spec", lambda name: None)
    monkeypatch.setattr("transformers.AutoModelForImageTextToText.from_pretrained", lambda *_, **__: pytest.fail("it"))
    with pytest.raises(ConfigError, match=r"--set\.use_liger_kernel: liger_kernel is not installed: pip install "):
        run("grpo", recipe(), use_liger_kernel=True)


@pytest.mark.parametrize("run", [check, train])
def test_rewards_that_a_sum_of_normalised_terms_cannot_express_are_refused(
    recipe: Make, tmp_path: Path, run: Callable[..., Any]
) -> None:
    made = recipe()
    rewards = tmp_path / "rewards.yaml"
    rewards.write_text(f"{rewards.read_text()}combine: {{clip: [0, 1]}}\n")
    given = {"multi_objective_aggregation": "normalize_then_sum"}
    with pytest.raises(ConfigError, match=r"rewards.yaml:6:\d+: combine: one function per term can only be summed"):
        run("grpo", made, **given)


def test_a_folder_of_the_command_line_is_named_by_its_option(recipe: Make, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(recipe()))
    for run in (check, train):
        with pytest.raises(ConfigError) as caught:
            run("grpo", path, output_dir=str(tmp_path / "file" / "out"))
        assert f"{path}: --set.output_dir: " in str(caught.value)
        assert "cannot be written to" in str(caught.value)


def test_a_folder_that_cannot_be_written_to_is_named(recipe: Make, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"output_dir: .*cannot be written to"):
        check("grpo", recipe(output_dir=str(tmp_path / "file" / "out")))


def test_vllm_does_not_know_the_options_of_the_processor(recipe: Make) -> None:
    with pytest.raises(ConfigError, match=r"processor: vLLM .*dataset: \{max_pixels: N\}"):
        check("grpo", recipe(processor={"max_pixels": 10_000}), use_vllm=True)
