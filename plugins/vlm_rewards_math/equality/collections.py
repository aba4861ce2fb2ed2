"""Are two collections the same: lists in any order, sets, tuples, vectors and matrices, intervals and unions."""

from vlm_rewards_math.equality.comparison import Comparison, Ruling, all_same
from vlm_rewards_math.equality.intervals import same_regions
from vlm_rewards_math.parsing.nodes import Node

MAX_PAIRS = 900
_EMPTY = Node("const", (), "empty")


def same(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Whether two nodes, at least one of them a collection, are the same."""
    heads = {gold.head, given.head}
    if heads & {"union", "intersection", "difference", "set_builder"}:
        return _sets(comparison, gold, given)
    if "matrix" in heads:
        return _matrices(comparison, gold, given), "set"
    if heads == {"tuple"}:
        return _tuples(comparison, gold, given), "set"
    if "tuple" in heads and heads & {"list"}:
        return _list_and_tuple(comparison, gold, given)
    if heads & {"list", "set"} and "tuple" not in heads:
        return _unordered(comparison, gold, given)
    return _sets(comparison, gold, given) if heads & {"sym", "const"} else (False, "set")


def matched(comparison: Comparison, gold: Node, given: Node) -> tuple[int, int, int]:
    """How many items of two lists or sets are in both, in the reference, and in the answer."""
    want, have = _items(gold), _items(given)
    if len(want) * len(have) > MAX_PAIRS:
        return 0, len(want), len(have)
    left = list(have)
    for item in want:
        at = next((at for at, candidate in enumerate(left) if comparison.same(item, candidate)), len(left))
        del left[at : at + 1]
    return len(have) - len(left), len(want), len(have)


def _items(node: Node) -> tuple[Node, ...]:
    if node.head == "list":
        return node.args
    if node.head == "set":
        return tuple(dict.fromkeys(node.args))
    return (node,)


def _pairwise(comparison: Comparison, gold: tuple[Node, ...], given: tuple[Node, ...]) -> bool | None:
    return len(gold) == len(given) and all_same(map(comparison.same, gold, given))


def _unordered(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Two lists or sets, in any order unless order matters; in sets, and where one side repeats itself, once each."""
    want, have = _items(gold), _items(given)
    is_other_word = {gold.value, given.value} == {"and", "or"}
    if is_other_word and any(item.head in ("sym", "text") for item in want):
        return False, "set"
    if (gold == _EMPTY) != (given == _EMPTY):  # a set that holds the empty set is not empty
        return False, "set"
    if len(want) == len(have) == 1 and want[0] != gold:
        return comparison.same(want[0], have[0]), "set"
    if comparison.policy.ordered and "set" not in (gold.head, given.head):
        return _pairwise(comparison, want, have), "set"
    if (gold.head, given.head) != ("list", "list") or is_other_word:
        ruling = same_regions(comparison, gold, given)
        if ruling is not None:
            return ruling
    if len(want) != len(have):
        want, have = tuple(dict.fromkeys(want)), tuple(dict.fromkeys(have))
    if len(want) != len(have):
        return False, "set"
    return (_matching(comparison, want, have) if len(want) * len(have) <= MAX_PAIRS else None), "set"


def _matching(comparison: Comparison, want: tuple[Node, ...], have: tuple[Node, ...]) -> bool | None:
    """Whether the items of one are those of the other, one to one."""
    left, unknown = list(have), False
    for item in want:
        verdicts: list[bool | None] = []
        while not any(verdicts) and len(verdicts) < len(left):
            verdicts.append(comparison.same(item, left[len(verdicts)]))
        best = True if True in verdicts else None
        if best not in verdicts:
            return False
        unknown |= best is None
        del left[verdicts.index(best)]
    return None if unknown else True


def _list_and_tuple(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """`1, 2` beside `(1, 2)`: the brackets may be no more than brackets around a list."""
    sequence, items = (gold, given) if gold.head == "tuple" else (given, gold)
    if sequence.value not in ("()", "[]") or items.value == "or":
        return False, "set"
    gold, given = _unnamed(gold), _unnamed(given)
    if gold.head == given.head == "tuple":
        return _pairwise(comparison, gold.args, given.args), "set"
    heads = {item.head for item in (*gold.args, *given.args)}
    nested = bool(heads & {"tuple", "chain"})
    if nested and (given.head != "tuple" or heads != {"tuple"}):
        return False, "set"
    # Square brackets may hold a list, as Python writes it.
    if nested or (sequence.value == "[]" and len(sequence.args) > 2 and not comparison.policy.ordered):
        return _unordered(comparison, Node("list", gold.args), Node("list", given.args))
    return _pairwise(comparison, gold.args, given.args), "set"


def _unnamed(node: Node) -> Node:
    """A list of named values as a sequence of the values: `x = 1, y = 2` is `(1, 2)`."""
    named = all(item.head == "chain" and item.value == ("=",) and item.args[0].head == "sym" for item in node.args)
    if node.head != "list" or not named or len({item.args[0] for item in node.args}) < len(node.args):
        return node
    return Node("tuple", tuple(item.args[1] for item in node.args), "()")


def _tuples(comparison: Comparison, gold: Node, given: Node) -> bool | None:
    nested = [node for node in (gold, given) if all(item.head == "tuple" for item in node.args)]
    if len(nested) != 2 and gold.value != given.value and len(gold.args) == 2:
        return False
    return _pairwise(comparison, gold.args, given.args)


def _matrices(comparison: Comparison, gold: Node, given: Node) -> bool | None:
    want, have = _rows(gold), _rows(given)
    if want is None or have is None:
        return False
    if "tuple" in (gold.head, given.head) and (len(want) == 1) != (len(have) == 1):
        want, have = _as_one_row(want), _as_one_row(have)
    pairs = zip(want, have, strict=False)
    return len(want) == len(have) and all_same(_pairwise(comparison, left, right) for left, right in pairs)


def _rows(node: Node) -> list[tuple[Node, ...]] | None:
    if node.head == "matrix":
        return [row.args for row in node.args]
    if node.head != "tuple":
        return None
    return [row.args for row in node.args] if all(item.head == "tuple" for item in node.args) else [node.args]


def _as_one_row(rows: list[tuple[Node, ...]]) -> list[tuple[Node, ...]]:
    return [tuple(row[0] for row in rows)] if all(len(row) == 1 for row in rows) else rows


def _sets(comparison: Comparison, gold: Node, given: Node) -> Ruling:
    """Unions and differences: as regions of the line where their ends are numbers, else part by part."""
    ruling = same_regions(comparison, gold, given)
    if ruling is not None:
        return ruling
    if gold.head == given.head == "union":
        return _unordered(comparison, Node("list", _parts(gold)), Node("list", _parts(given)))
    if gold.head == given.head:
        return _pairwise(comparison, gold.args, given.args), "set"
    return False, "set"


def _parts(node: Node) -> tuple[Node, ...]:
    return (*_parts(node.args[0]), *_parts(node.args[1])) if node.head == "union" else (node,)
