"""Prompts that do not fit the model's context: counted before a model is loaded."""

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight.findings import TOLERATED
from vlm_rewards.text.messages import explain
from vlm_rewards_trl.data.conversations import places
from vlm_rewards_trl.data.dataset import STREAMED, is_stream
from vlm_rewards_trl.data.images import image_column, image_counts
from vlm_rewards_trl.generation import images_in, prompt_text
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.context import tokenizer_of

logger = logging.getLogger(__name__)


def check_lengths(
    dataset: Any,
    processor: Any,
    recipe: Recipe,
    *,
    part: str = "dataset",
    room: int | None = None,
    answers: Sequence[str] = (),
    max_length: int | None = None,
) -> None:
    """Find rows that do not fit the model's context (a few are a warning), or whose images `max_length` would cut off.

    Beside its prompt must fit the `room` for a completion, in tokens, or each of the columns of `answers`. Images count
    as many tokens as those of the first row that has some do. Of a stream the first rows are looked at. Raises
    ColumnError where more than a few rows do not fit, images would be cut off, or the processor cannot read a row.
    """
    most = _context(recipe.config.model)
    rows, counts = _rows(dataset, answers)
    if not counts or (most is None and max_length is None):
        return
    label = getattr(recipe.config, part).label
    shown = next((row for row, count in enumerate(counts) if count), 0)
    whole = dataset[shown] if not is_stream(dataset) else rows[shown]
    each = _image_tokens(whole, _parts(whole, answers)[0], processor, f"row {shown} of the dataset '{label}'")
    least = min(limit for limit in (most and most - (room or 0), max_length and max_length - 1) if limit is not None)
    tokenizer = tokenizer_of(processor)
    long: list[tuple[int, int]] = []
    for row, record in enumerate(rows):
        prompt, written = _parts(record, answers)
        images = counts[row] * each
        # No token is shorter than a byte, so most rows need not be tokenised.
        if len(_written(prompt).encode()) + len(written.encode()) + images + _TEMPLATE <= least:
            continue
        asked = prompt_text(processor, _bare(prompt))
        text, start = asked + written, images + _length(asked, tokenizer)
        if max_length is not None and images and start >= max_length:
            raise ColumnError(
                f"Row {row} of the dataset '{label}': its prompt takes about {start} tokens with its images, and "
                f"`max_length: {max_length}` cuts them off or leaves no answer. Leave `max_length` out, raise it, or "
                f"shrink the images."
            )
        tokens = min(images + _length(text, tokenizer), max_length or sys.maxsize) + (room or 0)
        if most is not None and tokens > most:
            long.append((row, tokens))
    if long:
        row, tokens = long[0]
        beside = f", beside {room} tokens for the completion" if room else ""
        message = (
            f"{len(long)} of {len(counts)} rows do not fit the context of {most} tokens of '{recipe.config.model}': "
            f"row {row} takes about {tokens}{beside}. Leave them out, shrink the images, or ask for shorter answers."
        )
        if len(long) > TOLERATED * len(counts):
            raise ColumnError(message)
        logger.warning(message)


# Bytes that a chat template may add; a row this near to the limit is tokenised to be sure.
_TEMPLATE = 256


def _rows(dataset: Any, answers: Sequence[str]) -> tuple[Any, list[int]]:
    """Rows with their conversations, and how many images each has."""
    if is_stream(dataset):
        rows = list(dataset.take(STREAMED))
        return rows, [len(images_in(row)) for row in rows]
    column = image_column(dataset.column_names)
    counts = [0] * len(dataset) if column is None else image_counts(dataset, column)
    names = [name for name in ("prompt", *answers) if name in dataset.column_names]
    return dataset.with_format(None).select_columns(names), counts


def _parts(row: Mapping[str, Any], answers: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """The turns up to the last image, which are all of a prompt, and the longest text that may follow them."""
    if "messages" not in answers or "messages" not in row:
        return row["prompt"], max((_written(row[name]) for name in answers if name in row), key=len, default="")
    turns = row["messages"]
    asked = [place for place, turn in enumerate(turns, start=1) if turn["role"] == "user"]
    end = next((place for place in reversed(asked) if places([turns[place - 1]])), asked[0])
    return turns[:end], _written(turns[end:])


def _length(text: str, tokenizer: Any) -> int:
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])


def _context(model: str) -> int | None:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(model).get_text_config()
    except Exception:  # noqa: BLE001 - the trainer will say what is wrong with the model
        return None
    most = getattr(config, "max_position_embeddings", None)
    return most if isinstance(most, int) else None


def _image_tokens(row: Mapping[str, Any], prompt: Any, processor: Any, where: str) -> int:
    images = images_in(row)
    if not images or not hasattr(processor, "image_processor"):
        return 0
    try:
        whole = processor(text=[prompt_text(processor, prompt, images)], images=[images])["input_ids"][0]
    except Exception as error:
        raise ColumnError(f"The model's processor cannot read {where}: {explain(error)}") from error
    bare = tokenizer_of(processor)(prompt_text(processor, _bare(prompt)))["input_ids"]
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
