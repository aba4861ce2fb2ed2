"""How long a completion is, in which unit, and whether its answer is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import vlm_rewards as vr
from vlm_rewards.text.visible import shown, visible

#: `auto` counts tokens where their ids are known (as in training), else characters.
Unit = Literal["auto", "tokens", "characters"]


@dataclass(frozen=True, slots=True)
class Length:
    """A length and what it counts."""

    count: int
    unit: Literal["tokens", "characters"]

    def details(self) -> dict[str, int | str]:
        """The length as details of an outcome."""
        return {"length": self.count, "unit": self.unit}


def measure(completion: vr.Completion, unit: Unit) -> Length | vr.RewardOutput:
    r"""The length of all that was generated, reasoning included; an outcome where there is none.

    An empty completion is unparseable under every reward of this pack: penalties would pay their best for silence.

    >>> measure(vr.Completion("seven", token_ids=[5, 2]), "auto"), measure(vr.Completion("seven"), "auto")
    (Length(count=2, unit='tokens'), Length(count=5, unit='characters'))
    >>> measure(vr.Completion("\n"), "auto").reason
    'an empty completion'
    """
    if is_empty(completion):
        return vr.RewardOutput.unparseable("an empty completion")
    if unit != "characters" and completion.token_ids is not None:
        return Length(len(completion.token_ids), "tokens")
    if unit == "tokens":
        return vr.RewardOutput.abstained("the token ids are not known")
    return Length(len(completion.text) + len(completion.reasoning_field or ""), "characters")


def is_empty(completion: vr.Completion) -> bool:
    """Whether a completion shows nothing in its text and its reasoning field: zero-width characters do not count."""
    return not (visible(completion.text) or visible(completion.reasoning_field or ""))


def shown_length(completion: vr.Completion, length: Length) -> int:
    """How much of a length a reader sees: runs of white space are one space, and invisible characters are nothing.

    Tokens are bytes or more of them, so that no more tokens are seen than bytes.
    """
    seen = shown(f"{completion.reasoning_field or ''} {completion.text}")
    return min(length.count, len(seen if length.unit == "characters" else seen.encode("utf-8", "replace")))


def measure_to_limit(
    completion: vr.Completion, context: vr.Context, max_length: int | None, unit: Unit
) -> tuple[Length, int] | vr.RewardOutput:
    """The length and the limit to compare it with: the run's own limit is in tokens, and no characters compare."""
    length = measure(completion, "tokens" if max_length is None else unit)
    limit = context.max_completion_tokens if max_length is None else max_length
    if isinstance(length, vr.RewardOutput):
        return length
    return vr.RewardOutput.abstained("no limit is known") if limit is None else (length, limit)


def check_limit(max_length: int | None, context: vr.Context, unit: Unit) -> int:
    """The limit to compare a length with. Raises ValueError without one."""
    if max_length is not None:
        return max_length
    if unit == "characters":
        raise ValueError("unit 'characters' needs max_length; the limit of a run is in tokens")
    if context.max_completion_tokens is None:
        raise ValueError(
            "max_length is not given, and the run's own limit is not known: give it, or pass `args` with "
            "max_completion_length (training)"
        )
    return context.max_completion_tokens


def is_right(correct: vr.RewardOutput | None, at_least: float) -> bool | vr.RewardOutput:
    """Whether an answer is right; an outcome where that is not known.

    An answer that could not be read is wrong: that is the model's doing. An undecided one is neither.

    >>> is_right(vr.RewardOutput(score=1.0), 1.0), is_right(vr.RewardOutput.unparseable("no box"), 1.0)
    (True, False)
    >>> is_right(vr.RewardOutput.abstained("beyond_coverage"), 1.0).reason
    'no verdict: beyond_coverage'
    """
    if correct is None:
        return vr.RewardOutput.abstained("no verdict: its term is not routed here")
    if correct.status is vr.Status.BAD_REFERENCE:
        return vr.RewardOutput.bad_reference(f"no verdict: {correct.reason}")
    if correct.status is vr.Status.UNPARSEABLE:
        return False
    if correct.score is None:
        return vr.RewardOutput.abstained(f"no verdict: {correct.reason}")
    return correct.score >= at_least
