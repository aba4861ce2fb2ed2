"""`format/json_schema`: the answer is JSON that is valid under a schema."""

from __future__ import annotations

from typing import Any

import vlm_rewards as vr
from vlm_rewards.text.json import Fenced, NotJSON, read_json, unfenced
from vlm_rewards_format.helpers import payload, zero
from vlm_rewards_format.schema import Exhausted, check_schema, problem_in, validator_of

__all__ = ["JSONSchema"]

# A schema that refers to itself without a step into the instance never ends on one of these.
_PROBES: tuple[Any, ...] = (None, True, 0, 0.5, "", [], {}, [[], 0], {"a": 0})


def check_options(_: vr.Context, *, schema: dict[str, Any], **__: object) -> None:
    """Raise ValueError for a schema that cannot be used."""
    check_schema(schema)
    validator = validator_of(schema)
    try:
        for probe in _PROBES:
            problem_in(validator, probe)
    except Exhausted:
        raise ValueError("the schema refers to itself without end") from None


@vr.reward(name="json_schema", range=(0.0, 1.0), check=check_options)
class JSONSchema:
    """The answer is JSON that is valid under a JSON Schema, and nothing else.

    Range 0 or 1; never abstains. The answer is read as by `format/json`. The schema is of draft 2020-12, whose
    `pattern` and `patternProperties` RE2 evaluates; it may refer to its own parts (`$ref: "#/$defs/NAME"`) and to
    nothing else, and a keyword that would not be checked (`format`, `unevaluatedProperties`) is refused when the
    config is loaded. Work is bounded: an answer that would take more than 20,000 steps scores 0.

    Args:
        completion: The answer.
        schema: The JSON Schema.
        fenced: Whether a Markdown fence stands around the JSON: either way (`auto`), always, or never.

    Source: JSON Schema draft 2020-12 (https://json-schema.org), by `jsonschema`.

    >>> boxes = {"type": "array", "minItems": 1, "items": {"required": ["label"], "additionalProperties": False,
    ...          "properties": {"label": {"pattern": "^[a-z]+$"}}}}
    >>> reward = JSONSchema(schema=boxes)
    >>> reward(vr.Completion('[{"label": "cat"}]'))
    1.0
    >>> reward(vr.Completion("[]")).reason
    "minItems at ''"
    >>> reward(vr.Completion('[{"label": "cat", "Label": "dog"}]')).reason  # a hack: a second answer under another name
    "additionalProperties at '0'"
    """

    def __init__(self, *, schema: dict[str, Any], fenced: Fenced = "auto") -> None:
        self.schema, self.fenced = schema, fenced
        self._validator = validator_of(schema)

    def __call__(self, completion: vr.Completion) -> float | vr.RewardOutput:
        """Score one completion."""
        try:
            instance = read_json(unfenced(payload(completion), fenced=self.fenced))
            problem = problem_in(self._validator, instance)
        except NotJSON as error:
            return zero(str(error))
        except Exhausted:
            return zero("the schema takes too many steps")
        return 1.0 if problem is None else zero(problem)
