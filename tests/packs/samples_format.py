"""Samples of the `format` pack."""

from __future__ import annotations

from tests.packs.sample import Sample

FORM = "<think>3+4</think><answer>\\boxed{7}</answer>"
SAMPLES = [
    Sample("format/think_answer", FORM),
    Sample("format/think_answer", FORM.removeprefix("<think>"), params={"prefilled": True}),
    Sample("format/tag_count", FORM),
    Sample("format/tag_count", FORM.removeprefix("<think>"), params={"prefilled": True}),
    Sample("format/boxed", FORM),
]
