"""What a reward may know of the run it works in: plain numbers, the same on every rank, safe to send to a worker."""

from __future__ import annotations

from dataclasses import dataclass

from vlm_rewards.answers.marks import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.types.images import FrameSpec


@dataclass(frozen=True, slots=True)
class Context:
    """Facts of the run; every field has a neutral default for scoring offline.

    Args:
        step: Optimiser steps done.
        max_steps: Steps the run will take, when known.
        group_size: Completions per prompt, standing next to each other in a batch.
        world_size: Processes that share one step.
        max_completion_tokens: Where generation is cut, in tokens.
        eos_token_ids: Ids that end a completion.
        frame: How the processor resizes images; None when it is unknown or does not matter.
        reasoning_prefilled: Whether the chat template opens the reasoning (`<think>`) at the end of the prompt.
        marks: The delimiters of reasoning and answers.
    """

    step: int = 0
    max_steps: int | None = None
    group_size: int | None = None
    world_size: int = 1
    max_completion_tokens: int | None = None
    eos_token_ids: tuple[int, ...] = ()
    frame: FrameSpec | None = None
    reasoning_prefilled: bool = False
    marks: AnswerMarks = DEFAULT_MARKS
