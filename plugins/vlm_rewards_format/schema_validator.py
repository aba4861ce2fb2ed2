"""jsonschema's validator made safe for hostile instances: RE2 instead of `re`, nothing fetched, and bounded work.

`jsonschema` itself matches with a backtracking engine, compares items pairwise for `uniqueItems`, divides floats for
`multipleOf`, and a recursive schema with `anyOf` can take time that doubles with each level of the instance. So those
keywords are replaced, and every keyword that is looked at costs from a budget.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

from vlm_rewards_format.re2 import found
from vlm_rewards_format.strict_json import walk

__all__ = ["Exhausted", "problem_in", "validator_of"]

#: Steps of one validation: a keyword is one, and so is each item it may descend into and each 256 characters it reads.
BUDGET = 20_000

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]


class Exhausted(Exception):  # noqa: N818 - no error: an instance that costs too much
    """The budget of a validation is spent."""


class _Budget:
    """What is left, and what it costs to look at a value of this instance."""

    def __init__(self, instance: Any) -> None:
        self.left = BUDGET
        self.costs: dict[int, int] = {}
        order = list(walk(instance))
        chars: dict[int, int] = {}
        for value in reversed(order):  # what is inside a value comes after it
            inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
            own = sum(map(len, value)) if isinstance(value, dict) else len(value) if isinstance(value, str) else 8
            chars[id(value)] = own + sum(chars[id(item)] for item in inner)
            self.costs[id(value)] = 1 + len(inner) + chars[id(value)] // 256

    def spend(self, value: Any) -> None:
        # A name that `propertyNames` looks at is no value of its own.
        self.left -= self.costs.get(id(value), 1)
        if self.left < 0:
            raise Exhausted


_budget: ContextVar[_Budget] = ContextVar("_budget")


def validator_of(schema: Mapping[str, Any]) -> Any:
    """A validator for a schema that `check_schema` takes."""
    import referencing

    # With `$schema` in it, jsonschema would go on with a class of its own, which matches with `re`.
    bare = {keyword: value for keyword, value in schema.items() if keyword != "$schema"}
    return _validator_class()(bare, registry=referencing.Registry())


def problem_in(validator: Any, instance: Any) -> str | None:
    """Why an instance is not valid, in a few words; None when it is.

    Raises:
        Exhausted: The work would be too much, or the instance is nested too deeply for the schema.

    >>> problem_in(validator_of({"items": {"type": "integer"}}), [1, 2, "x"])
    "type at '2'"
    """
    token = _budget.set(_Budget(instance))
    try:
        error = next(validator.iter_errors(instance), None)
    except RecursionError:
        raise Exhausted from None
    finally:
        _budget.reset(token)
    if error is None:
        return None
    where = "/".join(map(str, error.absolute_path))[:60]
    return f"{error.validator or 'false'} at {where!r}"


@functools.cache
def _validator_class() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    ours: dict[str, Any] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
        "multipleOf": _multiple_of,
    }
    keywords = {**Draft202012Validator.VALIDATORS, **ours}
    return extend(Draft202012Validator, {name: _counted(check) for name, check in keywords.items()})


def _counted(check: Any) -> Keyword:
    def keyword(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any] | None:
        _budget.get().spend(instance)
        result: Iterator[Any] | None = check(validator, value, instance, schema)
        return result

    return keyword


def _error(message: str) -> Any:
    from jsonschema import ValidationError

    return ValidationError(message)


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not found(pattern, instance):
        yield _error("the text does not match")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], instance: Any, _: Any) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    for pattern, schema in patterns.items():
        for name, value in instance.items():
            if found(pattern, name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, schema: Any, instance: Any, around: Mapping[str, Any]) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    named, patterns = around.get("properties", {}), around.get("patternProperties", {})
    for name, value in instance.items():
        if name not in named and not any(found(pattern, name) for pattern in patterns):
            if schema is False:
                yield _error("a name too many")
            else:
                yield from validator.descend(value, schema, path=name)


def _unique_items(_: Any, wanted: bool, instance: Any, __: Any) -> Iterator[Any]:  # noqa: FBT001 - jsonschema's order
    if wanted and isinstance(instance, list) and len({_canonical(item) for item in instance}) < len(instance):
        yield _error("an item twice")


def _canonical(value: Any) -> str:
    """A text that values share exactly when JSON Schema calls them equal: 1 and 1.0, but not 1 and true."""
    return json.dumps(_integral(value), sort_keys=True)


def _integral(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _integral(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_integral(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _multiple_of(_: Any, unit: Any, instance: Any, __: Any) -> Iterator[Any]:
    is_number = isinstance(instance, int | float) and not isinstance(instance, bool)
    # As the decimals that were written: 0.3 is a multiple of 0.1, though their floats are not.
    if is_number and (Fraction(repr(instance)) / Fraction(repr(unit))).denominator != 1:
        yield _error("no multiple")
