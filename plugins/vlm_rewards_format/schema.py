"""Which JSON Schemas may be used: a known part of draft 2020-12 that refers to nothing outside itself.

An unknown keyword is an error and not silence: a schema with `format: email` would seem to check addresses.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from vlm_rewards_format.re2 import check_pattern

__all__ = ["DRAFT", "check_schema"]

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
    """Raise ValueError, with the place, for a schema that is none or that is beyond what is supported."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        # Without a format checker: `pattern` is for RE2 to judge, not for the `re` module.
        Draft202012Validator.check_schema(schema, format_checker=None)
    except SchemaError as error:
        raise ValueError(f"the schema is wrong at {_pointer(error.absolute_path)}: {error.message}") from None
    except RecursionError:
        raise ValueError("the schema is nested too deeply") from None
    found = dict(_subschemas(schema))
    for place, part in found.items():
        _check_part(place, part, places=found.keys())


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
