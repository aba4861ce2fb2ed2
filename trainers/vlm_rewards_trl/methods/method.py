"""What a training method is: a trainer of TRL, and the arguments that make the algorithm."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from vlm_rewards_trl.methods.parameters import adapters

if TYPE_CHECKING:
    from transformers import Trainer

    from vlm_rewards_trl.recipe.recipe import Recipe

__all__ = ["Method"]


@dataclass(frozen=True, eq=False)
class Method(ABC):
    """A training method; called with a recipe it returns TRL's own trainer, ready to train.

    Args:
        name: As the command line and the records call it.
        trainer: Name of TRL's trainer class.
        config: Name of TRL's config class.
        defaults: Arguments that make the algorithm, for what the recipe leaves open.
    """

    name: str
    trainer: str
    config: str
    defaults: Mapping[str, Any]

    #: Arguments that all methods of a kind share.
    common: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def __call__(self, recipe: Recipe) -> Trainer:
        """TRL's trainer for a recipe; whatever can be wrong is found before the model is loaded.

        Raises:
            ConfigError: The recipe or the rewards file is wrong.
            ColumnError: The dataset lacks what the method or a reward reads.
        """

    def check(self, recipe: Recipe) -> Any:
        """TRL's arguments for a recipe, of which all is checked that needs neither its model nor its dataset.

        Raises:
            ConfigError: The recipe is wrong.
        """
        import trl

        arguments = recipe.arguments(getattr(trl, self.config), {**self.common, **self.defaults})
        adapters(recipe)
        return arguments
