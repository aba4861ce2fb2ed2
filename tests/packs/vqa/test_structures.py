"""`vqa/json_fields`, `vqa/list_match` and `vqa/table`: parts that are right earn their share, extra parts cost."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards_vqa import json_fields, list_match, table
from vlm_rewards_vqa.list_match import items
from vlm_rewards_vqa.table import read_table

RECEIPT = {"shop": {"name": "Corner Shop"}, "total": 12.5, "paid": True, "items": [{"n": "tea"}, {"n": "milk"}]}


def fields(answer: str, solution: Any = None, **params: Any) -> float | None:
    return json_fields(vr.Completion(answer), RECEIPT if solution is None else solution, **params).score


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "```json\n{}\n```",
        "```\n{}```",
        "<think>a {{ b</think><answer>{}</answer>",
        'He said "here it is": {}\nDone.',
        'First {{"total": 1}}, no: {}',
        "Braces {{ and brackets ] around\n}} {}",
    ],
)
def test_the_json_is_found_in_any_wrapping(form: str) -> None:
    assert fields(form.format(json.dumps(RECEIPT))) == 1.0


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({**RECEIPT, "total": "12.50"}, 1.0),
        ({**RECEIPT, "total": "$12.5"}, 1.0),
        ({**RECEIPT, "total": 12}, 8 / 10),
        ({**RECEIPT, "shop": {"name": "the corner shop."}}, 1.0),
        ({**RECEIPT, "shop": "Corner Shop"}, 8 / 10),  # another path
        ({**RECEIPT, "paid": "true"}, 8 / 10),
        ({**RECEIPT, "paid": None}, 8 / 9),
        ({**RECEIPT, "tax": None}, 1.0),
        ({**RECEIPT, "tax": 1}, 10 / 11),
        ({**RECEIPT, "items": [{"n": "milk"}, {"n": "tea"}]}, 6 / 10),
        ({}, 0.0),
        ([RECEIPT], 0.0),
    ],
)
def test_each_field_counts_once(answer: Any, expected: float) -> None:
    assert fields(json.dumps(answer)) == pytest.approx(expected)


def test_params_say_how_values_are_compared() -> None:
    swapped = json.dumps({**RECEIPT, "items": [{"n": "milk"}, {"n": "tea"}]})
    assert fields(swapped, lists="unordered") == 1.0
    assert fields('{"a": "007"}', {"a": "7"}) == 1.0
    assert fields('{"a": "007"}', {"a": "7"}, numbers="text") == 0.0
    assert fields('{"a": "THE CAT"}', {"a": "cat"}) == 1.0
    assert fields('{"a": "THE CAT"}', {"a": "cat"}, text="exact") == 0.0
    assert fields('{"a": 12}', '{"a": 12.0}', numbers="text") == 1.0


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "no json",
            "{",
            "}",
            "[",
            '{"a": }',
            '{"a": NaN}',
            "{'a': 1}",
            '{"a": 1',
            "[" * 60_000,
            "[" * 200 + "]" * 200,
        ),
        *("[" * 30_000 + "]" * 30_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "{]}"),
    ],
)
def test_text_without_readable_json_is_unparseable(text: str) -> None:
    assert json_fields(vr.Completion(text), RECEIPT).status is vr.Status.UNPARSEABLE


@pytest.mark.parametrize("solution", ["", "7", "x", "{}", "[]", '{"a": null}', "[" * 5000, {}, [], {"a": None}])
def test_a_reference_without_fields_is_bad(solution: Any) -> None:
    assert json_fields(vr.Completion('{"a": 1}'), solution).status is vr.Status.BAD_REFERENCE


def test_a_hack_with_every_key_or_every_value_pays_little() -> None:
    every_key = json.dumps(RECEIPT | {f"key{number}": 1 for number in range(100)})
    score = fields(every_key)
    assert score is not None
    assert score < 0.1
    assert fields('{"total": 1, "total": 12.5, "total": 2}', {"total": 12.5}) == 0.0  # the last one counts
    score = fields(json.dumps({"total": list(range(100))}), {"total": [5]}, lists="unordered")
    assert score is not None
    assert score < 0.05


def test_huge_numbers_and_keys_are_harmless() -> None:
    assert fields('{"total": ' + "9" * 60_000 + "}") == 0.0
    assert fields('{"total": 1e999999999}') == 0.0
    assert fields('{"' + "k" * 60_000 + '": 1}') == 0.0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=3), JSON, max_size=4), st.sampled_from(["ordered", "unordered"]))
def test_a_reference_is_its_own_best_answer(value: dict[str, Any], how: Literal["ordered", "unordered"]) -> None:
    output = json_fields(vr.Completion(json.dumps(value)), value, lists=how)
    assert output.score == 1.0 or output.status is vr.Status.BAD_REFERENCE


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)),
)
def test_f1_of_fields_is_that_of_the_definition(one: dict[str, int], other: dict[str, int]) -> None:
    output = json_fields(vr.Completion(json.dumps(one)), other)
    if not other:
        assert output.status is vr.Status.BAD_REFERENCE
        return
    hits = sum(other.get(key) == value for key, value in one.items())
    precision, recall = hits / len(one) if one else 0.0, hits / len(other)
    assert output.score == pytest.approx(2 * precision * recall / (precision + recall) if hits else 0.0)


# -- lists -----------------------------------------------------------------------------------------------------------

COLOURS = ["red", "white", "blue"]


@pytest.mark.parametrize(
    "text",
    [
        *("red, white, blue", "blue, red and white", "red; white; blue", "red\nwhite\nblue", "- red\n- white\n- blue"),
        *("1. red\n2. white\n3. blue", '["red", "white", "blue"]', '```json\n["blue", "white", "red"]\n```'),
        *("<answer>Red, White, and Blue.</answer>", "The colours. The answer is red, white and blue."),
    ],
)
def test_lists_are_read_in_any_style(text: str) -> None:
    assert list_match(vr.Completion(text), COLOURS).score == 1.0


@given(st.permutations(COLOURS), st.sampled_from(["ordered", "unordered"]))
def test_order_counts_by_param(order: list[str], how: str) -> None:
    output = list_match(vr.Completion(", ".join(order)), COLOURS, ordered=how == "ordered")
    kept = max(
        sum(1 for _ in run)
        for run in ([c for c in order if c in subset] for subset in subsets(COLOURS))
        if run == [c for c in COLOURS if c in run]
    )
    assert output.score == pytest.approx(1.0 if how == "unordered" else kept / 3)


def subsets(items_: list[str]) -> list[set[str]]:
    return [{item for at, item in enumerate(items_) if bits >> at & 1} for bits in range(2 ** len(items_))]


@pytest.mark.parametrize(
    ("text", "expected"), [("red", 0.5), ("red, red, red", 1 / 3), ("green", 0.0), ("red, white, blue, green", 6 / 7)]
)
def test_extra_and_missing_items_cost(text: str, expected: float) -> None:
    assert list_match(vr.Completion(text), COLOURS).score == pytest.approx(expected)


@pytest.mark.parametrize("params", [{"ordered": False}, {"ordered": True}], ids=str)
def test_a_hack_of_a_huge_list_pays_little(params: dict[str, Any]) -> None:
    hack = [f"colour {number}" for number in range(900)]
    score = list_match(vr.Completion(", ".join([*hack, *COLOURS])), COLOURS, **params).score
    assert score is not None
    assert score < 0.01
    assert list_match(vr.Completion(", ".join([*hack, *hack, *COLOURS])), COLOURS, **params).status == "unparseable"
    score = list_match(vr.Completion(", ".join(COLOURS * 100)), COLOURS, **params).score
    assert score is not None
    assert score < 0.03


@pytest.mark.parametrize("solution", [COLOURS, json.dumps(COLOURS), "red, white and blue", "red\nwhite\nblue"])
def test_reference_lists_come_in_any_form(solution: Any) -> None:
    assert list_match(vr.Completion("blue, white, red"), solution).score == 1.0


def test_numbers_in_lists() -> None:
    assert list_match(vr.Completion("1,234, 5.0"), [5, 1234]).score == 1.0
    assert list_match(vr.Completion("1,234; 5.0"), [5, 1234], numbers="text").score == 0.0
    assert list_match(vr.Completion(""), [5]).status is vr.Status.UNPARSEABLE
    assert list_match(vr.Completion("5"), []).status is vr.Status.BAD_REFERENCE
    assert items("Sam and Max") == ["Sam", "Max"]


# -- tables ----------------------------------------------------------------------------------------------------------

GRID = [["team", "goals", "points"], ["Red", "1,234", "5"], ["Blue", "7", "8%"]]
MARKDOWN = "| team | goals | points |\n|:---|---:|---|\n| **Red** | 1,234 | 5 |\n| Blue | 7 | 8% |"
HTML = (
    "<TABLE border=1><thead><tr><th>team</th><th>goals<th>points</tr></thead>"
    "<tr><td>Red<td><b>1,234</b></td><td>5</td></tr>\n<tr><td>Blue</td><td>7</td><td>8&#37;</td></tr></TABLE>"
)
FORMS = [
    MARKDOWN,
    HTML,
    "\n".join("\t".join(row) for row in GRID),
    'team,goals,points\nRed,"1,234",5\nBlue,7,8%',
    f"Here is the table:\n\n{MARKDOWN}\n\nI hope it helps.",
    f"```markdown\n{MARKDOWN}\n```",
    f"<think>| x | y |</think><answer>{MARKDOWN}</answer>",
    "team | goals | points\n--- | --- | ---\nRed | 1,234 | 5\nBlue | 7 | 8%",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("keys", ["headers", "position"])
def test_tables_are_read_in_any_form(form: str, keys: Any) -> None:
    for solution in (GRID, json.dumps(GRID), MARKDOWN, HTML):
        assert table(vr.Completion(form), solution, keys=keys).score == 1.0


@given(st.permutations(GRID[1:]), st.permutations(range(1, 3)))
def test_rows_and_columns_may_change_places_under_their_heads(rows: list[list[str]], columns: list[int]) -> None:
    moved = [[row[at] for at in (0, *columns)] for row in (GRID[0], *rows)]
    text = "\n".join("\t".join(row) for row in moved)
    assert table(vr.Completion(text), GRID).score == 1.0
    assert (table(vr.Completion(text), GRID, keys="position").score == 1.0) == (moved == GRID)


@given(st.lists(st.sampled_from(["Red", "1,234", "5", "Blue", "7", "8%", "x", ""]), min_size=6, max_size=6))
def test_cells_count_one_by_one(cells: list[str]) -> None:
    answer = [GRID[0], cells[:3], cells[3:]]
    text = "\n".join("\t".join(row) for row in answer if any(row))
    score = table(vr.Completion(text), GRID, keys="position").score or 0.0
    assert (score == 1.0) == (answer == GRID)
    if all(any(row) for row in answer):
        right = 3 + sum(
            mine == gold
            for row, golds in zip(answer[1:], GRID[1:], strict=True)
            for mine, gold in zip(row, golds, strict=True)
        )
        given_ = 3 + sum(map(bool, cells))
        # A line with empty cells at its ends is stripped, and then its cells stand elsewhere.
        if all(row[0] and row[-1] for row in answer[1:]):
            assert score == pytest.approx(2 * right / (given_ + 9))


def test_a_hack_with_every_value_in_a_cell_or_many_rows_pays_little() -> None:
    rows = [[team, str(goals), "5"] for team in ("Red", "Blue") for goals in range(200)]
    text = "\n".join("\t".join(row) for row in [GRID[0], *rows])
    score = table(vr.Completion(text), GRID).score
    assert score is not None
    assert score < 0.02
    score = table(vr.Completion(f"{MARKDOWN}\n" * 50), GRID).score
    assert score is not None
    assert score < 0.05


def test_what_is_no_table() -> None:
    assert table(vr.Completion("no table"), GRID).status is vr.Status.UNPARSEABLE
    assert table(vr.Completion(""), GRID).status is vr.Status.UNPARSEABLE
    for solution in ("", "no table", [], "[[", [["head only"]]):
        assert table(vr.Completion(MARKDOWN), solution).status is vr.Status.BAD_REFERENCE
    assert read_table("a \\| b | c") == [["a | b", "c"]]
    assert read_table("x\n<tr><td>1") == [["1"]]


def test_a_table_with_line_breaks_of_deplot_is_read() -> None:
    assert read_table("team | goals <0x0A> Red | 3 <0x0A> Blue | 1") == [["team", "goals"], ["Red", "3"], ["Blue", "1"]]


@pytest.mark.parametrize("flood", ["|", "|1", "|\n", "1\t", "1,", "<tr><td>1", "<th>"])
def test_a_flood_of_cells_is_not_read(flood: str) -> None:
    opening = "<tr>" if "<" in flood else ""
    output = table(vr.Completion(opening + flood * 5000), "| a | b |\n|---|---|\n| 1 | 2 |")
    assert output.reason == "the table has more than 2048 signs between cells"


def test_a_large_table_is_read_when_the_reference_is_large() -> None:
    large = "\n".join(f"| {row} | {row * row} |" for row in range(2000))
    assert table(vr.Completion(large), large).score == 1.0
    assert table(vr.Completion(large), "| a | b |\n| 1 | 2 |").status is vr.Status.UNPARSEABLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("['red', \"it's\"]", ["red", "it's"]),
        ("{red, blue}", ["red", "blue"]),
        ("\\{x, y\\}", ["x", "y"]),
        ("[red, blue]", ["red", "blue"]),
        ("红色、绿色", ["红色", "绿色"]),
        ("红色、绿色和蓝色", ["红色", "绿色", "蓝色"]),
        ("中华人民共和国", ["中华人民共和国"]),
        ("– red\n– blue", ["red", "blue"]),
        ("red\tblue", ["red", "blue"]),
        ("red | blue", ["red", "blue"]),
        ("red & blue", ["red", "blue"]),
        ("红色与绿色", ["红色", "绿色"]),
        ("1,2,3", ["1", "2", "3"]),
        ("Colours:\n- red\n- blue", ["red", "blue"]),
        ("\\text{red}, \\text{blue}", ["red", "blue"]),
        ("red,blue", ["red", "blue"]),
        ("1,234, 5", ["1,234", "5"]),
    ],
)
def test_lists_are_read_as_people_and_programs_write_them(text: str, expected: list[str]) -> None:
    assert items(text) == expected


def test_an_announced_list_is_the_answer() -> None:
    for text in ("I see red and blue. Answer: ['red', 'blue']", "Red it is.\n\nAnswer:\n- red\n- blue\n\nDone."):
        assert list_match(vr.Completion(text), ["red", "blue"]).score == 1.0


@pytest.mark.parametrize(
    "text",
    [
        *("The values are n = 1, 3, and 5.", "n = 1, 3 and 5", "n ∈ {1, 3, 5}", "$n = 1, 3, 5$", "\\boxed{n=1,3,5}"),
        *(
            "The values are 1, 3 and 5.",
            "They are: 1, 3, 5",
            "Values: 1; 3; 5",
            "x = 1, x = 3, x = 5",
            "x=1, x=3 and x=5",
        ),
        *("<answer>There are 1, 3, 5</answer>", "The set is S = {1, 3, 5}"),
    ],
)
def test_what_introduces_a_list_is_no_item(text: str) -> None:
    assert list_match(vr.Completion(text), [1, 3, 5]).score == 1.0
    assert list_match(vr.Completion(text), ["1", "3", "5"], ordered=True).score == 1.0
    assert list_match(vr.Completion(text), [2, 3]).score == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("text", "solution"),
    [
        ("x = 1, x = 3", ["x = 1", "x = 3"]),
        ("x = 1, y = 3", ["x = 1", "y = 3"]),
        ("Rome: 3, Oslo: 4", ["Rome: 3", "Oslo: 4"]),
        ("Alien: Covenant, Jaws", ["Alien: Covenant", "Jaws"]),
        ("We are the World, Help", ["Help", "We are the World"]),
    ],
)
def test_a_name_counts_where_the_reference_has_one(text: str, solution: list[str]) -> None:
    assert list_match(vr.Completion(text), solution).score == 1.0
    assert list_match(vr.Completion(text.replace("x", "z").replace("e", "o")), solution).score != 1.0


def test_an_item_may_end_in_a_colon_and_a_space() -> None:
    assert list_match(vr.Completion('["a: ", "b"]'), ["b", "c"]).score == 0.5
