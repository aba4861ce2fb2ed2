"""Columns of a term in a worker: values travel as the dataset has them, and a worker says which cannot be used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from vlm_rewards.registry.info import ColumnInfo
from vlm_rewards.scoring.cache import Cache, as_one, json_key
from vlm_rewards.scoring.plain import write_value
from vlm_rewards.text.messages import explain, show

#: Asks about the values of each parameter; gives the reason for each that cannot be used, else None.
Ask = Callable[[Mapping[str, Sequence[Any]]], Mapping[str, Sequence[str | None]]]

_AT_A_TIME = 2000


class RawColumn:
    """One column as it travels to a worker; equal values are one object."""

    def __init__(self, parameter: ColumnInfo, column: str) -> None:
        self.parameter, self.column = parameter, column

    def read(self, values: Sequence[Any] | None, rows: Sequence[int]) -> tuple[list[Any], dict[int, str]]:
        """The values of some rows, in their order, and a reason for each row whose value JSON cannot hold."""
        read, problems = [], {}
        for row in rows:
            value = None if values is None else values[row]
            try:
                value = write_value(value)
            except (TypeError, RecursionError) as error:
                fix = "give it as text, numbers, lists or mappings, or run the reward with `isolation: inline`"
                problems[row] = f"column '{self.column}' holds {show(value)}: {explain(error)}; {fix}"
                value = None
            read.append(value)
        return as_one(read), problems


class References:
    """What a worker said of the values of a term's columns; each is asked about once, and the last ones are kept."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: Cache[list[str | None]] = Cache()

    def problems(self, columns: Mapping[str, Sequence[Any]], rows: Sequence[int]) -> dict[int, str]:
        """A reason for each row with a value that cannot be used; images of Pillow are judged where they are read."""
        asked = [
            (row, name, f"{name} {key}", value)
            for name, values in columns.items()
            for row, value in zip(rows, values, strict=True)
            if (key := json_key(value)) is not None
        ]
        known = {key: self._known.get(key) for _, _, key, _ in asked}
        new: dict[str, dict[str, Any]] = {}
        for _, name, key, value in asked:
            if known[key] is None:
                new.setdefault(name, {})[key] = value
        for part in _parts(new):
            answer = self._ask({name: list(held.values()) for name, held in part.items()})
            for name, held in part.items():
                for key, reason in zip(held, answer.get(name) or [None] * len(held), strict=True):
                    known[key] = [reason]
                    self._known.keep(key, [reason])
        return {row: told[0] for row, _, key, _ in asked if (told := known[key]) and told[0] is not None}


def _parts(new: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, dict[str, Any]]]:
    """What is asked at a time: the new values of every parameter, unless they are very many."""
    longest = max(map(len, new.values()), default=0)
    for start in range(0, longest, _AT_A_TIME):
        yield {name: dict(list(held.items())[start : start + _AT_A_TIME]) for name, held in new.items()}
