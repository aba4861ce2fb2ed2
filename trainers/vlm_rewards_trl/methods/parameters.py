"""Which weights are trained: all of them, a LoRA beside them, or all but the frozen ones."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from vlm_rewards.config.document import Problem
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards_trl.recipe.arguments import check_arguments
from vlm_rewards_trl.recipe.recipe import Recipe

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
            hints = typing.get_type_hints(config_class)
            problems += check_arguments(lora, hints, owner="LoraConfig of peft", place=("lora",))
            given = lora if "target_parameters" in lora else {**_LORA, **lora}
            made["peft_config"] = (config_class, given, "lora")
    if quantization is not None:
        if lora is None:
            message = "quantised weights cannot be trained themselves; add `lora: {r: 16}` to train a LoRA over them."
            problems.append(Problem(("quantization",), message, at_key=True))
        from transformers import BitsAndBytesConfig

        names = inspect.signature(BitsAndBytesConfig).parameters
        hints = {name: Any for name, item in names.items() if item.kind is not item.VAR_KEYWORD}
        problems += check_arguments(quantization, hints, owner="BitsAndBytesConfig", place=("quantization",))
        if find_spec("bitsandbytes") is None:
            message = "quantised weights need bitsandbytes: pip install bitsandbytes."
            problems.append(Problem(("quantization",), message, at_key=True))
        made["quantization_config"] = (BitsAndBytesConfig, quantization, "quantization")
    if problems:
        raise recipe.document.error(problems)
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
    if problems:
        raise recipe.document.error(problems)


def _modules(model: Any) -> list[str]:
    """Names of the modules a user may mean: the parts of the model, without the layers inside them."""
    names = []
    for name, child in model.named_children():
        names += [name, *(part for part, _ in child.named_children() if not part.isdigit())]
    return list(dict.fromkeys(names))
