"""The shortest way: an answer of one box in whole numbers, as most rewards of one box see it."""

from __future__ import annotations

from vlm_rewards_grounding.numbers import MAX_COORDINATE
from vlm_rewards_grounding.raw import Raw

__all__ = ["read_one_box"]

_BEFORE = '{"bbox_2d": ['
_LABEL = ', "label": "'
_MAX_CHARS = 40


def read_one_box(text: str) -> Raw | None:
    r"""The box of `{"bbox_2d": [1, 2, 3, 4], "label": "cat"}`, alone or in a list, where nothing else has brackets.

    It gives what `read_json` gives, or None; it looks for signs instead of reading JSON, in a third of the time.

    >>> read_one_box('```json\\n[{"bbox_2d": [1, 2, 3, 4], "label": "cat"}]\\n```')[:2]
    ((1.0, 2.0, 3.0, 4.0), 'cat')
    """
    head, found, rest = text.partition(_BEFORE)
    inside, closed, tail = rest.partition("]")
    if not found or not closed or "{" in tail or "[" in tail or "(" in tail:
        return None
    head = head.rstrip()
    listed = head.endswith("[")
    if "[" in (head[:-1] if listed else head) or "{" in head or "(" in head:
        return None
    label = None
    if tail.startswith(_LABEL):
        label, closed, tail = tail[len(_LABEL) :].partition('"')
        if not closed or "\\" in label or not label.isprintable():
            return None
    if not tail.startswith("}") or (listed and not tail[1:].lstrip().startswith("]")):
        return None
    try:
        a, b, c, d = map(int, inside.split(", ") if len(inside) <= _MAX_CHARS else ())
    except ValueError:
        return None
    # What is written as Python writes it has no leading zeros, other digits or underscores.
    if f"{a}, {b}, {c}, {d}" != inside or "-" in inside or max(a, b, c, d) > MAX_COORDINATE:
        return None
    if a == c and b == d:  # in some families a point
        return None
    return Raw((float(a), float(b), float(c), float(d)), label)
