"""What stands behind a value: units, degrees, per cent, factorials, subscripts, the fraction of a mixed number."""

from __future__ import annotations

from vlm_rewards_math.parsing import units
from vlm_rewards_math.parsing.commands import Commands
from vlm_rewards_math.parsing.cursor import END, negative, times
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.numbers import written

__all__ = ["Measures"]


class Measures(Commands):
    """Reads suffixes."""

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
        if not (slash.kind == "op" and slash.text == "/" and bottom.kind == "num" and whole.head == "num"):
            raise Unreadable("two numbers side by side")
        self.at += 3
        part = Node("/", (written(top.text), written(bottom.text)))
        if whole.value < 0:
            return negative(Node("+", (negative(whole), part)))
        return Node("+", (whole, part))

    def measured(self, node: Node) -> Node:
        """A value with the unit, or the words, that stand behind it."""
        token = self.take()
        if token.kind == "text":
            word = node.head == "*" and all(part.head == "sym" for part in node.args)  # `red` is read as r e d
            if node.head in ("text", "sym") or (word and not token.text.endswith(("unit", "units"))):
                return times(node, Node("text", (), token.text))
            while self.is_("text") or self.is_("unit"):
                self.at += 1
            return node if node.head == "qty" else Node("qty", (node,), units.LABEL)
        measure = token.unit or units.SHORT.get(token.text) or units.LABEL
        if self.is_("op", "^"):
            self.at += 1
            exponent = self.argument()
            if exponent.head != "num" or exponent.value not in (1, 2, 3, -1, -2):
                raise Unreadable("unit to an unknown power")
            whole = units.phrase(f"{token.text}^{exponent.value}") if "/" in token.text else None
            measure = whole or units.power(measure, int(exponent.value))
        after = self.peek(1)
        if self.is_("op", "/") and (after.kind == "unit" or (after.kind == "sym" and after.text in units.SHORT)):
            self.at += 1
            below = self.measured(Node("one")).value
            measure = units.per(measure, below)
        while self.is_("text"):
            self.at += 1
        if node.head == "*" and any(part.head == "qty" for part in node.args[:-1]):  # 10 cm * 5 cm
            return Node("*", (*node.args[:-1], Node("qty", node.args[-1:], measure)))
        if node.head == "qty":  # 5 feet 3 inches has another form; `5 cm squared` is read elsewhere
            return Node("qty", node.args, units.per(node.value, units.power(measure, -1)))
        return Node("qty", (node,), measure)

    def compound(self, node: Node) -> Node:
        """A value in several units: `2 hours 30 minutes`; a factor where no unit follows."""
        part = self.power()
        if self.is_("unit"):
            return Node("+", (*(node.args if node.head == "+" else (node,)), self.measured(part)))
        return times(node, part)

    def postfix(self, node: Node) -> Node:
        """A value with what stands behind it."""
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
            elif token.kind == "scale":
                self.at += 1
                node = times(node, integer(int(token.text)))
            elif token.kind == "money":
                self.at += 1
                node = Node("qty", (node,), units.unit(token.text))
            elif token.kind == "op" and token.text == "_":
                self.at += 1
                node = self.subscripted(node)
            else:
                return node

    def is_adjacent(self) -> bool:
        """Whether a second `!` follows the first one without a space."""
        return self.tokens[self.at - 2].kind == "op" and not self.tokens[self.at - 1].spaced

    def degrees(self, node: Node) -> Node:
        """A value in degrees, of an angle or of a temperature."""
        after = self.next
        if after.kind == "sym" and after.text in ("C", "F") and self.peek(1).kind in ("end", "sep"):
            self.at += 1
            return Node("qty", (node,), units.SHORT[after.text])
        if after.kind == "unit" and after.text.lower() in ("celsius", "fahrenheit"):
            self.at += 1
            return Node("qty", (node,), after.unit)
        return Node("deg", (node,))

    def subscripted(self, node: Node) -> Node:
        """A name with its index, or a number with its base."""
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
                if token is END:
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
