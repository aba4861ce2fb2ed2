"""The whole `math` pack against completions built to hang, blow up, fool or take over a grader.

They are scored in a process of its own: it can be stopped, and what it leaves in its folder is seen. Work is counted in
calls, which are the same on every machine; that it grows no faster than the text is seen by two lengths.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.packs.math.hostile import REWARDS, Calls, hostile, scalable
from tests.packs.math.hostile_texts import CAP
from tests.packs.sample import Sample

LONG = 300  # seconds after which the process is stopped: many times what it takes
CHARS = CAP // 4  # of most texts; a few are as long as may be
MAX_CALLS = 400_000  # six for each character of the longest text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> list[dict[str, Any]]:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.packs.math.hostile", str(folder), str(CHARS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=True, cwd=root)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_there_are_at_least_two_hundred_and_none_is_refused_for_its_length() -> None:
    cases = list(hostile(CHARS))
    assert len({case.name for case in cases}) == len(cases) >= 200
    assert CAP * 0.9 < max(len(case.text) for case in cases) <= CAP


def test_every_one_gets_a_valid_outcome(outcomes: list[dict[str, Any]]) -> None:
    assert len(outcomes) == len(list(hostile(CHARS))) * len(REWARDS)
    faults = [line for line in outcomes if line["status"] not in ("scored", "abstained", "unparseable")]
    assert faults == []
    assert all(line["score"] is None or 0.0 <= line["score"] <= 1.0 for line in outcomes)


def test_none_earns_the_top_for_a_reference_it_does_not_hold(outcomes: list[dict[str, Any]]) -> None:
    assert [line for line in outcomes if line["score"] == 1.0] == []


def test_the_references_earn_the_top_when_they_are_given() -> None:
    assert [sample.score(sample.best)[0].score for sample in REWARDS] == [1.0] * len(REWARDS)


def test_work_is_bounded_for_every_one(outcomes: list[dict[str, Any]]) -> None:
    assert [line for line in outcomes if line["calls"] > MAX_CALLS] == []


def test_nothing_is_executed(outcomes: list[dict[str, Any]], folder: Path) -> None:
    assert outcomes
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("sample", [REWARDS[0], REWARDS[-1]], ids=lambda sample: sample.use)
def test_ten_times_the_text_takes_at_most_twelve_times_the_calls(sample: Sample) -> None:
    calls(sample, sample.best)  # what is imported on first use is no work on the text
    grown = []
    for name, family in scalable().items():
        # In a box at lengths that are still read, and bare at such that only what searches the text sees all of it.
        for frame, chars in (("\\boxed{{{}}}", 90), ("The answer is {}", CAP // 160)):
            small, big = (calls(sample, frame.format(family(length))) for length in (chars, 10 * chars))
            if big > 12 * small:
                grown.append((name, frame, small, big))
    assert grown == []


def calls(sample: Sample, text: str) -> int:
    with Calls() as counted:
        sample.score(text)
    return counted.count
