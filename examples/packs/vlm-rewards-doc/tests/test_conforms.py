"""Every reward of the pack, held by the kit of packs and by an attack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import vlm_rewards_doc

from vlm_rewards.testing import assert_conforms

HTML = "<table><tr><th>team</th><th>goals</th></tr><tr><td>Red</td><td>3</td></tr></table>"
PARTS = [{"bbox": [0, 0, 90, 10], "category": "title"}, {"bbox": [0, 20, 90, 80], "category": "text"}]
TESTS = [
    {"type": "present", "text": "Results of 2024", "max_diffs": 1},
    {"type": "absent", "text": "Page 7", "case_sensitive": False},
    {"type": "order", "before": "Results", "after": "team"},
    {"type": "table", "cell": "3", "left": "Red", "top_heading": "goals"},
    {"type": "math", "math": "x^2+1"},
]
PAGE = f"# Results of 2024\n\n{HTML}\n\nWith $x^{{2}} + 1$."


def test_teds() -> None:
    broken = ["7", {"completion": HTML, "solution": "no table"}]
    assert_conforms(vlm_rewards_doc.teds, good=HTML, bad=HTML.replace("3", "4"), broken=broken, solution=HTML)


@pytest.mark.slow
def test_teds_of_markdown() -> None:
    good = "| a | b |\n|---|---|\n| 1 | 2 |"
    assert_conforms(vlm_rewards_doc.teds, good=good, bad=good.replace("2", "5"), solution=good)


def test_unit_tests() -> None:
    broken = ["", {"completion": PAGE, "tests": [{"type": "none"}]}]
    assert_conforms(vlm_rewards_doc.unit_tests, good=PAGE, bad="Page 7", broken=broken, tests=TESTS)


def test_edit() -> None:
    broken = ["", {"completion": "7", "solution": " "}]
    assert_conforms(vlm_rewards_doc.edit, good=PAGE, bad=PAGE + " and more", broken=broken, solution=PAGE)


def test_front_matter() -> None:
    good = "---\nlanguage: en\nrotation: 90\n---\nText"
    broken = ["---\na: 1", "text", {"completion": good, "solution": []}, {"completion": good, "solution": "{}"}]
    wanted = {"language": "en", "rotation": 90}
    reward = vlm_rewards_doc.front_matter
    assert_conforms(reward, good=good, bad=good.replace("90", "91"), broken=broken[:2], solution=wanted)
    assert_conforms(reward, good=good, bad=good.replace("en", "de"), broken=broken[3:], solution=json.dumps(wanted))


def test_formula() -> None:
    broken = ["", "$a$ or $b$", {"completion": "$x$", "solution": "$x$ or $y$"}]
    good = ["$$\\frac{x}{2} + 1$$", "1 + x/2"]
    assert_conforms(vlm_rewards_doc.formula, good=good, bad="$x + 1$", broken=broken, solution="\\frac{x}{2}+1")


def test_layout() -> None:
    good = json.dumps(PARTS)
    broken = ["", "no list", {"completion": good, "solution": [{"bbox": [1, 2, 3]}]}]
    assert_conforms(vlm_rewards_doc.layout, good=good, bad=json.dumps(PARTS[::-1]), broken=broken, solution=PARTS)


def table(number: int) -> str:
    heads = "".join(f"<td>{name}{number % 3}</td>" for name in ("team", "goals", "year"))
    rows = "".join(f"<tr><td>r{number}{row}</td><td>{number * row}</td><td>{row}</td></tr>" for row in range(1, 4))
    return f"<table><tr>{heads}</tr>{rows}</table>"


def parts(number: int) -> str:
    boxes = [[10 * number, 100 * row, 10 * number + 400, 100 * row + 80] for row in range(2 + number % 3)]
    return json.dumps([{"bbox": box, "category": ("title", "text")[row > 0]} for row, box in enumerate(boxes)])


REFERENCES = {
    "teds": table,
    "edit": lambda number: f"Page {number} of a book about {number * 7} ships and {number * 11} seas.",
    "formula": lambda number: f"{number + 2}x^{number} + {number}y = {number * 3}",
    "layout": parts,
}
SLOW = ("teds", "formula", "layout")


@pytest.mark.parametrize("name", ["edit", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_no_completion_earns_more_than_an_honest_one(name: str, tmp_path: Path) -> None:
    rows = [{"completion": "", "solution": REFERENCES[name](number)} for number in range(1, 14)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "rewards.yaml").write_text(f"version: 1\nrewards:\n  read: {{use: doc/{name}}}\n")
    command = [sys.executable, "-m", "vlm_rewards", "attack", "rewards.yaml", "--data", "rows.jsonl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280)
    assert "no hack found" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
