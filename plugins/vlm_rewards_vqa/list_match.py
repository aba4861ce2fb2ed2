"""`vqa/list_match`: the items of a list."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import vlm_rewards as vr
from vlm_rewards.answers import STATED, Answer, Source, extract_answer
from vlm_rewards.text.json import last_json
from vlm_rewards.text.plain import plain
from vlm_rewards.text.python_literal import read_literal
from vlm_rewards_vqa.references import block, judged, listed, partly
from vlm_rewards_vqa.text.normalise import translated
from vlm_rewards_vqa.text.numerals import json_number, leading
from vlm_rewards_vqa.text.overlap import Numbers, Text, bag_f1, sequence_f1, value_key

MAX_ITEMS = 1000
_BULLETS = frozenset(("- ", "* ", "• ", "+ ", "– ", "— ", "· "))
_LEADS = ("=", "∈", " are ", " are: ", ": ")
_BRACKETS = ("[]", "{}", "()")
_JOINTS = ((" and ", 0), (" & ", 0), ("和", 2), ("与", 2), ("及", 2))  # 共和国 is one word
_SIGNS = str.maketrans({"、": ", ", "，": ", ", "；": ";"})


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
    line with commas or semicolons. What introduces it (`n = 1, 2`, `The colours are red and blue`) is not an item,
    unless the reference has names of that kind. An item given twice must be wanted twice. More than 1,000 items are
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
    reference = _wanted(solution)
    wanted = [value_key(item, numbers=numbers, text=text) for item in reference]
    names = any(map(_lead, reference))
    if not wanted:
        return vr.RewardOutput.bad_reference("the reference list is empty, or not a list")

    def judge(said: str) -> vr.RewardOutput:
        found = items(said)
        if not found:
            raise ValueError("no items in the final answer")
        if len(found) > max(MAX_ITEMS, 2 * len(wanted)):
            raise ValueError(f"more than {MAX_ITEMS} items, and twice as many as the reference list has")
        found = found if names else _without_lead(found)
        given = [value_key(item, numbers=numbers, text=text) for item in found]
        score = sequence_f1(given, wanted) if ordered else bag_f1(given, wanted)
        return partly(score, "items", {"items": len(given), "wanted": len(wanted)})

    return judged(completion, judge, read=_answer)


def items(text: str) -> list[object]:
    r"""The items of a list as models write them.

    >>> items('["a", 1]'), items("1. cat\n2. dog"), items("cat, dog, and cow"), items("Paris")
    (['a', Fraction(1, 1)], ['cat', 'dog'], ['cat', 'dog', 'cow'], ['Paris'])
    """
    text = translated(text.strip(), _SIGNS).replace("\\{", "{").replace("\\}", "}")
    if text[-1:] in tuple("]}`)"):
        for read in (last_json, read_literal):
            with contextlib.suppress(ValueError):
                found = read(text, number=json_number)
                if isinstance(found, list):
                    return [item for item in found if item is not None]
    if text[:1] + text[-1:] in (*_BRACKETS, "$$") and frozenset("[]{}()$").isdisjoint(text[1:-1]):
        text = text[1:-1].strip()
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if len(lines) > 1:
        start = lines[0].endswith(":") and _unmarked(lines[1]) != lines[1]  # what introduces the list
        return [item for line in lines[start:] if (item := _unmarked(line))]
    if "\\" in text:
        text = plain(text).replace("{", "").replace("}", "")
    separator = next((sign for sign in (";", "\t", "|") if sign in text), ",")
    *head, last = [part.strip() for part in _parts(text, separator) if part.strip()] or [""]
    last = last.removeprefix("and ")
    for joint, least in _JOINTS:
        before, found, after = last.partition(joint)
        if found and min(len(before), len(after)) >= least:
            return [part for item in (*head, before, after) if (part := item.strip())]
    return [part for part in (*head, last.strip()) if part]


def _without_lead(found: list[object]) -> list[object]:
    """Items without what introduces the list (`n = 1, 2`, `They are red, blue`), or each of them (`x = 1, x = 2`)."""
    leads = [_lead(item) for item in found]
    if len(set(leads)) > 1 and any(leads[1:]):
        return found
    bare = [str(item)[len(lead) :].strip() if lead else item for item, lead in zip(found, leads, strict=True)]
    first, last = str(bare[0]), str(bare[-1])
    if len(bare) > 1 and first[:1] + last[-1:] in _BRACKETS:
        bare[0], bare[-1] = first[1:], last[:-1]
    return bare


def _lead(item: object) -> str:
    """The words of an item up to `=`, `are`, or a colon before a number, for titles have colons too."""
    text = str(item)
    places = {sign: text.rfind(sign) for sign in _LEADS}
    ends = [
        at + len(sign) for sign, at in places.items() if at > 0 and (sign != ": " or text[at + 2 : at + 3].isdecimal())
    ]
    return text[: max(ends, default=0)]


def _parts(text: str, separator: str) -> Iterator[str]:
    """What stands between separators; a comma before three digits belongs to the number that it is in."""
    number = ""
    for part in text.split(separator):
        if separator == "," and number[-1:].isdecimal() and len(part) > 2 and len(leading(part[:4])) == 3:
            number += separator + part
        else:
            yield number
            number = part
    yield number


def _answer(completion: vr.Completion) -> Answer:
    """What is stated, an announced line with all lines of the list that it opens; else the block, brackets and all."""
    stated = extract_answer(completion, sources=STATED)
    if stated is None or stated.source is Source.TAG:
        return block(completion)
    start = completion.response.rfind("\n", 0, stated.span[0]) + 1
    lines = completion.response[start:].partition("\n\n")[0]
    is_list = stated.source is Source.ANCHOR and all(
        _unmarked(line) != line for line in map(str.strip, lines.split("\n"))
    )
    return stated._replace(text=lines, span=(start, start + len(lines))) if is_list else stated


def _unmarked(line: str) -> str:
    """A line without its bullet or number."""
    number = leading(line[:4])
    numbered = 0 < len(number) <= 3 and line[len(number) : len(number) + 2] in (". ", ") ")
    return line[len(number) + 2 :].strip() if numbered or line[:2] in _BULLETS else line


def _wanted(solution: list[Any] | str) -> list[object]:
    read = listed(solution)
    return items(str(solution)) if read is None else [item for item in read if item is not None]
