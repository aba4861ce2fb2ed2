"""The collision law: one completion answers for one reference, so that hedging is worth nothing.

Two references are one class if either, as an answer, tops the other; references that some classes share are one class.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

import vlm_rewards as vr
from tests.packs.sample import REGISTRY
from vlm_rewards.registry.registry import RegisteredReward
from vlm_rewards_math.equality.measure import measured

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ANSWERS = (Path(__file__).parent / "universal_answers.txt").read_text(encoding="utf-8").splitlines()
CONVERTED = ((("percent", 1),), (("degree", 1),))


class Law(NamedTuple):
    """A reward whose score is right or wrong, and how much one completion may top.

    Args:
        use: The name of the reward.
        classes: How many classes of references one completion may top.
        ratio: How far apart two numbers that it tops may be.
        params: Options of the reward.
        columns: Other columns.
    """

    use: str
    classes: int = 1
    ratio: float = 1.01
    params: Mapping[str, object] = {}
    columns: Mapping[str, object] = {}


SHIPPED = {found.full_name: found.spec.call for found in REGISTRY.all() if isinstance(found, RegisteredReward)}
OPTIONS = {"options": ["red", "blue", "3", "5 cm"]}
MATH = (Law("math/answer", params={"units": "strict"}), Law("math/answer", classes=3))
LAWS = (
    *MATH,
    Law("math/answer", params={"units": "strict"}, columns=OPTIONS),
    Law("vqa/choice", columns=OPTIONS),
    Law("vqa/exact"),
    Law("vqa/count"),
    Law("vqa/yes_no"),
    Law("vqa/relaxed_accuracy", classes=3, ratio=1.05 / 0.95 + 1e-9),
)
NUMBERS = [
    *(
        "0",
        "1",
        "2",
        "3",
        "5",
        "7",
        "42",
        "100",
        "1000",
        "-1",
        "-3",
        "10",
        "12",
        "0.5",
        "0.05",
        "3.14",
        "2.33",
        "1000000",
    ),
    *(
        r"\frac{1}{3}",
        r"\frac{7}{3}",
        "0.333",
        "0.3333",
        "2.333",
        r"\sqrt{2}",
        "1.414",
        r"\pi",
        "3.142",
        "e",
        "2^{100}",
    ),
    *(
        r"10^{100}",
        r"1.000 \times 10^{3}",
        "6.02e23",
        "25%",
        "50%",
        "100%",
        "5 cm",
        "5 m",
        "3 cm",
        "3 m",
        "3 kg",
        "5 km/h",
    ),
    *("30^\\circ", r"\$5", "5 euros", "90 minutes", "1/0", r"\infty", r"-\infty"),
]
FORMULAS = [
    *(
        "x",
        "y",
        "n",
        "k",
        "x+1",
        "2x",
        "x^2",
        "|x|",
        r"\sqrt{x^2}",
        "x^2 - 1",
        "y = x",
        "y = 2x",
        "y = 0",
        "x = 3",
        "x = 5",
    ),
    *(
        "x > 3",
        r"x \ge 3",
        "x < 5",
        "1 < x < 10",
        "(3,5)",
        "[3,5]",
        "(2,5]",
        "(2,6]",
        r"(-\infty, \infty)",
        r"[0, \infty)",
    ),
    *("1, 2", "1, 2, 3", r"\{1, 2\}", "(1,2)", "(2,1)", r"\pm 1", r"3 \pm 1", "1:2", "2:1", r"\emptyset", "R"),
    *(
        r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}",
        r"x^2 = 9",
        r"\sum_{k=1}^{n} k",
        "f(x) = x",
        "12:30",
        "2020-01-05",
        "11_2",
    ),
]
WORDS = [
    *("A", "B", "C", "D", "yes", "no", "true", "false", "red", "blue", "green", "cat", "a cat", "Tuesday", "Evelyn"),
    *("right triangle", "no solution", "undefined", "infinitely many", "none", "three", "five", "Paris", "3个", "五"),
]
REFERENCES = [*NUMBERS, *FORMULAS, *WORDS]
CHOICES = ["A", "B", "C", "D", "red", "blue", "3", "5 cm"]
OF_REWARD = {"vqa/yes_no": ["yes", "no"], "vqa/count": [str(count) for count in range(60)] + ["100", "1000"]}


def tops(law: Law, completion: str, reference: str) -> bool:
    output = SHIPPED[law.use](vr.Completion(completion), reference, **law.columns, **law.params)
    return isinstance(output, vr.RewardOutput) and output.score == 1.0


def classes(law: Law, references: Sequence[str]) -> list[list[str]]:
    """The references in classes."""
    found: list[list[str]] = []
    for reference in references:
        mine = [part for part in found if any(alike(law, reference, other) for other in part)]
        found = [part for part in found if part not in mine] + [[reference, *itertools.chain(*mine)]]
    return found


def alike(law: Law, one: str, other: str) -> bool:
    return any(
        tops(law, wrapped.format(answer), reference)
        for answer, reference in ((one, other), (other, one))
        for wrapped in ("\\boxed{{{0}}}", "<answer>{0}</answer>")
    )


def is_sequence(answer: str) -> bool:
    """Whether an answer is of the forms that may stand for two: a bare list, thousands, and a vector in no brackets."""
    return "," in answer or "matrix" in answer


def values(references: Sequence[str]) -> Iterator[float]:
    """The sizes of the numbers among references, with units dropped, and without those in per cent or degrees."""
    for reference in references:
        found = measured(reference)
        if found is not None and found.value and not (found.unit and found.unit.dimension in CONVERTED):
            yield abs(float(found.value))


def offences(law: Law, references: Sequence[str], answers: Sequence[str]) -> dict[str, list[list[str]]]:
    """The answers that break the law, with the classes that each of them tops."""
    broken: dict[str, list[list[str]]] = {}
    for answer in answers:
        topped = [reference for reference in references if tops(law, answer, reference)]
        if len(topped) < 2:
            continue
        parts, sizes = classes(law, topped), sorted(values(topped))
        if "%" in answer:  # one per cent is 0.01, or 1
            sizes = sorted(size * 100 if size * 50 < sizes[-1] else size for size in sizes)
        too_far = bool(sizes) and sizes[-1] > sizes[0] * law.ratio
        if (len(parts) > law.classes and not is_sequence(answer)) or too_far:
            broken[answer] = parts
    return broken


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.use} {dict(law.params)} {dict(law.columns)}")
def test_no_completion_tops_two_references_that_differ(law: Law) -> None:
    references = CHOICES if law.columns else OF_REWARD.get(law.use, REFERENCES)
    assert offences(law, references, ANSWERS) == {}


@pytest.mark.parametrize("use", ["math/answer", "vqa/exact", "vqa/count", "vqa/relaxed_accuracy"])
def test_a_reference_tops_itself(use: str) -> None:
    law = Law(use)
    references = OF_REWARD.get(use, NUMBERS[:18])
    assert [text for text in references if not tops(law, f"<answer>{text}</answer>", text)] == []


def test_an_answer_that_tops_several_classes_is_an_offence() -> None:
    loose = Law("math/answer", classes=1, params={"relative_tolerance": 1.0})
    assert offences(loose, ["1", "2", "7"], ["\\boxed{2}"]) != {}


def references_for_development() -> list[str]:
    if not DATA.is_dir():
        pytest.skip(f"the development data is not there: {DATA}")
    rows = [json.loads(line) for line in (DATA / "math" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    tables = json.loads((DATA / "tabmwp" / "problems_dev1k.json").read_text(encoding="utf-8"))
    found = {str(row["gold"]) for row in rows} | {str(row["answer"]) for row in tables.values()}
    return sorted(text for text in found if len(text) < 200)


@pytest.mark.slow
@pytest.mark.parametrize("law", MATH, ids=lambda law: str(dict(law.params)))
def test_no_completion_tops_two_references_of_the_data(law: Law) -> None:
    assert offences(law, references_for_development(), ANSWERS) == {}
