r"""Parse an answer, in LaTeX, plain or sympy-like notation, into a tree: by precedence, in one pass, nothing executed.

| binds | what                                          |
|-------|-----------------------------------------------|
| least | items, apart by `,` `;` and or                |
|       | relations: = < <= in ~                        |
|       | union, meet, minus of sets                    |
|       | ratios: 3:4                                   |
|       | + - pm                                        |
|       | * / mod, and factors side by side             |
|       | unary -                                       |
|       | ^ ! % degrees and units                       |
| most  | numbers, names, brackets, functions, commands |
"""

from __future__ import annotations

from functools import lru_cache

from vlm_rewards_math.parsing.cursor import END, negative, times
from vlm_rewards_math.parsing.lexer import Token, tokens
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.prefix import STARTS
from vlm_rewards_math.parsing.suffix import Measures

__all__ = ["Parser", "parse", "read"]

MAX_CHARS = 1500
MAX_ITEMS = 200
_STOPS = frozenset(("end", "close", "cell", "end_env"))
_BETWEEN = frozenset(("sep", "row", "dots", *_STOPS))


def parse(text: str) -> Node:
    r"""The tree of a plain text (see `text.plain`).

    Raises:
        Unreadable: It is not in the language, or too long, too deep or too large.

    >>> parse("2x") == parse("2 * x") == parse("2\\cdot x")
    True
    """
    if len(text) > MAX_CHARS:
        raise Unreadable("too long")
    return Parser(tokens(text)).answer()


@lru_cache(maxsize=512)
def read(text: str) -> Node | None:
    """The tree of a plain text; None for what cannot be read."""
    try:
        return parse(text)
    except Unreadable:
        return None


class Parser(Measures):
    """One pass over the tokens of one answer, by precedence."""

    def answer(self) -> Node:
        """The whole text."""
        self.accept("arrow")
        node = self.listing()
        if self.next is not END:
            raise Unreadable(f"unexpected {self.next.kind}")
        return node

    def items(self) -> list[list[Node]]:
        """Items apart by commas, in groups apart by semicolons."""
        groups: list[list[Node]] = [[]]
        self.joined = None
        while self.next.kind not in _STOPS and not (self.next.kind == "bar" and self.bars):
            token = self.next
            if token.kind == "sep" or (token.kind == "row" and not self.in_matrix):
                self.separator(token)
                if token.text == ";":
                    groups.append([])
            elif token.kind == "row":
                break
            elif token.kind == "dots":
                self.at += 1
                groups[-1].append(Node("text", (), "..."))
            else:
                joined = self.joined
                groups[-1].append(self.relation())
                self.joined = joined
                if len(groups[-1]) > MAX_ITEMS:
                    raise Unreadable("too many items")
                if self.next.kind not in _BETWEEN and not (self.next.kind == "bar" and self.bars):
                    raise Unreadable(f"unexpected {self.next.kind}")
        return [group for group in groups if group]

    def separator(self, token: Token) -> None:
        """Pass a separator, and keep whether it is a word."""
        self.at += 1
        if token.text in ("and", "or"):
            self.joined = token.text

    def listing(self) -> Node:
        """Items of the whole answer, or of one cell."""
        groups = self.items()
        if not groups:
            raise Unreadable("empty")
        if len(groups) == 1:
            items = groups[0]
        else:
            items = [group[0] if len(group) == 1 else Node("tuple", tuple(group), "()") for group in groups]
        return items[0] if len(items) == 1 else Node("list", tuple(items), self.joined)

    def relation(self) -> Node:
        """One item: an expression, or several in a relation."""
        self.deeper()
        first = Node("nothing") if self.is_("rel") else self.sets()
        sides = [first]
        signs: list[str] = []
        while self.is_("rel"):
            signs.append(self.take().text)
            sides.append(self.sets())
        self.depth -= 1
        if self.accept("cmd", "pmod"):
            sides.append(self.argument())
            signs.append("pmod")
        if not signs:
            return first
        if first.head == "nothing":  # `= 5`, left behind by a cut
            if len(sides) > 2 or signs[0] not in ("=", "~"):
                raise Unreadable("relation without a side")
            return sides[1]
        return Node("chain", tuple(sides), tuple(signs))

    def sets(self) -> Node:
        """Unions, intersections and differences."""
        node = self.ratio()
        while self.next.kind == "op" and self.next.text in ("union", "intersection", "difference"):
            head = self.take().text
            node = Node(head, (node, self.ratio()))
        return node

    def ratio(self) -> Node:
        """A ratio of two or more."""
        parts = [self.sum()]
        while self.is_("op", ":") and self.peek(1) is not END:
            self.at += 1
            parts.append(self.sum())
        return parts[0] if len(parts) == 1 else Node("ratio", tuple(parts))

    def sum(self) -> Node:
        """Terms apart by signs."""
        parts: list[Node] = []
        token = self.next
        if token.kind == "op" and token.text in ("pm", "mp"):
            self.at += 1
            parts.append(Node(token.text, (self.product(),)))
        else:
            parts.append(self.product())
        while self.next.kind == "op" and self.next.text in ("+", "-", "pm", "mp"):
            sign = self.take().text
            if sign in ("+", "-") and self.next.kind == "dots":
                self.at += 1
                parts.append(Node("text", (), "..."))
                continue
            part = self.product()
            parts.append(part if sign == "+" else negative(part) if sign == "-" else Node(sign, (part,)))
        return parts[0] if len(parts) == 1 else Node("+", tuple(parts))

    def product(self) -> Node:
        """Factors, apart by signs or side by side, and the unit behind them."""
        node = self.unary()
        while True:
            token = self.next
            if token.kind == "op" and token.text in ("*", "/", "mod", "choose"):
                node = self.operation(node, self.take().text)
            elif token.text == "pmod":
                return node
            elif token.kind in STARTS or (token.kind == "bar" and not self.bars):
                node = self.beside(node, token)
            elif token.kind in ("text", "unit"):
                node = self.measured(node)
            else:
                return node

    def operation(self, left: Node, sign: str) -> Node:
        """A factor behind its sign."""
        if sign == "*":
            self.accept("dots")
            return times(left, self.unary())
        return Node("binom" if sign == "choose" else sign, (left, self.unary()))

    def beside(self, left: Node, token: Token) -> Node:
        """What stands beside a factor without a sign: another factor, a unit, or the rest of a mixed number."""
        if token.kind == "num" and self.tokens[self.at - 1].kind == "num":
            return self.mixed(left)
        if self.ends_in_unit():
            return self.measured(left)
        if left.head in ("qty", "+") and token.kind == "num":
            return self.compound(left)
        return times(left, self.power())

    def unary(self) -> Node:
        """A factor with its sign."""
        is_negative = False
        while self.next.kind == "op" and self.next.text in ("+", "-"):
            is_negative ^= self.take().text == "-"
        if self.next.kind == "op" and self.next.text in ("pm", "mp"):
            return Node(self.take().text, (self.power(),))
        node = self.power()
        return negative(node) if is_negative else node

    def power(self) -> Node:
        """An atom with its power."""
        base = self.postfix(self.atom())
        if self.is_("op", "^"):
            self.at += 1
            self.deeper()
            exponent = self.exponent()
            self.depth -= 1
            return self.power_of(self.postfix(Node("^", (base, exponent))))
        return base

    def power_of(self, node: Node) -> Node:
        """`2^3^2`, which LaTeX refuses and others read from the right; and what stands behind the power."""
        if self.is_("op", "^"):
            self.at += 1
            base, exponent = node.args if node.head == "^" else (node, integer(1))
            return Node("^", (base, Node("^", (exponent, self.exponent()))))
        return node

    def exponent(self) -> Node:
        """What stands behind a caret: one token or group, with its sign."""
        if self.is_("open", "group") and self.peek(2) == Token("close", "group") and self.peek(1).text in ("+", "-"):
            self.at += 3
            return Node("side", (), self.tokens[self.at - 2].text)
        if self.next.kind == "op" and self.next.text in ("-", "+"):
            sign = self.take().text
            if self.next.kind in ("end", "close", "sep"):  # x -> 3^+
                return Node("side", (), sign)
            inner = self.atom()
            return negative(inner) if sign == "-" else inner
        if self.next.kind == "op" and self.next.text in ("*", "'"):
            return Node("text", (), self.take().text)
        return self.atom()
