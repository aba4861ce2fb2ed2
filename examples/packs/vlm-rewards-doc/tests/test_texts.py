"""What the rewards read of a page."""

from __future__ import annotations

from typing import Any

import pytest
from vlm_rewards_doc import edit, formula, front_matter, unit_tests
from vlm_rewards_doc.formula import formulas

import vlm_rewards as vr

TABLE = """<table><tr><th colspan=2>scores</th><th>year</th></tr>
<tr><td rowspan=2>Red</td><td>3</td><td>2019</td></tr><tr><td>4</td><td>2020</td></tr></table>"""


@pytest.mark.parametrize(
    "text", ["Caf\u00e9 1", "Cafe\u0301 1", "```markdown\nCaf\u00e9\n1\n```", "<answer>Caf\u00e9  1</answer>"]
)
def test_one_text_in_every_form(text: str) -> None:
    assert edit(vr.Completion(text), "Caf\u00e9 1").score == 1.0


def test_formulas_are_found_in_every_mark() -> None:
    assert formulas("Let $a$ be \\(b\\), so $$c$$ and \\[d\\].") == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("given", "wanted", "score"),
    [
        ("\\left( a \\right) \\le b", "(a)\\leq b", 1.0),
        ("\\dfrac{1}{2}", "\\frac 1 2", 1.0),
        ("b + a", "a+b", 1.0),
        ("\\left(a\\right) + 1", "1 + (a)", 1.0),
        ("a - b", "b - a", 0.0),
        ("\\int_0^1 x\\,dx", "\\int_0^1 x dx", 1.0),
        ("\\frac{1}{2}", "\\int_0^1 x dx", 0.0),
        ("a \\ne b", "a = b", 0.0),
        ("\\mathcal{L} = \\|f\\|", "\\mathcal{L}=\\|f\\|", 1.0),
    ],
)
def test_formulas_that_are_the_same(given: str, wanted: str, score: float) -> None:
    assert formula(vr.Completion(f"${given}$"), wanted).score == score


@pytest.mark.parametrize(
    ("line", "value", "right"),
    [
        ("en", "en", 1),
        ("'en'", "en", 1),
        ("True", True, 1),
        ("90", 90, 1),
        ("", None, 1),
        ("de", "en", 0),
        ("1", True, 0),
    ],
)
def test_values_of_front_matter(line: str, value: Any, right: int) -> None:
    assert front_matter(vr.Completion(f"---\nname: {line}\n---"), {"name": value}).score == 0.5 + right / 2


def passes(page: str, **test: Any) -> bool:
    output = unit_tests(vr.Completion(page), [test])
    assert output.status is vr.Status.SCORED
    return output.score == 1.0


@pytest.mark.parametrize(
    ("test", "right"),
    [
        ({"cell": "3", "left": "Red", "up": "scores", "right": "2019", "down": "4"}, True),
        ({"cell": "4", "left": "Red", "left_heading": "Red", "top_heading": "scores"}, True),
        ({"cell": "2020", "top_heading": "year", "left_heading": "Red"}, True),
        ({"cell": "4", "left": "2020"}, False),
        ({"cell": "2020", "down": "anything"}, False),
        ({"cell": "2021", "max_diffs": 1, "up": "2019"}, True),
        ({"cell": "Red", "right": "3", "up": "scores"}, True),
    ],
)
def test_cells_with_their_neighbours(test: dict[str, Any], right: bool) -> None:  # noqa: FBT001
    assert passes(TABLE, type="table", **test) is right


def test_texts_that_are_near() -> None:
    assert passes("The quick brown fax.", type="present", text="quick brown fox", max_diffs=1)
    assert not passes("The quick brawn fax.", type="present", text="quick brown fox", max_diffs=1)
    assert not passes("q", type="present", text="quick brown fox", max_diffs=2)  # a page of one letter
    assert passes("A B", type="absent", text="a b")
    assert not passes("A B", type="absent", text="a b", case_sensitive=False)
    assert not passes("end of page", type="present", text="page", first_n=6)
    assert passes("end of page", type="present", text="page", last_n=4)


@pytest.mark.parametrize(
    "tests",
    [
        [],
        "no JSON",
        [7],
        [{"type": "none"}],
        [{"type": "present"}],
        [{"type": "present", "text": "a", "max_diffs": 1}],
        [{"type": "order", "before": "a"}],
        [{"type": "present", "text": "a" * 1001}],
        [{"type": "absent", "text": "a"}] * 51,
    ],
)
def test_tests_that_cannot_be_read_are_a_bad_reference(tests: Any) -> None:
    assert unit_tests(vr.Completion("a"), tests).status is vr.Status.BAD_REFERENCE
