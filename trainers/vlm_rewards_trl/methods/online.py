"""What the methods that sample and score have in common."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

from vlm_rewards import load_scorer
from vlm_rewards_trl.checks.dataset import check_images, check_row_count, held_out
from vlm_rewards_trl.checks.lengths import check_lengths
from vlm_rewards_trl.checks.rewards import check_rewards
from vlm_rewards_trl.data.dataset import column_names, load
from vlm_rewards_trl.methods.method import Method, load_processor
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.factory import reward_function
from vlm_rewards_trl.reward.per_term import fixed_weights, split
from vlm_rewards_trl.tools import prepare, tools_of

if TYPE_CHECKING:
    from transformers import Trainer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class OnlineMethod(Method):
    """A method that samples completions and scores them with the recipe's rewards."""

    takes_mixed: bool = False  # whether TRL's trainer takes rows with and without images in one batch
    updates: int = 1  # on the completions of one generation, each of which is used once

    #: The table of completions with a column per term goes to files; printed, it would be a wall of text.
    common: ClassVar[Mapping[str, Any]] = {"log_completions": True, "num_completions_to_print": 0}

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """As every method, and generations for several updates where the recipe does not size them itself."""
        steps = given.get("gradient_accumulation_steps", 1)
        several = self.updates > 1 and isinstance(steps, int) and given.get("generation_batch_size") is None
        return super().filled(given) | ({"steps_per_generation": self.updates * steps} if several else {})

    def check(self, recipe: Recipe) -> Any:
        """As every method does, and the rewards file too."""
        arguments = super().check(recipe)
        self._check_generations(arguments)
        if getattr(arguments, "use_vllm", False) and recipe.config.processor:
            message = "vLLM would see images of other sizes; leave it out, and use `dataset: {max_pixels: N}`."
            raise recipe.error(("processor",), message, at_key=True)
        if arguments.reward_weights and recipe.config.environment is None:  # which may have a reward of its own
            message = "the rewards file has the weights of its terms; write them there, and leave this out."
            raise recipe.error(("training", "reward_weights"), message, at_key=True)
        if recipe.config.sampling is not None:
            from vlm_rewards_trl.data.plan import check_sampling

            check_sampling(recipe, arguments)
        with load_scorer(recipe.rewards, context=None) as scorer:
            if getattr(arguments, "multi_objective_aggregation", None) == "normalize_then_sum":
                fixed_weights(scorer, recipe.rewards)
        tools_of(recipe)
        return arguments

    def __call__(self, recipe: Recipe) -> Trainer:
        """TRL's trainer, with the rewards as its one reward function."""
        arguments = self.check(recipe)
        dataset = load(recipe, answers=False)
        processor = load_processor(recipe)
        if tools := tools_of(recipe):
            prepare(recipe, tools, next(iter(dataset)), processor, arguments)
        rewards = reward_function(recipe.rewards, processing_class=processor, args=arguments)
        rewards.scorer.check_columns(column_names(dataset))
        check_rewards(rewards.scorer, dataset, processor, recipe)
        check_lengths(dataset, processor, recipe, room=arguments.max_completion_length)
        check_row_count(dataset, arguments, recipe.config.dataset)
        held = held_out(recipe, arguments, answers=False)
        for rows, source in ((dataset, recipe.config.dataset), (held, recipe.config.eval_dataset)):
            if source is not None:
                rewards.scorer.check_columns(column_names(rows))
                check_images(rows, source, takes_mixed=self.takes_mixed)
        data = {"train_dataset": dataset, "eval_dataset": held, "processing_class": processor, **tools}
        if recipe.config.sampling is not None:
            from vlm_rewards_trl.data.plan import Plan

            plan = Plan(recipe, dataset, arguments)
            rewards.on_scores = plan.note
            data |= {"train_dataset": plan.slots(), "callbacks": [plan]}
        if getattr(arguments, "multi_objective_aggregation", None) == "normalize_then_sum":
            functions, arguments.reward_weights = split(rewards)
            return self.build(recipe, reward_funcs=functions, args=arguments, **data)
        return self.build(recipe, reward_funcs=rewards, args=arguments, **data)

    def _check_generations(self, arguments: Any) -> None:
        """Warn where nothing is ever clipped, and save where a generation ends."""
        from vlm_rewards_trl.methods.callbacks import save_whole_generations

        accumulated = arguments.gradient_accumulation_steps
        used = arguments.steps_per_generation * arguments.num_iterations
        if self.updates > 1 and accumulated % used == 0:
            message = (
                f"Each update takes the completions of whole generations, so `{self.name}` has nothing to clip. Leave "
                f"`steps_per_generation` out, or make it a multiple of gradient_accumulation_steps ({accumulated}), "
                f"like {self.updates * accumulated}."
            )
            logger.warning(message)
        # Below 1 they are shares of a run; where it is one in epochs, its length is not known before it begins.
        most, every = max(arguments.max_steps, 0), (arguments.save_steps, arguments.eval_steps or 0)
        save_whole_generations(arguments, arguments, *(ceil(most * one) if one < 1 else int(one) for one in every))
