"""The smallest parts of an answer: numbers, names, brackets and matrices."""

from __future__ import annotations

from collections.abc import Callable

from vlm_rewards_math.parsing import units
from vlm_rewards_math.parsing.cursor import Cursor, negative
from vlm_rewards_math.parsing.lexer import Token
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.numbers import written

__all__ = ["Atoms"]

STARTS = frozenset(("num", "sym", "const", "fn", "cmd", "open", "accent", "begin", "money"))
_CLOSING = {"(": ")]", "[": "])", "{": "}", "group": ("group",), "ceil": ("ceil",), "floor": ("floor",)}
_ROWS = frozenset(("cases", "aligned", "align", "align*", "gathered", "split", "dcases", "rcases"))


class Atoms(Cursor):
    """Reads one atom, by the kind of its first token."""

    def atom(self) -> Node:
        """One atom, read by the kind of its first token."""
        self.deeper()
        token = self.take()
        reader: Callable[[Token], Node] | None = getattr(self, f"atom_{token.kind}", None)
        if reader is None:
            raise Unreadable(f"unexpected {token.kind}")
        node = reader(token)
        self.depth -= 1
        return node

    def atom_num(self, token: Token) -> Node:
        """A number, or a mixed number."""
        node = written(token.text)
        after = self.next
        if after.kind == "cmd" and after.text == "frac" and node.head == "num":
            return self.mixed_latex(node)
        return node

    def mixed_latex(self, whole: Node) -> Node:
        r"""`1\frac{1}{2}`: a whole number and a proper fraction of whole numbers; else a product."""
        start = self.at
        part = self.atom()
        if part.head == "/" and all(side.head == "num" for side in part.args):
            top, bottom = (side.value for side in part.args)
            if 0 < top < bottom and self.next.text != "^":
                return Node("+", (whole, part))
        self.at = start
        return whole

    def atom_sym(self, token: Token) -> Node:
        """An unknown; within an integral `dx` ends the integrand and is worth one."""
        if self.differential is not None and token.text == "d" and self.next.kind == "sym":
            self.differential.append(self.take().text)
            return integer(1)
        return Node("sym", (), token.text)

    def atom_const(self, token: Token) -> Node:
        """A constant with a name."""
        return Node("const", (), token.text)

    def atom_text(self, token: Token) -> Node:
        r"""Words; `\angle` and its like take what follows with them."""
        if self.next.kind in STARTS and token.text in ("angle", "triangle"):
            return Node("named", (self.product(),), token.text)
        return Node("text", (), token.text)

    def atom_unit(self, token: Token) -> Node:
        """A unit without a number is a word."""
        return Node("text", (), token.text)

    def atom_money(self, token: Token) -> Node:
        """A currency before its amount."""
        return Node("qty", (self.unary(),), units.unit(token.text))

    def atom_accent(self, token: Token) -> Node:
        """What stands under an accent, or in another face."""
        if token.text == "dot":
            raise Unreadable("dot over a letter")
        return self.argument()

    def atom_bar(self, token: Token) -> Node:
        """An absolute value or a determinant."""
        self.bars.append(token.text)
        inner = self.relation()
        self.bars.pop()
        if not self.accept("bar", token.text):
            raise Unreadable("bars that do not close")
        return Node("det" if inner.head == "matrix" else "abs", (inner,))

    def atom_deg(self, _token: Token) -> Node:
        """A sign of degrees alone."""
        return Node("deg", (integer(1),))

    def atom_open(self, token: Token) -> Node:
        """Something in brackets: a group, or items."""
        bars, self.bars = self.bars, ["such that"] if token.text == "{" else []
        in_matrix, self.in_matrix = self.in_matrix, False
        groups = self.items()
        self.bars, self.in_matrix = bars, in_matrix
        if token.text == "{" and self.accept("bar", "|"):
            return self.such_that(groups)
        close = self.take()
        if close.kind != "close" or close.text not in _CLOSING[token.text]:
            raise Unreadable("brackets that do not match")
        return _bracketed(token.text, close.text, groups)

    def such_that(self, groups: list[list[Node]]) -> Node:
        """The rest of `{x | condition}`."""
        conditions = self.items()
        if not self.accept("close", "}") or len(groups) != 1 or not conditions:
            raise Unreadable("set without an end")
        flat = tuple(item for group in conditions for item in group)
        return Node("set_builder", (groups[0][0], *flat))

    def argument(self) -> Node:
        """What a command takes: braces, or one token, of a number one digit."""
        return self.atom()

    def digit_or_group(self) -> Node:
        r"""An argument of `\frac`, which takes one digit: `\frac12`."""
        token = self.next
        if token.kind == "num" and len(token.text) > 1 and token.text.isdigit():
            self.tokens[self.at] = Token("num", token.text[1:], spaced=False)
            return written(token.text[0])
        if token.kind == "op" and token.text == "-":
            self.at += 1
            return negative(self.digit_or_group())
        return self.argument()

    def atom_begin(self, token: Token) -> Node:
        r"""`\\begin{..}`: a matrix, or lines of an answer."""
        in_matrix, self.in_matrix = self.in_matrix, True
        bars, self.bars = self.bars, []
        rows: list[list[Node]] = [[]]
        while not self.accept("end_env", token.text):
            if self.accept("row"):
                rows.append([])
            elif not self.accept("cell"):
                rows[-1].append(self.listing())
        self.in_matrix, self.bars = in_matrix, bars
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
    flat = [item for group in groups for item in group]
    if not flat:
        if opened == "{":
            return Node("const", (), "empty")
        raise Unreadable("empty brackets")
    if opened in ("ceil", "floor"):
        if len(flat) != 1:
            raise Unreadable("items in brackets of rounding")
        return Node(opened, tuple(flat))
    if len(flat) == 1:
        return Node("set", tuple(flat)) if opened == "{" else flat[0]
    if opened not in ("{", "group"):
        return Node("tuple", tuple(flat), opened + closed)
    if len(groups) > 1 and any(len(group) > 1 for group in groups):
        flat = [group[0] if len(group) == 1 else Node("tuple", tuple(group), "()") for group in groups]
    return Node("set", tuple(flat))
