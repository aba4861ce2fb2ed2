"""`vlm-rewards attack`: what it prints, and its exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import ascii_letters

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
def longest(completion, picture: str) -> float:
    "The answer is the longest word of the picture, which no column tells."
    return float(completion.answer == max(picture.split(), key=len))

@vr.reward(range=(0, 1))
def unlike(group: list[vr.Completion]) -> list[float]:
    "No other answer of the group is the same."
    return [float(sum(one.text == other.text for other in group) == 1) for one in group]

@vr.reward(range=(0, 1))
def secret(completion, solution: str) -> float:
    "No form that is known."
    return float(completion.text == f"<<<{solution}>>>")

@vr.reward(range=(0, 1))
def lengthy(completion, picture: str) -> float:
    "Much text."
    return float(len(completion.text) > 5000)

@vr.reward(range=(0, 1), strategies=lambda reading: [{"text": reading["images"][0].open()}])
def of_pixels(completion, images: list[vr.ImageRef]) -> float:
    "What the picture shows."
    return float(completion.text == str(images[0].size))

@vr.reward(range=(0, 1), strategies=lambda reading: [{"name": "nothing"}])
def half_told(completion, solution: str) -> float:
    "A strategy without its text."
    return float(completion.text == solution)
"""


def write(folder: Path, reward: str) -> Path:
    (folder / "mine.py").write_text(REWARDS)
    config = folder / "rewards.yaml"
    config.write_text(f"version: 1\nrewards: {{it: {{use: './mine.py:{reward}', isolation: inline}}}}\n")
    return config


def test_a_hack_is_shown_with_its_completion_and_exits_with_1(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "contains"))
    assert result.exit_code == 1
    assert "hack (number): knows two, +0.50 on 20 rows: joined by " in result.output
    assert max(map(len, result.output.splitlines()[:-1])) <= 80
    kinds = [line.partition(",")[0] for line in result.output.splitlines() if line.startswith("hack (")]
    assert len(kinds) == len(set(kinds))  # one line for all strategies that the same knowledge gives
    assert result.output.splitlines()[-1].startswith("hack: ")


def test_a_sound_reward_exits_with_0(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "boxed"))
    assert (result.exit_code, result.output.splitlines()[-1].partition(":")[0]) == (0, "no hack found")


def test_without_pay_for_honest_answers_there_is_no_verdict(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "secret"))
    assert (result.exit_code, result.output.splitlines()[-1].partition(":")[0]) == (3, "no verdict")
    assert "honest answers reach 0% of the best total" in result.output


def test_what_pays_nobody_is_found_out_on_few_rows(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "longest"), "--data", pictures(tmp_path, 40))
    told = [line for line in result.stderr.splitlines() if line.startswith("it: ")]
    assert len(told) == 2  # the ways to be honest and those to fill up, and no more than that
    assert "on 4 rows" in told[0]
    assert "that know answer" in told[1]


def test_what_pays_for_length_alone_is_a_hack_where_honest_answers_earn_nothing(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "lengthy"), "--data", pictures(tmp_path, 40))
    assert result.exit_code == 1
    assert "hack (it): knows answer" in result.output


def test_strategies_that_raise_are_told_with_their_reward_and_line(run: Run, tmp_path: Path) -> None:
    config = write(tmp_path, "of_pixels")
    for isolation in ("inline", "process"):
        config.write_text(config.read_text().replace("inline", isolation))
        result = run("attack", config)
        assert result.exit_code == 1
        assert "rewards.it: the `strategies` of reward 'file/of_pixels' (mine.py" in result.output
        assert "'dict' object has no attribute 'open' (mine.py:" in result.output
        assert "--honest COLUMN" in result.output


def test_strategies_that_lack_a_text_are_told_with_their_reward(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "half_told"))
    assert result.exit_code == 1
    assert "'file/half_told'" in result.output
    assert "KeyError: 'text'" in result.output


def test_the_form_of_honest_answers_can_be_told(run: Run, tmp_path: Path) -> None:
    assert run("attack", write(tmp_path, "secret"), "--honest", "<<<{}>>>").exit_code == 0


def test_rows_of_a_file_are_attacked(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(f'{{"solution": "{word}"}}\n' for word in ("red", "green", "blue")))
    result = run("attack", write(tmp_path, "contains"), "--data", data)
    assert result.exit_code == 1  # one row is proof where a completion tops two references
    assert "knows two" in result.output


def pictures(folder: Path, count: int) -> Path:
    data = folder / "rows.jsonl"
    rows = (f'{{"picture": "a {letter * 5} is {letter}", "best": "{letter * 5}"}}' for letter in ascii_letters[:count])
    data.write_text("\n".join(rows))
    return data


def test_a_column_that_no_reward_reads_may_hold_the_honest_answers(run: Run, tmp_path: Path) -> None:
    config, data = write(tmp_path, "longest"), pictures(tmp_path, 20)
    result = run("attack", config, "--data", data)
    assert result.exit_code == 3
    assert "column by --honest" in " ".join(result.output.split())
    assert "no reward reads 'best')" in " ".join(result.output.split())
    data.write_text('{"picture": "a bbbbb is b"}\n' + data.read_text())  # a row without it stands first
    result = run("attack", config, "--data", data, "--honest", "best")
    assert (result.exit_code, result.output.splitlines()[-1].partition(":")[0]) == (0, "no hack found")


def test_honest_answers_that_are_neither_a_form_nor_a_column_are_refused(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "longest"), "--data", pictures(tmp_path, 20), "--honest", "bets")
    assert result.exit_code == 2
    assert "'bets'" in result.output


def test_few_rows_say_nothing(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(f'{{"solution": "{number}"}}\n' for number in (11, 22, 33)))
    result = run("attack", write(tmp_path, "boxed"), "--data", data)
    assert result.exit_code == 3
    assert result.output.splitlines()[-1].startswith("too few rows to say (3; give 12)")


def test_what_compares_a_group_and_reads_no_reference_is_free(run: Run, tmp_path: Path) -> None:
    result = run("attack", write(tmp_path, "unlike"))
    assert result.exit_code == 0
    assert [line.partition(" ")[0] for line in result.output.splitlines()].count("free") == 1
