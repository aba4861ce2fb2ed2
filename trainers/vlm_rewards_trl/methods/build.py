"""The last step of every adapter: TRL's trainer for a recipe, with the same weights and records for all methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_rewards.config.document import Problem
from vlm_rewards.text.messages import explain
from vlm_rewards_trl.checks.loading import unloadable
from vlm_rewards_trl.methods.parameters import adapters, freeze
from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import Recipe

if TYPE_CHECKING:
    from transformers import Trainer

    from vlm_rewards_trl.methods.method import Method

__all__ = ["build", "load_processor"]


def load_processor(recipe: Recipe) -> Any:
    """The processor of the recipe's model, padding on the left as generation needs it.

    Raises:
        ConfigError: It cannot be loaded, or reads no images.
    """
    from transformers import AutoProcessor

    name = recipe.config.model
    try:
        processor = AutoProcessor.from_pretrained(
            name, padding_side="left", truncation_side="left", **recipe.config.processor
        )
    except Exception as error:
        problem = Problem(("model",), f"the processor of '{name}' cannot be loaded: {unloadable(name, error)}.")
        raise recipe.document.error([problem]) from error
    if getattr(processor, "image_processor", None) is None:
        message = f"'{name}' has a tokenizer and nothing that reads images; name a vision-language model."
        raise recipe.document.error([Problem(("model",), message)])
    return processor


def build(recipe: Recipe, method: Method, **arguments: Any) -> Trainer:
    """A trainer of TRL for a recipe; this is where the model is loaded.

    Args:
        recipe: What is trained.
        method: How it is trained.
        **arguments: The arguments of the trainer, but for the model and the adapters.

    Raises:
        ConfigError: TRL refuses the trainer, or the recipe freezes or adapts what the model does not have.
    """
    import trl

    from vlm_rewards_trl.methods.callbacks import AdviceCallback, RecordCallback

    adapted = adapters(recipe)
    try:
        made = getattr(trl, method.trainer)(model=recipe.config.model, **arguments, **adapted)
    except Exception as error:  # a missing package of `report_to`, no access to the hub, weights that are not there
        problem = Problem(("training",), f"{method.trainer} of TRL cannot be built: {explain(error)}")
        raise recipe.document.error([problem]) from error
    freeze(made.model, recipe.config.freeze, recipe)
    made.add_callback(RecordCallback(Provenance.of(recipe, method.name)))
    if "reward_funcs" in arguments:
        made.add_callback(AdviceCallback())
    return made
