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
    Sample("format/think_answer", FORM),
    Sample("format/think_answer", FORM.removeprefix("<think>"), params={"prefilled": True}),
    Sample("format/think", FORM),
    Sample("format/think", FORM.removeprefix("<think>"), params={"prefilled": True}),
    Sample("format/answer_tag", FORM),
    Sample("format/tag_count", FORM),
    Sample("format/tag_count", FORM.removeprefix("<think>"), params={"prefilled": True}),
    Sample("format/boxed", FORM),
    Sample("format/max_one_answer", FORM),
    Sample("format/json", "<answer>[1, 2]</answer>"),
    Sample("format/json", '```json\n{"a": 7}\n```', params={"kind": "object", "fenced": True}),
    Sample("format/json_schema", '<answer>{"label": "cat", "next": [1.5]}</answer>', params={"schema": SCHEMA}),
    Sample("format/json_schema", "[[1], 2]", params={"schema": ARRAY}),
    Sample("format/regex", FORM, params={"pattern": r"(?s)<think>.+</think>\s*<answer>.+</answer>"}),
    Sample("format/regex", FORM, params={"pattern": r"^\\boxed\{\d+\}$", "match": "search", "where": "answer"}),
    Sample("format/language", "seven", params={"language": "en"}),
    Sample("format/language", "<think>7</think>七", params={"language": "zh", "where": "response", "at_least": 1.0}),
]
