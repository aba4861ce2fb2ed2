"""Completions built to hang, blow up, fool or take over a grader of mathematics.

`python -m tests.packs.math.hostile FOLDER CHARS` scores them with every reward of the pack, in FOLDER, and prints
one line of JSON for each: what came out and how many calls it took. It runs in a process of its own, so that a test can
stop it, and see what it left behind.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from cProfile import Profile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.packs.math.hostile_texts import (
    BRACKETS,
    CAP,
    CHAINS,
    CODE,
    FLOODS,
    FOOLS,
    HUGE,
    REFERENCE,
    WHOLE,
    boxed,
    nested,
)
from tests.packs.sample import Sample

__all__ = ["REWARDS", "Calls", "Hostile", "hostile", "scalable"]

OPTIONS = [*(f"$271.8281{n}$ kg" for n in range(22)), "a brown fox"]
REWARDS = [
    Sample("math/answer", f"\\boxed{{{REFERENCE}}}", {"solution": REFERENCE}),
    Sample("math/answer", "\\boxed{\\{271828, \\sqrt{x}\\}}", {"solution": "\\{271828, \\sqrt{x}\\}"}),
    Sample("math/answer", "\\boxed{V}", {"solution": "V", "options": OPTIONS}),
    Sample("math/numeric", "\\boxed{271.828}", {"solution": "271.828"}, {"decay": "exponential"}),
    Sample("math/expression", "\\boxed{271828-3}", {"solution": "271825", "numbers": [3, 271828]}, {"partial": 0.1}),
]


@dataclass(frozen=True)
class Hostile:
    """One completion and what it is meant to do."""

    name: str
    text: str


def _repeated(part: str) -> Callable[[int], str]:
    return lambda chars: part * (chars // len(part))


def _nested(opening: str, inside: str, closing: str) -> Callable[[int], str]:
    return lambda chars: nested(opening, inside, closing, max(1, chars // len(opening + closing)))


def _joined(part: str, between: str) -> Callable[[int], str]:
    return lambda chars: between.join([part] * max(1, chars // (len(part) + len(between))))


def scalable() -> dict[str, Callable[[int], str]]:
    """Families whose members may have any length: texts of about so many characters, by name."""
    return {
        **{f"nested {name}": _nested(*parts) for name, parts in BRACKETS.items()},
        **{f"flood of {part!a}": _repeated(part) for part in FLOODS},
        **{f"chain: {name}": _joined(*parts) for name, parts in CHAINS.items()},
    }


def hostile(chars: int = CAP - 600) -> Iterator[Hostile]:
    """All of them; the families at about so many characters, and in a box at a length that graders still read."""
    for name, family in scalable().items():
        yield Hostile(f"{name}, long", family(chars))
        yield Hostile(f"{name}, boxed", boxed(family(900)))
    for group, texts in (
        ("huge", HUGE),
        ("code", {text: text for text in CODE}),
        ("fool", {text: text for text in FOOLS}),
    ):
        for name, text in texts.items():
            yield Hostile(f"{group}: {name[:60]}", boxed(text))
            yield Hostile(f"{group}: {name[:60]}, said", f"The answer is {text}")
    for name, text in WHOLE.items():
        yield Hostile(f"whole: {name}", text)


class Calls:
    """Counts the calls, of Python and of C, inside a `with` block: work that is the same on every machine."""

    def __init__(self) -> None:
        self.profile = Profile()

    def __enter__(self) -> Self:
        self.profile.enable()
        return self

    def __exit__(self, *_: object) -> None:
        self.profile.disable()

    @property
    def count(self) -> int:
        return sum(entry.callcount for entry in self.profile.getstats())


def main() -> None:
    """Score all of them in the folder and at the length that the command line names."""
    os.chdir(Path(sys.argv[1]))
    for case in hostile(int(sys.argv[2])):
        for index, sample in enumerate(REWARDS):
            with Calls() as calls:
                (output,) = sample.score(case.text)
            line = {"reward": index, "use": sample.use, "name": case.name, "calls": calls.count, "score": output.score}
            print(json.dumps({**line, "status": output.status, "reason": output.reason}), flush=True)


if __name__ == "__main__":
    main()
