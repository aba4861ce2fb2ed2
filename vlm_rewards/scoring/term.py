"""One named use of a reward, ready to be evaluated: the reward, its columns, and when and how it counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from vlm_rewards.errors import ColumnError
from vlm_rewards.registry.decorator import RESERVED, Mode
from vlm_rewards.registry.info import RewardInfo
from vlm_rewards.scoring.binding import ColumnReader, Instance
from vlm_rewards.scoring.cache import Cache, as_one
from vlm_rewards.scoring.combine import Schedule
from vlm_rewards.scoring.output_validator import OutputValidator
from vlm_rewards.scoring.raw import RawColumn, References
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.context import Context
from vlm_rewards.types.output import RewardOutput, Status
from vlm_rewards.types.results import Outcomes


class ColumnProblem(NamedTuple):
    """What is wrong with the columns of a dataset, and what to do."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}; {self.fix}."


class Effect(NamedTuple):
    """What an outcome does to its row."""

    value: float | None = None  # what the term counts there before weighting; None for nothing
    unscored: bool = False  # whether the row gets no total
    stop: bool = False  # whether scoring stops


@dataclass(frozen=True, slots=True)
class Gate:
    """Opens where the raw score of another term is in bounds; None stands for an end of its range."""

    term: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Chooses rows by the value of a dataset column."""

    column: str
    values: Sequence[Any]
    negated: bool = False

    def rows(self, batch: Batch) -> list[int]:
        """The rows of a batch that the term is used for. Raises ColumnError when the column is missing."""
        column = batch.columns.get(self.column)
        if column is None:
            raise ColumnError(str(_missing(self.column, list(batch.columns), "a route (`when`) reads it")))
        return [row for row, value in enumerate(column) if (value in self.values) is not self.negated]


class Asked(Protocol):
    """What a term asks of its reward beside scores, here or in a worker."""

    def options(self, context: Context | None) -> Mapping[str, Any]:
        """The validated `params` or the `problems` with them, and what the reward's `check` says of a context."""

    def preflight(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """The findings of the reward's own preflight."""

    def strategies(self, reading: Mapping[str, Any]) -> Sequence[Any]:
        """The honest answers to a row and the ways to cheat that the reward declares, and the words in its code."""


@dataclass(frozen=True, slots=True)
class Isolated:
    """How a term runs in a worker."""

    config: Mapping[str, Any]  # the rewards file of this one term, for the worker
    timeout: float  # seconds per item
    batch_timeout: float  # seconds for 1,024 items of a batch
    startup: float  # seconds for imports and set-up, in each worker
    memory: int | None  # address space in bytes; None for no limit
    references: References  # which values of its columns can be used


@dataclass(frozen=True, slots=True)
class Term:
    """One named use of a reward."""

    name: str
    full_name: str
    info: RewardInfo
    validator: OutputValidator
    instance: Instance | None = None  # what is called in this process
    asked: Asked | None = None
    params: Mapping[str, Any] = field(default_factory=dict)  # the options, with defaults filled in
    columns: tuple[ColumnReader | RawColumn | None, ...] = ()  # None where a parameter is reserved
    images: str | None = None  # the column of its images, when the config names one
    weight: Schedule = field(default=Schedule(((0, 1.0),)))
    gate: Gate | None = None  # when it is evaluated at all
    when: Route | None = None  # for which rows it is used
    clip: tuple[float, float] | None = None
    depends: Mapping[str, str] = field(default_factory=dict)  # parameter: the term whose output it gets
    normalize: bool = False  # whether its scores are divided by their spread inside each group
    isolated: Isolated | None = None  # how it runs in a worker; None to run in this process
    memory: int | None = None  # address space of a worker for hard items, in bytes
    concurrency: int = 64  # how many calls of an async reward may wait at a time
    cache: Cache[RewardOutput] = field(default_factory=Cache)
    on_abstain: str | float = "low"  # or `skip_row`, `drop`, a number
    on_error: str | float = "skip_row"  # or `fail`, a number

    @property
    def compares(self) -> bool:
        """Whether it looks at whole groups."""
        return self.normalize or self.info.mode is Mode.GROUP

    def check_columns(self, names: Sequence[str]) -> list[ColumnProblem]:
        """What is wrong with a dataset that has these columns; empty when the term can read all it needs."""
        problems = []
        if self.when is not None and self.when.column not in names:
            problems.append(_missing(self.when.column, names, f"the route of the term '{self.name}' reads it"))
        for parameter, reader in zip(self.info.columns, self.columns, strict=True):
            name = parameter.name
            if name in self.depends:
                continue
            if reader is not None and parameter.required and reader.column not in names:
                problems.append(self._missing(reader.column, names, name))
            if name in RESERVED - {"images"} and name in names:
                given = "whole row" if name == "row" else "facts of the run"
                what = f"Dataset column '{name}' has a reserved name: the term '{self.name}' gets the {given} instead"
                problems.append(ColumnProblem(what, "rename the column"))
            images = {self.images} if self.images else {"images", "image"}
            if name == "images" and parameter.required and not images & set(names):
                problems.append(self._missing(self.images or "images", names, name))
        return problems

    def read(
        self, batch: Batch, rows: Sequence[int], output: Callable[[str, int], RewardOutput | None]
    ) -> tuple[list[list[Any]], dict[int, str]]:
        """The arguments of some rows, by parameter, those of other terms by their `output`; and why a row has none."""
        arguments: list[list[Any]] = []
        problems: dict[int, str] = {}
        raw: dict[str, list[Any]] = {}
        for parameter, reader in zip(self.info.columns, self.columns, strict=True):
            if parameter.name in self.depends:
                values: list[Any] = [output(self.depends[parameter.name], row) for row in rows]
                if self.isolated is not None:
                    values = as_one(None if value is None else value.model_dump(mode="json") for value in values)
            elif reader is not None:
                values, wrong = reader.read(batch.columns.get(reader.column), rows)
                problems |= wrong
                if isinstance(reader, RawColumn) and reader.column in batch.columns:
                    raw[parameter.name] = values
            elif parameter.name == "images":
                images = batch.images if self.images is None else batch.images_from(self.images)
                values = [images[row] for row in rows]
            elif parameter.name == "row":
                values = [batch.row(row) for row in rows]
            else:
                values = [batch.context] * len(rows)
            arguments.append(values)
        if self.isolated is not None and raw:
            problems = self.isolated.references.problems(raw, rows) | problems
        return arguments, problems

    def dependencies(self) -> list[str]:
        """The terms that must be evaluated before this one."""
        return [*([] if self.gate is None else [self.gate.term]), *self.depends.values()]

    def check_gate(self, other: Outcomes, row: int, into: Outcomes) -> bool:
        """Whether the gate is open for a row by the outcome of the gating term; if not, write this term's own outcome.

        A gating term that abstained or was not routed leaves the gate open, one that failed fails this term too.
        """
        gate = self.gate
        assert gate is not None
        assert gate.at_least is not None
        assert gate.at_most is not None
        status, score = other.statuses[row], other.scores[row]
        if status is Status.FAILED:
            into.set(row, Status.FAILED, f"gate_failed: {gate.term}")
        elif status is Status.UNPARSEABLE or not (score is None or gate.at_least <= score <= gate.at_most):
            into.set(row, Status.SCORED, f"gate_shut: {gate.term}", self.info.range[0])
        elif status is Status.BAD_REFERENCE:
            into.set(row, Status.BAD_REFERENCE, f"gate_bad_reference: {gate.term}")
        else:
            return True
        return False

    def was_asked(self, reason: str | None) -> bool:
        """Whether a row reached the reward, by the reason of its outcome: that of a closed gate is `check_gate`'s."""
        return self.gate is None or not (
            str(reason).startswith("gate_") and str(reason).endswith(f": {self.gate.term}")
        )

    def effect(self, status: Status, score: float | None) -> Effect:
        """What an outcome does to its row, by this term's policies."""
        if status is Status.BAD_REFERENCE:
            return Effect(unscored=True)
        policy: str | float | None = score
        if status is not Status.SCORED:
            policy = {Status.FAILED: self.on_error, Status.ABSTAINED: self.on_abstain}.get(status, "low")
        value = self.info.range[0] if policy == "low" else policy
        if value is None or isinstance(value, str):
            return Effect(unscored=value in {"skip_row", "fail"}, stop=value == "fail")
        return Effect(value if self.clip is None else min(max(value, self.clip[0]), self.clip[1]))

    def _missing(self, column: str, names: Sequence[str], parameter: str) -> ColumnProblem:
        why = f"the parameter `{parameter}` of reward {self.validator.who} in the term '{self.name}' reads it"
        fix = f"map another one with `columns: {{{parameter}: NAME}}`"
        if parameter == "images" and self.images is None:
            fix += ", or call a column of one image each 'image'"
        if parameter not in {"solution", "images"}:
            fix += f", or hand over another term's output with `depends: {{{parameter}: TERM}}`"
        return _missing(column, names, why, fix)


def _missing(
    column: str, names: Sequence[str], why: str, fix: str = "add the column, or name another one"
) -> ColumnProblem:
    has = ", ".join(names) or "no columns"
    return ColumnProblem(f"Dataset column '{column}' is missing: {why}, and the dataset has {has}", fix)
