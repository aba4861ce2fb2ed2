"""What the methods that learn from a dataset's answers have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from vlm_rewards.errors import ColumnError
from vlm_rewards_trl.checks.dataset import check_images, held_out
from vlm_rewards_trl.checks.lengths import check_lengths
from vlm_rewards_trl.data.dataset import column_names, load
from vlm_rewards_trl.methods.method import Method, load_processor
from vlm_rewards_trl.recipe.recipe import DatasetConfig, Recipe
from vlm_rewards_trl.reward.context import tokenizer_of

if TYPE_CHECKING:
    from transformers import Trainer

#: What the dataset of each kind must have: columns, and what they hold.
DEMONSTRATIONS = {"completion": "demonstrations"}  # or whole conversations in `messages`
PREFERENCES = {"chosen": "the better answers", "rejected": "the worse answers"}


@dataclass(frozen=True, eq=False)
class OfflineMethod(Method):
    """A method that learns from answers in the dataset."""

    columns: Mapping[str, str] = field(kw_only=True)  # of answers that it learns from, and what they hold

    learns_answers: ClassVar[bool] = True
    #: Cutting a sequence would cut image tokens off their image.
    common: ClassVar[Mapping[str, Any]] = {"max_length": None}

    def __call__(self, recipe: Recipe) -> Trainer:
        """TRL's trainer, with the dataset's answers."""
        arguments = self.check(recipe)
        dataset, held = load(recipe), held_out(recipe, arguments, answers=True)
        for rows, source in ((dataset, recipe.config.dataset), (held, recipe.config.eval_dataset)):
            if source is not None:
                self.check_columns(column_names(rows), source)
                check_images(rows, source, takes_mixed=True)
        processor = load_processor(recipe)
        tokenizer_of(processor).truncation_side = "right"  # the images are at the start, which TRL means to keep
        answers = [*self.columns, *(["messages"] if self.columns is DEMONSTRATIONS else [])]
        for rows, part in ((dataset, "dataset"), (held, "eval_dataset")):
            if rows is not None:
                check_lengths(rows, processor, recipe, part=part, answers=answers, max_length=arguments.max_length)
        return self.build(recipe, args=arguments, train_dataset=dataset, eval_dataset=held, processing_class=processor)

    def check_columns(self, names: Sequence[str], config: DatasetConfig) -> None:
        """Raise ColumnError where there are no answers to learn from."""
        for name, held in self.columns.items():
            if name not in names and not (self.columns is DEMONSTRATIONS and "messages" in names):
                raise ColumnError(
                    f"The dataset '{config.label}' has no column '{name}' with {held}, only {', '.join(names)}. Name "
                    f"it with `rename: {{COLUMN: {name}}}`."
                )
