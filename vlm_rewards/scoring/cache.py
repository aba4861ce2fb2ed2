"""What is kept across batches of rewards that are expensive to ask twice: isolated and async ones."""

import json
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Generic, TypeVar

V = TypeVar("V")

MOST_KEPT = 20_000


def json_key(value: Any) -> str | None:
    """A value as text, to tell it from others; None when it cannot be written as JSON."""
    if isinstance(value, str):
        return '"' + value  # needs no escapes: nothing but a text begins like this
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None


def as_one(values: Iterable[Any]) -> list[Any]:
    """The values, of which equal ones are one object."""
    known: dict[str, Any] = {}
    return [value if (key := json_key(value)) is None else known.setdefault(key, value) for value in values]


class Cache(Generic[V]):
    """Values by what was asked, as text; the ones not used for longest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, V] = OrderedDict()

    def get(self, key: str | None) -> V | None:
        """The value of the same question, if any."""
        value = None if key is None else self._kept.get(key)
        if key is not None and value is not None:
            with suppress(KeyError):  # another thread made room
                self._kept.move_to_end(key)
        return value

    def keep(self, key: str | None, value: V) -> None:
        """Keep a value; the one not used for longest makes room."""
        if key is not None:
            self._kept[key] = value
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
