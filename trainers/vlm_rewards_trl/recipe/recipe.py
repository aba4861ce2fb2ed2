"""The recipe: one validated file that says what is trained, on what, with which rewards and arguments of TRL."""

from __future__ import annotations

import copy
import dataclasses
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError
from pydantic.fields import FieldInfo

from vlm_rewards.config.document import Document, Problem
from vlm_rewards.errors import ConfigError
from vlm_rewards.registry.packs import module_of
from vlm_rewards.text.messages import did_you_mean, explain, show
from vlm_rewards_trl.trl_compat import VALUES, launch_defaults

C = TypeVar("C")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetConfig(_Model):
    """What `datasets.load_dataset` loads, and how its columns are read."""

    path: str = Field(min_length=1, description="Name on the hub, or a builder like `parquet` or `imagefolder`.")
    name: str | None = Field(default=None, description="Configuration of the dataset.")
    data_files: str | list[str] | None = Field(None, min_length=1, description="Files, from the working directory.")
    data_dir: str | None = Field(default=None, description="Folder of the files, from the working directory.")
    split: str = Field(default="train", description="Which of its parts is loaded.")
    streaming: bool = Field(default=False, description="Read rows as they are needed; TRL then needs `max_steps`.")
    image_root: str | None = Field(default=None, description="Folder of image paths; that of `data_files` by default.")
    max_pixels: int | None = Field(default=None, gt=0, description="Shrink larger images to this area, in pixels.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column of the dataset: its name here.")
    system: str | None = Field(default=None, description="A system turn put before every prompt without one.")
    suffix: str = Field(default="", description="Text put after every prompt.")
    limit: int | None = Field(default=None, gt=0, description="Use the first rows only.")

    @property
    def label(self) -> str:
        """What messages call the dataset: its files where the path is a builder's, which many datasets share."""
        files = [self.data_files] if isinstance(self.data_files, str) else self.data_files
        return ", ".join(files or [self.data_dir or self.path])


class PreferencesConfig(_Model):
    """How `prefer` samples completions and makes preferences of their rewards."""

    k: int = Field(default=8, ge=2, description="Completions per prompt.")
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False, description="Temperature of the sampling.")
    top_p: float = Field(default=1.0, gt=0, le=1, description="Sample from the likeliest tokens of this total share.")
    max_new_tokens: int = Field(default=256, gt=0, description="Where a completion is cut, in tokens.")
    batch_size: int = Field(default=32, gt=0, description="Completions that the model writes at a time.")
    shard_rows: int = Field(default=64, gt=0, description="Prompts after which progress is written to disk.")
    seed: int = Field(default=0, description="Seed of the sampling.")
    pairs: Literal["best_worst", "all"] = Field(default="best_worst", description="One pair per prompt, or every pair.")
    margin: float = Field(default=0.0, ge=0, allow_inf_nan=False, description="Least difference of rewards, never 0.")
    ties: Literal["first", "shortest", "skip"] = Field(
        default="first", description="Which of several best or worst completions stands for them; `skip` takes none."
    )
    dedup: bool = Field(default=True, description="Count equal completions of a prompt once.")
    accept: float | None = Field(
        None, allow_inf_nan=False, description="Least reward of the rejection-sampling set; none is written without it."
    )


class CurriculumConfig(_Model):
    """Which prompts are open at which update, by a column of numbers."""

    by: str = Field(description="Column of the dataset, like the `right_share` that `prefer` writes.")
    schedule: list[tuple[NonNegativeInt, float, float]] = Field(
        description="[[STEP, LOW, HIGH], ...]: from update STEP on, rows with LOW to HIGH in that column are open."
    )


class SamplingConfig(_Model):
    """Which prompts a generation takes, where it is not each in turn."""

    skip_solved: int | None = Field(default=None, ge=1, description="Visits of equal rewards until a prompt rests.")
    rest: int = Field(default=4, ge=1, description="Passes over the other prompts that it then sits out.")
    curriculum: CurriculumConfig | None = None


class RecipeConfig(_Model):
    """A whole recipe."""

    model: str = Field(min_length=1, description="Name on the hub, or folder from the working directory.")
    processor: dict[str, Any] = Field(default_factory=dict, description="Arguments of the processor: `max_pixels`, ...")
    dataset: DatasetConfig
    eval_dataset: DatasetConfig | None = Field(default=None, description="Held-out rows, for `eval_strategy`.")
    rewards: str | None = Field(default=None, description="Rewards file, from the folder of the recipe.")
    tools: list[str] = Field(default_factory=list, description="Functions, or methods of the environment.")
    environment: str | None = Field(default=None, description="A class of environments, one per completion.")
    rollout: str | None = Field(default=None, description="A function for TRL's `rollout_func`.")
    tool_seconds: float = Field(default=10.0, gt=0, allow_inf_nan=False, description="What a call of a tool may take.")
    output_dir: str = Field(min_length=1, description="Where the trained model goes, from the working directory.")
    training: dict[str, Any] = Field(default_factory=dict, description="Arguments of TRL's config class.")
    lora: dict[str, Any] | None = Field(default=None, description="Arguments of peft's LoraConfig: train a LoRA.")
    quantization: dict[str, Any] | None = Field(default=None, description="Arguments of BitsAndBytesConfig (QLoRA).")
    freeze: list[str] = Field(default_factory=list, description="Modules not to train, like `vision_tower`.")
    callbacks: dict[str, dict[str, Any] | None] = Field(
        default_factory=dict, description="Classes of callbacks, and their options."
    )
    sampling: SamplingConfig | None = Field(default=None, description="Which prompts are sampled how often.")
    preferences: PreferencesConfig = Field(default=PreferencesConfig(), description="How `prefer` makes preferences.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe that was read and validated, with the place of each of its values.

    Args:
        config: Its values.
        document: The file, for the places of mistakes.
        overridden: The full names of the values that the command line gave.
    """

    config: RecipeConfig
    document: Document
    overridden: frozenset[str] = frozenset()

    @classmethod
    def read(cls, source: str | Path | Mapping[str, Any], **overrides: Any) -> Recipe:
        """Read a recipe.

        Args:
            source: The recipe file, or the same as a dict.
            **overrides: Values in the place of the recipe's, as `--set` gives them: arguments of TRL by their names,
                other values by the path to them (`output_dir`, `dataset.limit`).

        Raises:
            ConfigError: With every mistake at once, each in its place.
        """
        document = Document.read(source, what="recipe")
        config = document.validate(RecipeConfig)
        if not overrides:
            return cls(config, document)
        given = in_section(overrides, "training")
        changed = Document(_replaced(document.data, given), f"{document.name or 'The recipe'} with --set")
        return cls(changed.validate(RecipeConfig), document, frozenset(given))

    @property
    def rewards(self) -> Path:
        """The rewards file. Raises ConfigError when the recipe names none, or one that is not there."""
        if self.config.rewards is None:
            raise self.error((), "this method needs `rewards: FILE`, a rewards file.")
        path = self.document.folder / self.config.rewards
        if not path.is_file():
            there = {file.name for file in path.parent.glob("*.y*ml")} - {Path(self.document.name or "").name}
            near = did_you_mean(path.name, sorted(there))
            message = f"there is no file '{path}'; its path starts from the folder of the recipe.{near}"
            raise self.error(("rewards",), message)
        return path

    def error(self, place: Sequence[str | int], message: str, *, at_key: bool = False) -> ConfigError:
        """A ConfigError about one place of the file, or of what `--set` gave."""
        return self._told([Problem(tuple(place), message, at_key=at_key)])

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Raise ConfigError with all problems, if there are any."""
        if found := list(problems):
            raise self._told(found)

    def _told(self, problems: Iterable[Problem]) -> ConfigError:
        told = []
        for one in problems:
            given = any(".".join(map(str, one.path[:end])) in self.overridden for end in range(1, len(one.path) + 1))
            shown = ("--set", *one.path[one.path[0] == "training" :]) if given else one.path
            told.append(dataclasses.replace(one, path=shown))
        return self.document.error(told)

    def arguments(self, config_class: type[C], defaults: Mapping[str, Any]) -> C:
        """TRL's config, with defaults for what the recipe leaves open. Raises ConfigError for what TRL refuses."""
        given, hints = self.config.training, typing.get_type_hints(config_class)
        problems = [*check_arguments(given, hints, f"{config_class.__name__} of TRL", "training")]
        if given.get("remove_unused_columns"):
            message = "rewards read the columns of the dataset, and `true` removes them; leave it out."
            problems.append(Problem(("training", "remove_unused_columns"), message))
        if "output_dir" in given:
            problems.append(Problem(("training", "output_dir"), "write `output_dir` at the top of the recipe."))
        self.refuse(problems)
        known = {item.name for item in dataclasses.fields(config_class) if item.init}  # type: ignore[arg-type]
        fixed = {"output_dir": self.config.output_dir}
        return self.make(config_class, {**launch_defaults(known, given), **defaults, **given, **fixed}, "training")

    def named(self, name: str, place: str) -> Any:
        """What `FILE.py:NAME` from the folder of the recipe, or `MODULE.NAME`, names. Raises ConfigError for none."""
        where, _, attribute = name.rpartition(":" if ".py:" in name else ".")
        try:
            module = module_of(self.document.folder / where) if ".py:" in name else import_module(where)
            return getattr(module, attribute)
        except Exception as error:
            raise self.error((place,), f"'{name}' is not there: {explain(error)}") from error

    def make(self, config_class: type[C], given: Mapping[str, Any], *place: str) -> C:
        """Another package's class of the arguments in a place. Raises ConfigError when it refuses them."""
        try:
            return config_class(**given)
        except Exception as error:
            raise self.error(place, f"{config_class.__name__} refuses these arguments: {explain(error)}") from error


def check_arguments(given: Mapping[str, Any], hints: Mapping[str, Any], owner: str, section: str) -> Iterator[Problem]:
    """A problem for every argument that the owner ("GRPOConfig of TRL") does not have, or that has a wrong value."""
    for name, value in given.items():
        if name not in hints:
            message = f"{owner} has no argument '{name}'.{did_you_mean(name, hints)}"
            yield Problem((section, name), message, at_key=True)
            continue
        kind = VALUES.get(f"{owner.partition(' ')[0]}.{name}", VALUES.get(name, hints[name]))
        kind = Annotated[hints[name], kind] if isinstance(kind, FieldInfo) else kind
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(kind, config=ConfigDict(arbitrary_types_allowed=True))
            adapter.validate_python(value)
        except PydanticSchemaGenerationError:
            continue  # a type that says nothing about values; the class itself must judge
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]["msg"]
            yield Problem((section, name), f"{owner}: {wrong}, not {show(value)}.")


def in_section(given: Mapping[str, Any], section: str) -> dict[str, Any]:
    """The same values under their full names; what is not a key of a recipe is one of its section.

    >>> in_section({"max_steps": 3, "dataset.limit": 8}, "training")
    {'training.max_steps': 3, 'dataset.limit': 8}
    """
    keys = RecipeConfig.model_fields
    return {name if name.partition(".")[0] in keys else f"{section}.{name}": value for name, value in given.items()}


def _replaced(content: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The content with other values, given by their full names; the content itself stays as it is.

    >>> _replaced({"dataset": {"path": "json"}, "lora": None}, {"dataset.limit": 8, "lora.r": 4})
    {'dataset': {'path': 'json', 'limit': 8}, 'lora': {'r': 4}}
    """
    made = copy.deepcopy(dict(content))
    for name, value in given.items():
        *sections, last = name.split(".")
        place = made
        for at, section in enumerate(sections):
            if place.get(section) is None:
                place[section] = {}
            place = place[section]
            if not isinstance(place, dict):
                whole, below = ".".join(sections[: at + 1]), name.split(".")[at + 1]
                raise ConfigError(f"--set {name}: '{whole}' is {show(place)} and has no '{below}'.")
        place[last] = value
    return made
