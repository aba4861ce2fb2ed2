"""Outcomes kept across batches, for rewards that are expensive to ask twice: isolated and async ones."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from vlm_rewards.types.output import RewardOutput

__all__ = ["OutcomeCache", "json_key"]

MAX_OUTCOMES = 20_000


def json_key(value: Any) -> str | None:
    """A value as text, to tell it from others; None when it cannot be written as JSON."""
    if isinstance(value, str):
        return '"' + value  # needs no escapes: nothing but a text begins like this
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None


class OutcomeCache:
    """The outcomes of one term by what it was asked, as text; the ones not used for longest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, RewardOutput] = OrderedDict()

    def get(self, key: str | None) -> RewardOutput | None:
        """The outcome of the same question, if any."""
        if key is None or key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: str | None, output: RewardOutput) -> None:
        """Keep an outcome; the one not used for longest makes room."""
        if key is not None:
            self._kept[key] = output
            while len(self._kept) > MAX_OUTCOMES:
                self._kept.popitem(last=False)
