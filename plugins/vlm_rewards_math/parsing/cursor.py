"""A walk over the tokens of one answer, by precedence; the functions of a grammar read what stands at one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from vlm_rewards_math.parsing.lexer import Token
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer

MAX_DEPTH = 40
MAX_ITEMS = 200
END = Token("end", "")
_STOPS = frozenset(("end", "close", "cell", "end_env"))
_PLUS_MINUS = ("+", "-")
_BOTH = ("pm", "mp")
_OF_SUMS = frozenset((*_PLUS_MINUS, *_BOTH))
_OF_PRODUCTS = frozenset(("*", "/", "mod", "choose"))
_OF_SETS = frozenset(("union", "intersection", "difference"))
_JOINTS = (("sep", "and"), ("sep", "or"))
_BETWEEN = frozenset(("sep", "row", "dots", *_STOPS))


class Grammar(NamedTuple):
    """What reads a token, by its kind, or by its text where it is a command or an operator."""

    prefix: Mapping[str, Callable[[Cursor, Token], Node]]  # what it begins: a number, a bracket, a command
    postfix: Mapping[str, Callable[[Cursor, Node], Node]]  # what binds more closely than a power: `!`, degrees
    beside: Mapping[str, Callable[[Cursor, Node], Node]]  # what stands there without a sign: a factor, a unit


class Cursor:
    """The tokens, where the parser stands among them, and what it stands in; the grammar reads them."""

    def __init__(self, tokens: list[Token], grammar: Grammar) -> None:
        self.tokens = [*tokens, END]
        self.grammar = grammar
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []  # open bars of absolute values, which the next bar closes
        self.in_matrix = False
        self.joined: str | None = None  # the word between the items of the last list
        self.differential: list[str] | None = None  # the variables of the open integral

    @property
    def next(self) -> Token:
        """The token here; the end beyond the last one."""
        return self.tokens[self.at]

    @property
    def sign(self) -> str:
        """The operator here; empty where none stands."""
        token = self.tokens[self.at]
        return token.text if token.kind == "op" else ""

    def peek(self, ahead: int) -> Token:
        """The token so many places ahead."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else END

    def take(self) -> Token:
        """Pass a token; the end stays."""
        token = self.tokens[self.at]
        self.at += token is not END
        return token

    def is_next(self, kind: str, text: str | None = None) -> bool:
        """Whether the token here is of a kind, and says a text."""
        token = self.tokens[self.at]
        return token.kind == kind and (text is None or token.text == text)

    def accept(self, kind: str, text: str | None = None) -> bool:
        """Pass the token here if it is of a kind; whether it was."""
        found = self.is_next(kind, text)
        self.at += found
        return found

    def deeper(self) -> None:
        """Enter a level of nesting. Raises Unreadable beyond the deepest."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("too deep")

    def items(self) -> list[list[Node]]:
        """Items apart by commas, in groups apart by semicolons."""
        groups: list[list[Node]] = [[]]
        self.joined = None
        while self.next.kind not in _STOPS and not (self.next.kind == "bar" and self.bars):
            token = self.next
            if token.kind == "sep" or (token.kind == "row" and not self.in_matrix):
                self.at += 1
                if token.text in ("and", "or"):
                    self.joined = token.text
                elif token.text == ";":
                    groups.append([])
            elif token.kind == "row":
                break
            elif self.accept("dots"):
                groups[-1].append(Node("text", (), "..."))
            else:
                joined: str | None = self.joined
                groups[-1].append(self.relation())
                self.joined = joined
                if len(groups[-1]) > MAX_ITEMS:
                    raise Unreadable("too many items")
                if self.next.kind not in _BETWEEN and not (self.next.kind == "bar" and self.bars):
                    raise Unreadable(f"unexpected {self.next.kind}")
        if self.at and self.tokens[self.at - 1][:2] in _JOINTS:
            raise Unreadable("an item that is missing")
        return [group for group in groups if group]

    def listing(self) -> Node:
        """Items of the whole answer, or of one cell."""
        groups = self.items()
        if not groups:
            raise Unreadable("empty")
        items = flat(groups)
        return items[0] if len(items) == 1 else Node("list", tuple(items), self.joined)

    def relation(self) -> Node:
        """One item: an expression, or several in a relation."""
        self.deeper()
        first = Node("nothing") if self.is_next("rel") else self.sets()
        sides = [first]
        signs: list[str] = []
        while self.is_next("rel"):
            signs.append(self.take().text)
            sides.append(self.sets())
        self.depth -= 1
        if self.accept("cmd", "pmod"):
            sides.append(self.atom())
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
        while self.sign in _OF_SETS:
            head = self.take().text
            node = Node(head, (node, self.ratio()))
        return node

    def ratio(self) -> Node:
        r"""A ratio of two or more, or a fraction as `{a \over b}`."""
        parts = [self.sum()]
        if self.sign == "over":
            self.at += 1
            return Node("/", (parts[0], self.sum()))
        while self.sign == ":" and self.peek(1) is not END:
            self.at += 1
            parts.append(self.sum())
        return parts[0] if len(parts) == 1 else Node("ratio", tuple(parts))

    def sum(self) -> Node:
        """Terms apart by signs."""
        parts = [Node(self.take().text, (self.product(),)) if self.sign in _BOTH else self.product()]
        while self.sign in _OF_SUMS:
            sign = self.take().text
            if sign in ("+", "-") and self.accept("dots"):
                parts.append(Node("text", (), "..."))
                continue
            part = self.product()
            parts.append(part if sign == "+" else negative(part) if sign == "-" else Node(sign, (part,)))
        return parts[0] if len(parts) == 1 else Node("+", tuple(parts))

    def product(self) -> Node:
        """Factors, apart by signs or side by side, and the unit behind them."""
        node = self.unary()
        while True:
            token = self.tokens[self.at]
            if token.kind == "op":
                if token.text not in _OF_PRODUCTS:
                    return node
                node = self.operation(node, self.take().text)
                continue
            beside = self.grammar.beside.get(token.kind)
            if beside is None or token.text == "pmod" or (token.kind == "bar" and self.bars):
                return node
            node = beside(self, node)

    def operation(self, left: Node, sign: str) -> Node:
        """A factor behind its sign."""
        if sign == "*":
            self.accept("dots")
            return times(left, self.unary())
        return Node("binom" if sign == "choose" else sign, (left, self.unary()))

    def unary(self) -> Node:
        """A factor with its sign."""
        is_negative = False
        while self.sign in _PLUS_MINUS:
            is_negative ^= self.take().text == "-"
        if self.sign in _BOTH:
            return Node(self.take().text, (self.power(),))
        node = self.power()
        return negative(node) if is_negative else node

    def power(self) -> Node:
        """An atom with its power."""
        base = self.postfix(self.atom())
        if self.sign != "^":
            return base
        self.at += 1
        self.deeper()
        exponent = self.exponent()
        self.depth -= 1
        if base.head == "tuple" and exponent == Node("sym", (), "T"):
            return base  # a column, written as a row
        node = self.postfix(Node("^", (base, exponent)))
        if not self.accept("op", "^"):
            return node
        # `2^3^2`, which LaTeX refuses and others read from the right.
        base, exponent = node.args if node.head == "^" else (node, integer(1))
        return Node("^", (base, Node("^", (exponent, self.exponent()))))

    def exponent(self) -> Node:
        """What stands behind a caret: one token or group, with its sign."""
        sign, closing = self.peek(1).text, self.peek(2)
        if self.is_next("open", "group") and closing == Token("close", "group") and sign in ("+", "-"):
            self.at += 3
            return Node("side", (), sign)
        if self.sign in _PLUS_MINUS:
            sign = self.take().text
            if self.next.kind in ("end", "close", "sep"):  # x -> 3^+
                return Node("side", (), sign)
            inner = self.atom()
            return negative(inner) if sign == "-" else inner
        if self.sign in ("*", "'"):
            return Node("text", (), self.take().text)
        return self.atom()

    def atom(self) -> Node:
        """One atom, by its first token."""
        self.deeper()
        token = self.take()
        read = self.grammar.prefix.get(token.text if token.kind == "cmd" else token.kind)
        if read is None:
            raise Unreadable(f"unexpected {token.kind}")
        node = read(self, token)
        self.depth -= 1
        return node

    def postfix(self, node: Node) -> Node:
        """A value with what binds it closely."""
        while True:
            start = self.at
            token = self.tokens[start]
            read = self.grammar.postfix.get(token.text if token.kind == "op" else token.kind)
            if read is not None:
                node = read(self, node)
            if self.at == start:
                return node


def flat(groups: list[list[Node]]) -> list[Node]:
    """The items of one group, or several groups, each of which is an item or a tuple of its items."""
    if len(groups) == 1:
        return groups[0]
    return [group[0] if len(group) == 1 else Node("tuple", tuple(group), "()") for group in groups]


def negative(node: Node) -> Node:
    """The tree of the opposite."""
    if node.head == "num":
        return Node("num", (), -node.value)
    if node.head == "neg":
        return node.args[0]
    return Node("neg", (node,))


def times(left: Node, right: Node) -> Node:
    """The tree of a product; a single item in braces is a factor in brackets."""
    if left.head == "set" and len(left.args) == 1:  # braces as brackets: \{1+2\}\{3-4\}
        left = left.args[0]
    if right.head == "set" and len(right.args) == 1:
        right = right.args[0]
    if left.head == "*":
        return Node("*", (*left.args, right))
    if left.head == "neg":
        return negative(times(left.args[0], right))
    return Node("*", (left, right))
