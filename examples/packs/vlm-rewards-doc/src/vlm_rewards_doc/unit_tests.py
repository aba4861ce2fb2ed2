"""`doc/unit_tests`: small facts that must hold of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import vlm_rewards as vr
from vlm_rewards.text import plain
from vlm_rewards_doc.formula import equal_formulas, formulas
from vlm_rewards_doc.tables import Cell, grid, read_tables
from vlm_rewards_doc.texts import held, judged

MAX_TESTS, MOST, MAX_CHARS, MAX_NEAR_CHARS = 50, 64, 1000, 200  # formulas; of a text as it is, or with edits
_PLACES = ("cell", "up", "down", "left", "right", "top_heading", "left_heading")
Test = dict[str, Any]


@vr.reward(range=(0.0, 1.0))
def unit_tests(completion: vr.Completion, tests: list[Any] | str) -> vr.RewardOutput:
    r"""The share of tests that the page of the answer passes.

    Range 0 to 1; never abstains. The answer is the last `<answer>` block, or else all that follows the reasoning. A
    test is a mapping with a `type`, as in olmOCR-bench:

    - `present`, `absent`: whether `text` stands there, among the `first_n` or `last_n` signs where these are given.
    - `order`: the first `before` begins before the first `after` does.
    - `table`: a table has `cell`, beside it `up`, `down`, `left` and `right`, at the ends of its column and row
      `top_heading` and `left_heading`, of which each may be left out.
    - `math`: one of the first 64 formulas is `math`, as `doc/formula` compares them.

    Texts are compared without marks of style, one space for all white space, with at most `max_diffs` edits, and
    whatever their case where `case_sensitive` is false. An answer without text is unparseable. What must only be there
    is paid however much stands beside it: add `doc/edit`, `absent` tests, or a term of the length. There may be 50
    tests, also as JSON text, whose texts have at most 1,000 characters, 200 with `max_diffs`.

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
    text = plain(page)
    held = [_TESTS[test["type"]][0](page if test["type"] in ("table", "math") else text, test) for test in tests]
    failed = [f"{number} ({test['type']})" for number, test in enumerate(tests) if not held[number]]
    return sum(held) / len(held), f"failed: {', '.join(failed[:10])}" if failed else ""


def _start(page: str, test: Test, name: str) -> int:
    """Where a text of a test begins on the plain page; -1 where it is not there."""
    from rapidfuzz.fuzz import partial_ratio_alignment

    wanted, text = plain(test[name]), page[: test.get("first_n") or None][-(test.get("last_n") or 0) :]
    if test.get("case_sensitive") is False:
        wanted, text = wanted.casefold(), text.casefold()
    start, most = text.find(wanted), test.get("max_diffs") or 0
    if start < 0 < most:
        near = partial_ratio_alignment(wanted, text.ljust(len(wanted)), score_cutoff=100 * (1 - most / len(wanted)))
        return near.dest_start if near else -1
    return start


def _has_cell(page: str, test: Test) -> bool:
    """Whether a table has the cell with the neighbours and headings that are asked for."""
    for cells in map(grid, read_tables(page)):
        columns = list(zip(*cells, strict=True))
        for row, line in enumerate(cells):
            if any(_is_asked(test, line, row, upright, column) for column, upright in enumerate(columns)):
                return True
    return False


def _is_asked(test: Test, line: Sequence[Cell | None], row: int, upright: Sequence[Cell | None], column: int) -> bool:
    """Whether the cell that two lines of a table share, its neighbours and the ends of the lines are as asked."""
    from rapidfuzz.distance import Levenshtein

    cell, most = line[column], test.get("max_diffs") or 0
    ways = [upright[:row][::-1], upright[row + 1 :], line[:column][::-1], line[column + 1 :]]
    up, down, left, right = ([other for other in way if other is not cell] for way in ways)
    cells = zip(_PLACES, ([cell], up, down, left, right, up[-1:], left[-1:]), strict=True)
    asked = [
        (plain(test[name]), plain(held[0].text) if held and held[0] else None) for name, held in cells if test.get(name)
    ]
    return all(text is not None and Levenshtein.distance(wanted, text) <= most for wanted, text in asked)


#: Whether a test of each type holds, and the texts that it needs.
_TESTS: dict[str, tuple[Callable[[str, Test], bool], *tuple[str, ...]]] = {
    "present": (lambda page, test: _start(page, test, "text") >= 0, "text"),
    "absent": (lambda page, test: _start(page, test, "text") < 0, "text"),
    "order": (lambda page, test: 0 <= _start(page, test, "before") < _start(page, test, "after"), "before", "after"),
    "table": (_has_cell, "cell"),
    "math": (lambda page, test: any(equal_formulas(one, test["math"]) for one in formulas(page)[:MOST]), "math"),
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
        texts += [test[name] for name in _PLACES if test.get(name)]
        longest = MAX_NEAR_CHARS if counts[0] else MAX_CHARS
        if not all(isinstance(text, str) and len(text) <= longest and plain(text) for text in texts):
            raise ValueError(f"test {number} lacks a text, or it has over {longest} characters")
        if not all(isinstance(count, int) and count >= 0 for count in counts) or counts[0] >= min(map(len, texts)):
            raise ValueError(f"test {number} has a count that is no whole number, or as many max_diffs as signs")
    return tests
