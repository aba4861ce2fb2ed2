"""How far the numbers of an attribute reach, which bounds the work of drawing them."""

from __future__ import annotations

import math

__all__ = ["scale_of", "total"]

_PARTS = str.maketrans(dict.fromkeys(",%\t\r\n", " "))
#: The commands of paths; `e` belongs to a number.
_COMMANDS = str.maketrans(dict.fromkeys("achlmqstvzACHLMQSTVZ", " "))


def total(text: str, *, path: bool = False) -> float:
    """The sum of all numbers without their signs, which no coordinate can pass. Raises ValueError for what is none.

    >>> total("M1-2.5.5L1e1,3", path=True)
    17.0
    >>> total("4px, 50%")
    54.0
    """
    text = (text.translate(_COMMANDS) if path else text.replace("px", " ")).translate(_PARTS).lower()
    text = text.replace("e-", "e~").replace("e+", "e").replace("-", " ").replace("+", " ").replace("e~", "e-")
    return math.fsum(number for chunk in text.split() for number in _numbers(chunk))


def _numbers(chunk: str) -> list[float]:
    """Numbers that are parted by their points alone, as in `1.5.5`."""
    head, *tails = chunk.split(".")
    first = ".".join([head, *tails[:1]])
    return [abs(float(first)), *(abs(float(f".{tail}")) for tail in tails[1:])]


def scale_of(transform: str) -> tuple[float, float]:
    """How many times larger a transform makes things, at least 1, and how far it moves them.

    Raises ValueError for what is no transform.

    >>> scale_of("translate(3 4) scale(-2, 5)")
    (5.0, 7.0)
    """
    scale, moved = 1.0, 0.0
    for step in filter(str.strip, transform.split(")")):
        name, _, inside = step.lstrip(" ,\t\r\n").partition("(")
        parts = [total(part) for part in inside.replace(",", " ").split()]
        match name.strip(), parts:
            case "scale", [_, *_]:
                scale *= max(1.0, *parts)
            case "matrix", [a, b, c, d, x, y]:
                moved += scale * (x + y)
                scale *= max(1.0, a + c, b + d)
            case "skewX" | "skewY", [angle]:
                scale *= 1.0 + abs(math.tan(math.radians(angle)))
            case "translate", [_, *_]:
                moved += scale * math.fsum(parts)
            case "rotate", [_, *middle]:
                moved += scale * math.fsum(middle)
            case _:
                raise ValueError("no transform")
    return scale, moved
