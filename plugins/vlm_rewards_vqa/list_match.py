"""`vqa/list_match`: the items of a list."""

from __future__ import annotations

import contextlib
from typing import Any

import vlm_rewards as vr
from vlm_rewards.text.json import last_json
from vlm_rewards_vqa.final import final_answer
from vlm_rewards_vqa.references import parsed
from vlm_rewards_vqa.text.numerals import json_number
from vlm_rewards_vqa.text.overlap import Numbers, Text, bag_f1, common_subsequence, f1, value_key

__all__ = ["items", "list_match"]

MAX_ITEMS = 1000
_BULLETS = ("- ", "* ", "• ", "+ ")


@vr.reward(range=(0.0, 1.0))
def list_match(
    completion: vr.Completion,
    solution: list[Any] | str,
    *,
    ordered: bool = False,
    numbers: Numbers = "value",
    text: Text = "loose",
) -> vr.RewardOutput:
    r"""F1 of the items of the answer's list and of the reference list.

    Range 0 to 1; never abstains. The answer's list is a JSON list, or lines with or without bullets and numbers, or one
    line with commas or semicolons. An item given twice must be wanted twice. More than 1,000 items are
    unparseable where the reference list is not half as long.

    Args:
        completion: The answer.
        solution: The right items: a list, its JSON text, or a text that is read like an answer.
        ordered: Whether items count only in the order of the reference (their longest common subsequence).
        numbers: `value`: 12, 12.0, "12" and "$12" are equal; `text`: numbers in texts are texts.
        text: `loose`: case, articles and punctuation around do not count; `exact`: every letter counts.

    Source: F1 over sets of answers as for list questions in TREC QA and QAMPARI (Amouyal et al., arXiv 2205.12665).

    >>> list_match(vr.Completion("<answer>white, blue and red</answer>"), ["red", "white", "blue"]).score
    1.0
    >>> list_match(vr.Completion("- red\n- green"), ["red", "white", "blue"]).score
    0.4
    >>> hack = vr.Completion("red, orange, yellow, green, blue, indigo, violet, black, white")
    >>> list_match(hack, ["red", "white", "blue"]).score  # a hack: every colour
    0.5
    """
    wanted = [value_key(item, numbers=numbers, text=text) for item in _wanted(solution)]
    if not wanted:
        return vr.RewardOutput.bad_reference("the reference list is empty, or not a list")
    found = items(final_answer(completion))
    if not found:
        return vr.RewardOutput.unparseable("no items in the final answer")
    if len(found) > max(MAX_ITEMS, 2 * len(wanted)):
        return vr.RewardOutput.unparseable(f"more than {MAX_ITEMS} items, and twice as many as the reference list has")
    given = [value_key(item, numbers=numbers, text=text) for item in found]
    score = f1(common_subsequence(given, wanted), len(given), len(wanted)) if ordered else bag_f1(given, wanted)
    return vr.RewardOutput(score=score, details={"items": len(given), "wanted": len(wanted)})


def items(text: str) -> list[object]:
    r"""The items of a list as models write them.

    >>> items('["a", 1]'), items("1. cat\n2. dog"), items("cat, dog, and cow"), items("Paris")
    (['a', Fraction(1, 1)], ['cat', 'dog'], ['cat', 'dog', 'cow'], ['Paris'])
    """
    text = text.strip()
    if text[-1:] in ("]", "`"):
        with contextlib.suppress(ValueError):
            read = last_json(text, number=json_number)
            if isinstance(read, list):
                return [item for item in read if item is not None]
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if len(lines) > 1:
        return [item for line in lines if (item := _unmarked(line))]
    separator = ";" if ";" in text else ", "
    parts = [part.strip() for part in text.split(separator)]
    *head, last = [part for part in parts if part] or [""]
    before, joined, after = last.removeprefix("and ").partition(" and ")
    tail = [before, after] if joined and (head or len(parts) == 1) else [last.removeprefix("and ")]
    return [part for part in (*head, *tail) if part.strip()]


def _unmarked(line: str) -> str:
    """A line without its bullet or number."""
    for bullet in _BULLETS:
        if line.startswith(bullet):
            return line[len(bullet) :].strip()
    digits = len(line) - len(line.lstrip("0123456789"))
    if 0 < digits <= 3 and line[digits : digits + 2] in (". ", ") "):
        return line[digits + 2 :].strip()
    return line


def _wanted(solution: list[Any] | str) -> list[object]:
    if not isinstance(solution, str):
        return [item for item in solution if item is not None]
    read = parsed(solution) if solution.startswith("[") else None
    return [item for item in read if item is not None] if isinstance(read, list) else items(solution)
