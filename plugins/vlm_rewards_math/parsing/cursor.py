"""A walk over the tokens of one answer, and what every part of the parser needs for it."""

from __future__ import annotations

from vlm_rewards_math.parsing.lexer import Token
from vlm_rewards_math.parsing.nodes import Node, Unreadable

__all__ = ["END", "Cursor", "negative", "times"]

MAX_DEPTH = 40
END = Token("end", "")


class Cursor:
    """The tokens, where the parser stands among them, and what it stands in.

    Args:
        found: The tokens.
    """

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []  # open bars of absolute values, which the next bar closes
        self.in_matrix = False
        self.joined: str | None = None  # the word between the items of the last list
        self.differential: list[str] | None = None  # the variables of the open integral

    @property
    def next(self) -> Token:
        """The token here; the end beyond the last one."""
        return self.tokens[self.at] if self.at < len(self.tokens) else END

    def peek(self, ahead: int) -> Token:
        """The token so many places ahead."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else END

    def take(self) -> Token:
        """Pass a token."""
        token = self.next
        self.at += 1
        return token

    def is_(self, kind: str, text: str | None = None) -> bool:
        """Whether the token here is of a kind, and says a text."""
        token = self.next
        return token.kind == kind and (text is None or token.text == text)

    def accept(self, kind: str, text: str | None = None) -> bool:
        """Pass the token here if it is of a kind; whether it was."""
        if self.is_(kind, text):
            self.at += 1
            return True
        return False

    def deeper(self) -> None:
        """Enter a level of nesting. Raises Unreadable beyond the deepest."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("too deep")

    def items(self) -> list[list[Node]]:
        """Items apart by commas, in groups apart by semicolons."""
        raise NotImplementedError

    def relation(self) -> Node:
        """One item: an expression, or several in a relation."""
        raise NotImplementedError

    def listing(self) -> Node:
        """Items as one node."""
        raise NotImplementedError

    def sum(self) -> Node:
        """Terms apart by signs."""
        raise NotImplementedError

    def product(self) -> Node:
        """Factors."""
        raise NotImplementedError

    def unary(self) -> Node:
        """A factor with its sign."""
        raise NotImplementedError

    def power(self) -> Node:
        """A factor without a sign."""
        raise NotImplementedError

    def exponent(self) -> Node:
        """What stands behind a caret."""
        raise NotImplementedError

    def subscript(self) -> str:
        """What stands below, as text."""
        raise NotImplementedError


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
