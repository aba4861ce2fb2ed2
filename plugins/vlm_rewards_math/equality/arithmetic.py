"""Read and evaluate an expression of integers, `+ - * /` and brackets, exactly: a part of the language of answers.

The text is cut into tokens, so that a caller can look at the numbers before anything is computed. There are no powers:
with the four operations the digits of a result are at most those of all its numbers together.
"""

from fractions import Fraction

from vlm_rewards_math.equality.exact import exact
from vlm_rewards_math.parsing import lexer
from vlm_rewards_math.parsing.cursor import END, Cursor, Grammar
from vlm_rewards_math.parsing.lexer import Token
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.normalise import normalise
from vlm_rewards_math.parsing.prefix import PREFIX

MAX_CHARS = 1000
MAX_DIGITS = 40
_LOOKS = str.maketrans("−–×·⋅∙∗÷⁄∕", "--*****///")
_BRACKETS = {"(": ")", "[": "]", "group": "group"}
_SIGNS = frozenset(
    [*(("op", sign) for sign in "+-*/"), *(("open", sign) for sign in _BRACKETS), ("rel", "="), ("cmd", "frac")]
    + [("close", sign) for sign in _BRACKETS.values()]
)


def tokens(text: str) -> list[Token]:
    r"""Numbers and signs of an expression, in order.

    Raises ValueError where something else stands in the text: a letter, a point, `**`, a digit that is not ASCII.

    >>> [token.text for token in tokens("[44 - 19] \\times 35")]
    ['[', '44', '-', '19', ']', '*', '35']
    >>> tokens("4**4")
    Traceback (most recent call last):
    ValueError: a sign that is not a number, + - * / or bracket
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"longer than {MAX_CHARS} characters")
    text = text.translate(_LOOKS)
    text = normalise(text) if text.isascii() else "?"
    try:
        read = lexer.tokens(text)
    except Unreadable as error:
        raise ValueError(str(error)) from None
    numbers = [token.text for token in read if token.kind == "num"]
    if any(len(digits) > MAX_DIGITS for digits in numbers):
        raise ValueError(f"a number of more than {MAX_DIGITS} digits")
    is_whole = (
        "".join(sign if sign.isdecimal() else " " for sign in text).split() == numbers
    )  # none is `1 234` or `1.5`
    if not is_whole or any(token.kind != "num" and token[:2] not in _SIGNS for token in read):
        raise ValueError("a sign that is not a number, + - * / or bracket")
    return read


def evaluate(read: list[Token]) -> Fraction:
    r"""The exact value of tokens without `=`.

    Raises ValueError where they are not an expression, are nested too deeply, or divide by zero.

    >>> evaluate(tokens("(1 + 2) / 4")), evaluate(tokens("2 - -3")), evaluate(tokens("\\frac{1+1}{3}"))
    (Fraction(3, 4), Fraction(5, 1), Fraction(2, 3))
    >>> evaluate(tokens("2 3"))
    Traceback (most recent call last):
    ValueError: not an expression
    """
    cursor = Cursor(list(read), _GRAMMAR)
    try:
        node = cursor.sum()
    except Unreadable as error:
        raise ValueError(f"not an expression: {error}") from None
    if cursor.next is not END:
        raise ValueError("not an expression")
    value = exact(node)
    if value is None:
        raise ValueError("a division by zero")
    return value


def _fraction(cursor: Cursor, _token: Token) -> Node:
    """A fraction of two groups: of bare digits it could not be told which number they are."""
    parts = tuple(cursor.atom() for _ in range(2) if cursor.is_next("open"))
    if len(parts) < 2:
        raise Unreadable("half a fraction")
    return Node("/", parts)


_GRAMMAR = Grammar(
    prefix={"num": lambda _cursor, token: integer(int(token.text)), "open": PREFIX["open"], "frac": _fraction},
    postfix={},
    beside={},
)
