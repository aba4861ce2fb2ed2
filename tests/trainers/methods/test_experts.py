"""A mixture of experts is trained by GSPO; a LoRA reaches its experts and leaves alone what routes to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trainers.tiny_families import tiny_mixture
from tests.trainers.tiny_models import save_model
from tests.trainers.training.test_fsdp2 import recipe_of, write_rows
from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import Recipe, gspo
from vlm_rewards_trl.methods import online

pytestmark = pytest.mark.filterwarnings("default")

Build = Callable[[dict[str, Any] | None], Any]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A trainer of a small mixture, for a LoRA or the whole model."""
    processor = save_model(tiny_mixture, tmp_path / "mixture")
    monkeypatch.setattr(online, "load_processor", lambda _: processor)
    write_rows(tmp_path)
    made = recipe_of("mixture", "gspo", tmp_path) | {"output_dir": str(tmp_path / "out")}
    made["training"] |= {"max_steps": 4, "save_strategy": "no", "learning_rate": 1e-2}

    def trainer(lora: dict[str, Any] | None) -> Any:
        (tmp_path / "recipe.yaml").write_text(json.dumps({**made, "lora": lora}))
        return gspo(Recipe.read(tmp_path / "recipe.yaml"))

    return trainer


def moved(trainer: Any) -> set[str]:
    """Names of the weights that a run changes."""
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    return {name for name, weight in trainer.model.named_parameters() if (before[name] != weight).any()}


def test_the_whole_model_learns_its_router_and_its_experts(build: Build) -> None:
    names = moved(build(None))
    assert {"experts.gate_up_proj", "experts.down_proj", "gate.weight"} <= {
        name.partition(".mlp.")[2] for name in names
    }


def test_a_lora_reaches_the_experts_and_no_router(build: Build) -> None:
    names = moved(build({"r": 2}))
    assert all(".lora_" in name for name in names)
    assert (
        len([name for name in names if ".experts." in name and ".lora_B." in name]) == 2
    )  # of what it opens and closes
    assert any(".self_attn." in name for name in names)
    assert not any(".mlp.gate." in name for name in names)


def test_a_router_that_is_a_linear_layer_has_no_lora(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from transformers.models.qwen3_vl_moe import modeling_qwen3_vl_moe as modeling

    class Router(torch.nn.Linear):
        def __init__(self, config: Any) -> None:
            super().__init__(config.hidden_size, config.num_experts, bias=False)
            self.top_k = config.num_experts_per_tok

        forward = modeling.Qwen3VLMoeTextTopKRouter.forward

    monkeypatch.setattr(modeling, "Qwen3VLMoeTextTopKRouter", Router)
    names = [name for name, weight in build({"r": 2}).model.named_parameters() if weight.requires_grad]
    assert not any(".mlp.gate." in name for name in names)
    named = build({"r": 2, "target_modules": ["gate"]}).model.named_parameters()
    assert any(".mlp.gate." in name for name, weight in named if weight.requires_grad)


@pytest.mark.parametrize("lora", [{"target_modules": "all-linear"}, {"target_parameters": ["experts.down_proj"]}])
def test_a_recipe_that_says_where_it_goes_is_followed(build: Build, lora: dict[str, Any]) -> None:
    names = [name for name, weight in build({"r": 2, **lora}).model.named_parameters() if weight.requires_grad]
    assert names
    assert any(".experts." in name for name in names) == ("target_parameters" in lora)


def test_dropout_is_refused_in_its_place(build: Build) -> None:
    with pytest.raises(ConfigError, match=r"lora.lora_dropout: .*no dropout for the experts.*all-linear"):
        build({"r": 2, "lora_dropout": 0.1})


def test_what_was_saved_answers_alike(build: Build, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    trainer = build({"r": 2})
    trainer.train()
    trainer.save_model()
    loaded = PeftModel.from_pretrained(
        AutoModelForImageTextToText.from_pretrained(tmp_path / "mixture"), tmp_path / "out"
    )
    ids = torch.arange(8, 24)[None]
    with torch.no_grad():
        ours, its = (model.eval()(ids).logits for model in (trainer.model, loaded))
        with loaded.disable_adapter():
            plain = loaded(ids).logits
    assert torch.equal(ours, its)
    assert not torch.equal(ours, plain)
