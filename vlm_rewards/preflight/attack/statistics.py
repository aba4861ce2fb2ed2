"""Whether a gain is more than chance, and more than what a metric pays by its formula."""

from collections import Counter
from collections.abc import Mapping, Sequence

_MARKS = {"boxed", "answer", "the", "is"}


def chance(gains: Sequence[float]) -> float:
    """The sign-flip test: the share of all ways to flip the signs of gains that sum to as much.

    Gains count in twentieths of the largest.

    >>> chance([1.0] * 12) == 2**-12
    True
    """
    largest = max(map(abs, gains), default=0.0) or 1.0
    sizes = [round(20 * gain / largest) for gain in gains]
    ways = {0: 1.0}
    for size in sizes:
        up, down = ({total + step: share / 2 for total, share in ways.items()} for step in (size, -size))
        ways = {total: up.get(total, 0.0) + down.get(total, 0.0) for total in {**up, **down}}
    return sum(share for total, share in ways.items() if total >= sum(sizes))


def holm(chances: Mapping[str, float], level: float = 0.05) -> set[str]:
    """The names whose chance is small enough, where this many were tried."""
    found: set[str] = set()
    for index, name in enumerate(sorted(chances, key=chances.__getitem__)):
        if chances[name] > level / (len(chances) - index):
            break
        found.add(name)
    return found


def words(text: str) -> Counter[str]:
    """How often a text has each word."""
    return Counter("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())


def overlap(text: str, honest: str, answer: str) -> float:
    """The F1 of the words, or of their letters, that a completion says and an honest one does not, and an answer's."""
    right = words(answer)
    said = Counter({word: count for word, count in words(text).items() if word not in _MARKS or word in right})
    said -= words(honest) - right
    if answer.startswith(("[", "{")):  # the digits of a box say nothing
        return _f1(said, right)
    return max(_f1(said, right), _f1(Counter("".join(said.elements())), Counter("".join(right.elements()))))


def _f1(said: Counter[str], right: Counter[str]) -> float:
    return 2 * (said & right).total() / max(1, said.total() + right.total())
