from __future__ import annotations

import random
from typing import Any

import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vlm_rewards_doc import teds
from vlm_rewards_doc.tables import Cell, Table, grid, read_tables
from vlm_rewards_doc.trees import tree_distance

import vlm_rewards as vr

GOLD = "<table><tr><th>team</th><th>goals</th></tr><tr><td>Red</td><td>3</td></tr></table>"
SPANS = st.sampled_from([1, 1, 1, 2])
CELLS = st.builds(Cell, st.text("ab1", max_size=3), SPANS, SPANS)
TABLES = st.lists(st.lists(CELLS, max_size=3), min_size=1, max_size=3)


def html(table: Table) -> str:
    def cell(one: Cell) -> str:
        return f'<td colspan="{one.colspan}" rowspan="{one.rowspan}">{one.text}</td>'

    return "<table>" + "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in table) + "</table>"


def drawn(seed: int) -> Table:
    """A table as they are on pages, with rows of several lengths and some cells that span others."""
    draw = random.Random(seed)
    columns = draw.randint(1, 6)
    return [
        [
            Cell(str(draw.randint(0, 999)), draw.choice([1, 1, 2]), draw.choice([1, 1, 3]))
            for _ in range(max(0, columns - draw.choice([0, 0, 1, 2])))
        ]
        for _ in range(draw.randint(1, 7))
    ]


def score(one: str, other: str, **options: Any) -> float | None:
    return teds(vr.Completion(one), other, **options).score


@settings(max_examples=150, deadline=None)
@given(TABLES, TABLES, st.booleans())
def test_it_is_the_published_score_by_its_definition(one: Table, other: Table, structure_only: bool) -> None:  # noqa: FBT001
    wanted = max(oracle.score(one, other, oracle.by_definition, structure_only=structure_only), 0.0)
    assert score(html(one), html(other), structure_only=structure_only) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_apted_finds(seed: int) -> None:
    pytest.importorskip("apted")
    one, other = drawn(seed), drawn(seed + 100)
    for structure_only in (False, True):
        wanted = max(oracle.score(one, other, oracle.by_apted, structure_only=structure_only), 0.0)
        assert score(html(one), html(other), structure_only=structure_only) == pytest.approx(wanted, abs=1e-9)


@given(TABLES, TABLES, TABLES)
@settings(max_examples=100, deadline=None)
def test_it_is_a_distance(one: Table, other: Table, third: Table) -> None:
    assert tree_distance(one, one) == 0
    assert tree_distance(one, other) == pytest.approx(tree_distance(other, one))
    assert tree_distance(one, third) <= tree_distance(one, other) + tree_distance(other, third) + 1e-9


@pytest.mark.parametrize(
    "text",
    [
        "| team | goals |\n|:--|--:|\n| Red | 3 |",
        "team | goals\n---|---\nRed | 3",
        "```html\n" + GOLD + "\n```",
        f"<think><table><tr><td>no</td></tr></table></think><answer>Here: {GOLD} Done.</answer>",
        "<TABLE border=1><TR><TD>team<TD>goals<TR><TD> <b>Red</b>\n<TD COLSPAN='1'>3",
        "<table><thead><tr><th>team<th>goals</thead><tbody><tr><td>Red<td><!-- <td> -->3</tbody></table>",
        "<tr><td>team</td><td>goals</td></tr><tr><td>R&#101;d</td><td colspan=abc>3</td></tr>",
        "<table><tr><td>1</table> or rather " + GOLD,
    ],
)
def test_one_table_is_read_in_every_form(text: str) -> None:
    assert score(text, GOLD) == 1.0


def test_spans_count_in_the_structure() -> None:
    one, other = '<tr><td colspan="2">a', '<tr><td colspan="3">b'
    assert score(one, other) == score(one, other, structure_only=True) == 0.5
    assert score(one, one.replace(">a", ">b"), structure_only=True) == 1.0


@pytest.mark.parametrize("span", ["9" * 5000, "-1", "0", "1e9", "", "٣"])
def test_a_hostile_span_is_a_number_from_1_to_1000(span: str) -> None:
    ((row,),) = read_tables(f"<tr><td colspan='{span}' rowspan={span}>")
    assert row[0].colspan == (1000 if span.startswith("9") else 1)
    assert len(grid([row])) == 1


@pytest.mark.parametrize("piece", ["<tr>", "<tr><td>", "<td>", "| a ", "| a |\n", "<th rowspan=9>x"])
def test_what_is_too_large_is_told_before_it_is_compared(piece: str) -> None:
    output = teds(vr.Completion(piece * 40_000), GOLD)
    assert output.status is vr.Status.UNPARSEABLE
    assert str(output.reason).startswith("too_large")
    assert str(teds(vr.Completion(GOLD), piece * 2000).reason).startswith("too_large")


def test_a_table_inside_a_cell_is_text_of_that_cell() -> None:
    nested = GOLD.replace("Red", "<table><tr><td>R</td><td>ed</td></tr></table>")
    assert score(nested, GOLD.replace("Red", "R ed")) == 1.0
    deep = "<table><tr><td>" * 20_000
    assert teds(vr.Completion(deep), GOLD).score == pytest.approx(1 - 5 / 6)


def test_a_thousand_nodes_are_compared() -> None:
    row, rows = "<tr>" + "<td>a</td>" * 999, "<tr><td>a</td></tr>" * 500
    assert score(row, row) == score(rows, rows) == 1.0
    (one,), (other,) = read_tables(row), read_tables(rows)
    assert tree_distance(one, other) == 1 + 499 + 500  # a row and 499 cells go, and 500 rows come


@pytest.mark.parametrize("hack", ["<b></b>" * 500, "<i>" * 500, "<br>" * 500, "<span class='x'></span>" * 500])
def test_empty_tags_in_a_cell_earn_nothing(hack: str) -> None:
    wrong = "<table><tr><td>x</td></tr></table>"
    assert score(wrong.replace("x", "x" + hack), GOLD) == score(wrong, GOLD)


@pytest.mark.parametrize("reference", ["", "no table", "<table></table>", "<table>" * 9])
def test_a_reference_without_a_table_is_a_bad_one(reference: str) -> None:
    assert teds(vr.Completion(GOLD), reference).status is vr.Status.BAD_REFERENCE
