"""What a reward may hand to a worker, and what is refused on the spot."""

from __future__ import annotations

import pytest

import vlm_rewards as vr


@pytest.mark.parametrize("timeout", [1e-6, 2, 999_999_999.0])
def test_a_function_of_a_module_with_a_timeout_is_kept_as_it_is(timeout: float) -> None:
    asked = vr.escalate("acme.hard:grade", args={"gold": "x"}, timeout=timeout)
    assert (asked.function, asked.args, asked.timeout) == ("acme.hard:grade", {"gold": "x"}, timeout)


@pytest.mark.parametrize("function", ["", ":", "acme.hard", "acme.hard:", ":grade"])
def test_a_name_without_module_or_function_is_refused(function: str) -> None:
    with pytest.raises(ValueError, match=r"needs 'package\.module:function', not '"):
        vr.escalate(function, args=None, timeout=1)


@pytest.mark.parametrize("timeout", [0, -1, 1e9, float("inf"), float("nan"), True, "2", None])
def test_a_timeout_that_is_not_a_positive_number_of_seconds_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="needs a timeout in seconds, not"):
        vr.escalate("acme.hard:grade", args=None, timeout=timeout)
