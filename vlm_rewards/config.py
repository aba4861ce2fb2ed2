"""The rewards file: what a term is, how terms are combined, and what happens to faults."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

__all__ = ["CombineConfig", "GateConfig", "OnErrorConfig", "PackPin", "RewardsConfig", "RouteConfig", "TermConfig"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _keyed(key: str) -> BeforeValidator:
    """Let `gate: format` stand for `gate: {term: format}`."""
    return BeforeValidator(lambda value: value if isinstance(value, dict | BaseModel) else {key: value})


def _words_or_number(*words: str) -> BeforeValidator:
    def check(value: object) -> object:
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf
        if number or value in words:
            return value
        raise ValueError(f"must be {', '.join(words)} or a finite number")

    return BeforeValidator(check)


OnAbstain = Annotated[Literal["low", "skip_row", "drop"] | FiniteFloat, _words_or_number("low", "skip_row", "drop")]
OnError = Annotated[Literal["skip_row", "fail"] | FiniteFloat, _words_or_number("skip_row", "fail")]
TermName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Interval = tuple[FiniteFloat, FiniteFloat]


class GateConfig(_Model):
    """Evaluate this term only where another term's raw score is high enough; elsewhere it scores its low."""

    term: str = Field(description="Name of the other term.")
    at_least: FiniteFloat | None = Field(default=None, description="Least raw score; the top of its range by default.")


class RouteConfig(_Model):
    """Use this term only for some rows, told by a dataset column."""

    column: str
    in_: list[Any] | None = Field(default=None, alias="in", description="Rows whose value is one of these.")
    not_in: list[Any] | None = Field(default=None, description="Rows whose value is none of these.")

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.in_ is None) == (self.not_in is None):
            raise ValueError("a route needs `in` or `not_in`: {column: task, in: [math]}")
        return self


class TermConfig(_Model):
    """One named use of a reward."""

    use: str = Field(description="`pack/reward`, or `trl:package.module.function` with a `range`.")
    params: dict[str, Any] = Field(default_factory=dict, description="Options of the reward.")
    columns: dict[str, str] = Field(default_factory=dict, description="Parameter: dataset column.")
    weight: FiniteFloat = 1.0
    gate: Annotated[GateConfig, _keyed("term")] | None = None
    when: RouteConfig | None = None
    clip: Interval | None = Field(default=None, description="Least and greatest score that this term may count.")
    range: Interval | None = Field(default=None, description="Declared range of a `trl:` function.")
    on_abstain: OnAbstain = "low"
    on_error: OnError | None = Field(default=None, description="Instead of the `on_error` of the file.")

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for name, interval in (("clip", self.clip), ("range", self.range)):
            if interval is not None and interval[0] >= interval[1]:
                raise ValueError(f"`{name}` must be two rising numbers, like [0, 1]")
        return self


class CombineConfig(_Model):
    """How the terms of a row become one number."""

    op: Literal["sum"] = "sum"
    clip: Interval | None = Field(default=None, description="Least and greatest total.")


class OnErrorConfig(_Model):
    """What a fault of a reward does to its row."""

    policy: OnError = "skip_row"


class PackPin(_Model):
    """Which distribution a namespace is taken from."""

    distribution: str


class RewardsConfig(_Model):
    """A whole rewards file."""

    version: Literal[1]
    rewards: dict[TermName, TermConfig] = Field(min_length=1)
    combine: Annotated[CombineConfig, _keyed("op")] = CombineConfig()
    on_error: Annotated[OnErrorConfig, _keyed("policy")] = OnErrorConfig()
    packs: dict[str, PackPin] = Field(default_factory=dict)
    allow_imports: bool = Field(default=False, description="Whether `use` may import dotted paths.")
    max_chars: int = Field(default=65_536, gt=0, description="Longer completions are unparseable (too_long).")
