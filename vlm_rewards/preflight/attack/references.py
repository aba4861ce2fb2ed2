"""References that are made up: of each kind as many, the same for everyone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

#: How many there are of a kind; of numbers and texts so many stand together that are near each other, and not the same.
COUNT, FAMILY = 200, 5
_SYLLABLES = ("ba", "do", "sar", "vel", "rin", "pa", "lor", "mi", "ke", "tun")


def made_up() -> dict[str, list[Any]]:
    """References by the name of their kind."""
    dice = Random(0)  # noqa: S311 - no secret
    sizes = iter(dice.sample(range(2, 50), 20) + dice.sample(range(50, 1000), 20))

    def numbers() -> list[str]:
        size = next(sizes) * dice.choice((1, 1, 1, -1))
        return [f"{size}", f"{-size}", f"{size}.25", f"{size}{dice.randint(1, 9)}", f"{size}/7"]

    def texts() -> list[str]:
        one, other, third = word(), word(), word()
        return [f"{one} {other}", one, f"{other} {one}", f"{one} {third}", f"{third} {one} {other}"]

    def word() -> str:
        return "".join(dice.sample(_SYLLABLES, 3))

    def span() -> list[int]:
        start = dice.randint(0, 700)
        return [start, start + dice.randint(50, 250)]

    def box() -> list[int]:
        (left, right), (top, low) = span(), span()
        return [left, top, right, low]

    kinds: dict[str, Callable[[], list[Any]]] = {
        "number": numbers,
        "letter": lambda: dice.choices("ABCD", k=FAMILY),
        "text": texts,
        "yes or no": lambda: dice.choices(("yes", "no"), k=FAMILY),
        "boxes": lambda: [[box(), box()] for _ in range(FAMILY)],
        "box": lambda: [box() for _ in range(FAMILY)],
        "interval": lambda: [span() for _ in range(FAMILY)],
        "list": lambda: [[word(), word()] for _ in range(FAMILY)],
        "people": lambda: [[word()] * 8 + [word()] * 2 for _ in range(FAMILY)],
        "mapping": lambda: [{"name": word(), "total": dice.randint(1, 99)} for _ in range(FAMILY)],
    }
    return {kind: [one for _ in range(COUNT // FAMILY) for one in make()] for kind, make in kinds.items()}
