"""Conversations as TRL reads them: texts become turns, and what TRL fails on or learns from in silence is named."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import show
from vlm_rewards_trl.recipe.recipe import DatasetConfig

# Some datasets mark in the text where an image goes; TRL puts the images before the text.
_MARK = "<image>"

#: Columns of what a model learns to write: answers to the prompt, and conversations that hold prompt and answers.
ANSWERS = ("completion", "chosen", "rejected", "messages")

_NAME_PROMPTS = "name a column of prompts with `rename: {COLUMN: prompt}`"

_ROLES = ("system", "user", "assistant", "tool")

Turns = Sequence[Mapping[str, Any]]


def turns_of(
    name: str,
    value: Any,
    config: DatasetConfig,
    *,
    beside: Turns | None = None,
    column: str | None = None,
    images: int = 0,
) -> list[dict[str, Any]]:
    """The turns of a conversation, of which a text is one; marks of images are taken out of it.

    It is of the column `name`, `prompt` or one of `ANSWERS`. Where an answer has its prompt before it, `beside` is
    another answer of the row that has the same, or empty. `column` is that of the images, of which the row has so many;
    without one their places are not counted. Raises ColumnError where TRL would fail on the value, or learn from it in
    silence what is not meant.
    """
    name = "messages" if beside is not None else name
    asks = name in ("prompt", "messages")
    if isinstance(value, str) and value.strip() and name != "messages":
        turns = [{"role": "user" if asks else "assistant", "content": value}]
    elif isinstance(value, list) and value:
        turns = [_checked(turn, f"turn {place}") for place, turn in enumerate(value)]
    else:
        kinds = "list of turns" if name == "messages" else "text and no list of turns"
        what = f"{kinds}, or an empty one; name another column with `rename: {{COLUMN: {name}}}`"
        what = what if beside is None else f"conversation with a prompt; {_NAME_PROMPTS}"
        raise ColumnError(f"{show(value)} is no {what}, or leave the row out.")
    _check_ends(name, turns)
    if beside and beside[0] != value[0]:
        raise ColumnError(f"its first turn is not that of 'chosen'; {_NAME_PROMPTS}, or leave the row out.")
    if asks:
        turns = _placed(name, turns, column, images)
    elif places(turns):
        raise ColumnError(f"the answer {show(value)} has a place for an image, which only prompts have; take it out.")
    if asks and isinstance(value, str):
        turns[0]["content"] = turns[0]["content"].strip()
    return _surrounded(turns, config) if name == "prompt" else turns


def places(prompt: object) -> int:
    """How many images a text, or turns in whatever form, have places for: as blocks, or else as marks in the text."""
    turns = prompt if isinstance(prompt, list) else [{"content": prompt}]
    blocks = sum(block.get("type") == "image" for turn in turns for block in _blocks(turn))
    return blocks or sum(_marks(turn) for turn in turns)


def _blocks(turn: Any) -> Iterator[Mapping[str, Any]]:
    content = turn.get("content") if isinstance(turn, Mapping) else None
    yield from (block for block in (content if isinstance(content, list) else ()) if isinstance(block, Mapping))


def _marks(turn: Any) -> int:
    content = turn.get("content") if isinstance(turn, Mapping) else None
    texts = [content, *(block.get("text") for block in _blocks(turn))]
    return sum(text.count(_MARK) for text in texts if isinstance(text, str))


def _checked(turn: Any, where: str) -> dict[str, Any]:
    """A turn that a chat template can write. Raises ColumnError for another."""
    if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
        raise ColumnError(
            f"{where} is {show(turn)}; a turn has a `role` and a `content`: write `from` and `value`, as ShareGPT has "
            f"them, under these names."
        )
    role, content = turn["role"], turn.get("content")
    where = f"{where} of the role '{role}'"
    if role not in _ROLES:
        raise ColumnError(f"{where}: TRL knows {', '.join(_ROLES)}; call who asks `user`, and who answers `assistant`.")
    for block in content if isinstance(content, list) else ():
        _check_block(block, role, where)
    calls = role == "assistant" and turn.get("tool_calls")
    blank = role in ("user", "assistant") and not (content.strip() if isinstance(content, str) else content)
    if not calls and (blank or not isinstance(content, str | list)):
        raise ColumnError(f"{where} has the content {show(content)}; write a text there, or leave the row out.")
    return {**turn, "content": content}


def _check_block(block: Any, role: str, where: str) -> None:
    kind = block.get("type") if isinstance(block, Mapping) else None
    if kind not in ("text", "image") or (kind == "text" and not isinstance(block.get("text"), str)):
        raise ColumnError(
            f"{where} has the block {show(block)}; TRL reads {{type: text, text: TEXT}} and {{type: image}}."
        )
    if kind == "image" and ("image" in block or role in ("assistant", "tool")):
        raise ColumnError(
            f"{where} has the block {show(block)}; TRL takes the images from the column 'images', and puts them where "
            f"users have {{type: image}} and no more."
        )


def _check_ends(name: str, turns: Turns) -> None:
    """Raise ColumnError unless a user asks in a prompt, and the assistant ends what is learnt from."""
    roles = [turn["role"] for turn in turns]
    has = f"it has turns of {', '.join(roles[:8])}{', ...' if roles[8:] else ''}"
    if name in ("prompt", "messages") and "user" not in roles:
        raise ColumnError(f"{has}, and none of a user; add the question, or leave the row out.")
    if name == "prompt" and roles[-1] not in ("user", "tool"):
        raise ColumnError(f"{has}, and the model is to answer the last; cut off what follows the user's last turn.")
    if name != "prompt" and roles[-1] != "assistant":
        raise ColumnError(f"{has}, and the last is not the assistant's: nothing is learnt; add the answer.")
    if name not in ("prompt", "messages") and roles[0] != "assistant":
        raise ColumnError(
            f"{has}, and the prompt is in 'prompt'; cut off what comes before the answer, or rename that column."
        )


def _placed(name: str, turns: list[dict[str, Any]], column: str | None, images: int) -> list[dict[str, Any]]:
    """The turns without marks of images, or ColumnError where they have not as many places as the row has images."""
    wanted = places(turns)
    first = next(turn for turn in turns if turn["role"] == "user")
    for place, turn in enumerate(turns):
        if turn is not first and _marks(turn):
            raise ColumnError(
                f"turn {place} of the role '{turn['role']}' has the mark {_MARK}, and TRL puts images into the "
                f"first turn of the user; write blocks of {{type: image}} where they belong, or take the mark out."
            )
    in_blocks = any(block["type"] == "image" for turn in turns for block in _blocks(turn))
    marks = [] if in_blocks else [{"type": "image"}] * _marks(first)
    made = []
    for turn in turns:
        content = turn["content"]
        if turn["role"] == "user":
            if isinstance(content, list):
                content = [*(marks if turn is first else ()), *map(_unmarked, content)]
            elif in_blocks:  # else TRL would put every image before this text once more
                content = [_unmarked({"type": "text", "text": content})]
            else:
                content = _unmarked({"text": content})["text"]
        made.append({**turn, "content": content})
    open_place = any(turn["role"] == "user" and isinstance(turn["content"], str) for turn in made)
    if column is not None and (wanted > images or (wanted < images and not open_place)):
        raise ColumnError(
            f"places for images: {wanted} in its {name}, but {images} in column '{column}'. Fix or leave out the row."
        )
    return made


def _surrounded(turns: list[dict[str, Any]], config: DatasetConfig) -> list[dict[str, Any]]:
    """A prompt with the recipe's suffix, and with its system turn unless it has one."""
    suffix, system = config.suffix, config.system
    made = list(turns)
    if suffix:
        last = max(place for place, turn in enumerate(turns) if turn["role"] == "user")
        asked = turns[last]["content"]
        asked = asked + suffix if isinstance(asked, str) else [*asked, {"type": "text", "text": suffix}]
        made[last] = {**turns[last], "content": asked}
    if system is None or turns[0]["role"] == "system":
        return made
    in_blocks = isinstance(turns[0]["content"], list)  # as the others: a column has one kind
    return [{"role": "system", "content": [{"type": "text", "text": system}] if in_blocks else system}, *made]


def _unmarked(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block without marks in its text, and without the white space around them."""
    text = block.get("text")
    if not isinstance(text, str) or _MARK not in text:
        return dict(block)
    return {**block, "text": text.replace(_MARK, "").strip()}
