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

from collections.abc import Callable
from functools import lru_cache

from vlm_rewards_math import units
from vlm_rewards_math.lexer import Token, tokens
from vlm_rewards_math.numbers import written
from vlm_rewards_math.tree import Node, Unreadable, integer

__all__ = ["parse", "read"]

MAX_CHARS = 1500
MAX_DEPTH = 40
MAX_ITEMS = 200
_END = Token("end", "")
_STARTS = frozenset(("num", "sym", "const", "fn", "cmd", "open", "accent", "begin", "money"))
_ARGUMENT = frozenset(("num", "sym", "const", "accent"))
_CLOSING = {"(": ")]", "[": "])", "{": "}", "group": ("group",), "ceil": ("ceil",), "floor": ("floor",)}
_INVERTED = frozenset(("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch"))


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


class Parser:
    """One pass over the tokens of one answer."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0
        self.bars: list[str] = []
        self.differential: list[str] | None = None

    @property
    def next(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def peek(self, ahead: int) -> Token:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else _END

    def take(self) -> Token:
        token = self.next
        self.at += 1
        return token

    def is_(self, kind: str, text: str | None = None) -> bool:
        token = self.next
        return token.kind == kind and (text is None or token.text == text)

    def accept(self, kind: str, text: str | None = None) -> bool:
        if self.is_(kind, text):
            self.at += 1
            return True
        return False

    def answer(self) -> Node:
        """The whole text."""
        if self.tokens and self.tokens[0].kind == "arrow":
            self.at = 1
        node = self.listing()
        if self.next is not _END:
            raise Unreadable(f"unexpected {self.next.kind}")
        return node

    # -- items -------------------------------------------------------------------------------------------------------

    def items(self) -> tuple[list[list[Node]], bool]:
        """Items apart by commas, in groups apart by semicolons; and whether any separator was there."""
        groups: list[list[Node]] = [[]]
        separated = False
        count = 0
        while True:
            token = self.next
            if token.kind == "sep" or (token.kind == "row" and not self.matrices):
                self.at += 1
                separated = True
                if token.text == ";":
                    groups.append([])
                continue
            if token.kind == "dots":
                self.at += 1
                groups[-1].append(Node("text", (), "..."))
                continue
            if token.kind in ("end", "close", "cell", "row", "end_env") or (token.kind == "bar" and self.bars):
                break
            groups[-1].append(self.relation())
            count += 1
            if count > MAX_ITEMS:
                raise Unreadable("too many items")
            if self.next.kind not in ("sep", "end", "close", "cell", "row", "bar", "dots", "end_env"):
                raise Unreadable(f"unexpected {self.next.kind}")
            if self.next.kind == "bar" and not self.bars:
                break
        return [group for group in groups if group], separated

    matrices = 0

    def listing(self) -> Node:
        """Items of the whole answer, or of one cell."""
        groups, _ = self.items()
        if not groups:
            raise Unreadable("empty")
        if len(groups) == 1 or all(len(group) == 1 for group in groups):
            flat = [item for group in groups for item in group]
            return flat[0] if len(flat) == 1 else Node("list", tuple(flat))
        return Node("list", tuple(g[0] if len(g) == 1 else Node("seq", tuple(g), "()") for g in groups))

    # -- relations and sets ------------------------------------------------------------------------------------------

    def relation(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("too deep")
        first = Node("nothing") if self.is_("rel") else self.sets()
        sides, signs = [first], []
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
        node = self.ratio()
        while self.next.kind == "op" and self.next.text in ("union", "meet", "minus"):
            head = self.take().text
            node = Node(head, (node, self.ratio()))
        return node

    def ratio(self) -> Node:
        parts = [self.sum()]
        while self.is_("op", ":") and self.peek(1) is not _END:
            self.at += 1
            parts.append(self.sum())
        return parts[0] if len(parts) == 1 else Node("ratio", tuple(parts))

    # -- arithmetic --------------------------------------------------------------------------------------------------

    def sum(self) -> Node:
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
            parts.append(part if sign == "+" else _negative(part) if sign == "-" else Node(sign, (part,)))
        return parts[0] if len(parts) == 1 else Node("+", tuple(parts))

    def product(self) -> Node:
        node = self.unary()
        while True:
            token = self.next
            if token.kind == "op" and token.text in ("*", "/", "mod", "choose"):
                self.at += 1
                if token.text == "*" and self.next.kind == "dots":
                    self.at += 1
                right = self.unary()
                head = {"choose": "binom"}.get(token.text, token.text)
                node = _times(node, right) if head == "*" else Node(head, (node, right))
            elif token.kind in _STARTS or (token.kind == "bar" and not self.bars):
                if token.kind == "num" and self.tokens[self.at - 1].kind == "num":
                    node = self.mixed(node)
                    continue
                if self.is_("open", "[") and node.head == "list":
                    raise Unreadable("unexpected bracket")
                if self.ends_in_unit():
                    node = self.measured(node)
                    continue
                node = _times(node, self.power())
            elif token.kind in ("text", "unit"):
                node = self.measured(node)
            else:
                return node

    def ends_in_unit(self) -> bool:
        """Whether a lone letter behind a number and a space, with nothing behind it, is a unit: `5 m`, `3 m^2`."""
        token = self.next
        if token.kind != "sym" or not token.spaced or token.text not in units.SHORT:
            return False
        if self.tokens[self.at - 1].kind not in ("num", "close", "const", "deg"):
            return False
        after, beyond = self.peek(1), self.peek(3)
        if after.kind in ("end", "sep"):
            return True
        if after.kind == "op" and after.text in ("^", "/"):
            return beyond.kind in ("end", "sep") or (
                self.peek(2).kind == "open" and self.peek(5).kind in ("end", "sep")
            )
        return False

    def mixed(self, whole: Node) -> Node:
        """`1 1/2`: a whole number and a fraction behind a space."""
        top, slash, bottom = self.next, self.peek(1), self.peek(2)
        if not (slash.kind == "op" and slash.text == "/" and bottom.kind == "num" and whole.head in ("num", "neg")):
            raise Unreadable("two numbers side by side")
        self.at += 3
        part = Node("/", (written(top.text), written(bottom.text)))
        return Node("+", (whole, part)) if whole.head == "num" else _negative(Node("+", (whole.args[0], part)))

    def measured(self, node: Node) -> Node:
        """A value with the unit, or the words, that stand behind it."""
        token = self.take()
        if token.kind == "text":
            if node.head in ("text", "sym"):
                return _times(node, Node("text", (), token.text))
            while self.is_("text") or self.is_("unit"):
                self.at += 1
            return node if node.head == "qty" else Node("qty", (node,), units.LABEL)
        measure = token.unit or units.SHORT.get(token.text) or units.LABEL
        if self.is_("op", "^"):
            self.at += 1
            exponent = self.argument()
            times = exponent.value if exponent.head == "num" else 0
            if times not in (1, 2, 3):
                raise Unreadable("unit to an unknown power")
            measure = units.power(measure, int(times))
        after = self.peek(1)
        if self.is_("op", "/") and (after.kind in ("unit",) or (after.kind == "sym" and after.text in units.SHORT)):
            self.at += 1
            below = self.measured(Node("one")).value
            measure = units.per(measure, below)
        while self.is_("text"):
            self.at += 1
        if node.head == "one":
            return Node("qty", (node,), measure)
        if node.head == "qty":  # 5 feet 3 inches has another form; `5 cm squared` is read elsewhere
            return Node("qty", node.args, units.per(node.value, units.power(measure, -1)))
        return Node("qty", (node,), measure)

    def unary(self) -> Node:
        negative = False
        while self.next.kind == "op" and self.next.text in ("+", "-"):
            negative ^= self.take().text == "-"
        if self.next.kind == "op" and self.next.text in ("pm", "mp"):
            return Node(self.take().text, (self.power(),))
        node = self.power()
        return _negative(node) if negative else node

    def power(self) -> Node:
        base = self.postfix(self.atom())
        if self.is_("op", "^"):
            self.at += 1
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Unreadable("too deep")
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
        if self.next.kind == "op" and self.next.text in ("-", "+"):
            sign = self.take().text
            inner = self.atom()
            return _negative(inner) if sign == "-" else inner
        if self.next.kind == "op" and self.next.text in ("*", "'"):
            return Node("text", (), self.take().text)
        return self.atom()

    def postfix(self, node: Node) -> Node:
        while True:
            token = self.next
            if (
                token.kind == "op"
                and token.text == "!"
                and not (self.peek(1).kind == "rel" and self.peek(1).text == "=")
            ):
                self.at += 1
                node = Node("!!", node.args) if node.head == "!" and self.is_adjacent() else Node("!", (node,))
            elif token.kind == "op" and token.text == "%":
                self.at += 1
                node = Node("pct", (node,))
            elif token.kind == "op" and token.text == "'":
                self.at += 1
                node = Node("sym", (), f"{node.value}'") if node.head == "sym" else Node("prime", (node,))
            elif token.kind == "deg":
                self.at += 1
                node = self.degrees(node)
            elif token.kind == "money":
                self.at += 1
                node = Node("qty", (node,), units.unit(token.text))
            elif token.kind == "op" and token.text == "_":
                self.at += 1
                node = self.subscripted(node)
            else:
                return node

    def is_adjacent(self) -> bool:
        return self.tokens[self.at - 2].kind == "op" and not self.tokens[self.at - 1].spaced

    def degrees(self, node: Node) -> Node:
        after = self.next
        if after.kind == "sym" and after.text in ("C", "F") and self.peek(1).kind in ("end", "sep"):
            self.at += 1
            return Node("qty", (node,), units.SHORT[after.text])
        if after.kind == "unit" and after.text.lower() in ("celsius", "fahrenheit"):
            self.at += 1
            return Node("qty", (node,), after.unit)
        return Node("deg", (node,))

    def subscripted(self, node: Node) -> Node:
        below = self.subscript()
        if node.head == "num":
            return Node("base", (node,), below)
        if node.head == "sym":
            return Node("sym", (), f"{node.value}_{below}")
        if node.head == "^" and node.args[0].head == "sym":  # x^2_i
            return Node("^", (Node("sym", (), f"{node.args[0].value}_{below}"), node.args[1]))
        return Node("sub", (node,), below)

    def subscript(self) -> str:
        """The text below: a name, so its tokens are joined and not read."""
        if self.is_("open", "group"):
            depth = 0
            parts: list[str] = []
            while True:
                token = self.take()
                if token is _END:
                    raise Unreadable("open subscript")
                depth += (token.kind == "open" and token.text == "group") - (
                    token.kind == "close" and token.text == "group"
                )
                if depth == 0:
                    return "".join(parts[1:])
                parts.append(token.text)
        token = self.take()
        if token.kind in ("end", "close", "sep", "rel"):
            raise Unreadable("empty subscript")
        return token.text

    # -- atoms -------------------------------------------------------------------------------------------------------

    def atom(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("too deep")
        token = self.take()
        reader: Callable[[Token], Node] | None = getattr(self, f"atom_{token.kind}", None)
        if reader is None:
            raise Unreadable(f"unexpected {token.kind}")
        node = reader(token)
        self.depth -= 1
        return node

    def atom_num(self, token: Token) -> Node:
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
        if self.differential is not None and token.text == "d" and self.next.kind == "sym":
            self.differential.append(self.subscripted_name())
            return integer(1)
        return Node("sym", (), token.text)

    def subscripted_name(self) -> str:
        return self.take().text

    def atom_const(self, token: Token) -> Node:
        return Node("const", (), token.text)

    def atom_text(self, token: Token) -> Node:
        if self.next.kind in _STARTS and token.text in ("angle", "triangle"):
            return Node("named", (self.product(),), token.text)
        return Node("text", (), token.text)

    def atom_unit(self, token: Token) -> Node:
        return Node("text", (), token.text)

    def atom_money(self, token: Token) -> Node:
        return Node("qty", (self.unary(),), units.unit(token.text))

    def atom_accent(self, token: Token) -> Node:
        if token.text == "dot":
            raise Unreadable("dot over a letter")
        return self.argument()

    def atom_bar(self, token: Token) -> Node:
        self.bars.append(token.text)
        groups, _ = self.items()
        self.bars.pop()
        if not self.accept("bar") or len(groups) != 1 or len(groups[0]) != 1:
            raise Unreadable("bars that do not close")
        inner = groups[0][0]
        return Node("det" if inner.head == "matrix" else "abs", (inner,))

    def atom_deg(self, _token: Token) -> Node:
        return Node("deg", (integer(1),))

    def atom_open(self, token: Token) -> Node:
        """Something in brackets: a group, or items."""
        bars, self.bars = self.bars, []
        matrices, self.matrices = self.matrices, 0
        groups, separated = self.items()
        self.bars, self.matrices = bars, matrices
        opened = token.text
        if opened == "{" and self.accept("bar", "|"):
            return self.such_that(groups)
        close = self.take()
        if close.kind != "close" or close.text not in _CLOSING[opened]:
            raise Unreadable("brackets that do not match")
        flat = [item for group in groups for item in group]
        if opened in ("ceil", "floor"):
            if len(flat) != 1:
                raise Unreadable("items in brackets of rounding")
            return Node(opened, tuple(flat))
        if not flat:
            if opened in ("{",):
                return Node("const", (), "empty")
            raise Unreadable("empty brackets")
        if len(flat) == 1:
            if opened == "{" and flat[0].head in ("chain", "ratio"):
                return Node("set", tuple(flat))
            return Node("set", tuple(flat)) if opened == "{" else flat[0]
        if opened in ("{", "group"):
            if len(groups) > 1 and any(len(group) > 1 for group in groups):
                flat = [g[0] if len(g) == 1 else Node("seq", tuple(g), "()") for g in groups]
            return Node("set", tuple(flat))
        return Node("seq", tuple(flat), opened + close.text)

    def such_that(self, groups: list[list[Node]]) -> Node:
        conditions, _ = self.items()
        if not self.accept("close", "}") or len(groups) != 1 or not conditions:
            raise Unreadable("set without an end")
        flat = tuple(item for group in conditions for item in group)
        return Node("such", (groups[0][0], *flat))

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
            return _negative(self.digit_or_group())
        return self.argument()

    # -- functions and commands --------------------------------------------------------------------------------------

    def atom_fn(self, token: Token) -> Node:
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
        if name in _INVERTED and raised == _negative(integer(1)):
            return Node("a" + name, arguments)
        return Node("^", (node, raised))

    def arguments(self) -> tuple[Node, ...]:
        if self.next.kind == "open":
            node = self.atom()
            return node.args if node.head in ("seq", "set") else (node,)
        if self.next.kind == "fn" or self.next.kind == "bar" or self.next.kind == "cmd":
            first = self.power()
        elif self.next.kind == "op" and self.next.text == "-":
            self.at += 1
            first = _negative(self.power())
        else:
            first = self.power()
        while self.next.kind in _ARGUMENT or self.is_("cmd", "frac") or self.is_("cmd", "sqrt"):
            if self.differential is not None and self.is_("sym", "d") and self.peek(1).kind == "sym":
                break
            first = _times(first, self.power())
        return (first,)

    def atom_cmd(self, token: Token) -> Node:
        reader: Callable[[], Node] = getattr(self, f"command_{token.text}")
        return reader()

    def command_frac(self) -> Node:
        top = self.digit_or_group()
        if self.next.kind in ("end", "sep", "close"):
            raise Unreadable("half a fraction")
        return Node("/", (top, self.digit_or_group()))

    def command_sqrt(self) -> Node:
        degree = None
        if self.is_("open", "["):
            self.at += 1
            degree = self.relation()
            if not self.accept("close", "]"):
                raise Unreadable("open root")
        inner = self.argument()
        if inner.head == "seq" or inner.head == "set":
            raise Unreadable("root of items")
        return Node("sqrt", (inner,)) if degree is None else Node("root", (inner, degree))

    def command_cbrt(self) -> Node:
        return Node("root", (self.argument(), integer(3)))

    def command_binom(self) -> Node:
        return Node("binom", (self.digit_or_group(), self.digit_or_group()))

    def command_pmod(self) -> Node:
        raise Unreadable("a modulus without a number")

    def bounds(self) -> tuple[Node | None, Node | None]:
        low: Node | None = None
        high: Node | None = None
        for _ in range(2):
            if self.accept("op", "_"):
                low = self.grouped_relation()
            elif self.accept("op", "^"):
                high = self.exponent()
        return low, high

    def grouped_relation(self) -> Node:
        if self.is_("open", "group"):
            self.at += 1
            node = self.relation()
            if not self.accept("close", "group"):
                raise Unreadable("open bound")
            return node
        return self.exponent()

    def command_sum(self, head: str = "sum") -> Node:
        low, high = self.bounds()
        body = self.product()
        return Node(head, (body, low or Node("nothing"), high or Node("nothing")))

    def command_prod(self) -> Node:
        return self.command_sum("prod")

    def command_lim(self) -> Node:
        low, _ = self.bounds()
        if low is None:
            raise Unreadable("a limit of nothing")
        return Node("lim", (self.product(), low))

    def command_int(self) -> Node:
        low, high = self.bounds()
        outer, self.differential = self.differential, []
        body = integer(1) if self.is_("sym", "d") and self.peek(2) is _END and self.peek(1) is not _END else None
        if body is None:
            body = self.sum()
        else:
            self.at += 1
            self.differential.append(self.take().text)
        variables, self.differential = self.differential, outer
        body = _without_ones(body)
        if body.head == "set" and len(body.args) == 1:
            body = body.args[0]
        return Node("int", (body, low or Node("nothing"), high or Node("nothing")), tuple(variables))

    # -- matrices ----------------------------------------------------------------------------------------------------

    def atom_begin(self, token: Token) -> Node:
        outer, self.matrices = self.matrices, 1
        bars, self.bars = self.bars, []
        rows: list[list[Node]] = [[]]
        while not self.accept("end_env", token.text):
            if self.accept("row"):
                rows.append([])
            elif not self.accept("cell"):
                rows[-1].append(self.listing())
        self.matrices, self.bars = outer, bars
        kept = [row for row in rows if row]
        if not kept:
            raise Unreadable("empty matrix")
        if token.text in ("cases", "aligned", "align", "align*", "gathered", "split"):
            return Node("list", tuple(item for row in kept for item in row)) if len(kept) > 1 else kept[0][0]
        matrix = Node("matrix", tuple(Node("seq", tuple(row), "[]") for row in kept))
        return Node("det", (matrix,)) if token.text == "vmatrix" else matrix


def _without_ones(node: Node) -> Node:
    """A product without the ones that its differentials left behind."""
    if node.head == "*":
        kept = tuple(_without_ones(part) for part in node.args if part != integer(1))
        return Node("*", kept) if len(kept) > 1 else kept[0] if kept else integer(1)
    return Node(node.head, tuple(_without_ones(part) for part in node.args), node.value) if node.head == "+" else node


def _negative(node: Node) -> Node:
    if node.head == "num":
        return Node("num", (), -node.value)
    if node.head == "neg":
        return node.args[0]
    return Node("neg", (node,))


def _times(left: Node, right: Node) -> Node:
    if left.head == "set" and len(left.args) == 1:  # braces as brackets: \{1+2\}\{3-4\}
        left = left.args[0]
    if right.head == "set" and len(right.args) == 1:
        right = right.args[0]
    if left.head == "*":
        return Node("*", (*left.args, right))
    if left.head == "neg":
        return _negative(_times(left.args[0], right))
    return Node("*", (left, right))
