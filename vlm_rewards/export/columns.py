"""The columns of a row, where a framework lets only one text through: packed into it as JSON, and read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.types.images import images_of

#: How a text begins that holds columns: no reference does.
_MARK = '{"vlm_rewards_columns": '
#: Where each framework hands a text on to its rewards.
_PLACES = {"easyr1": "answer", "openrlhf": "label", "lmms_eval": "ground_truth", "verl": "reward_model"}


def prepare(row: Mapping[str, Any], target: str, *, images: str | Path | None = None) -> dict[str, Any]:
    """A row of a dataset with its columns where the rewards of that framework find them, for `Dataset.map`.

    Args:
        row: The row; what it holds stays.
        target: `verl` (in its `reward_model`), `easyr1` (`answer`), `openrlhf` (`label`), `lmms_eval` (`ground_truth`).
        images: Folder that relative paths of pictures start from.

    Raises:
        ColumnError: A picture is in no file, or to that framework rows arrive as they are.
    """
    if target not in _PLACES:
        raise ColumnError(f"Rows need not be prepared for '{target}'; they are for {', '.join(_PLACES)}.")
    columns = {name: value for name, value in row.items() if name not in {"prompt", "messages", "image", "images"}}
    pictures = images_of(row.get("images") or row.get("image"), base=None if images is None else Path(images))
    paths = [picture.path for picture in pictures]
    if None in paths:
        raise ColumnError(f"{pictures[paths.index(None)]} is in no file; save it, and give its path.")
    if paths:
        columns["images"] = [str(path.resolve()) for path in paths if path is not None]
    packed = f"{_MARK}{json.dumps(columns)}}}"
    if target != "verl":
        return {**row, _PLACES[target]: packed}
    return {"data_source": "vlm_rewards", **row, "reward_model": {"style": "rule", "ground_truth": packed}}


def unpack(reference: object) -> dict[str, Any]:
    """The columns inside a text of `prepare`; of anything else, it as the reference."""
    if isinstance(reference, str) and reference.startswith(_MARK):
        return dict(json.loads(reference)["vlm_rewards_columns"])
    return {"solution": reference}
