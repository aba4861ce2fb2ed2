"""Check what a reward returned; whatever it is becomes an outcome."""

import math
from collections.abc import Sequence
from typing import Any

from vlm_rewards.errors import RewardOutputError
from vlm_rewards.text.messages import pass_on_interrupt, printable, show
from vlm_rewards.types.output import RewardOutput, Status
from vlm_rewards.types.results import Outcomes

_MAX_REASON = 300
# Sums of shares such as 0.1 + 0.2 + 0.7 miss a bound of the range by their rounding, which is nobody's fault.
_ROUNDING = 1e-9


class OutputValidator:
    """Checks what one reward returns; nothing it returns can raise past here. `who` it is stands in messages."""

    def __init__(self, who: str, low: float, high: float) -> None:
        self.who, self.low, self.high = who, low, high

    def check_length(self, outputs: object, expected: int) -> list[Any]:
        """The outputs of a batch reward. Raises RewardOutputError unless they are one per completion."""
        listed = _listed(outputs)
        if listed is None or len(listed) != expected:
            returned = show(outputs) if listed is None else f"{len(listed)} scores"
            raise RewardOutputError(
                f"returned {returned} for {expected} completions; return one float or None per completion"
            )
        return listed

    def fail(self, outcomes: Outcomes, rows: Sequence[int], reason: str) -> None:
        """Mark rows as failed by this reward."""
        text = f"Reward {self.who} {reason}"[:_MAX_REASON]
        for row in rows:
            outcomes.set(row, Status.FAILED, text)

    def collect(self, outcomes: Outcomes, rows: Sequence[int], outputs: Sequence[Any]) -> None:
        """Write the outputs of a reward for some rows into the outcomes, each checked."""
        low, high, scores, statuses, scored = self.low, self.high, outcomes.scores, outcomes.statuses, Status.SCORED
        for row, output in zip(rows, outputs, strict=True):
            if type(output) is float and low <= output <= high:
                scores[row], statuses[row] = output, scored
                continue
            score = _normalise(output)
            if isinstance(score, RewardOutput):
                outcomes.set(row, score.status, printable(score.reason[:_MAX_REASON]) if score.reason else None)
                outcomes.details[row] = score.details or None
                if score.status is not Status.SCORED:
                    continue
                score = score.score
            number = self._in_range(score)
            if number is not None:
                scores[row], statuses[row] = number, scored
            else:
                outcomes.details[row] = None
                wanted = f"return a finite float in [{low:g}, {high:g}], None or a RewardOutput"
                self.fail(outcomes, [row], f"returned {show(score)}; {wanted}")

    def _in_range(self, score: Any) -> float | None:
        """A number as a float; one that misses the range by no more than rounding is the bound that it meant."""
        try:
            number = float(score) if hasattr(type(score), "__float__") else math.nan  # `float` reads texts too
        except BaseException as error:  # noqa: BLE001 - a hostile object may raise from any attribute
            pass_on_interrupt(error)
            return None
        nearest = min(max(number, self.low), self.high)
        return nearest if abs(number - nearest) <= _ROUNDING * max(1.0, abs(nearest)) else None


def _listed(outputs: Any) -> list[Any] | None:
    """The items of a list, tuple, array or tensor; None for anything else."""
    try:
        if hasattr(outputs, "tolist"):
            outputs = outputs.tolist()
        return list(outputs) if isinstance(outputs, list | tuple) else None
    except BaseException as error:  # noqa: BLE001 - a hostile object may raise from any attribute
        pass_on_interrupt(error)
        return None


_ABSTAINED = RewardOutput(status=Status.ABSTAINED)


def _normalise(output: Any) -> Any:
    """A number or a valid RewardOutput for what a reward may return; anything else as it is, to be refused."""
    if output is None:
        return _ABSTAINED
    try:
        if isinstance(output, RewardOutput):
            return output if _is_sound(output) else show(output)
        if getattr(output, "shape", None) == ():  # a zero-dimensional array or tensor
            output = output.item()
    except BaseException as error:  # noqa: BLE001 - as above
        pass_on_interrupt(error)
        return show(output)
    return float(output) if isinstance(output, bool) else output


def _is_sound(output: RewardOutput) -> bool:
    """Whether an outcome has the types it declares: `model_construct` and subclasses skip pydantic's checks."""
    reason, details = output.reason, output.details
    return isinstance(output.status, Status) and isinstance(reason, str | None) and isinstance(details, dict)
