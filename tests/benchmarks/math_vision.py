"""`math/answer` on the raw answers of four models to MATH-Vision, against the verdicts of its own grader."""

from __future__ import annotations

import json
import string
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vlm_rewards as vr
from vlm_rewards.answers import find_choice
from vlm_rewards_math import answer

__all__ = ["mathvision"]


@dataclass(frozen=True)
class Disagreement:
    """One answer on which the official grader and `math/answer` differ."""

    model: str
    question: dict[str, Any]
    row: dict[str, Any]
    output: vr.RewardOutput

    @property
    def official(self) -> str:
        """What the official grader extracted, in lower case and without spaces."""
        return str(self.row["model_answer"])

    @property
    def reason(self) -> str:
        """What decided."""
        return str(self.output.details.get("layer") or self.output.reason or "")


def _letter(found: Disagreement) -> bool:
    return found.reason == "choice" and not found.row["correct"]


def _named(found: Disagreement) -> str:
    """The letter that the answer names, in lower case; empty without one."""
    index = find_choice(str(found.output.details["answer"])).index
    return "" if index is None else string.ascii_lowercase[index]


def _plain(found: Disagreement) -> str:
    """The extraction without the signs around a letter."""
    return found.official.removeprefix("bf").strip("(){}.")


def _right(found: Disagreement) -> str:
    """The text of the right option; the reference of a question without options."""
    options, answer = found.question["options"], found.question["answer"]
    return str(options[ord(answer) - ord("A")] if options else answer)


def _has_unit(text: str) -> bool:
    for command in ("frac", "sqrt", "pi", "times", "left", "right", "circ"):
        text = text.replace(f"\\{command}", "°" if command == "circ" else "")
    return any(sign in "°%" or sign.isalpha() for sign in text)


def _has_signs(found: Disagreement) -> bool:
    return any(sign in found.official for sign in ("√", "π", "sqrt"))


# Found by reading every disagreement. In this order: the first that fits. Beside each, whether the official verdict is
# the right one.
CLASSES: list[tuple[str, bool, Callable[[Disagreement], bool]]] = [
    ("different numbers with equal first two decimals", False, lambda found: bool(found.row["correct"])),
    ("bold, or a bracket, left at the letter: bfa", False, lambda found: _letter(found) and len(_plain(found)) == 1),
    ("the sentence behind the box glued to it", False, lambda found: "theansweris" in found.official),
    (
        "a letter glued to the text of its option: d105",
        False,
        lambda found: _letter(found) and found.official[0] == _named(found),
    ),
    ("a letter in the last sentence, which it did not look at", False, _letter),
    ("ours: the last number of an unfinished answer", True, lambda found: found.official == "\\frac"),
    ("a root or pi as a sign: 3√2", False, _has_signs),
    ("a word in other style: {march}", False, lambda found: found.official.strip("{}").isalpha()),
    (
        "a unit, or degrees, that only the reference has: 36",
        False,
        lambda found: _has_unit(_right(found)) and not _has_unit(found.official),
    ),
    (
        "a unit, or degrees, that only the answer has: 39°",
        False,
        lambda found: _has_unit(found.official) and not _has_unit(_right(found)),
    ),
    ("a unit, or degrees, written otherwise: 13.5cm", False, lambda found: _has_unit(found.official)),
    ("LaTeX with other spaces: 2(w+h)^2", False, lambda found: found.reason == "choice"),
]


def judged(question: dict[str, Any], text: str) -> vr.RewardOutput:
    """The verdict of `math/answer`, with the options where the question has some."""
    output = answer(vr.Completion(text), question["answer"], question["options"] or None)
    # None of these questions needs computer algebra.
    return output if isinstance(output, vr.RewardOutput) else vr.RewardOutput.abstained("left to a worker")


def mathvision(folder: Path, *, disagreements: bool) -> None:
    """Print the accuracies of the published outputs, and what the disagreements with their verdicts are."""
    questions = {line["id"]: line for line in map(json.loads, (folder / "test.jsonl").read_text().splitlines())}
    found: list[Disagreement] = []
    print("\nMATH-Vision                      official       corrected            ours   apart")
    for file in sorted((folder / "outputs").glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        outputs = [judged(questions[row["id"]], row["response"]) for row in rows]
        differ = [
            Disagreement(file.stem, questions[row["id"]], row, output)
            for row, output in zip(rows, outputs, strict=True)
            if (output.score == 1.0) != row["correct"]
        ]
        official, mine = sum(row["correct"] for row in rows), sum(output.score == 1.0 for output in outputs)
        wrong = [one.row["correct"] for one in differ if not classified(one)[1]]
        corrected = official + wrong.count(False) - wrong.count(True)
        shares = "  ".join(f"{count:5} {100 * count / len(rows):6.2f} %" for count in (official, corrected, mine))
        print(f"{file.stem:26} {shares} {100 * abs(mine - corrected) / len(rows):6.2f}")
        found += differ
    counted = Counter(classified(one) for one in found)
    print("corrected: where reading the answer shows that the official verdict is wrong, the other one counts")
    print("\ncount  official  what differs")
    for (name, official_right), count in counted.most_common():
        print(f"{count:5}  {'right' if official_right else 'wrong':8}  {name}")
    if disagreements:
        for one in sorted(found, key=classified):
            print(f"\n{one.model} {one.question['id']}: {classified(one)[0]}; official {one.row['correct']}")
            print(f"  {one.question['answer']!r} {one.question['options']}")
            print(f"  ...{one.row['response'][-200:]!r}\n  official read {one.official!r}; ours {one.reason}")


def classified(found: Disagreement) -> tuple[str, bool]:
    """The class of a disagreement, and whether the official grader is right about it."""
    for name, official, fits in CLASSES:
        if fits(found):
            return name, official
    return "other", True  # not read: the official verdict stands
