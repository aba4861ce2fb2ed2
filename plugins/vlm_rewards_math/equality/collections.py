"""Are two collections the same: lists in any order, sets, tuples, vectors and matrices, intervals and unions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_rewards_math.equality.intervals import Region, region
from vlm_rewards_math.parsing.nodes import Node

if TYPE_CHECKING:
    from vlm_rewards_math.equality.comparison import Judge

__all__ = ["matched", "same", "same_regions"]

MAX_PAIRS = 900


def same(judge: Judge, gold: Node, given: Node) -> bool | None:
    """Whether two nodes, at least one of them a collection, are the same."""
    heads = {gold.head, given.head}
    if heads & {"union", "meet", "minus", "such"}:
        return _sets(judge, gold, given)
    if "matrix" in heads:
        return _matrices(judge, gold, given)
    if heads == {"seq"}:
        return _sequences(judge, gold, given)
    if "seq" in heads and heads & {"list"}:
        return _list_and_sequence(judge, gold, given)
    if heads & {"list", "set"} and "seq" not in heads:
        return _unordered(judge, gold, given)
    return _sets(judge, gold, given) if heads & {"sym", "const"} else False


def matched(judge: Judge, gold: Node, given: Node) -> tuple[int, int, int]:
    """How many items of two lists or sets are in both, in the reference, and in the answer."""
    want, have = _items(gold), _items(given)
    if len(want) * len(have) > MAX_PAIRS:
        return 0, len(want), len(have)
    left = list(have)
    hits = 0
    for item in want:
        at = next((at for at, candidate in enumerate(left) if judge.same(item, candidate)), None)
        if at is not None:
            hits += 1
            del left[at]
    return hits, len(want), len(have)


def _items(node: Node) -> tuple[Node, ...]:
    if node.head == "list":
        return node.args
    if node.head == "set":
        return tuple(dict.fromkeys(node.args))
    return (node,)


def _pairwise(judge: Judge, gold: tuple[Node, ...], given: tuple[Node, ...]) -> bool | None:
    if len(gold) != len(given):
        return False
    unknown = False
    for want, have in zip(gold, given, strict=True):
        verdict = judge.same(want, have)
        if verdict is False:
            return False
        unknown |= verdict is None
    return None if unknown else True


def _unordered(judge: Judge, gold: Node, given: Node) -> bool | None:
    """Two lists or sets, in any order unless order matters; in sets, and where one side repeats itself, once each."""
    want, have = _items(gold), _items(given)
    if len(want) == len(have) == 1 and want[0] != gold:
        return judge.same(want[0], have[0])
    if judge.policy.ordered and "set" not in (gold.head, given.head):
        return _pairwise(judge, want, have)
    if (gold.head, given.head) != ("list", "list"):
        regions = region(gold), region(given)
        if regions[0] is not None and regions[1] is not None:
            return same_regions(judge, regions[0], regions[1])
    if len(want) != len(have):
        want, have = tuple(dict.fromkeys(want)), tuple(dict.fromkeys(have))
    if len(want) != len(have):
        return False
    return _matching(judge, want, have) if len(want) * len(have) <= MAX_PAIRS else None


def _matching(judge: Judge, want: tuple[Node, ...], have: tuple[Node, ...]) -> bool | None:
    """Whether the items of one are those of the other, one to one."""
    left, unknown = list(have), False
    for item in want:
        verdicts = []
        for candidate in left:
            verdicts.append(judge.same(item, candidate))
            if verdicts[-1]:
                break
        if verdicts[-1]:
            del left[len(verdicts) - 1]
        elif None in verdicts:
            unknown = True
            del left[verdicts.index(None)]
        else:
            return False
    return None if unknown else True


def _list_and_sequence(judge: Judge, gold: Node, given: Node) -> bool | None:
    """`1, 2` beside `(1, 2)`: the brackets may be no more than brackets around a list."""
    sequence = gold if gold.head == "seq" else given
    if sequence.value not in ("()", "[]"):
        return False
    gold, given = _unnamed(gold), _unnamed(given)
    if gold.head == given.head == "seq":
        return _pairwise(judge, gold.args, given.args)
    if any(item.head in ("seq", "chain") for item in (*gold.args, *given.args)):
        if given.head == "seq" and all(item.head == "seq" for item in (*gold.args, *given.args)):
            return _unordered(judge, Node("list", gold.args), Node("list", given.args))
        return False
    if sequence.value == "[]" and len(sequence.args) > 2 and not judge.policy.ordered:  # a list, as Python writes it
        return _unordered(judge, Node("list", gold.args), Node("list", given.args))
    return _pairwise(judge, gold.args, given.args)


def _unnamed(node: Node) -> Node:
    """A list of named values as a sequence of the values: `x = 1, y = 2` is `(1, 2)`."""
    named = all(item.head == "chain" and item.value == ("=",) and item.args[0].head == "sym" for item in node.args)
    if node.head != "list" or not named or len({item.args[0] for item in node.args}) < len(node.args):
        return node
    return Node("seq", tuple(item.args[1] for item in node.args), "()")


def _sequences(judge: Judge, gold: Node, given: Node) -> bool | None:
    nested = [node for node in (gold, given) if all(item.head == "seq" for item in node.args)]
    if len(nested) != 2 and gold.value != given.value and len(gold.args) == 2:
        return False
    return _pairwise(judge, gold.args, given.args)


def _matrices(judge: Judge, gold: Node, given: Node) -> bool | None:
    want, have = _rows(gold), _rows(given)
    if want is None or have is None:
        return False
    if "seq" in (gold.head, given.head) and (len(want) == 1) != (len(have) == 1):
        want, have = _as_one_row(want), _as_one_row(have)
    if len(want) != len(have):
        return False
    verdicts = [_pairwise(judge, left, right) for left, right in zip(want, have, strict=True)]
    return False if False in verdicts else None if None in verdicts else True


def _rows(node: Node) -> list[tuple[Node, ...]] | None:
    if node.head == "matrix":
        return [row.args for row in node.args]
    if node.head != "seq":
        return None
    if all(item.head == "seq" for item in node.args):
        return [row.args for row in node.args]
    return [node.args]


def _as_one_row(rows: list[tuple[Node, ...]]) -> list[tuple[Node, ...]]:
    return [tuple(row[0] for row in rows)] if all(len(row) == 1 for row in rows) else rows


def _sets(judge: Judge, gold: Node, given: Node) -> bool | None:
    """Unions and differences: as regions of the line where their ends are numbers, else part by part."""
    want, have = region(gold), region(given)
    if want is not None and have is not None:
        return same_regions(judge, want, have)
    if gold.head == given.head == "union":
        return _unordered(judge, Node("list", _parts(gold)), Node("list", _parts(given)))
    if gold.head == given.head:
        return _pairwise(judge, gold.args, given.args)
    return False


def _parts(node: Node) -> tuple[Node, ...]:
    return (*_parts(node.args[0]), *_parts(node.args[1])) if node.head == "union" else (node,)


def same_regions(judge: Judge, want: Region, have: Region) -> bool | None:
    """Whether two regions of the number line have the same parts with the same ends."""
    if len(want) != len(have):
        return False
    judge.layer = "interval"
    for one, other in zip(want, have, strict=True):
        for left, right in zip(one, other, strict=True):
            if left.closed != right.closed:
                return False
            if abs(left.place) == float("inf") or abs(right.place) == float("inf"):
                if left.place != right.place:
                    return False
                continue
            verdict = judge.same(left.node, right.node)
            if not verdict:
                return verdict
    judge.layer = "interval"
    return True
