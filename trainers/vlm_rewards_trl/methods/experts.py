"""A LoRA of a mixture of experts: on the experts, which are no linear layers, and not on what routes to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlm_rewards.config.document import Problem
from vlm_rewards_trl.recipe.recipe import Recipe


def reach_experts(lora: Any, recipe: Recipe) -> None:
    """Let a LoRA adapt the experts of the recipe's model, if it has any, unless the recipe says where it goes.

    Raises ConfigError when the recipe asks for dropout, which peft does not have for experts.
    """
    given = recipe.config.lora or {}
    if "target_modules" in given or "target_parameters" in given:
        return
    loading = recipe.config.training.get("model_init_kwargs") or {}
    source = {name: loading[name] for name in ("revision", "trust_remote_code") if name in loading}
    experts, routers = _experts_of(recipe.config.model, source)
    if experts and lora.lora_dropout:
        message = (
            "peft has no dropout for the experts of a mixture; leave it out, or leave the experts out with "
            "`target_modules: all-linear`."
        )
        raise recipe.document.error([Problem(("lora", "lora_dropout"), message)])
    if experts:
        lora.target_parameters = experts
        lora.exclude_modules = lora.exclude_modules or routers


def _experts_of(name: str, source: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Ends of the paths to a model's weights of experts, (experts, outputs, inputs) each, and to its routers."""
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText

    config = AutoConfig.from_pretrained(name, **source)
    if not any("experts" in key for key in config.get_text_config().to_dict()):
        return [], []
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)
    experts, routers = set(), set()
    for path, block in model.named_modules():
        stacked = getattr(block, "experts", None)
        weights = {} if stacked is None else dict(stacked.named_parameters(recurse=False))
        for weight_name, weight in weights.items():
            if weight.dim() == 3:
                experts.add(f"experts.{weight_name}")
                routers |= {f"{path.rpartition('.')[2]}.{child}" for child in _routers(block, weight.shape[0])}
    return sorted(experts), sorted(routers)


def _routers(block: Any, experts: int) -> list[str]:
    """Names of the parts of a block that give every expert one number."""
    weights = ((name, getattr(child, "weight", None)) for name, child in block.named_children())
    return [name for name, weight in weights if weight is not None and weight.shape[0] == experts]
