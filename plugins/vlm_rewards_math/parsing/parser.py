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

from __future__ import annotations

from functools import lru_cache

from vlm_rewards_math.parsing.cursor import END, Cursor, Grammar
from vlm_rewards_math.parsing.lexer import tokens
from vlm_rewards_math.parsing.nodes import Node, Unreadable
from vlm_rewards_math.parsing.prefix import PREFIX
from vlm_rewards_math.parsing.suffix import BESIDE, POSTFIX

__all__ = ["parse", "read"]

MAX_CHARS = 1500
_GRAMMAR = Grammar(PREFIX, POSTFIX, BESIDE)


def parse(text: str) -> Node:
    r"""The tree of a plain text (see `normalise`).

    Raises:
        Unreadable: It is not in the language, or too long, too deep or too large.

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
