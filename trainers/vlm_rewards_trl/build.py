"""The last step of every adapter: TRL's trainer for a recipe, with the same weights and records for all methods."""

from __future__ import annotations

from typing import Any

from vlm_rewards.documents import Problem
from vlm_rewards.errors import explain
from vlm_rewards_trl.provenance import Provenance
from vlm_rewards_trl.recipe import Recipe
from vlm_rewards_trl.weights import adapters, freeze

__all__ = ["build", "load_processor"]


def load_processor(recipe: Recipe) -> Any:
    """The processor of the recipe's model, padding on the left as generation needs it.

    Raises:
        ConfigError: It cannot be loaded.
    """
    from transformers import AutoProcessor

    try:
        return AutoProcessor.from_pretrained(
            recipe.config.model, padding_side="left", truncation_side="left", **recipe.config.processor
        )
    except Exception as error:
        problem = Problem(("model",), f"the processor of '{recipe.config.model}' cannot be loaded: {explain(error)}")
        raise recipe.document.error([problem]) from error


def build(recipe: Recipe, method: str, trainer: type[Any], **arguments: Any) -> Any:
    """A trainer of TRL for a recipe; this is where the model is loaded.

    Args:
        recipe: What is trained.
        method: Name of the method, for the records.
        trainer: TRL's trainer class.
        **arguments: Its arguments, but for the model and the adapters.

    Raises:
        ConfigError: The recipe freezes or adapts what the model does not have.
    """
    from vlm_rewards_trl.advice import Advise
    from vlm_rewards_trl.records import SaveRecords

    made = trainer(model=recipe.config.model, **arguments, **adapters(recipe))
    freeze(made.model, recipe.config.freeze, recipe)
    made.add_callback(SaveRecords(Provenance.of(recipe, method)))
    if "reward_funcs" in arguments:
        made.add_callback(Advise())
    return made
