r"""Read and evaluate an expression of integers, `+ - * /` and brackets, exactly.

Two passes, both linear: the text is cut into tokens, so that a caller can look at the numbers before anything is
computed, and the tokens are evaluated by a parser of bounded depth. There are no powers: with the four operations the
digits of a result are at most those of all its numbers together.
"""

from __future__ import annotations

from fractions import Fraction

__all__ = ["MAX_CHARS", "evaluate", "tokens"]

MAX_CHARS = 1000
MAX_DEPTH = 64
FRACTION = "\\frac"
_DIGITS = frozenset("0123456789")
_SIGNS = {
    **{sign: sign for sign in "+-*/()="},
    **dict.fromkeys("−–", "-"),
    **dict.fromkeys("×·⋅∙∗", "*"),
    **dict.fromkeys("÷⁄∕", "/"),
    **dict.fromkeys("[{", "("),
    **dict.fromkeys("]}", ")"),
}
_COMMANDS = {
    "\\times": "*",
    "\\cdot": "*",
    "\\ast": "*",
    "\\div": "/",
    **dict.fromkeys(("\\frac", "\\dfrac", "\\tfrac"), FRACTION),
    **dict.fromkeys(("\\left", "\\right", "\\quad", "\\displaystyle"), ""),
}
_SPACES = frozenset(",;:! ()[]")  # `\,` and so on; `\(` and `\[` open a formula

Token = str | int


def tokens(text: str) -> list[Token]:
    r"""Numbers and signs of an expression, in order; `\times`, `[` and Unicode's signs come as their plain form.

    Raises:
        ValueError: Something else stands in the text: a letter, a point, `**`, a digit that is not ASCII.

    >>> tokens("[44 - 19] \\times 35"), tokens("\\frac{6}{2}")
    (['(', 44, '-', 19, ')', '*', 35], ['\\frac', '(', 6, ')', '(', 2, ')'])
    >>> tokens("4**4")
    Traceback (most recent call last):
    ValueError: a power
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"longer than {MAX_CHARS} characters")
    read: list[Token] = []
    at = 0
    while at < len(text):
        sign = text[at]
        end = at + 1
        if sign in _DIGITS:
            end = len(text) - len(text[at:].lstrip("0123456789"))
            read.append(_integer(text[at:end]))
        elif sign == "\\":
            command, end = _command(text, at)
            if command:
                read.append(command)
        elif sign in "^*" and text.startswith(("^", "**"), at):
            raise ValueError("a power")
        elif sign in _SIGNS:
            read.append(_SIGNS[sign])
        elif not sign.isspace() and sign != "$":
            raise ValueError("a sign that is not a number, + - * / or bracket")
        at = end
    return read


def evaluate(read: list[Token]) -> Fraction:
    r"""The exact value of tokens without `=`.

    Raises:
        ValueError: They are not an expression, are nested too deeply, or divide by zero.

    >>> evaluate(tokens("(1 + 2) / 4")), evaluate(tokens("2 - -3")), evaluate(tokens("\\frac{1+1}{3}"))
    (Fraction(3, 4), Fraction(5, 1), Fraction(2, 3))
    >>> evaluate(tokens("2 3"))
    Traceback (most recent call last):
    ValueError: not an expression
    """
    parser = _Parser(read)
    value = parser.sum(0)
    parser.expect("")
    return value


def _integer(digits: str) -> int:
    if len(digits) > 40:
        raise ValueError("a number of more than 40 digits")
    return int(digits)


def _command(text: str, at: int) -> tuple[str, int]:
    end = at + 1
    while end < len(text) and text[end].isascii() and text[end].isalpha():
        end += 1
    if text[at:end] in _COMMANDS:
        return _COMMANDS[text[at:end]], end
    if end == at + 1 and text[end : end + 1] in _SPACES and end < len(text):
        return "", end + 1
    raise ValueError("a command that is not an operation")


class _Parser:
    """A sum of products of numbers and brackets; `at` is the next token."""

    def __init__(self, read: list[Token]) -> None:
        self.read = [*read, ""]
        self.at = 0

    def sum(self, depth: int) -> Fraction:
        value = self.product(depth)
        while (sign := self.read[self.at]) in ("+", "-"):
            self.at += 1
            value += self.product(depth) if sign == "+" else -self.product(depth)
        return value

    def product(self, depth: int) -> Fraction:
        value = self.factor(depth)
        while (sign := self.read[self.at]) in ("*", "/"):
            self.at += 1
            value = value * self.factor(depth) if sign == "*" else _quotient(value, self.factor(depth))
        return value

    def factor(self, depth: int) -> Fraction:
        """A number, something in brackets, or a fraction of two in brackets, with its signs."""
        sign = 1
        while self.read[self.at] in ("+", "-"):
            sign = -sign if self.read[self.at] == "-" else sign
            self.at += 1
        head = self.read[self.at]
        self.at += isinstance(head, int) or head == FRACTION
        if isinstance(head, int):
            return Fraction(sign * head)
        value = self.bracket(depth)
        return sign * (_quotient(value, self.bracket(depth)) if head == FRACTION else value)

    def bracket(self, depth: int) -> Fraction:
        if depth == MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} brackets inside each other")
        self.expect("(")
        value = self.sum(depth + 1)
        self.expect(")")
        return value

    def expect(self, sign: str) -> None:
        if self.read[self.at] != sign:
            raise ValueError("not an expression")
        self.at += 1


def _quotient(above: Fraction, below: Fraction) -> Fraction:
    if not below:
        raise ValueError("a division by zero")
    return above / below
