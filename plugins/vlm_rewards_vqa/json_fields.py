"""`vqa/json_fields`: the fields of a structured answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.text.json import last_json, read_exact_json
from vlm_rewards_vqa.references import block, judged, partly
from vlm_rewards_vqa.text.numerals import json_number
from vlm_rewards_vqa.text.overlap import Numbers, Text, bag_f1, value_key

Lists = Literal["ordered", "unordered"]
Path = tuple[str | int, ...]

MAX_DEPTH = 64


@vr.reward(range=(0.0, 1.0))
def json_fields(
    completion: vr.Completion,
    solution: dict[str, Any] | list[Any] | str,
    *,
    numbers: Numbers = "value",
    text: Text = "loose",
    lists: Lists = "ordered",
) -> vr.RewardOutput:
    r"""F1 over the fields of the answer's JSON and of the reference: a field counts when path and value are right.

    Range 0 to 1; never abstains. The JSON is the last object or list in the last `<answer>` block, or else after the
    reasoning, fenced or bare. Nested fields count one by one; null is as good as absent. An answer without readable
    JSON is unparseable.

    Args:
        completion: The answer.
        solution: The right object or list, or its JSON text.
        numbers: `value`: 12, 12.0, "12" and "$12" are equal; `text`: numbers in texts are texts.
        text: `loose`: case, articles and punctuation around do not count; `exact`: every letter counts.
        lists: `ordered`: items are told apart by position; `unordered`: an item may stand anywhere in its list.

    Source: per-field F1 of document extraction, as for CORD and SROIE in Donut (Kim et al., arXiv 2111.15664).

    >>> receipt = {"total": 12.5, "shop": {"name": "Corner Shop"}}
    >>> good = vr.Completion('```json\n{"shop": {"name": "corner shop"}, "total": "12.50"}\n```')
    >>> json_fields(good, receipt).score
    1.0
    >>> json_fields(vr.Completion('{"total": 12.5}'), receipt).score
    0.6666666666666666
    >>> hack = vr.Completion('{"total": 12.5, "tax": 1, "date": 2, "cash": 3, "items": [1, 2, 3, 4]}')
    >>> json_fields(hack, receipt).score  # a hack: every key that a receipt might have
    0.2
    """

    def key(fields: Iterable[tuple[Path, object]]) -> list[Hashable]:
        return [(_place(path, lists), value_key(value, numbers=numbers, text=text)) for path, value in fields]

    try:
        reference = read_exact_json(solution, number=json_number) if isinstance(solution, str) else solution
        wanted = key(leaves(reference))
    except ValueError as error:
        return vr.RewardOutput.bad_reference(f"the reference is not JSON: {error}")
    if not wanted or not isinstance(reference, dict | list):
        return vr.RewardOutput.bad_reference("the reference has no fields")

    def judge(text: str) -> vr.RewardOutput:
        found = list(leaves(last_json(text, number=json_number)))
        return partly(bag_f1(key(found), wanted), "fields", {"fields": len(found), "wanted": len(wanted)})

    return judged(completion, judge, read=block)


def leaves(value: object, path: Path = (), depth: int = 0) -> Iterator[tuple[Path, object]]:
    """Each value that is neither object nor list, with its path; None is absent. Raises ValueError beyond 64 levels.

    >>> list(leaves({"a": {"b": 1}, "c": ["x", None, "y"]}))
    [(('a', 'b'), 1), (('c', 0), 'x'), (('c', 2), 'y')]
    """
    if depth > MAX_DEPTH:
        raise ValueError("the JSON is nested too deep")
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)), depth + 1)
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from leaves(item, (*path, at), depth + 1)
    elif value is not None:
        yield path, value


def _place(path: Path, lists: Lists) -> Path:
    return tuple("[]" if lists == "unordered" and isinstance(step, int) else step for step in path)
