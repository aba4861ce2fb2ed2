"""Decimal commas: what is one, and what may be thousands or a list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.types.test_completion import model_texts
from vlm_rewards.answers import with_point


@given(model_texts)
def test_no_text_raises(text: str) -> None:
    with_point(text)


@given(st.integers(-(10**9), 10**9), st.integers(0, 99), st.sampled_from(["", " cm", " \\text{ cm}", "%", " €"]))
def test_a_decimal_comma_becomes_a_point(whole: int, cents: int, unit: str) -> None:
    assert with_point(f"{whole},{cents}{unit}") == f"{whole}.{cents}{unit}"
    assert with_point(f"{whole:,}".replace(",", ".") + f",{cents}{unit}") == f"{whole}.{cents}{unit}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "12",
        "12.5",
        ",5",
        "12,",
        "12,345",
        "12,345.6",
        "1, 2",
        "1 ,2",
        "1,2,3",
        "1,2.3",
        "(1,2)",
        "x,5",
        "1.2,5",
    ],
)
def test_what_may_be_thousands_or_a_list_has_no_decimal_comma(text: str) -> None:
    assert with_point(text) is None
