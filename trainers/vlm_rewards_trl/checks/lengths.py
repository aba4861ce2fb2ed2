"""Prompts that do not fit the model's context: counted before a model is loaded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight.findings import TOLERATED
from vlm_rewards.text.messages import explain
from vlm_rewards_trl.data.dataset import is_stream
from vlm_rewards_trl.data.images import image_column, image_counts
from vlm_rewards_trl.generation import images_in, prompt_text
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.context import tokenizer_of

__all__ = ["check_lengths"]

logger = logging.getLogger(__name__)


def check_lengths(
    dataset: Any, processor: Any, recipe: Recipe, *, room: int | None = None, answers: Sequence[str] = ()
) -> None:
    """Find rows that do not fit the model's context; a few are a warning, more are an error.

    Beside its prompt must fit the `room` for a completion, in tokens, or each of the columns of `answers`. Images count
    as many tokens as those of the first row that has some do. Streams are not read.

    Raises:
        ColumnError: More than a few rows do not fit, or the processor cannot read that one.
    """
    most = _context(recipe.config.model)
    if most is None or is_stream(dataset) or not len(dataset) or "prompt" not in dataset.column_names:
        return
    column = image_column(dataset.column_names)
    counts = [0] * len(dataset) if column is None else image_counts(dataset, column)
    shown = next((row for row, count in enumerate(counts) if count), 0)
    each = _image_tokens(dataset[shown], processor, f"row {shown} of the dataset '{recipe.config.dataset.label}'")
    tokenizer = tokenizer_of(processor)
    long: list[tuple[int, int]] = []
    texts = dataset.with_format(None).select_columns(["prompt", *answers])
    for row, record in enumerate(texts):
        fixed = counts[row] * each + (room or 0)
        written = max((_written(record[name]) for name in answers), key=len, default="")
        # No token is shorter than a byte, so most rows need not be tokenised.
        if len(_written(record["prompt"]).encode()) + len(written.encode()) + fixed + _TEMPLATE <= most:
            continue
        text = prompt_text(processor, _bare(record["prompt"])) + written
        tokens = len(tokenizer(text, add_special_tokens=False)["input_ids"]) + fixed
        if tokens > most:
            long.append((row, tokens))
    if long:
        row, tokens = long[0]
        beside = f", beside {room} tokens for the completion" if room else ""
        message = (
            f"{len(long)} of {len(dataset)} rows do not fit the context of {most} tokens of '{recipe.config.model}': "
            f"row {row} takes about {tokens}{beside}. Leave them out, shrink the images, or ask for shorter answers."
        )
        if len(long) > TOLERATED * len(dataset):
            raise ColumnError(message)
        logger.warning(message)


# Bytes that a chat template may add; a row this near to the limit is tokenised to be sure.
_TEMPLATE = 256


def _context(model: str) -> int | None:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(model).get_text_config()
    except Exception:  # noqa: BLE001 - the trainer will say what is wrong with the model
        return None
    most = getattr(config, "max_position_embeddings", None)
    return most if isinstance(most, int) else None


def _image_tokens(row: dict[str, Any], processor: Any, where: str) -> int:
    images = images_in(row)
    if not images or not hasattr(processor, "image_processor"):
        return 0
    try:
        text = prompt_text(processor, row["prompt"], images)
        whole = processor(text=[text], images=[images])["input_ids"][0]
    except Exception as error:
        raise ColumnError(f"The model's processor cannot read {where}: {explain(error)}") from error
    bare = tokenizer_of(processor)(prompt_text(processor, _bare(row["prompt"])))["input_ids"]
    return max(0, len(whole) - len(bare)) // len(images)


def _bare(messages: Any) -> list[dict[str, str]]:
    """The turns of a prompt without its images."""
    return [{"role": turn["role"], "content": _written([turn])} for turn in messages]


def _written(messages: Any) -> str:
    contents = [message.get("content") or "" for message in messages or ()]
    return "".join(
        content if isinstance(content, str) else "".join(block.get("text") or "" for block in content)
        for content in contents
    )
