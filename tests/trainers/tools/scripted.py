"""A trainer whose model says what it is told to, turn by turn, in the place of what it would sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


def script(trainer: Any, *turns: Sequence[str]) -> None:
    """Let the model answer its first call of each generation with the first texts, one for each row, and so on.

    A text is repeated for the rows that there are; turns after the last are its last.
    """
    tokenizer, said = trainer.processing_class.tokenizer, 0
    begun = trainer._generate

    def generate(input_ids: Any, **_: Any) -> Any:
        nonlocal said
        texts = turns[min(said, len(turns) - 1)]
        said += 1
        rows = [tokenizer(texts[row % len(texts)] + "<|im_end|>")["input_ids"] for row in range(len(input_ids))]
        longest = max(map(len, rows))
        padded = [row + [tokenizer.pad_token_id] * (longest - len(row)) for row in rows]
        return torch.cat([input_ids, torch.tensor(padded)], dim=1)

    def begin(prompts: Any) -> Any:
        nonlocal said
        said = 0
        return begun(prompts)

    trainer._generate = begin
    trainer.model.generate = generate
