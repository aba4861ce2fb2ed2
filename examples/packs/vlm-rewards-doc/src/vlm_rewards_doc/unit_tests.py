"""`doc/unit_tests`: small facts that must hold of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import vlm_rewards as vr
from vlm_rewards.text import plain
from vlm_rewards_doc.formula import equal_formulas, formulas
from vlm_rewards_doc.tables import Cell, grid, read_tables
from vlm_rewards_doc.texts import held, judged

__all__ = ["unit_tests"]

MAX_TESTS, MAX_FORMULAS = 50, 64
MAX_CHARS, MAX_NEAR_CHARS = 1000, 200  # of a text that is looked for, as it is or with edits
_SIDES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_HEADS = {"top_heading": "up", "left_heading": "left"}
Test = dict[str, Any]


@vr.reward(range=(0.0, 1.0))
def unit_tests(completion: vr.Completion, tests: list[Any] | str) -> vr.RewardOutput:
    r"""The share of tests that the page of the answer passes.

    Range 0 to 1; never abstains. The answer is the last `<answer>` block, or else all that follows the reasoning. A
    test is a mapping with a `type`, as in olmOCR-bench:

    - `present`, `absent`: whether `text` stands there, among the `first_n` or `last_n` signs where these are given.
    - `order`: the first `before` begins before the first `after` does.
    - `table`: a table has the cell `cell`, next to it the cells `up`, `down`, `left` and `right`, and at the ends of
      its column and row `top_heading` and `left_heading`, of which each may be left out.
    - `math`: one of the first 64 formulas is `math`, as `doc/formula` compares them.

    Texts are compared without marks of style, one space for all white space, with at most `max_diffs` edits, and
    whatever their case where `case_sensitive` is false. An answer without text is unparseable. What must only be there
    is paid however much stands beside it: add `doc/edit`, `absent` tests, or a term of the length.

    Args:
        completion: The answer.
        tests: At most 50 tests, or their JSON text; their texts have at most 1,000 characters, 200 with `max_diffs`.

    Source: olmOCR-bench and its reward (Poznanski et al., arXiv 2510.19817). There any `before` in front of any `after`
    will do, so that a page twice passes both orders, and a page of one letter has every text that is near to it.

    >>> tests = [{"type": "present", "text": "A page"}, {"type": "absent", "text": "Page 7"}]
    >>> unit_tests(vr.Completion("**A page** of text"), tests).score
    1.0
    >>> unit_tests(vr.Completion("A page. Page 7"), tests).score
    0.5
    >>> both = [{"type": "order", "before": "one", "after": "two"}, {"type": "order", "before": "two", "after": "one"}]
    >>> unit_tests(vr.Completion("one two one"), both).score  # a hack: both orders
    0.5
    """
    return judged(completion, tests, _wanted, str, _score)


def _score(page: str, tests: Sequence[Test]) -> tuple[float, str]:
    held = [_TESTS[test["type"]][0](page, test) for test in tests]
    failed = [f"{number} ({test['type']})" for number, test in enumerate(tests) if not held[number]]
    return sum(held) / len(held), f"failed: {', '.join(failed[:10])}" if failed else ""


def _start(page: str, test: Test, name: str) -> int:
    """Where a text of a test begins on the page; -1 where it is not there."""
    from rapidfuzz.fuzz import partial_ratio_alignment

    wanted, text = plain(test[name]), plain(page)[: test.get("first_n") or None][-(test.get("last_n") or 0) :]
    if test.get("case_sensitive") is False:
        wanted, text = wanted.casefold(), text.casefold()
    start, most = text.find(wanted), test.get("max_diffs") or 0
    if start < 0 < most:
        near = partial_ratio_alignment(wanted, text.ljust(len(wanted)), score_cutoff=100 * (1 - most / len(wanted)))
        return near.dest_start if near else -1
    return start


def _has_formula(page: str, test: Test) -> bool:
    return any(equal_formulas(formula, test["math"]) for formula in formulas(page)[:MAX_FORMULAS])


def _has_cell(page: str, test: Test) -> bool:
    try:
        grids = [grid(table) for table in read_tables(page)]
    except ValueError:  # too large
        return False
    places = [(cells, row, column) for cells in grids for row in range(len(cells)) for column in range(len(cells[row]))]
    return any(
        _same(test, "cell", [cells[row][column]]) and _is_beside(test, cells, row, column)
        for cells, row, column in places
    )


def _is_beside(test: Test, cells: Sequence[Sequence[Cell | None]], row: int, column: int) -> bool:
    """Whether the neighbours and headings of a place are those that are asked for."""
    ways = {side: list(_along(cells, row, column, *step)) for side, step in _SIDES.items()}
    beside = {side: way[:1] for side, way in ways.items()} | {name: ways[side][-1:] for name, side in _HEADS.items()}
    return all(_same(test, name, held) for name, held in beside.items())


def _along(
    cells: Sequence[Sequence[Cell | None]], row: int, column: int, down: int, right: int
) -> Iterator[Cell | None]:
    """The other cells from a place on in one direction, each once."""
    last = cells[row][column]
    while 0 <= (row := row + down) < len(cells) and 0 <= (column := column + right) < len(cells[row]):
        if cells[row][column] is not last:
            last = cells[row][column]
            yield last


def _same(test: Test, name: str, cells: Sequence[Cell | None]) -> bool:
    """Whether one of some cells has a text of the test; any have where it is not asked for."""
    from rapidfuzz.distance import Levenshtein

    wanted, most = plain(test.get(name) or ""), test.get("max_diffs") or 0
    return not wanted or any(cell and Levenshtein.distance(wanted, plain(cell.text)) <= most for cell in cells)


#: Whether a test of each type holds, and the texts that it needs.
_TESTS: dict[str, tuple[Callable[[str, Test], bool], *tuple[str, ...]]] = {
    "present": (lambda page, test: _start(page, test, "text") >= 0, "text"),
    "absent": (lambda page, test: _start(page, test, "text") < 0, "text"),
    "order": (lambda page, test: 0 <= _start(page, test, "before") < _start(page, test, "after"), "before", "after"),
    "table": (_has_cell, "cell"),
    "math": (_has_formula, "math"),
}


def _wanted(reference: Any) -> list[Test]:
    """The tests of a reference. Raises ValueError, with the number of the test, for one that cannot be read."""
    tests = held(reference)
    if not isinstance(tests, list) or not 0 < len(tests) <= MAX_TESTS:
        raise ValueError(f"the tests are no list of 1 to {MAX_TESTS}")
    for number, test in enumerate(tests):
        if not isinstance(test, dict) or test.get("type") not in _TESTS:
            raise ValueError(f"the type of test {number} is none of {', '.join(_TESTS)}")
        counts = [test.get(name) or 0 for name in ("max_diffs", "first_n", "last_n")]
        texts = [test.get(name, "") for name in _TESTS[test["type"]][1:]]
        texts += [test[name] for name in (*_SIDES, *_HEADS) if test.get(name)]
        longest = MAX_NEAR_CHARS if counts[0] else MAX_CHARS
        if not all(isinstance(text, str) and len(text) <= longest and plain(text) for text in texts):
            raise ValueError(f"test {number} lacks a text, or it has over {longest} characters")
        if not all(isinstance(count, int) and count >= 0 for count in counts) or counts[0] >= min(map(len, texts)):
            raise ValueError(f"test {number} has a count that is no whole number, or as many max_diffs as signs")
    return tests
