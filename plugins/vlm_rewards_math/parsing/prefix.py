r"""What a token begins: numbers, names, brackets, matrices, functions and commands (`sin^2 x`, `\frac`, `\sum`)."""

from collections.abc import Callable, Mapping

from vlm_rewards_math.parsing import units
from vlm_rewards_math.parsing.cursor import END, Cursor, flat, negative, times
from vlm_rewards_math.parsing.lexer import Token
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.numbers import written
from vlm_rewards_math.parsing.suffix import STARTS, subscript

_CLOSING = {"(": ")]", "[": "])", "{": "}", "group": ("group",), "ceil": ("ceil",), "floor": ("floor",)}
_ROWS = frozenset(("cases", "aligned", "align", "align*", "gathered", "split", "dcases", "rcases"))
_ARGUMENT = frozenset(("num", "sym", "const", "accent"))
_INVERTED = frozenset(("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"))


def _number(cursor: Cursor, token: Token) -> Node:
    r"""A number; with a proper fraction of whole numbers behind it a mixed one, `1\frac{1}{2}`, and else a factor."""
    node, start = written(token.text), cursor.at
    if node.head == "num" and cursor.is_next("cmd", "frac"):
        part = cursor.atom()
        is_plain = part.head == "/" and all(side.head == "num" for side in part.args) and cursor.next.text != "^"
        if is_plain and 0 < part.args[0].value < part.args[1].value:
            return Node("+", (node, part))
        cursor.at = start
    return node


def _symbol(cursor: Cursor, token: Token) -> Node:
    """An unknown; within an integral `dx` ends the integrand and is worth one."""
    if cursor.differential is not None and token.text == "d" and cursor.next.kind == "sym":
        cursor.differential.append(cursor.take().text)
        return integer(1)
    return Node("sym", (), token.text)


def _text(cursor: Cursor, token: Token) -> Node:
    r"""Words; `\angle` and its like take what follows with them."""
    if cursor.next.kind in STARTS and token.text in ("angle", "triangle"):
        name = cursor.product()
        letters = _letters(name)
        if token.text == "angle" and len(letters) == 3:
            name = Node("sym", (), min(letters, letters[::-1]))
        return Node("named", (name,), token.text)
    return Node("text", (), token.text)


def _money(cursor: Cursor, token: Token) -> Node:
    """A currency before its amount."""
    return Node("qty", (cursor.unary(),), units.unit(token.text))


def _accent(cursor: Cursor, token: Token) -> Node:
    """What stands under an accent, or in another face."""
    if token.text == "dot":
        raise Unreadable("dot over a letter")
    inner = cursor.atom()
    if token.text in ("bar", "overline") and inner.head == "sym":
        return Node("sym", (), f"bar {inner.value}")  # another unknown; a bar over AB is a line
    letters = _letters(inner) if token.text in ("overrightarrow", "vec") else ""
    if len(letters) != 2:
        return inner
    forth = Node("sym", (), min(letters, letters[::-1]))
    return forth if forth.value == letters else negative(forth)  # from A to B is the opposite of from B to A


def _letters(node: Node) -> str:
    """The unknowns of a product of them; empty for other trees."""
    is_word = node.head == "*" and all(part.head == "sym" for part in node.args)
    return "".join(part.value for part in node.args) if is_word else ""


def _bar(cursor: Cursor, token: Token) -> Node:
    """An absolute value or a determinant."""
    cursor.bars.append(token.text)
    inner = cursor.relation()
    cursor.bars.pop()
    if not cursor.accept("bar", token.text):
        raise Unreadable("bars that do not close")
    return Node("det" if inner.head == "matrix" else "abs", (inner,))


def _brackets(cursor: Cursor, token: Token) -> Node:
    """Something in brackets: a group, or items."""
    bars, cursor.bars = cursor.bars, ["such that"] if token.text == "{" else []
    in_matrix, cursor.in_matrix = cursor.in_matrix, False
    groups = cursor.items()
    cursor.bars, cursor.in_matrix = bars, in_matrix
    if token.text == "{" and cursor.accept("bar", "|"):
        return _such_that(cursor, groups)
    close = cursor.take()
    if close.kind != "close" or close.text not in _CLOSING[token.text]:
        raise Unreadable("brackets that do not match")
    return _bracketed(token.text, close.text, groups)


def _such_that(cursor: Cursor, groups: list[list[Node]]) -> Node:
    """The rest of `{x | condition}`."""
    conditions = cursor.items()
    if not cursor.accept("close", "}") or len(groups) != 1 or not conditions:
        raise Unreadable("set without an end")
    items = tuple(item for group in conditions for item in group)
    return Node("set_builder", (groups[0][0], items[0] if len(items) == 1 else Node("list", items, cursor.joined)))


def _digit_or_group(cursor: Cursor) -> Node:
    r"""An argument of `\frac`, which takes one digit: `\frac12`."""
    token = cursor.next
    if token.kind == "num" and len(token.text) > 1 and token.text.isdigit():
        cursor.tokens[cursor.at] = Token("num", token.text[1:], spaced=False)
        return written(token.text[0])
    if cursor.accept("op", "-"):
        return negative(_digit_or_group(cursor))
    return cursor.atom()


def _environment(cursor: Cursor, token: Token) -> Node:
    r"""`\\begin{..}`: a matrix, or lines of an answer."""
    in_matrix, cursor.in_matrix = cursor.in_matrix, True
    bars, cursor.bars = cursor.bars, []
    rows: list[list[Node]] = [[]]
    while not cursor.accept("end_env", token.text):
        if cursor.accept("row"):
            rows.append([])
        elif not cursor.accept("cell"):
            rows[-1].append(cursor.listing())
    cursor.in_matrix, cursor.bars = in_matrix, bars
    rows = [row for row in rows if row]
    if not rows:
        raise Unreadable("empty matrix")
    if token.text in _ROWS:
        lines = [item for row in rows for item in row]
        return Node("list", tuple(lines)) if len(lines) > 1 else lines[0]
    matrix = Node("matrix", tuple(Node("tuple", tuple(row), "[]") for row in rows))
    return Node("det", (matrix,)) if token.text == "vmatrix" else matrix


def _bracketed(opened: str, closed: str, groups: list[list[Node]]) -> Node:
    """What brackets with these items in them are."""
    items = tuple(item for group in groups for item in group)
    if not items:
        if opened == "{":
            return Node("const", (), "empty")
        raise Unreadable("empty brackets")
    if opened in ("ceil", "floor"):
        if len(items) != 1:
            raise Unreadable("items in brackets of rounding")
        return Node(opened, items)
    if len(items) == 1 and opened != "{":
        return items[0]
    return Node("set", tuple(flat(groups))) if opened in ("{", "group") else Node("tuple", items, opened + closed)


def _function(cursor: Cursor, token: Token) -> Node:
    """A function, with its power, its base and its arguments."""
    name = token.text
    raised: Node | None = None
    base: Node | None = None
    for _ in range(2):
        if raised is None and cursor.accept("op", "^"):
            raised = cursor.exponent()
        elif base is None and cursor.accept("op", "_"):
            base = _digit_or_group(cursor) if name in ("log", "ln", "lg") else Node("text", (), subscript(cursor))
    arguments = _arguments(cursor)
    if name in ("log", "lg"):
        node = Node("log", (*arguments, base)) if base else Node("log10" if name == "lg" else "log", arguments)
    else:
        node = Node(name, arguments)
    if raised is None:
        return node
    if name in _INVERTED and raised == negative(integer(1)):
        return Node("a" + name, arguments)
    return Node("^", (node, raised))


def _arguments(cursor: Cursor) -> tuple[Node, ...]:
    """Arguments in brackets, or the factors up to the next sign or function."""
    if cursor.next.kind == "open":
        node = cursor.atom()
        return node.args if node.head in ("tuple", "set") else (node,)
    is_negative = cursor.accept("op", "-")
    first = cursor.power()
    first = negative(first) if is_negative else first
    while cursor.next.kind in _ARGUMENT or cursor.is_next("cmd", "frac") or cursor.is_next("cmd", "sqrt"):
        if cursor.differential is not None and cursor.is_next("sym", "d") and cursor.peek(1).kind == "sym":
            break
        first = times(first, cursor.power())
    return (first,)


def _fraction(cursor: Cursor, _token: Token) -> Node:
    """A fraction."""
    top = _digit_or_group(cursor)
    if cursor.next.kind in ("end", "sep", "close"):
        raise Unreadable("half a fraction")
    return Node("/", (top, _digit_or_group(cursor)))


def _root(cursor: Cursor, _token: Token) -> Node:
    """A root, of a degree in brackets."""
    degree = None
    if cursor.accept("open", "["):
        degree = cursor.relation()
        if not cursor.accept("close", "]"):
            raise Unreadable("open root")
    inner = cursor.atom()
    if inner.head in ("tuple", "set"):
        raise Unreadable("root of items")
    return Node("sqrt", (inner,)) if degree is None else Node("root", (inner, degree))


def _bounds(cursor: Cursor) -> tuple[Node, Node]:
    """What stands below and above a sum, an integral or a limit."""
    found = {"_": Node("nothing"), "^": Node("nothing")}
    for _ in range(2):
        if cursor.is_next("op", "_") or cursor.is_next("op", "^"):
            sign = cursor.take().text
            found[sign] = cursor.exponent()
    return found["_"], found["^"]


def _series(cursor: Cursor, token: Token) -> Node:
    """A sum, or a product, over an index."""
    bounds = _bounds(cursor)
    return Node(token.text, (cursor.product(), *bounds))


def _limit(cursor: Cursor, _token: Token) -> Node:
    """A limit."""
    low, _ = _bounds(cursor)
    if low.head == "nothing":
        raise Unreadable("a limit of nothing")
    return Node("lim", (cursor.product(), _without_side(low)))


def _integral(cursor: Cursor, _token: Token) -> Node:
    """An integral; its value holds the variables of its differentials."""
    bounds = _bounds(cursor)
    outer, cursor.differential = cursor.differential, []
    if cursor.is_next("sym", "d") and cursor.peek(2) is END and cursor.peek(1) is not END:
        cursor.at += 1
        cursor.differential.append(cursor.take().text)
        body = integer(1)
    else:
        body = cursor.sum()
    variables, cursor.differential = cursor.differential, outer
    if body.head == "set" and len(body.args) == 1:
        body = body.args[0]
    return Node("int", (_without_ones(body), *bounds), tuple(variables))


def _without_side(node: Node) -> Node:
    """A target from above is the target; one from below keeps its side."""
    if node.head == "chain":
        return Node("chain", tuple(_without_side(part) for part in node.args), node.value)
    return node.args[0] if node.head == "^" and node.args[1] == Node("side", (), "+") else node


def _without_ones(node: Node) -> Node:
    """A product without the ones that its differentials left behind."""
    if node.head == "*":
        kept = tuple(_without_ones(part) for part in node.args if part != integer(1))
        return Node("*", kept) if len(kept) > 1 else kept[0] if kept else integer(1)
    return Node(node.head, tuple(_without_ones(part) for part in node.args), node.value) if node.head == "+" else node


PREFIX: Mapping[str, Callable[[Cursor, Token], Node]] = {
    "num": _number,
    "sym": _symbol,
    "const": lambda _cursor, token: Node("const", (), token.text),
    "text": _text,
    "unit": lambda _cursor, token: Node("text", (), token.text),  # without a number it is a word
    "money": _money,
    "accent": _accent,
    "bar": _bar,
    "deg": lambda _cursor, _token: Node("deg", (integer(1),)),
    "open": _brackets,
    "begin": _environment,
    "fn": _function,
    "frac": _fraction,
    "sqrt": _root,
    "cbrt": lambda cursor, _token: Node("root", (cursor.atom(), integer(3))),
    "binom": lambda cursor, _token: Node("binom", (_digit_or_group(cursor), _digit_or_group(cursor))),
    "sum": _series,
    "prod": _series,
    "lim": _limit,
    "int": _integral,
}
