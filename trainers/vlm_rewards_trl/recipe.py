"""The recipe: one validated file that says what is trained, on what, with which rewards and arguments of TRL."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from vlm_rewards.documents import Document, Problem
from vlm_rewards.errors import did_you_mean, explain, show

__all__ = ["DatasetConfig", "Recipe", "RecipeConfig"]

C = TypeVar("C")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetConfig(_Model):
    """What `datasets.load_dataset` loads, and how its columns are read."""

    path: str = Field(description="Name on the hub, or a builder such as `parquet`, `json` or `imagefolder`.")
    name: str | None = Field(default=None, description="Configuration of the dataset.")
    data_files: str | list[str] | None = Field(default=None, description="Files, from the working directory.")
    split: str = "train"
    rename: dict[str, str] = Field(default_factory=dict, description="Column of the dataset: its name here.")
    system: str | None = Field(default=None, description="A system turn put before every prompt.")
    suffix: str = Field(default="", description="Text put after every prompt.")
    limit: int | None = Field(default=None, gt=0, description="Use the first rows only.")


class RecipeConfig(_Model):
    """A whole recipe."""

    model: str = Field(description="Name on the hub, or folder from the working directory.")
    dataset: DatasetConfig
    rewards: str | None = Field(default=None, description="Rewards file, from the folder of the recipe.")
    output_dir: str = Field(description="Where the trained model goes, from the working directory.")
    training: dict[str, Any] = Field(default_factory=dict, description="Arguments of TRL's config class.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe that was read and validated, with the place of each of its values."""

    config: RecipeConfig
    document: Document
    overrides: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, source: str | Path | Mapping[str, Any], **overrides: Any) -> Recipe:
        """Read a recipe; `overrides` replace arguments of TRL, as the command line's do.

        Raises:
            ConfigError: With every mistake at once, each in its place.
        """
        document = Document.read(source, what="recipe")
        return cls(document.validate(RecipeConfig), document, overrides)

    @property
    def rewards(self) -> Path:
        """The rewards file. Raises ConfigError when the recipe names none."""
        if self.config.rewards is None:
            raise self.document.error([Problem((), "this method needs `rewards: FILE`, a rewards file.")])
        return self.document.folder / self.config.rewards

    def arguments(self, config_class: type[C], defaults: Mapping[str, Any]) -> C:
        """TRL's config for this recipe.

        Args:
            config_class: `GRPOConfig`, `SFTConfig`, ...
            defaults: Values for what the recipe leaves open.

        Raises:
            ConfigError: An argument is unknown to TRL, or TRL refuses its value.
        """
        known = {item.name for item in dataclasses.fields(config_class) if item.init}  # type: ignore[arg-type]
        given = {**self.config.training, **self.overrides}
        problems = [problem for name, value in given.items() if (problem := self._problem(config_class, name, value))]
        if problems:
            raise self.document.error(problems)
        fixed = {"output_dir": self.config.output_dir}
        try:
            return config_class(**{**_device_defaults(known, given), **defaults, **given, **fixed})
        except (TypeError, ValueError, NotImplementedError) as error:
            problem = Problem(("training",), f"{config_class.__name__} refuses these arguments: {explain(error)}")
            raise self.document.error([problem]) from error

    def _problem(self, config_class: type[Any], name: str, value: Any) -> Problem | None:
        """What is wrong with one argument."""
        place: tuple[str | int, ...] = ("--set", name) if name in self.overrides else ("training", name)
        hints = typing.get_type_hints(config_class)
        if name not in hints:
            message = f"{config_class.__name__} of TRL has no argument '{name}'.{did_you_mean(name, hints)}"
            return Problem(place, message, at_key=True)
        if name == "remove_unused_columns" and value:
            return Problem(place, "rewards read the columns of the dataset, and `true` removes them; leave it out.")
        if name == "output_dir":
            return Problem(place, "write `output_dir` at the top of the recipe.")
        try:
            TypeAdapter(hints[name], config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]["msg"]
            return Problem(place, f"{config_class.__name__} of TRL: {wrong}, not {show(value)}.")
        return None


def _device_defaults(known: Container[str], given: Container[str]) -> dict[str, Any]:
    """TRL assumes a GPU with bfloat16; without one its configs raise unless they are told."""
    import torch

    if torch.accelerator.is_available():
        return {}
    defaults = {"use_cpu": True, "bf16": False, "dataloader_pin_memory": False}
    # transformers 5.23 renamed the option and lets the new name win, also over a recipe that still writes the old one.
    old, new = "gradient_checkpointing", "activation_checkpointing"
    if old not in given:
        defaults[new if new in known else old] = False
    return defaults
