"""Scoring as a stream: chunks change no score, a stopped run goes on, and each bad row costs itself alone."""

from __future__ import annotations

import json
import multiprocessing
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards.data.chunks import chunks
from vlm_rewards.data.scored import Job
from vlm_rewards.data.source import open_source
from vlm_rewards.data.stream import stream
from vlm_rewards.data.tally import Ids, Tally
from vlm_rewards.data.written import is_parts, open_output, read_output
from vlm_rewards.errors import ColumnError, ScoringError

CONFIG = "version: 1\nrewards:\n  form: {use: format/boxed}\n  answer: {use: vqa/exact, weight: 2}\n"
GROUPED = "version: 1\nrewards:\n  answer: {use: vqa/exact, normalize: group}\n"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    lines = [{"id": n, "completion": f"\\boxed{{{n % 3}}}", "solution": str(n % 2)} for n in range(50)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vlm_rewards.data.chunks.ROWS", 7)


def score(
    rows: Path, output: Path | None, *, config: str = CONFIG, resume: bool = False, workers: int = 1, **reading: Any
) -> Tally:
    path = rows.with_name("rewards.yaml")
    path.write_text(config)
    source = open_source(rows)
    job = Job(path, source.label, source.base, as_parts=None if output is None else is_parts(output), **reading)
    tally = Tally()
    with ExitStack() as stack:
        opened = None if output is None else open_output(output, resume=resume)
        if opened is not None:
            stack.callback(opened.close)
        for done in stream(job, source, opened, workers=workers):
            tally.add(done.tally)
    return tally


def totals(output: Path) -> list[float | None]:
    return [row["total"] for row in read_output(output)]


class TestChunks:
    @pytest.mark.parametrize("name", ["scored.jsonl", "scored"])
    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.usefixtures("small_chunks")
    def test_they_change_no_row(self, rows: Path, tmp_path: Path, name: str, workers: int) -> None:
        tally = score(rows, tmp_path / name, workers=workers)
        read = list(read_output(tmp_path / name))
        assert [row["row"] for row in read] == list(range(50))
        assert [row["total"] for row in read] == [1 + 2 * (n % 3 == n % 2) for n in range(50)]
        assert (tally.rows, tally.totals, tally.terms["form"].statuses) == (50, 50, {"scored": 50})
        assert tally.sum == sum(row["total"] for row in read)

    @pytest.mark.usefixtures("small_chunks")
    def test_a_column_that_a_later_chunk_lacks_is_a_gap(self, rows: Path, tmp_path: Path) -> None:
        with rows.open("a") as file:
            file.write('{"completion": "\\\\boxed{1}"}\n' * 20)
        score(rows, tmp_path / "scored.jsonl")
        read = list(read_output(tmp_path / "scored.jsonl"))
        assert [row["terms"]["answer"]["status"] for row in read[-20:]] == ["bad_reference"] * 20

    def test_the_last_group_makes_a_chunk_longer(self, rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("vlm_rewards.data.chunks.ROWS", 7)
        cut = chunks(open_source(rows), {}, grouped=True, group_size=4)
        assert [(chunk.start, len(chunk.held)) for chunk in cut][:3] == [(0, 8), (8, 8), (16, 8)]

    def test_rows_with_large_pictures_are_fewer(self, rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("vlm_rewards.data.chunks.BYTES", 100)
        array = [{"completion": "7", "images": [{"bytes": "x" * 40, "path": None}]}] * 7
        rows.with_suffix(".json").write_text(json.dumps(array))
        cut = chunks(open_source(rows.with_suffix(".json")), {}, grouped=False, group_size=None)
        assert [len(chunk.held) for chunk in cut] == [3, 3, 1]


class TestGroups:
    def lines(self, path: Path, groups: str) -> None:
        rows = [{"completion": f"\\boxed{{{n % 2}}}", "solution": "1", "group_id": g} for n, g in enumerate(groups)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    @pytest.mark.usefixtures("small_chunks")
    def test_no_chunk_splits_one(self, rows: Path, tmp_path: Path) -> None:
        self.lines(rows, "aaaaabbbbbbbbbbccdd")
        score(rows, tmp_path / "scored.jsonl", config=GROUPED)
        whole = totals(tmp_path / "scored.jsonl")
        assert whole[5:15] == [1, -1] * 5
        assert whole[:5] == pytest.approx([-0.816, 1.225, -0.816, 1.225, -0.816], abs=1e-3)

    @pytest.mark.usefixtures("small_chunks")
    def test_one_whose_rows_do_not_follow_one_another_is_an_error(self, rows: Path) -> None:
        self.lines(rows, "aabbccddeeffgga")
        with pytest.raises(ColumnError, match=r"rows.jsonl:15: the rows of group 'a' do not follow one another"):
            score(rows, None, config=GROUPED)
        assert score(rows, None).rows == 15

    @pytest.mark.usefixtures("small_chunks")
    def test_a_size_tells_them_and_a_bad_line_moves_none(self, rows: Path, tmp_path: Path) -> None:
        self.lines(rows, "x" * 16)
        lines = rows.read_text().splitlines(keepends=True)
        rows.write_text("".join([*lines[:3], "{\n", *lines[4:]]))
        score(rows, tmp_path / "scored.jsonl", config=GROUPED, group_size=4)
        read = totals(tmp_path / "scored.jsonl")
        assert read[:4] == pytest.approx([-0.707, 1.414, -0.707, None], abs=1e-3)
        assert read[4:] == [-1, 1] * 6

    def test_a_size_that_mixes_questions_is_an_error(self, rows: Path) -> None:
        with pytest.raises(ColumnError, match=r"--group-size 4 puts answers .* whose 'solution' differs: '0' and '1'"):
            score(rows, None, config=GROUPED, group_size=4)
        assert score(rows, None, config=GROUPED, group_size=1).rows == 50

    def test_a_reference_that_is_not_equal_to_itself_is_one_all_the_same(self, rows: Path) -> None:
        rows.write_text('{"completion": "1", "solution": NaN}\n' * 4)
        assert score(rows, None, config=GROUPED, group_size=4).rows == 4

    def test_nothing_that_tells_them_is_an_error(self, rows: Path) -> None:
        with pytest.raises(ColumnError, match="no column 'group_id' says which these are"):
            score(rows, None, config=GROUPED)


class TestBadRows:
    def test_each_costs_itself_alone_and_is_named(self, rows: Path, tmp_path: Path) -> None:
        rows.write_text('{"completion": "\\\\boxed{1}", "solution": "1"}\n[1]\n\n{"solution": "1"}\n{"completion": 7}')
        tally = score(rows, tmp_path / "scored.jsonl")
        good, line, missing, number = read_output(tmp_path / "scored.jsonl")
        assert good["total"] == 3
        assert line["skipped"].startswith(f"{rows}:2: [1] is not a JSON object")
        assert missing["skipped"].startswith(f"{rows}:4: no column 'completion'; its columns are solution.")
        assert number["terms"]["form"]["status"] == "unparseable"
        assert [row["row"] for row in (good, line, missing, number)] == [0, 1, 2, 3]
        assert tally.faults["", "skipped", line["skipped"]].rows == [1]

    def test_faults_are_counted_by_term_and_reason(self) -> None:
        bad = {"score": None, "status": "failed", "reason": "raised"}
        rows = [{"row": n, "total": None, "terms": {"t": bad}, "values": {"t": None}} for n in range(9)]
        whole = Tally.of(rows[:4])
        whole.add(Tally.of(rows[4:]))
        ((key, fault),) = whole.faults.items()
        assert (key, fault.count, fault.rows) == (("t", "failed", "raised"), 9, [0, 1, 2, 3, 4])

    def test_reasons_without_end_are_counted_together(self) -> None:
        rows: list[dict[str, Any]] = [
            {"row": n, "total": None, "terms": {"t": {"score": None, "status": "failed", "reason": str(n)}}}
            | {"values": {"t": None}}
            for n in range(5000)
        ]
        tally = Tally.of(rows)
        assert len(tally.faults) < 300
        assert sum(fault.count for fault in tally.faults.values()) == 5000

    def test_a_reward_that_stops_the_run_says_where(self, rows: Path, small_chunks: None, tmp_path: Path) -> None:
        del small_chunks
        stop = "version: 1\nrewards:\n  t: {use: 'trl:math.sqrt', range: [0, 1]}\nallow_imports: true\non_error: fail\n"
        with pytest.raises(ScoringError, match=r"rows.jsonl:1 or behind it: Scoring stops"):
            score(rows, tmp_path / "scored.jsonl", config=stop)


class TestGoingOn:
    @pytest.mark.usefixtures("small_chunks")
    @pytest.mark.parametrize("config", [CONFIG, GROUPED])
    def test_a_file_cut_anywhere_becomes_what_one_run_writes(self, rows: Path, tmp_path: Path, config: str) -> None:
        size = 2 if config is GROUPED else None
        lines = [{"completion": f"\\boxed{{{n % 3}}}", "solution": str(n // 2 % 2)} for n in range(50)]
        rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
        output = tmp_path / "scored.jsonl"
        whole_tally = score(rows, output, config=config, group_size=size)
        whole = output.read_bytes()
        places = random.Random(0)
        for cut in (0, 1, len(whole) - 1, len(whole), *(places.randrange(len(whole)) for _ in range(20))):
            output.write_bytes(whole[:cut])
            assert score(rows, output, config=config, resume=True, group_size=size) == whole_tally
            assert output.read_bytes() == whole

    @pytest.mark.usefixtures("small_chunks")
    @pytest.mark.parametrize("lost", [(0,), (3,), (6, 7), range(8)])
    def test_parts_that_are_lost_are_scored_again(self, rows: Path, tmp_path: Path, lost: tuple[int, ...]) -> None:
        output = tmp_path / "scored"
        whole_tally = score(rows, output)
        whole = list(read_output(output))
        for number in lost:
            (output / f"part-{number:05d}.parquet").unlink()
        assert score(rows, output, resume=True) == whole_tally
        assert list(read_output(output)) == whole

    @pytest.mark.usefixtures("small_chunks")
    @pytest.mark.parametrize("name", ["scored.jsonl", "scored"])
    def test_what_another_source_or_rewards_file_left_is_not_mixed_in(
        self, rows: Path, tmp_path: Path, name: str
    ) -> None:
        output = tmp_path / name
        score(rows, output)
        for other in (CONFIG.replace("answer:", "other:"), CONFIG.replace("weight: 2", "weight: 3")):
            with pytest.raises(ColumnError, match="rows of another source or rewards file, as row 6 shows"):
                score(rows, output, config=other, resume=True)
        lines = rows.read_text().splitlines(keepends=True)
        rows.write_text("".join(lines[1:]))
        with pytest.raises(ColumnError, match="rows of another source or rewards file, as row 6 shows"):
            score(rows, output, resume=True)

    def test_a_folder_with_parts_is_not_overwritten(self, rows: Path, tmp_path: Path) -> None:
        score(rows, tmp_path / "scored")
        with pytest.raises(ColumnError, match="go on with --resume, or name another folder"):
            score(rows, tmp_path / "scored")

    @pytest.mark.parametrize("options", [(), ("--workers", "2")])
    def test_a_run_that_is_killed_again_and_again_loses_nothing(self, tmp_path: Path, options: tuple[str, ...]) -> None:
        rows, output, whole = tmp_path / "rows.jsonl", tmp_path / "scored.jsonl", tmp_path / "whole.jsonl"
        (tmp_path / "rewards.yaml").write_text(CONFIG)
        with rows.open("w") as file:
            for number in range(16_000):
                file.write(json.dumps({"completion": f"So \\boxed{{{number}}}", "solution": str(number)}) + "\n")
        score(rows, whole)
        command = [sys.executable, "-m", "vlm_rewards", "score", str(tmp_path / "rewards.yaml"), str(rows)]
        command += ["--output", str(output), "--resume", *options]
        moments, size = random.Random(1), whole.stat().st_size
        for _ in range(3):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            enough = output.stat().st_size if output.exists() else 0
            enough += moments.randrange(1, size // 8)
            while process.poll() is None and (not output.exists() or output.stat().st_size < enough):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        assert output.read_bytes() == whole.read_bytes()

    def test_a_process_that_ends_is_told_with_its_rows(self, rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("vlm_rewards.data.chunks.ROWS", 1)  # more than may be ahead of the first
        path = rows.with_name("rewards.yaml")
        path.write_text(CONFIG)
        done = stream(Job(path, "rows.jsonl"), open_source(rows), workers=2)
        assert next(done).number == 0
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        with pytest.raises(ScoringError, match=r"A process ended while it scored the rows \d+ to \d+"):
            list(done)


def test_ids_that_come_twice_are_told() -> None:
    ids = Ids()
    ids.add(0, [])
    ids.add(3, ["a", None, "b"])
    ids.add(6, [None, "a"])
    ids.add(8, [7, "c", 7])
    assert ids.repeated() == [3, 7, 8, 10]
    assert Ids().repeated() == []
