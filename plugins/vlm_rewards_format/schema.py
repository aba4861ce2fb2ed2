"""JSON Schemas that are safe to validate hostile instances with, and the validation.

Which schemas may be used: a known part of draft 2020-12 that refers to nothing outside itself. An unknown keyword is an
error and not silence: a schema with `format: email` would seem to check addresses.

How: `jsonschema` itself matches with a backtracking engine, compares items pairwise for `uniqueItems`, divides floats
for `multipleOf`, and a recursive schema with `anyOf` can take time that doubles with each level of the instance. So
those keywords are replaced, RE2 matches, nothing is fetched, and every keyword that is looked at costs from a budget.
"""

import difflib
import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

from vlm_rewards.text.json import walk
from vlm_rewards_format.re2 import check_pattern, found

#: Steps of one validation: a keyword is one, and so is each item it may descend into and each 256 characters it reads.
BUDGET = 20_000
Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_ONE = frozenset({"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"})
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})
_PLAIN = frozenset(
    {"const", "dependentRequired", "enum", "exclusiveMaximum", "exclusiveMinimum", "maxContains", "maximum"}
    | {"maxItems", "maxLength", "maxProperties", "minContains", "minimum", "minItems", "minLength", "minProperties"}
    | {"multipleOf", "pattern", "required", "type", "uniqueItems"}
)
_NOTES = frozenset({"$comment", "$schema", "default", "deprecated", "description", "examples", "title"})
_KNOWN = _ONE | _MANY | _NAMED | _PLAIN | _NOTES | {"$ref"}


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raise ValueError, with the place, for what is not a schema or not supported."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        # Without a format checker: `pattern` is for RE2 to judge, not for the `re` module.
        Draft202012Validator.check_schema(schema, format_checker=None)
    except SchemaError as error:
        raise ValueError(f"the schema is wrong at {_pointer(error.absolute_path)}: {error.message}") from None
    except RecursionError:
        raise ValueError("the schema is nested too deeply") from None
    parts = dict(_subschemas(schema))
    for place, part in parts.items():
        _check_part(place, part, places=parts.keys())


def _check_part(place: str, part: Any, *, places: Any) -> None:
    if isinstance(part, bool):
        return
    unknown = sorted(part.keys() - _KNOWN)
    if unknown:
        close = difflib.get_close_matches(unknown[0], _KNOWN, n=1, cutoff=0.8)
        fix = f"did you mean '{close[0]}'?" if close else "it would not be checked, so leave it out"
        raise ValueError(f"the schema keyword '{unknown[0]}' at {place} is not supported; {fix}")
    if "$schema" in part and (place != "#" or part["$schema"].rstrip("#") != DRAFT):
        raise ValueError(f"'$schema' at {place} is {part['$schema']!r}; only {DRAFT} at the top is supported")
    if "$ref" in part and part["$ref"] not in places:
        raise ValueError(
            f"'$ref' at {place} leads to {part['$ref']!r}; it must lead to a schema in this one, like '#/$defs/NAME', "
            f"and nothing is ever fetched"
        )
    try:
        for pattern in [*([part["pattern"]] if "pattern" in part else []), *part.get("patternProperties", {})]:
            check_pattern(pattern)
    except ValueError as error:
        raise ValueError(f"at {place}: {error}") from None


def _subschemas(schema: Any) -> Iterator[tuple[str, Any]]:
    """Every schema inside a schema, itself included, with its JSON pointer."""
    waiting = [("#", schema)]
    while waiting:
        place, part = waiting.pop()
        yield place, part
        if not isinstance(part, Mapping):
            continue
        for keyword, value in part.items():
            here = f"{place}/{keyword}"
            if keyword in _ONE:
                waiting.append((here, value))
            elif keyword in _MANY:
                waiting += [(f"{here}/{index}", item) for index, item in enumerate(value)]
            elif keyword in _NAMED:
                waiting += [(f"{here}/{_escaped(name)}", item) for name, item in value.items()]


def _pointer(path: Any) -> str:
    return "/".join(["#", *(_escaped(str(part)) for part in path)])


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class Exhausted(Exception):  # noqa: N818 - not an error: an instance that takes too many steps
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
        # A name that `propertyNames` looks at is not a value of its own.
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

    Raises Exhausted where the work would be too much, or the instance is nested too deeply for the schema.

    >>> problem_in(validator_of({"items": {"type": "integer"}}), [1, 2, "x"])
    "`type` of the schema does not hold at '2'"
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
    return f"`{error.validator or 'false'}` of the schema does not hold at {where!r}"


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
                yield _error("an extra name")
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
        yield _error("not a multiple")
