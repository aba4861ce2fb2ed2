"""What a training method is: a trainer of TRL, and the arguments that make the algorithm."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vlm_rewards.text.messages import explain
from vlm_rewards_trl.checks.loading import unloadable
from vlm_rewards_trl.checks.surroundings import missing_packages
from vlm_rewards_trl.methods.checkpoints import read_whole_checkpoints
from vlm_rewards_trl.methods.fsdp import prepare_fsdp2
from vlm_rewards_trl.methods.parameters import adapters, freeze, reach_experts
from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.tools import guard_turns

if TYPE_CHECKING:
    from transformers import Trainer


@dataclass(frozen=True, eq=False)
class Method(ABC):
    """A training method; called with a recipe it returns TRL's own trainer, ready to train."""

    name: str  # as the command line and the records call it
    trainer: str  # name of TRL's trainer class
    config: str  # name of TRL's config class
    defaults: Mapping[str, Any]  # arguments that make the algorithm, for what the recipe leaves open

    #: Whether the dataset has answers to learn from, which may be whole conversations.
    learns_answers: ClassVar[bool] = False
    #: Arguments that all methods of a kind share.
    common: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def __call__(self, recipe: Recipe) -> Trainer:
        """TRL's trainer for a recipe; a ConfigError or ColumnError for what is wrong comes before a model is loaded."""

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the method fills in beside the arguments that a recipe gives, which win."""
        del given
        return {**self.common, **self.defaults}

    def check(self, recipe: Recipe) -> Any:
        """TRL's arguments; all is checked that needs no model and no dataset. Raises ConfigError for a wrong recipe."""
        import torch
        import trl
        from transformers import Trainer, get_scheduler

        from vlm_rewards_trl.methods.callbacks import callbacks_of

        arguments = recipe.arguments(getattr(trl, self.config), self.filled(recipe.config.training))
        optimiser = torch.optim.SGD([torch.zeros(1)], lr=arguments.learning_rate)
        options = {"scheduler_specific_kwargs": arguments.lr_scheduler_kwargs, "num_training_steps": 1}
        options |= {"name": arguments.lr_scheduler_type, "optimizer": optimiser, "num_warmup_steps": 0}
        recipe.make(get_scheduler, options, "training", "lr_scheduler_kwargs")
        if not arguments.optim_target_modules and "lomo" not in arguments.optim:  # those take the model too
            recipe.make(Trainer.get_optimizer_cls_and_kwargs, {"args": arguments}, "training", "optim")
        adapters(recipe)
        callbacks_of(recipe)
        if self.learns_answers and recipe.config.sampling is not None:
            message = f"`{self.name}` learns from the dataset's answers, each in turn; leave it out."
            raise recipe.error(("sampling",), message, at_key=True)
        return arguments

    def build(self, recipe: Recipe, **arguments: Any) -> Trainer:
        """TRL's trainer with these arguments; here the model is loaded. Raises ConfigError where it cannot be built."""
        import trl

        from vlm_rewards_trl.methods.callbacks import AdviceCallback, GenerationCallback, RecordCallback, callbacks_of
        from vlm_rewards_trl.methods.screen import show_lines

        recipe.refuse(missing_packages(arguments["args"]))
        adapted = adapters(recipe)
        if "peft_config" in adapted:
            reach_experts(adapted["peft_config"], recipe)
        try:
            made = getattr(trl, self.trainer)(model=recipe.config.model, **arguments, **adapted)
        except Exception as error:  # a missing package of `report_to`, no access to the hub, weights that are not there
            raise recipe.error(("training",), f"{self.trainer} of TRL cannot be built: {explain(error)}") from error
        read_whole_checkpoints(made)
        freeze(made.model, recipe.config.freeze, recipe)
        prepare_fsdp2(made)
        show_lines(made)
        if getattr(made, "tools", None):
            guard_turns(made)
        online = (GenerationCallback(), AdviceCallback()) if "reward_funcs" in arguments else ()
        for callback in (RecordCallback(Provenance.of(recipe, self.name)), *online, *callbacks_of(recipe)):
            made.add_callback(callback)
        return made


def load_processor(recipe: Recipe) -> Any:
    """The processor of the recipe's model, padding on the left. Raises ConfigError for none that reads images."""
    from transformers import AutoProcessor

    name, options = recipe.config.model, recipe.config.processor
    try:
        processor = AutoProcessor.from_pretrained(name, padding_side="left", truncation_side="left", **options)
    except Exception as error:
        message = f"the processor of '{name}' cannot be loaded: {unloadable(name, error)}."
        raise recipe.error(("model",), message) from error
    if getattr(processor, "image_processor", None) is None:
        message = f"'{name}' has a tokenizer and nothing that reads images; name a vision-language model."
        raise recipe.error(("model",), message)
    return processor
