"""References as typed models: each is checked against the model of its kind, and equal ones are read once."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, TypeVar, cast

Read = TypeVar("Read", bound=Callable[..., Any])

MAX_DEPTH = 4  # of a reference: mappings in a list, of lists of boxes
_NUMBERS = {int, float}
MAX_REMEMBERED = 1024  # a batch has fewer distinct references


def to_builtin(value: Any, depth: int = 0) -> Any:
    """A value with lists for arrays and numbers for their scalars, as `tolist` of numpy and torch gives them."""
    if type(value) is str:
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {key: to_builtin(item, depth + 1) for key, item in value.items()} if depth < MAX_DEPTH else value
    is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    if is_list and depth < MAX_DEPTH and not {type(item) for item in value} <= _NUMBERS:
        return [to_builtin(item, depth + 1) for item in value]
    return value


def reads(model: Any) -> Callable[[Read], Read]:
    """Make a reader check what it reads against a type, once for equal values: those of a group are the same.

    Args:
        model: What pydantic checks; nothing changes a value of it afterwards.
    """

    def decorate(read: Read) -> Read:
        known: dict[Any, Any] = {}

        @wraps(read)
        def remembered(value: Any, *args: Any) -> Any:
            kind = type(value)
            try:
                numbers = (kind is list or kind is tuple) and _NUMBERS.issuperset(map(type, value))
                key = (kind, value if kind is str else tuple(value) if numbers else _as_text(value), args)
                found = known.get(key)
            except (AttributeError, TypeError, ValueError, RecursionError):  # no JSON: an array deep inside, say
                return _check(model)(read(value, *args))
            if found is None:
                found = _check(model)(read(value, *args))
                if len(known) >= MAX_REMEMBERED:
                    known.clear()
                known[key] = found
            return found

        return cast("Read", remembered)

    return decorate


@cache
def _check(model: Any) -> Callable[[Any], Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(model).validate_python


#: The JSON of a value, with lists for arrays.
_as_text = json.JSONEncoder(default=lambda value: value.tolist()).encode
