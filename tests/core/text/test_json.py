"""Strict JSON is what the standard allows and no more; lenient JSON is found in the text around it."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlm_rewards.text.json import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_VALUES,
    NotJSON,
    last_json,
    read_exact_json,
    read_json,
    unfenced,
    walk,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_whatever_python_writes_as_json_is_read_back(value: Any) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_exact_json(json.dumps(value), number=json.loads) == value


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=3))
def test_the_last_json_of_a_text_is_found_whatever_its_strings_hold(value: Any) -> None:
    assert last_json(f"[1] so: {json.dumps(value)} done [", number=json.loads) == value


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("at_the_limit", "beyond", "reason"),
    [
        (nested(MAX_DEPTH), nested(MAX_DEPTH + 1), "levels"),
        ("9" * MAX_DIGITS, "9" * (MAX_DIGITS + 1), "characters"),
        ("[" + "0," * (MAX_VALUES - 2) + "0]", "[" + "0," * (MAX_VALUES - 1) + "0]", "values"),
    ],
)
def test_sizes_are_capped(at_the_limit: str, beyond: str, reason: str) -> None:
    read_json(at_the_limit)
    with pytest.raises(NotJSON, match=reason):
        read_json(beyond)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[NaN]", "NaN is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ("1e999", "beyond every float"),
        ('{"a": 1, "\\u0061": 2}', "the name 'a' twice"),
        ("[1,]", "not JSON: "),
        ("[1] [2]", "not JSON: "),
        ("", "not JSON: "),
    ],
)
def test_strict_json_is_nothing_else(text: str, reason: str) -> None:
    with pytest.raises(NotJSON, match=reason):
        read_json(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("none here", "no JSON object or list"),
        ("[1", "no JSON object or list"),
        ("{'a': 1}", "cannot be read"),
        ("[NaN]", "cannot be read"),
        ("[" * 100_000 + "]" * 100_000, "too deep"),
    ],
)
def test_a_text_without_readable_json_says_why(text: str, reason: str) -> None:
    with pytest.raises(NotJSON, match=reason):
        last_json(text, number=int)


def test_numbers_of_lenient_json_are_what_the_caller_makes_of_them() -> None:
    assert last_json("total: [0.1, 1e2, " + "9" * 5000 + "]", number=lambda digits: Fraction(digits[:4])) == [
        Fraction(1, 10),
        Fraction(100),
        Fraction(9999),
    ]


@given(VALUES)
def test_a_walk_meets_every_value_once_and_holders_first(value: Any) -> None:
    met = list(walk(value))
    assert met[0] is value
    places = {id(item): place for place, item in enumerate(met) if isinstance(item, list | dict)}
    for item in met:
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        for held in inner:
            if isinstance(held, list | dict):
                assert places[id(item)] < places[id(held)]
    leaves = sum(1 for item in met if not isinstance(item, list | dict))
    assert len(met) == leaves + len(places)


@pytest.mark.parametrize(
    ("text", "fenced", "reason"),
    [
        ("[1]", True, "no fence"),
        ("```\n[1]\n```", False, "a fence around it"),
        ("```python\n[1]\n```", "auto", "not marked as json"),
        ("```json\n[1]", "auto", "never ends"),
    ],
)
def test_the_fence_must_be_the_one_that_is_asked_for(text: str, *, fenced: Any, reason: str) -> None:
    with pytest.raises(NotJSON, match=reason):
        unfenced(text, fenced=fenced)


def test_depth_is_told_without_the_stack_of_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    # Of this module alone: threads of the pool read messages meanwhile.
    unread = SimpleNamespace(loads=lambda *_, **__: pytest.fail("read"))
    monkeypatch.setattr(sys.modules["vlm_rewards.text.json"], "json", unread)
    for flood in ("[" * 60_000, '{"a":' * 12_000, '["a",' * 12_000, '["\\"",' * 9_000):
        with pytest.raises(NotJSON, match="32 levels"):
            read_json(flood)


@given(st.text('{}[]",:1eE-. \\nullNaN') | st.text())
@settings(max_examples=300)
def test_json_takes_no_text_that_json_itself_refuses(text: str) -> None:
    try:
        read = read_json(text)
    except NotJSON:
        return
    assert read == json.loads(text)
