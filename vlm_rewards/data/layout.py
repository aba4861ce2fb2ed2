"""What the columns of a row are called: the user's map, and the samples that other harnesses log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlm_rewards.data.lines import Held, parse
from vlm_rewards.text.messages import show

__all__ = ["columns_of"]


def columns_of(held: Held, renames: Mapping[str, str]) -> dict[str, Any] | str:
    """The columns of a row under the names that rewards read (`renames`: the source's), or why it cannot be scored.

    A name whose column a row lacks is not there: what else the source calls so was not asked for.
    """
    row = parse(held)
    wanted = renames.get("completion", "completion")
    if not isinstance(row, str) and wanted not in row and not row.keys().isdisjoint(("resps", "filtered_resps")):
        row = _sample(row)
    if isinstance(row, str):
        return row
    if wanted not in row:
        return (
            f"no column '{wanted}'; its columns are {', '.join(map(str, row)) or 'none'}. "
            f"Name the column that holds the model's answer."
        )
    if not renames:
        return row
    named = {name: row[column] for name, column in renames.items() if column in row}
    return {name: value for name, value in row.items() if name not in renames} | named


def _sample(row: dict[str, Any]) -> dict[str, Any] | str:
    """A sample of lm-eval or lmms-eval: its first response, its target, and the fields of its document."""
    answers = row.get("resps") or row.get("filtered_resps")
    answer = answers
    while isinstance(answer, list) and answer and not _is_likelihood(answer):
        answer = answer[0]
    if not isinstance(answer, str):
        return f"its responses {show(answers)} hold no text; likelihoods are not scored."
    document = row.get("doc")
    known = {"completion": answer, "solution": row.get("target"), "id": row.get("doc_id"), "prompt": row.get("input")}
    return {**(document if isinstance(document, Mapping) else {}), **known, **row}


def _is_likelihood(answer: list[Any]) -> bool:
    """Whether it is a logarithm and whether the text was the likeliest."""
    return len(answer) == 2 and str(answer[1]) in ("True", "False")
