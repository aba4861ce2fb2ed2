"""Samples of the `format` pack."""

from __future__ import annotations

from tests.packs.sample import Sample

FORM = "<think>3+4</think><answer>\\boxed{7}</answer>"
SCHEMA = {
    "type": "object",
    "required": ["label"],
    "properties": {
        "label": {"type": "string", "pattern": "^[a-z]+$"},
        "next": {"anyOf": [{"$ref": "#"}, {"type": "array", "uniqueItems": True, "items": {"multipleOf": 0.5}}]},
    },
    "additionalProperties": False,
}
ARRAY = {"anyOf": [{"type": "array", "uniqueItems": True, "items": {"$ref": "#"}}, {"type": ["number", "null"]}]}
SAMPLES = [
    Sample("format/think_answer", FORM, bad="7", broken=()),
    Sample("format/think_answer", FORM.removeprefix("<think>"), params={"prefilled": True}, bad="7", broken=()),
    Sample("format/think", FORM, bad="7", broken=()),
    Sample("format/think", FORM.removeprefix("<think>"), params={"prefilled": True}, bad="7", broken=()),
    Sample("format/answer_tag", FORM, bad="7", broken=()),
    Sample("format/tag_count", FORM, bad="7", broken=()),
    Sample("format/tag_count", FORM.removeprefix("<think>"), params={"prefilled": True}, bad="7", broken=()),
    Sample("format/boxed", FORM, bad="7", broken=()),
    Sample("format/max_one_answer", FORM, bad="\\boxed{7} or \\boxed{8}"),
    Sample("format/json", "<answer>[1, 2]</answer>", bad="seven", broken=()),
    Sample("format/json", '```json\n{"a": 7}\n```', params={"kind": "object", "fenced": True}, bad="seven", broken=()),
    Sample(
        "format/json_schema",
        '<answer>{"label": "cat", "next": [1.5]}</answer>',
        params={"schema": SCHEMA},
        bad='{"label": 7}',
        broken=(),
    ),
    Sample("format/json_schema", "[[1], 2]", params={"schema": ARRAY}, bad='{"label": 7}', broken=()),
    Sample(
        "format/regex", FORM, params={"pattern": r"(?s)<think>.+</think>\s*<answer>.+</answer>"}, bad="7", broken=()
    ),
    Sample(
        "format/regex",
        FORM,
        params={"pattern": r"^\\boxed\{\d+\}$", "match": "search", "where": "answer"},
        bad="7",
        broken=(),
    ),
    Sample("format/language", "seven", params={"language": "en"}, bad="семь"),
    Sample(
        "format/language",
        "<think>7</think>七",
        params={"language": "zh", "where": "response", "at_least": 1.0},
        bad="<think>7</think>seven",
    ),
]
