"""`vlm-rewards score --engine ray`: the output of one process, byte for byte, whatever ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from vlm_rewards.cli import main
from vlm_rewards.data.chunks import Chunk
from vlm_rewards.data.cluster import _parts

pytest.importorskip("ray", reason="the extra `ray` is not installed")

CONFIG = "version: 1\nrewards:\n  answer: {use: math/answer}\n  form: {use: format/boxed}\n"
DEADLY = """
import os, signal, time
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def deadly(completion):
    if "die" in completion.text:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0.5
"""


def write(folder: Path, rows: int, *, config: str = CONFIG, dying: tuple[int, ...] = ()) -> None:
    (folder / "rewards.yaml").write_text(config)
    (folder / "deadly.py").write_text(DEADLY)
    answers = (f"\\boxed{{{row % 9}}}" + " die" * (row in dying) for row in range(rows))
    lines = (json.dumps({"id": row, "completion": answer, "solution": "7"}) for row, answer in enumerate(answers))
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")


def score(folder: Path, output: str, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "vlm_rewards",
        "score",
        "rewards.yaml",
        "rows.jsonl",
        "--output",
        output,
        "--rows",
        "0",
    ]
    return subprocess.Popen(
        [*command, *options], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def done(process: subprocess.Popen[str], code: int = 0) -> str:
    told, _ = process.communicate(timeout=200)
    assert process.returncode == code, told
    return told


RAY = ("--engine", "ray", "--workers", "2")


def test_the_output_is_that_of_one_process_whoever_is_killed_and_a_deadly_row_costs_itself(tmp_path: Path) -> None:
    config = "version: 1\nrewards:\n  it: {use: ./deadly.py:deadly, isolation: inline}\n"
    write(tmp_path, 5000, config=config)
    done(score(tmp_path, "one.jsonl"))
    write(tmp_path, 5000, config=config, dying=(3000,))
    told = done(score(tmp_path, "ray.jsonl", *RAY))
    one, ray = ((tmp_path / name).read_bytes().splitlines() for name in ("one.jsonl", "ray.jsonl"))
    assert [at for at, (left, right) in enumerate(zip(one, ray, strict=True)) if left != right] == [3000]
    assert json.loads(ray[3000]) == {
        "row": 3000,
        "total": None,
        "terms": {},
        "skipped": "rows.jsonl:3001: the process that scored it ended",
    }
    assert "1 without a total" in told


def test_a_row_or_a_group_is_the_least_part_of_a_chunk() -> None:
    chunk = Chunk(0, 10, list("abcde"), [{"row": at} for at in range(5)], list("xxyyz"))
    parts = list(_parts(chunk))
    assert [(part.start, part.places, part.groups) for part in parts] == [
        (10, ["a", "b"], ["x", "x"]),
        (12, ["c", "d"], ["y", "y"]),
        (14, ["e"], ["z"]),
    ]
    chunk.groups = None
    assert [(part.start, part.held) for part in _parts(chunk)] == [(10 + at, [{"row": at}]) for at in range(5)]


@pytest.mark.slow
class TestSlowly:
    def test_lines_and_parquet_are_those_of_one_process_and_resume_goes_on(self, tmp_path: Path) -> None:
        write(tmp_path, 7000)
        for name in ("lines.jsonl", "parts"):
            done(score(tmp_path, f"one_{name}"))
            done(score(tmp_path, f"ray_{name}", *RAY))
        lines = (tmp_path / "one_lines.jsonl").read_bytes()
        assert (tmp_path / "ray_lines.jsonl").read_bytes() == lines
        parts = sorted((tmp_path / "one_parts").iterdir())
        assert [path.name for path in parts] == sorted(path.name for path in (tmp_path / "ray_parts").iterdir())
        assert all(path.read_bytes() == (tmp_path / "ray_parts" / path.name).read_bytes() for path in parts)
        (tmp_path / "cut.jsonl").write_bytes(lines[: len(lines) // 2])
        done(score(tmp_path, "cut.jsonl", *RAY, "--resume"))
        assert (tmp_path / "cut.jsonl").read_bytes() == lines

    def test_a_process_that_others_kill_loses_and_doubles_nothing(self, tmp_path: Path) -> None:
        slow = DEADLY.replace("return 0.5", "time.sleep(0.001); return 0.5")
        write(tmp_path, 8000, config="version: 1\nrewards:\n  it: {use: ./deadly.py:deadly, isolation: inline}\n")
        done(score(tmp_path, "one.jsonl"))
        (tmp_path / "deadly.py").write_text(slow)
        process = score(tmp_path, "ray.jsonl", *RAY)
        killed = kill_a_scoring_process_of(process.pid)
        done(process)
        assert killed
        assert (tmp_path / "ray.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()

    def test_a_file_whose_every_row_kills_ends_with_the_reason(self, tmp_path: Path) -> None:
        config = "version: 1\nrewards:\n  it: {use: ./deadly.py:deadly, isolation: inline}\n"
        write(tmp_path, 40, config=config, dying=tuple(range(40)))
        assert "over 20 rows ended their processes" in done(score(tmp_path, "ray.jsonl", *RAY), 1)


def is_below(ancestor: int, process: int) -> bool:
    """Whether a process was started by another one, or by one that it started."""
    while process > 1 and process != ancestor:
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return process == ancestor


def kill_a_scoring_process_of(session: int) -> bool:
    """Kill -9 one process of Ray that scores for another process, as soon as there is one."""
    for _ in range(600):
        for folder in Path("/proc").iterdir():
            try:
                scores = folder.name.isdigit() and b"ray::_scored" in (folder / "cmdline").read_bytes()
                if scores and is_below(session, int(folder.name)):
                    os.kill(int(folder.name), signal.SIGKILL)
                    return True
            except OSError:
                continue
        time.sleep(0.05)
    return False


def test_a_cluster_that_is_not_there_and_a_missing_extra_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 3)
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as held:
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{held.getsockname()[1]}")
    asked = ["score", "rewards.yaml", "rows.jsonl", "--engine", "ray"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 1
    assert "is not there" in result.output
    monkeypatch.setitem(sys.modules, "ray", None)
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 1
    assert "the extra `ray`" in result.output
