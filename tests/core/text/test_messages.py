"""The texts of offending values and exceptions inside messages."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards.text.messages import against, did_you_mean, explain, printable, raised, show


class HostileError(Exception):
    """Raises from every text that one may ask it for."""

    def __init__(self, raised: BaseException) -> None:
        self.raised = raised

    def __repr__(self) -> str:
        raise self.raised

    def __str__(self) -> str:
        raise self.raised


class TestShow:
    def test_short_values_are_shown_whole(self) -> None:
        assert show("seven") == "'seven'"
        assert show([1, 2]) == "[1, 2]"

    @pytest.mark.parametrize("formula", ["\\frac{1}{2}", "a \\\\ b", "\\"])
    def test_a_formula_is_shown_as_it_stands_beside_a_reference(self, formula: str) -> None:
        assert against(formula, "x").startswith(f"{show(formula)} against")
        assert show([formula]) == f"[{show(formula)}]"

    @given(st.one_of(st.text(), st.binary(), st.integers(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
    def test_any_value_gives_a_text_that_can_be_written(self, value: object) -> None:
        show(value).encode()

    def test_long_values_are_cut(self) -> None:
        assert len(show("x" * 10_000)) <= 120
        assert len(show(10**5_000)) <= 60
        assert len(show(list(range(10_000)))) <= 120

    @pytest.mark.parametrize("raised", [ValueError("boom"), SystemExit(3), RecursionError()])
    def test_a_value_whose_repr_fails_is_named_by_its_type(self, raised: BaseException) -> None:
        assert "Hostile" in show(HostileError(raised))
        assert "Hostile" in show([HostileError(raised)]) or "list" in show([HostileError(raised)])

    def test_a_value_whose_repr_is_no_text_is_named_too(self) -> None:
        class Odd:
            def __repr__(self) -> str:
                return 7  # type: ignore[return-value]

        assert "Odd" in show(Odd())


class TestExplain:
    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (ValueError("no box"), "ValueError: no box"),
            (ValueError(), "ValueError"),
            (SystemExit(3), "SystemExit: 3"),
            (ValueError("one\n  two\tthree"), "ValueError: one two three"),
            (ValueError("half a \ud83d pair"), "ValueError: half a \\ud83d pair"),
            (HostileError(RuntimeError("boom")), "HostileError: (its message cannot be read)"),
            (HostileError(SystemExit(3)), "HostileError: (its message cannot be read)"),
        ],
    )
    def test_type_and_message_in_one_line(self, error: BaseException, text: str) -> None:
        assert explain(error) == text

    def test_long_messages_are_cut(self) -> None:
        assert len(explain(ValueError("x" * 10_000))) == 300


@given(st.text())
def test_printable_text_is_left_alone_and_any_other_made_so(text: str) -> None:
    made = printable(text)
    assert made.isprintable()
    made.encode()
    assert not text.isprintable() or made == text


@pytest.mark.parametrize(
    ("text", "made"),
    [("pas de boîte", "pas de boîte"), ("a\nb", "a\\nb"), ("\x1b[2J", "\\x1b[2J"), ("\ud83d", "\\ud83d")],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, made: str) -> None:
    assert printable(text) == made


class TestDidYouMean:
    def test_the_nearest_word_is_suggested(self) -> None:
        assert did_you_mean("tresholt", ["space", "threshold"]) == " Did you mean 'threshold'?"

    def test_nothing_near_suggests_nothing(self) -> None:
        assert did_you_mean("zebra", ["space", "threshold"]) == ""
        assert did_you_mean("zebra", []) == ""


def test_what_a_reward_raised_names_the_line_of_its_own_file() -> None:
    def caught(call: Callable[[], object]) -> str:
        try:
            call()
        except Exception as error:  # noqa: BLE001
            return raised(error)
        raise AssertionError

    assert caught(lambda: 1 / 0).startswith("raised ZeroDivisionError: division by zero (test_messages.py:")
    inside = caught(lambda: json.loads("{"))  # raised in Python's own files
    assert inside.startswith("raised JSONDecodeError: ")
    assert "(test_messages.py:" in inside
    assert raised(KeyError("never raised")) == "raised KeyError: 'never raised'"
