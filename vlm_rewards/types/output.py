"""What a reward gives: the outcome of one reward for one completion, and a scored row."""

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vlm_rewards.text.messages import printable, show


class Status(StrEnum):
    """What became of one completion under one reward.

    | status        | meaning                                         | effect on the term                       |
    |---------------|-------------------------------------------------|------------------------------------------|
    | scored        | finite and inside the declared range            | the score                                |
    | abstained     | does not apply to this completion               | `on_abstain`: the range's low by default |
    | unparseable   | the model's fault (no answer, no box, too long) | the range's low                          |
    | bad_reference | the data's fault                                | the whole row is None                    |
    | failed        | the grader's fault (exception, invalid output)  | `on_error`: the row is None by default   |
    """

    SCORED = "scored"
    ABSTAINED = "abstained"
    UNPARSEABLE = "unparseable"
    BAD_REFERENCE = "bad_reference"
    FAILED = "failed"


class RewardOutput(BaseModel):
    """The outcome of one reward for one completion; `score` is there exactly when `status` is `scored`.

    >>> RewardOutput(score=0.5, reason="half of the box")
    RewardOutput(score=0.5, status=<Status.SCORED: 'scored'>, reason='half of the box', details={})
    >>> RewardOutput.unparseable("no box in the answer").score is None
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    score: float | None = Field(default=None, description="Finite, inside the range of the reward.")
    status: Status = Status.SCORED
    reason: str | None = Field(default=None, description="Why it is not the top, in one line for people.")
    details: dict[str, Any] = Field(default_factory=dict, description="Plain values that say how the score arose.")

    @model_validator(mode="after")
    def _score_goes_with_status(self) -> Self:
        if (self.score is None) == (self.status is Status.SCORED):
            raise ValueError(
                f"a score is there exactly when the status is 'scored', not score={self.score!r} with {self.status}"
            )
        return self

    @property
    def answer_read(self) -> str | None:
        """The answer that a reward read and where it stood, short, for people; None where its details tell none.

        >>> RewardOutput(score=1.0, details={"answer": "7", "source": "box"}).answer_read
        "'7' (box)"
        """
        if "answer" not in self.details:
            return None
        source = self.details.get("source")
        return show(self.details["answer"]) + (f" ({printable(source)})" if isinstance(source, str) else "")

    @classmethod
    def abstained(cls, reason: str, **details: Any) -> Self:
        """The reward does not apply to this completion."""
        return cls(status=Status.ABSTAINED, reason=reason, details=details)

    @classmethod
    def unparseable(cls, reason: str, **details: Any) -> Self:
        """The completion holds nothing that could be scored: the model's fault."""
        return cls(status=Status.UNPARSEABLE, reason=reason, details=details)

    @classmethod
    def bad_reference(cls, reason: str, **details: Any) -> Self:
        """The reference cannot be used: the data's fault."""
        return cls(status=Status.BAD_REFERENCE, reason=reason, details=details)


class ScoredRow(BaseModel):
    """One line of a scored file: the total and the outcome of every term that the row was routed to."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    row: int = Field(ge=0, description="Position in the input, from 0.")
    total: float | None = Field(description="The combined reward; null when the row has none.")
    terms: dict[str, RewardOutput]
