"""Keys that stand twice in a mapping: the last one would be taken without a word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vlm_rewards_grounding.actions.places import UnreadableError
from vlm_rewards_grounding.formats.values import Value

__all__ = ["check_repeats"]


def check_repeats(text: str, value: Value) -> None:
    """Refuse a value of a text in which a key stands twice.

    Raises:
        UnreadableError: One does.
    """
    if value.repeated:
        raise UnreadableError("a key stands twice in the action")
    if value.strict:
        try:
            json.loads(text[value.start : value.stop], object_pairs_hook=_no_repeats)
        except RecursionError as error:
            raise UnreadableError("the action is nested too deep") from error


def _no_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableError("a key stands twice in the action")
    return found
