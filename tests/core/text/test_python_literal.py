"""The text of a Python value is read, and nothing in it is evaluated."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards.testing.measure import grows_linearly
from vlm_rewards.text.python_literal import MAX_CHARS, MAX_DEPTH, read_literal

NESTED: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(NESTED)
def test_what_python_writes_is_read_back(value: Any) -> None:
    assert read_literal(repr(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("['a', \"it's\", 'b\\'c']", ["a", "it's", "b'c"]),
        ("('a', 'b',)", ["a", "b"]),
        ("('a')", "a"),
        ("('a',)", ["a"]),
        ("{'a', 'b'}", ["a", "b"]),
        ("[-1, 2.50, 1e3]", ["-1", "2.50", "1e3"]),
        ("{1: 'x', 'b': None}", {"1": "x", "b": None}),
        ("[ ]", []),
        ("{}", {}),
        (r"['\x41\u00e9\q']", ["Aé\\q"]),
    ],
)
def test_literals_are_read(text: str, value: Any) -> None:
    assert read_literal(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "[a]", "f(1)", "['a' 'b']", "['a'", "'a", "['a'] + []", "[1, , 2]", "{'a': 1, 'b'}", "(']", "[1}"),
        *("__import__('os')", "[].__class__", "lambda: 1", "['\\U00110000']", "['\\", "[,]"),
        *("'" + "x" * MAX_CHARS + "'", "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)),
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_literal(text)


@given(st.text("[](){}'\"\\\\,:x1 nu", max_size=30))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        value = read_literal(text)
    except ValueError:
        return
    assert value is None or isinstance(value, str | list | dict)


def test_levels_are_counted() -> None:
    assert read_literal("[" * MAX_DEPTH + "]" * MAX_DEPTH) == ast.literal_eval("[" * MAX_DEPTH + "]" * MAX_DEPTH)


@pytest.mark.parametrize("piece", ["'a', ", "1, ", "\\\\", "\\'", " "])
def test_the_work_grows_with_the_text(piece: str) -> None:
    def read(text: str) -> None:
        try:
            read_literal("['" + text + "']")
        except ValueError:
            return

    assert grows_linearly(read, piece * (5_000 // len(piece)), piece * (50_000 // len(piece)))
