"""The rewards file: what a term is, how terms are combined, and what happens to faults."""

import math
from collections.abc import Callable
from itertools import chain
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    Tag,
    WithJsonSchema,
    model_validator,
)

from vlm_rewards.answers.languages import LANGUAGES
from vlm_rewards.answers.marks import AnswerMarks
from vlm_rewards.config.document import tag
from vlm_rewards.scoring.combine import Kind, Op
from vlm_rewards.text.scripts import language_hint


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _short(read: Callable[[object], object], form: object) -> BeforeValidator:
    """Let a short form stand for a model, in its JSON Schema too; `read` makes the model's content of it."""

    def full(value: object) -> object:
        return value if isinstance(value, dict | BaseModel) else read(value)

    return BeforeValidator(full, json_schema_input_type=form)


def _not_negative(weight: float) -> float:
    if weight < 0:
        # It would turn the low, which every answer earns that cannot be judged, into the most that can be earned.
        raise ValueError("must not be negative: declare a penalty by a range like [-1, 0] and weigh it by 0 or more")
    return weight


def _constant(value: object) -> object:
    """Let `weight: 0.3` stand for a schedule that does not change."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
        raise ValueError("must be a finite number or {schedule: [[STEP, WEIGHT], ...]}")
    return {"schedule": [(0, _not_negative(value))]}


def _words_or_number(*words: str) -> BeforeValidator:
    def check(value: object) -> object:
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf
        if number or value in words:
            return value
        raise ValueError(f"must be {', '.join(words)} or a finite number")

    return BeforeValidator(check)


WeightNumber = Annotated[FiniteFloat, AfterValidator(_not_negative), WithJsonSchema({"type": "number", "minimum": 0})]
OnAbstain = Annotated[Literal["low", "skip_row", "drop"] | FiniteFloat, _words_or_number("low", "skip_row", "drop")]
OnError = Annotated[Literal["skip_row", "fail"] | FiniteFloat, _words_or_number("skip_row", "fail")]
TermName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _rising(interval: tuple[float, float]) -> tuple[float, float]:
    if interval[0] >= interval[1]:
        raise ValueError("must be two rising numbers, like [0, 1]")
    return interval


Interval = Annotated[tuple[FiniteFloat, FiniteFloat], AfterValidator(_rising)]


class ScheduleConfig(_Model):
    """A weight that changes with the training step."""

    schedule: list[tuple[Annotated[int, Field(ge=0)], WeightNumber]] = Field(
        min_length=1, description="Points of [step, weight], steps rising."
    )
    kind: Kind = Field(default="linear", description="How to go from one point to the next.")

    @model_validator(mode="after")
    def _rising(self) -> Self:
        steps = [step for step, _ in self.schedule]
        if steps != sorted(set(steps)):
            raise ValueError("the steps of a schedule must rise, like [[0, 0.0], [500, 0.3]]")
        return self


Weight = Annotated[ScheduleConfig, _short(_constant, WeightNumber | ScheduleConfig)]


class GateConfig(_Model):
    """Evaluate this term only where another term's raw score is in bounds; elsewhere it scores its low."""

    term: str = Field(description="Name of the other term.")
    at_least: FiniteFloat | None = Field(default=None, description="Least raw score; the top of its range by default.")
    at_most: FiniteFloat | None = Field(default=None, description="Greatest raw score; then no least one by default.")


class RouteConfig(_Model, json_schema_extra={"oneOf": [{"required": ["in"]}, {"required": ["not_in"]}]}):
    """Use this term only for some rows, told by a dataset column."""

    column: str = Field(description="Column of the dataset.")
    in_: list[Any] | None = Field(default=None, alias="in", description="Rows whose value is one of these.")
    not_in: list[Any] | None = Field(default=None, description="Rows whose value is none of these.")

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.in_ is None) == (self.not_in is None):
            raise ValueError("a route needs `in` or `not_in`: {column: task, in: [math]}")
        return self


class TermConfig(_Model):
    """One named use of a reward."""

    use: str = Field(
        description="`pack/reward`, `./FILE.py:NAME`, `trl:MODULE.FUNCTION` with a `range`, `config:pack/name`."
    )
    params: dict[str, Any] = Field(default_factory=dict, description="Options of the reward.")
    columns: dict[str, str] = Field(default_factory=dict, description="Parameter: dataset column.")
    weight: Weight = Field(
        default=ScheduleConfig(schedule=[(0, 1.0)]), description="Factor in a sum or mean; a schedule changes it."
    )
    gate: Annotated[GateConfig, _short(lambda term: {"term": term}, str | GateConfig)] | None = Field(
        default=None, description="Evaluate this term only where that term's raw score is in bounds."
    )
    when: RouteConfig | None = Field(default=None, description="Use this term only for some rows.")
    depends: dict[str, str] = Field(default_factory=dict, description="Parameter: term whose output it gets.")
    clip: Interval | None = Field(default=None, description="Least and greatest score that this term may count.")
    normalize: Literal["group"] | None = Field(default=None, description="Divide by the spread inside each group.")
    isolation: Literal["process", "inline"] | None = Field(
        default=None, description="Where it runs; packs of other distributions in workers by default."
    )
    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="Seconds per item in a worker.")
    concurrency: int | None = Field(default=None, gt=0, description="Calls of an async reward that may wait at a time.")
    range: Interval | None = Field(default=None, description="Declared range of a `trl:` function.")
    on_abstain: OnAbstain | None = Field(
        default=None, description="What an abstention counts: `low` by default, and `drop` for `trl:` functions."
    )
    on_error: OnError | None = Field(default=None, description="Instead of the `on_error` of the file.")


# A tag says which of the two is meant, so that a mistake in a node is not reported as a bad name of a term as well.
Child = Annotated[
    Annotated[str, Tag(tag("term"))] | Annotated["NodeConfig", Tag(tag("node"))],
    Discriminator(lambda value: tag("node" if isinstance(value, dict | BaseModel) else "term")),
]


class NodeConfig(_Model):
    """An operation over terms and further nodes."""

    name: TermName = Field(description="A name that no term has.")
    op: Op = Field(description="How its terms become one number.")
    terms: list[Child] = Field(min_length=1, description="Names of terms, and nodes.")
    weight: WeightNumber = Field(default=1.0, description="Factor in the node above.")
    clip: Interval | None = Field(default=None, description="Least and greatest result.")


class CombineConfig(_Model):
    """How the terms of a row become one number."""

    op: Op = Field(default="sum", description="How its terms become one number.")
    terms: list[Child] | None = Field(default=None, min_length=1, description="Every term by default.")
    clip: Interval | None = Field(default=None, description="Least and greatest total.")


class OnErrorConfig(_Model):
    """What a fault of a reward does to its row, and how many a training run bears."""

    policy: OnError = Field(default="skip_row", description="Leave the row out, end the run, or count this score.")
    max_rate: float = Field(default=0.05, ge=0, le=1, description="Share of faulty items that stops a run.")
    window: int = Field(default=20, gt=0, description="Batches over which the share is taken.")


class WorkersConfig(_Model):
    """The processes in which isolated rewards run."""

    memory_gib: float | None = Field(default=4.0, gt=0, description="Address space of each; null for no limit.")
    timeout: float = Field(default=10.0, gt=0, allow_inf_nan=False, description="Seconds per item.")
    startup: float = Field(
        default=120.0, gt=0, allow_inf_nan=False, description="Seconds for imports and set-up, before the first item."
    )
    batch_timeout: float = Field(
        default=300.0, gt=0, allow_inf_nan=False, description="Seconds per 1,024 rows of a batch or file, and term."
    )
    concurrency: int = Field(default=64, gt=0, description="The same for every term that does not set its own.")


def _known_language(code: object) -> object:
    if code not in LANGUAGES:
        raise ValueError(f"must be one of {', '.join(LANGUAGES)}{language_hint(code, LANGUAGES)}")
    return code


def _listed(held: object) -> object:
    if not isinstance(held, list) or not held:
        raise ValueError("must be a list of codes, like [en, zh]")
    return held


def _pairs(held: object) -> object:
    pairs = held if isinstance(held, list) else []
    if not pairs or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise ValueError("must be a list of pairs, like [['<final>', '</final>']]")
    marks = [str(mark) for pair in pairs for mark in pair]
    if any(len(mark) < 2 or mark.isalnum() or mark != mark.strip() for mark in marks):
        raise ValueError("must hold tags like '<final>': two characters or more, a sign among them, no space around")
    return held


LanguageCode = Annotated[str, BeforeValidator(_known_language), WithJsonSchema({"enum": list(LANGUAGES)})]
Languages = Annotated[list[LanguageCode], Field(min_length=1), BeforeValidator(_listed)]
Delimiter = Annotated[str, Field(pattern=r"^\S(.*\S)?$")]
Delimiters = Annotated[list[tuple[Delimiter, Delimiter]], Field(min_length=1), BeforeValidator(_pairs)]


class AnswersConfig(_Model):
    """How reasoning and answers are marked, the same for every reward; what is left out keeps its default."""

    tags: Delimiters | None = Field(
        default=None, description="Opening and closing tags of the final answer; format rewards ask for the first."
    )
    reasoning: Delimiters | None = Field(
        default=None, description="Opening and closing delimiters of reasoning; format rewards ask for the first."
    )
    languages: Languages | None = Field(
        default=None, description="Languages whose announcements (`the answer is`) are read; all by default."
    )

    @model_validator(mode="after")
    def _each_delimiter_once(self) -> Self:
        held = [mark.lower() for mark in chain(*self.marks.answer, *self.marks.reasoning)]
        for at, mark in enumerate(held):
            if other := next((other for other in held[:at] + held[at + 1 :] if mark in other), ""):
                raise ValueError(f"each delimiter must differ from all others, and {mark!r} is (or is in) {other!r}")
        return self

    @property
    def marks(self) -> AnswerMarks:
        """The marks that rewards read with."""
        fields = {"answer": self.tags, "reasoning": self.reasoning, "languages": self.languages}
        return AnswerMarks.of({name: value for name, value in fields.items() if value is not None})


class PackPin(_Model):
    """Which distribution a namespace is taken from."""

    distribution: str = Field(description="Name of the package, as `pip list` shows it.")


class RewardsConfig(_Model):
    """A whole rewards file."""

    version: Literal[1] = Field(description="Version of this format.")
    rewards: dict[TermName, TermConfig] = Field(
        min_length=1, description="The terms by name.", json_schema_extra={"additionalProperties": False}
    )
    combine: Annotated[CombineConfig, _short(lambda op: {"op": op}, Op | CombineConfig)] = CombineConfig()
    answers: AnswersConfig = Field(default=AnswersConfig(), description="The marks of reasoning and answers.")
    on_error: Annotated[OnErrorConfig, _short(lambda policy: {"policy": policy}, OnError | OnErrorConfig)] = (
        OnErrorConfig()
    )
    workers: WorkersConfig = WorkersConfig()
    packs: dict[str, PackPin] = Field(default_factory=dict)
    observers: list[str] = Field(
        default_factory=list, description="Packs that are imported into the training process, to watch."
    )
    allow_imports: bool = Field(default=False, description="Whether `use` may import dotted paths.")
    max_chars: int = Field(default=65_536, gt=0, description="Longer completions are unparseable (too_long).")
