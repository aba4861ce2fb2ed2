"""Which weights are trained: all of them, a LoRA beside them, or all but the frozen ones."""

import inspect
import typing
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from vlm_rewards.config.document import Problem
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards_trl.recipe.recipe import Recipe, check_arguments

# What works for any architecture: every linear layer but the output's.
_LORA = {"task_type": "CAUSAL_LM", "target_modules": "all-linear"}


def adapters(recipe: Recipe) -> dict[str, Any]:
    """`peft_config` and `quantization_config` for TRL, as far as asked for. Raises ConfigError for wrong ones."""
    lora, quantization = recipe.config.lora, recipe.config.quantization
    problems: list[Problem] = []
    made: dict[str, Any] = {}
    if lora is not None:
        if find_spec("peft") is None:
            problems.append(Problem(("lora",), "LoRA needs peft: pip install 'vlm-rewards[peft]'.", at_key=True))
        else:
            config_class = import_module("peft").LoraConfig  # an extra: not there for every type checker
            problems += check_arguments(lora, typing.get_type_hints(config_class), "LoraConfig of peft", "lora")
            given = lora if "target_parameters" in lora else {**_LORA, **lora}
            made["peft_config"] = (config_class, given, "lora")
    if quantization is not None:
        if lora is None:
            message = "quantised weights cannot be trained themselves; add `lora: {r: 16}` to train a LoRA over them."
            problems.append(Problem(("quantization",), message, at_key=True))
        from transformers import BitsAndBytesConfig

        names = inspect.signature(BitsAndBytesConfig).parameters
        hints = {name: Any for name, item in names.items() if item.kind is not item.VAR_KEYWORD}
        problems += check_arguments(quantization, hints, "BitsAndBytesConfig", "quantization")
        if find_spec("bitsandbytes") is None:
            message = "quantised weights need bitsandbytes: pip install bitsandbytes."
            problems.append(Problem(("quantization",), message, at_key=True))
        made["quantization_config"] = (BitsAndBytesConfig, quantization, "quantization")
    recipe.refuse(problems)
    return {name: recipe.make(*wanted) for name, wanted in made.items()}


def freeze(model: Any, names: Sequence[str], recipe: Recipe) -> None:
    """Keep modules out of training, named by any run of the dotted path. Raises ConfigError where none has a name."""
    problems = []
    weights = list(model.named_parameters(remove_duplicate=False))  # tied weights have two names
    for position, name in enumerate(names):
        found = [weight for path, weight in weights if f".{name}." in f".{path}."]
        if not found:
            known = _modules(model)
            message = f"the model has no module '{name}'; it has {', '.join(known)}.{did_you_mean(name, known)}"
            problems.append(Problem(("freeze", position), message))
        for weight in found:
            weight.requires_grad_(False)  # noqa: FBT003 - PyTorch's own signature
    if not problems and names and not any(weight.requires_grad for weight in model.parameters()):
        problems.append(Problem(("freeze",), "nothing is left to train; name fewer modules."))
    recipe.refuse(problems)


def _modules(model: Any) -> list[str]:
    """Names of the modules a user may mean: the parts of the model, without the layers inside them."""
    names = []
    for name, child in model.named_children():
        names += [name, *(part for part, _ in child.named_children() if not part.isdigit())]
    return list(dict.fromkeys(names))


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
        message = "peft has no dropout for the experts; leave it out, or them, with `target_modules: all-linear`."
        raise recipe.error(("lora", "lora_dropout"), message)
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
