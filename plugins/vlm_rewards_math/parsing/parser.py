r"""Parse an answer, in LaTeX, plain or sympy-like notation, into a tree: by precedence, in one pass, nothing executed.

| binds | what                                          |
|-------|-----------------------------------------------|
| least | items, apart by `,` `;` and or                |
|       | relations: = < <= in ~                        |
|       | union, intersection, difference of sets       |
|       | ratios: 3:4                                   |
|       | + - pm                                        |
|       | * / mod, and factors side by side             |
|       | unary -                                       |
|       | ^ ! % degrees and units                       |
| most  | numbers, names, brackets, functions, commands |
"""

from fractions import Fraction
from functools import lru_cache

from vlm_rewards_math.parsing.cursor import END, Cursor, Grammar
from vlm_rewards_math.parsing.lexer import tokens
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.numbers import MAX_DIGITS, plain_number, written_decimal
from vlm_rewards_math.parsing.prefix import PREFIX
from vlm_rewards_math.parsing.suffix import BESIDE, POSTFIX

__all__ = ["MAX_DIGITS", "number", "parse", "read"]

MAX_CHARS = 1500
_GRAMMAR = Grammar(PREFIX, POSTFIX, BESIDE)
_ENDS = frozenset("0123456789}.")


def parse(text: str) -> Node:
    r"""The tree of a plain text (see `normalise`).

    Raises Unreadable where it is not in the language, or too long, too deep or too large.

    >>> parse("2x") == parse("2 * x") == parse("2\\cdot x")
    True
    """
    if len(text) > MAX_CHARS:
        raise Unreadable("too long")
    cursor = Cursor(tokens(text), _GRAMMAR)
    cursor.accept("arrow")
    node = cursor.listing()
    if cursor.next is not END:
        raise Unreadable(f"unexpected {cursor.next.kind}")
    return node


@lru_cache(maxsize=512)
def read(text: str) -> Node | None:
    """The tree of a plain text; None for what cannot be read."""
    try:
        return parse(text)
    except Unreadable:
        return None


def number(text: str) -> Fraction | None:
    r"""The exact value of a plain text that is one number, or one over another, and nothing else; None for any other.

    >>> number("1,234.50"), number("\\frac{1}{2}"), number("-3/4"), number("2e3")
    (Fraction(2469, 2), Fraction(1, 2), Fraction(-3, 4), Fraction(2000, 1))
    >>> number("1.234.567"), number("1'234.5"), number("1.23.456")
    (Fraction(1234567, 1), Fraction(2469, 2), None)
    >>> number("1/0"), number("2 apples"), number("1e999999999"), number("1,23"), number("0,123")
    (None, None, None, None, None)
    """
    found = plain_number(text)
    node = read(text) if found is None and text[-1:] in _ENDS else None
    return found if node is None else _value(node)


def _value(node: Node) -> Fraction | None:
    if node.head == "neg":
        value = _value(node.args[0])
        return None if value is None else -value
    top, bottom = map(written_decimal, node.args if node.head == "/" else (node, integer(1)))
    return top.value / bottom.value if top and bottom and bottom.value else None
