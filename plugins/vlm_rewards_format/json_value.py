"""`format/json` and `format/json_schema`: the answer is JSON and nothing else."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.text.json import Fenced, NotJSON, read_json, unfenced
from vlm_rewards_format.helpers import passed
from vlm_rewards_format.schema import Exhausted, check_schema, problem_in, validator_of

_KINDS: dict[str, tuple[type, ...]] = {"object": (dict,), "array": (list,), "container": (dict, list)}
# A schema that refers to itself without a step into the instance never ends on one of these.
_PROBES: tuple[Any, ...] = (None, True, 0, 0.5, "", [], {}, [[], 0], {"a": 0})


@vr.reward(name="json", range=(0.0, 1.0))
def json_value(
    completion: vr.Completion,
    *,
    kind: Literal["object", "array", "container", "any"] = "container",
    fenced: Fenced = "auto",
) -> float | vr.RewardOutput:
    r"""The answer is one JSON value and nothing else.

    Range 0 or 1; never abstains. The answer is all that follows the reasoning, in an `<answer>` block or not, and in
    one Markdown fence or bare. Strict JSON: no NaN, no infinity, no comments, no name twice in one object, numbers of
    at most 300 characters, 32 levels and 10,000 values.

    Args:
        completion: The answer.
        kind: What the value may be; `container` is an object or an array, because every bare number is JSON, too.
        fenced: Whether a Markdown fence stands around it: either way (`auto`), always, or never.

    Source: RFC 8259, where names in an object should be unique; here they must.

    >>> json_value(vr.Completion('<think>hm</think>```json\n{"answer": 7}\n```'))
    1.0
    >>> json_value(vr.Completion('It is {"answer": 7}.')).reason
    'not JSON: Expecting value'
    >>> json_value(vr.Completion('{"answer": 6, "answer": 7}')).reason  # a hack: readers keep the one or the other
    "the name 'answer' twice in one object"
    """
    try:
        value = _read(completion, fenced)
    except NotJSON as error:
        return passed(str(error))
    is_kind = kind == "any" or isinstance(value, _KINDS[kind])
    return passed(None if is_kind else f"not {'a' if kind == 'container' else 'an'} {kind}")


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
        schema: The JSON Schema.
        fenced: Whether a Markdown fence stands around the JSON: either way (`auto`), always, or never.

    Source: JSON Schema draft 2020-12 (https://json-schema.org), by `jsonschema`.

    >>> boxes = {"type": "array", "minItems": 1, "items": {"required": ["label"], "additionalProperties": False,
    ...          "properties": {"label": {"pattern": "^[a-z]+$"}}}}
    >>> reward = JSONSchema(schema=boxes)
    >>> reward(vr.Completion('[{"label": "cat"}]'))
    1.0
    >>> reward(vr.Completion("[]")).reason
    "`minItems` of the schema does not hold at ''"
    >>> reward(vr.Completion('[{"label": "cat", "Label": "dog"}]')).reason  # a hack: a second answer under another name
    "`additionalProperties` of the schema does not hold at '0'"
    """

    def __init__(self, *, schema: dict[str, Any], fenced: Fenced = "auto") -> None:
        self.schema, self.fenced = schema, fenced

    @cached_property
    def _validator(self) -> Any:
        return validator_of(self.schema)

    def __call__(self, completion: vr.Completion) -> float | vr.RewardOutput:
        """Score one completion.

        Args:
            completion: The answer.
        """
        try:
            return passed(problem_in(self._validator, _read(completion, self.fenced)))
        except NotJSON as error:
            return passed(str(error))
        except Exhausted:
            return passed("the schema takes too many steps")


def _read(completion: vr.Completion, fenced: Fenced) -> Any:
    """The JSON that is all of the answer, out of its block and fence. Text beside a block stays, and is not JSON."""
    text = completion.response.strip()
    for opening, closing in completion.marks.answer:
        if text.startswith(opening) and text.endswith(closing) and len(text) >= len(opening) + len(closing):
            text = text[len(opening) : -len(closing)].strip()
            break
    return read_json(unfenced(text, fenced=fenced))
