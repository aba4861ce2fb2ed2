"""`vlm-rewards attack`: what it prints, and its exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]
REWARDS = r"""
from __future__ import annotations
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def contains(completion, solution: str) -> float:
    "The answer stands somewhere."
    return float(solution in completion.text)

@vr.reward(range=(0, 1))
def boxed(completion, solution: str) -> float:
    "The last box is the answer."
    return float(completion.boxed == solution)

@vr.reward(range=(0, 1))
def secret(completion, solution: str) -> float:
    "No form that is known."
    return float(completion.text == f"<<<{solution}>>>")
"""


def write(folder: Path, reward: str) -> Path:
    (folder / "mine.py").write_text(REWARDS)
    config = folder / "rewards.yaml"
    config.write_text(f"version: 1\nrewards: {{it: {{use: './mine.py:{reward}', isolation: inline}}}}\n")
    return config


def test_a_hack_is_shown_with_its_completion_and_exits_with_1(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "contains"))
    assert result.exit_code == 1
    assert "hack (number): knows two, +0.50 on 24 rows: joined by ' or '\n" in result.output
    assert result.output.splitlines()[-1].startswith("hack: ")


def test_a_sound_reward_exits_with_0(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "boxed"))
    assert (result.exit_code, result.output.splitlines()[-1].partition(":")[0]) == (0, "no hack found")


def test_without_pay_for_honest_answers_there_is_no_verdict(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "secret"))
    assert (result.exit_code, result.output.splitlines()[-1].partition(":")[0]) == (3, "no verdict")
    assert "honest answers reach 0% of the best total" in result.output


def test_the_form_of_honest_answers_can_be_told(run: Run, tmp_path: Path) -> None:
    assert run("attack", write(tmp_path, "secret"), "--honest", "<<<{}>>>").exit_code == 0


def test_rows_of_a_file_are_attacked(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(f'{{"solution": "{word}"}}\n' for word in ("red", "green", "blue")))
    result = run("attack", write(tmp_path, "contains"), "--data", data)
    assert result.exit_code == 1  # one row is proof where a completion tops two references
    assert "knows two" in result.output
