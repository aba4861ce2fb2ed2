"""The page of changed verdicts says what the rewards do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards import Batch, load_scorer

PAGE = Path(__file__).parents[2] / "docs" / "verdicts.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| kind")
]


def test_the_page_has_an_example_of_many_kinds() -> None:
    assert len({row[0] for row in ROWS}) >= 30
    assert all(row[4] != row[5] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[3]}")
def test_an_example_earns_what_the_page_says(row: list[str]) -> None:
    _, reward, columns, completion, _, now = row
    use, *params = reward.strip("`").split("` `")
    term = {"use": use, "params": json.loads(params[0]) if params else {}}
    scorer = load_scorer({"version": 1, "rewards": {"term": term}, "on_error": "skip_row"})
    held: dict[str, Any] = {name: [value] for name, value in json.loads(columns.strip("`")).items()}
    output = scorer.score(Batch.of([json.loads(completion.strip("`"))], **held)).output(0, "term")
    assert output is not None
    assert (output.status if output.score is None else f"{output.score:.2f}".rstrip("0").rstrip(".")) == now
