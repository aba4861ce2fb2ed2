"""Which weights move: a LoRA's alone, or all but the frozen ones; and what cannot be trained is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import dpo, grpo, sft
from vlm_rewards_trl.methods import parameters
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.training.train import train

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]


def moved(trainer: Any) -> set[str]:
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    return {name for name, weight in trainer.model.named_parameters() if (before[name] != weight).any()}


def test_what_is_frozen_stays_and_the_rest_moves(recipe: Make) -> None:
    names = moved(sft(Recipe.read(recipe("sft", freeze=["vision_tower"]))))
    assert names
    assert not any("vision_tower" in name for name in names)


def test_every_part_of_a_path_can_be_frozen(recipe: Make) -> None:
    trainer = sft(Recipe.read(recipe("sft", freeze=["language_model.layers.0", "model.multi_modal_projector"])))
    frozen = {name for name, weight in trainer.model.named_parameters() if not weight.requires_grad}
    assert {name.split("model.")[1].split(".")[0] for name in frozen} == {"language_", "multi_modal_projector"}
    assert not any("layers.1." in name for name in frozen)


def test_a_module_that_is_not_there_is_named_with_those_that_are(recipe: Make, tmp_path: Path) -> None:
    import json

    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(recipe("sft", freeze=["vision_towr"])))
    with pytest.raises(ConfigError, match=r"freeze\[0\]: .*has no module 'vision_towr'.*Did you mean 'vision_tower'"):
        sft(Recipe.read(path))
    with pytest.raises(ConfigError, match=r"freeze: nothing is left to train"):
        sft(Recipe.read(recipe("sft", freeze=["model", "lm_head"])))


class TestLora:
    @pytest.fixture(autouse=True)
    def _peft(self) -> None:
        pytest.importorskip("peft")

    def test_only_the_lora_is_trained_and_the_result_answers(self, recipe: Make, digits: dict[str, Path]) -> None:
        from datasets import load_dataset

        from vlm_rewards_trl.generation import Sampler

        folder = train("sft", recipe("sft", lora={"r": 2, "lora_alpha": 4}))
        assert (folder / "adapter_model.safetensors").exists()
        assert not (folder / "model.safetensors").exists()
        rows = load_dataset("parquet", data_files=str(digits["test"]), split="train").take(2)
        ((one, other),) = Sampler(folder).write(rows, max_tokens=4)
        assert 0 < len(one.token_ids) <= 4 >= len(other.token_ids) > 0

    @pytest.mark.parametrize("method", [grpo, dpo])
    def test_every_kind_of_trainer_takes_it(self, method: Callable[[Recipe], Any], recipe: Make) -> None:
        made = recipe("train" if method is grpo else "pairs", lora={"r": 2})
        made["training"] |= {"learning_rate": 1e-2}
        names = moved(method(Recipe.read(made)))
        assert names
        assert all("lora_" in name for name in names)

    def test_a_frozen_module_has_no_lora_that_moves(self, recipe: Make) -> None:
        names = moved(sft(Recipe.read(recipe("sft", lora={"r": 2}, freeze=["vision_tower"]))))
        assert names
        assert not any("vision_tower" in name for name in names)

    @pytest.mark.slow
    def test_it_is_trained_over_weights_of_four_bits(self, recipe: Make) -> None:
        pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
        made = recipe("sft", lora={"r": 2}, quantization={"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"})
        trainer = sft(Recipe.read(made))
        kinds = {type(weight).__name__ for weight in trainer.model.parameters() if not weight.requires_grad}
        assert "Params4bit" in kinds
        names = moved(trainer)
        assert names
        assert all("lora_" in name for name in names)

    @pytest.mark.parametrize(
        ("lora", "expected"),
        [
            ({"lora_alfa": 4}, r"lora.lora_alfa: LoraConfig of peft has no argument.*Did you mean 'lora_alpha'"),
            ({"r": "many"}, r"lora.r: LoraConfig of peft: .*valid integer.*not 'many'"),
            ({"r": 0}, r"lora.r: LoraConfig of peft: .*greater than 0, not 0"),
            ({"r": 2, "lora_dropout": 1.5}, r"lora.lora_dropout: LoraConfig of peft: .*equal to 1, not 1.5"),
            ({"r": 2, "bias": "some"}, r"lora.bias: LoraConfig of peft: .*'none'.*not 'some'"),
        ],
    )
    def test_its_arguments_are_checked(self, recipe: Make, lora: dict[str, Any], expected: str) -> None:
        with pytest.raises(ConfigError, match=expected):
            parameters.adapters(Recipe.read(recipe("sft", lora=lora)))

    def test_what_peft_itself_refuses_is_said(self, recipe: Make) -> None:
        lora = {"r": 2, "layers_pattern": "layers", "target_modules": "all-linear"}
        with pytest.raises(ConfigError, match=r"lora: LoraConfig refuses these arguments: ValueError"):
            parameters.adapters(Recipe.read(recipe("sft", lora=lora)))


def test_packages_that_are_not_installed_are_named(recipe: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"lora: LoRA needs peft: pip install 'vlm-rewards\[peft\]'"):
        parameters.adapters(Recipe.read(recipe("sft", lora={"r": 2})))
    with pytest.raises(ConfigError) as raised:
        parameters.adapters(Recipe.read(recipe("sft", quantization={"load_in_4bits": True})))
    text = str(raised.value)
    assert "add `lora: {r: 16}`" in text
    assert "pip install bitsandbytes" in text
    assert "Did you mean 'load_in_4bit'" in text
