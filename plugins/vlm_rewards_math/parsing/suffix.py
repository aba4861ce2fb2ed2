"""What stands behind a value: units, degrees, per cent, factorials, subscripts, the fraction of a mixed number."""

from collections.abc import Callable, Mapping

from vlm_rewards_math.parsing import units
from vlm_rewards_math.parsing.cursor import END, Cursor, negative, times
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.numbers import written

_RAISED = {"squared": 2, "cubed": 3}
STARTS = frozenset(("num", "sym", "const", "fn", "cmd", "open", "accent", "begin", "money"))


def _mixed(cursor: Cursor, whole: Node) -> Node:
    """`1 1/2`: a whole number and a fraction behind a space."""
    top, slash, bottom = cursor.next, cursor.peek(1), cursor.peek(2)
    if not (slash.kind == "op" and slash.text == "/" and bottom.kind == "num" and whole.head == "num"):
        raise Unreadable("two numbers side by side")
    cursor.at += 3
    part = Node("/", (written(top.text), written(bottom.text)))
    if whole.value < 0:
        return negative(Node("+", (negative(whole), part)))
    return Node("+", (whole, part))


def _measured(cursor: Cursor, node: Node) -> Node:
    """A value with the unit, or the words, that stand behind it."""
    token = cursor.take()
    if token.text in _RAISED and node.head != "qty":
        return Node("^", (node, integer(_RAISED[token.text])))
    if token.kind == "text":
        if token.text.lower().startswith("and "):  # `7 and up`, `7 and a half`
            raise Unreadable("more than the value")
        word = node.head == "*" and all(part.head == "sym" for part in node.args)  # `red` is read as r e d
        if node.head in ("text", "sym") or (word and not token.text.endswith(("unit", "units"))):
            return times(node, Node("text", (), token.text))
        while cursor.is_next("text") or cursor.is_next("unit"):
            cursor.at += 1
        return node if node.head == "qty" else Node("qty", (node,), units.LABEL)
    measure = token.unit or units.SHORT.get(token.text) or units.LABEL
    while cursor.is_next("text"):
        cursor.at += 1
    if node.head == "*" and any(part.head == "qty" for part in node.args[:-1]):  # 10 cm * 5 cm
        return Node("*", (*node.args[:-1], Node("qty", node.args[-1:], measure)))
    if node.head == "qty":  # 5 feet 3 inches has another form; `5 cm squared` is read elsewhere
        return Node("qty", node.args, units.per(node.value, units.power(measure, -1)))
    return Node("qty", (node,), measure)


def _compound(cursor: Cursor, node: Node) -> Node:
    """A value in several units: `2 hours 30 minutes`; a factor where no unit follows."""
    part = cursor.power()
    if cursor.is_next("unit"):
        return Node("+", (*(node.args if node.head == "+" else (node,)), _measured(cursor, part)))
    return times(node, part)


def _degrees(cursor: Cursor, node: Node) -> Node:
    """A value in degrees, of an angle or of a temperature."""
    cursor.at += 1
    after = cursor.next
    if after.kind == "sym" and after.text in ("C", "F") and cursor.peek(1).kind in ("end", "sep"):
        cursor.at += 1
        return Node("qty", (node,), units.SHORT[after.text])
    if after.kind == "unit" and after.text.lower() in ("celsius", "fahrenheit"):
        cursor.at += 1
        return Node("qty", (node,), after.unit)
    return Node("deg", (node,))


def _subscripted(cursor: Cursor, node: Node) -> Node:
    """A name with its index, or a number with its base."""
    cursor.at += 1
    below = subscript(cursor)
    if node.head == "num":
        return node if below == "10" else Node("base", (node,), below)
    if node.head == "sym":
        return Node("sym", (), f"{node.value}_{below}")
    if node.head == "^" and node.args[0].head == "sym":  # x^2_i
        return Node("^", (Node("sym", (), f"{node.args[0].value}_{below}"), node.args[1]))
    return Node("sub", (node,), below)


def subscript(cursor: Cursor) -> str:
    """The text below: a name, so its tokens are joined and not read."""
    if cursor.is_next("open", "group"):
        depth = 0
        parts: list[str] = []
        while True:
            token = cursor.take()
            if token is END:
                raise Unreadable("open subscript")
            if token.text == "group":
                depth += (token.kind == "open") - (token.kind == "close")
            if depth == 0:
                return "".join(parts[1:]).strip("()")
            parts.append(token.text)
    token = cursor.take()
    if token.kind in ("end", "close", "sep", "rel"):
        raise Unreadable("empty subscript")
    return token.text


def _beside(cursor: Cursor, left: Node) -> Node:
    """What stands beside a factor without a sign: another factor, a unit, or the rest of a mixed number."""
    token = cursor.next
    if token.kind == "num" and cursor.tokens[cursor.at - 1].kind == "num":
        return _mixed(cursor, left)
    if left.head in ("qty", "+") and token.kind == "num":
        return _compound(cursor, left)
    return times(left, cursor.power())


def _factorial(cursor: Cursor, node: Node) -> Node:
    """`n!`, and `n!!` without a space; the sign is not one before `=`."""
    if cursor.peek(1).kind == "rel" and cursor.peek(1).text == "=":
        return node
    is_second = node.head == "!" and cursor.tokens[cursor.at - 1].kind == "op" and not cursor.next.spaced
    cursor.at += 1
    return Node("!!", node.args) if is_second else Node("!", (node,))


def _percent(cursor: Cursor, node: Node) -> Node:
    cursor.at += 1
    return Node("pct", (node,))


def _prime(cursor: Cursor, node: Node) -> Node:
    cursor.at += 1
    return Node("sym", (), f"{node.value}'") if node.head == "sym" else Node("prime", (node,))


def _applied(cursor: Cursor, node: Node) -> Node:
    """`f(x)`, `g'(x)`, `f^{-1}(x)`: a function of what stands in its brackets."""
    base, raised = node.args if node.head == "^" else (node, None)
    if cursor.next.text != "(" or base.head != "sym" or base.value.partition("_")[0].rstrip("'") not in ("f", "g"):
        return node
    inner, is_inverse = cursor.atom(), raised == integer(-1)
    arguments = inner.args if inner.head == "tuple" else (inner,)
    call = Node("call", arguments, f"{base.value}^-1" if is_inverse else base.value)
    return call if raised is None or is_inverse else Node("^", (call, raised))


POSTFIX: Mapping[str, Callable[[Cursor, Node], Node]] = {
    "!": _factorial,
    "%": _percent,
    "'": _prime,
    "deg": _degrees,
    "scale": lambda cursor, node: times(node, integer(int(cursor.take().text))),
    "money": lambda cursor, node: Node("qty", (node,), units.unit(cursor.take().text)),
    "_": _subscripted,
    "open": _applied,
}
BESIDE: Mapping[str, Callable[[Cursor, Node], Node]] = {
    **dict.fromkeys((*STARTS, "bar"), _beside),
    "text": _measured,
    "unit": _measured,
}
