r"""What `a \pm b` stands for."""

from __future__ import annotations

from vlm_rewards_math.parsing.nodes import Node, walk

__all__ = ["expanded", "has_signs"]

_SIGNED = frozenset(("pm", "mp"))


def has_signs(node: Node) -> bool:
    r"""Whether a `\pm` or `\mp` is somewhere in a tree."""
    return any(part.head in _SIGNED for part in walk(node))


def expanded(node: Node) -> Node:
    r"""The list of what `a \pm b` stands for: upper signs together, then lower signs together."""
    if node.head in ("list", "set"):
        parts = [expanded(part) for part in node.args]
        flat = [item for part in parts for item in (part.args if part.head == "list" else (part,))]
        return Node(node.head, tuple(flat), node.value)
    if not has_signs(node):
        return node
    return Node("list", (_signed(node, upper=True), _signed(node, upper=False)))


def _signed(node: Node, *, upper: bool) -> Node:
    if node.head in _SIGNED:
        inner = _signed(node.args[0], upper=upper)
        return inner if (node.head == "pm") == upper else Node("neg", (inner,))
    if not node.args:
        return node
    return Node(node.head, tuple(_signed(part, upper=upper) for part in node.args), node.value)
