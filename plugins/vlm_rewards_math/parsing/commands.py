r"""Functions and commands with arguments: `sin^2 x`, `\frac`, `\sqrt`, `\binom`, `\sum`, `\lim`, `\int`."""

from __future__ import annotations

from collections.abc import Callable

from vlm_rewards_math.parsing.cursor import END, negative, times
from vlm_rewards_math.parsing.lexer import Token
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.prefix import Atoms

__all__ = ["Commands"]

_ARGUMENT = frozenset(("num", "sym", "const", "accent"))
_INVERTED = frozenset(("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"))


class Commands(Atoms):
    """Reads what follows the name of a function or a command."""

    def atom_fn(self, token: Token) -> Node:
        """A function, with its power, its base and its arguments."""
        name = token.text
        raised: Node | None = None
        base: Node | None = None
        for _ in range(2):
            if self.is_("op", "^") and raised is None:
                self.at += 1
                raised = self.exponent()
            elif self.is_("op", "_") and base is None:
                self.at += 1
                base = self.digit_or_group() if name in ("log", "ln", "lg") else Node("text", (), self.subscript())
        arguments = self.arguments()
        if name in ("log", "lg"):
            node = Node("log", (*arguments, base)) if base else Node("log10" if name == "lg" else "log", arguments)
        else:
            node = Node("log" if name == "ln" else name, arguments)
            if name == "ln":
                node = Node("ln", arguments)
        if raised is None:
            return node
        if name in _INVERTED and raised == negative(integer(1)):
            return Node("a" + name, arguments)
        return Node("^", (node, raised))

    def arguments(self) -> tuple[Node, ...]:
        """Arguments in brackets, or the factors up to the next sign or function."""
        if self.next.kind == "open":
            node = self.atom()
            return node.args if node.head in ("tuple", "set") else (node,)
        if self.next.kind in ("fn", "bar", "cmd"):
            first = self.power()
        elif self.next.kind == "op" and self.next.text == "-":
            self.at += 1
            first = negative(self.power())
        else:
            first = self.power()
        while self.next.kind in _ARGUMENT or self.is_("cmd", "frac") or self.is_("cmd", "sqrt"):
            if self.differential is not None and self.is_("sym", "d") and self.peek(1).kind == "sym":
                break
            first = times(first, self.power())
        return (first,)

    def atom_cmd(self, token: Token) -> Node:
        """A command of LaTeX."""
        reader: Callable[[], Node] = getattr(self, f"command_{token.text}")
        return reader()

    def command_frac(self) -> Node:
        """A fraction."""
        top = self.digit_or_group()
        if self.next.kind in ("end", "sep", "close"):
            raise Unreadable("half a fraction")
        return Node("/", (top, self.digit_or_group()))

    def command_sqrt(self) -> Node:
        """A root, of a degree in brackets."""
        degree = None
        if self.is_("open", "["):
            self.at += 1
            degree = self.relation()
            if not self.accept("close", "]"):
                raise Unreadable("open root")
        inner = self.argument()
        if inner.head in ("tuple", "set"):
            raise Unreadable("root of items")
        return Node("sqrt", (inner,)) if degree is None else Node("root", (inner, degree))

    def command_cbrt(self) -> Node:
        """A cube root."""
        return Node("root", (self.argument(), integer(3)))

    def command_binom(self) -> Node:
        """A binomial coefficient."""
        return Node("binom", (self.digit_or_group(), self.digit_or_group()))

    def command_pmod(self) -> Node:
        """A modulus, which only a relation has."""
        raise Unreadable("a modulus without a number")

    def bounds(self) -> tuple[Node | None, Node | None]:
        """What stands below and above a sum, an integral or a limit."""
        low: Node | None = None
        high: Node | None = None
        for _ in range(2):
            if self.accept("op", "_"):
                low = self.grouped_relation()
            elif self.accept("op", "^"):
                high = self.exponent()
        return low, high

    def grouped_relation(self) -> Node:
        """A bound, which may be a relation: `k=1`."""
        if self.is_("open", "group"):
            self.at += 1
            node = self.relation()
            if not self.accept("close", "group"):
                raise Unreadable("open bound")
            return node
        return self.exponent()

    def command_sum(self, head: str = "sum") -> Node:
        """A sum, or a product, over an index."""
        low, high = self.bounds()
        body = self.product()
        return Node(head, (body, low or Node("nothing"), high or Node("nothing")))

    def command_prod(self) -> Node:
        """A product over an index."""
        return self.command_sum("prod")

    def command_lim(self) -> Node:
        """A limit."""
        low, _ = self.bounds()
        if low is None:
            raise Unreadable("a limit of nothing")
        return Node("lim", (self.product(), _without_side(low)))

    def command_int(self) -> Node:
        """An integral; its value holds the variables of its differentials."""
        low, high = self.bounds()
        outer, self.differential = self.differential, []
        body = integer(1) if self.is_("sym", "d") and self.peek(2) is END and self.peek(1) is not END else None
        if body is None:
            body = self.sum()
        else:
            self.at += 1
            self.differential.append(self.take().text)
        variables, self.differential = self.differential, outer
        if body.head == "set" and len(body.args) == 1:
            body = body.args[0]
        body = _without_ones(body)
        return Node("int", (body, low or Node("nothing"), high or Node("nothing")), tuple(variables))


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
