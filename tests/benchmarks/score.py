"""What `score` costs beside a plain loop over the same functions that reads and writes the same files.

python -m tests.benchmarks.score [--rows 1000000] [--workers 2]

Both run in turn, each in a process of its own, so that the peak of memory is its own too. Quote the ratios.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

from vlm_rewards import Completion, Context, RewardOutput
from vlm_rewards.data.ids import Ids
from vlm_rewards.data.scored import Job
from vlm_rewards.data.source import open_source
from vlm_rewards.data.stream import stream
from vlm_rewards.data.written import open_output
from vlm_rewards_format import think_answer
from vlm_rewards_vqa import exact

CONFIG = "version: 1\nrewards:\n  form: {use: format/think_answer, weight: 0.2}\n  answer: {use: vqa/exact}\n"
SECOND = CONFIG.replace("0.2", "0.5").replace("vqa/exact", "vqa/token_f1")


def lines(rows: int) -> Iterator[str]:
    """Answers as a model writes them, a third of them wrong."""
    for number in range(rows):
        one = number * 7919 % 100
        answer = one + number + (number % 3 == 0)
        text = f"<think>We add the numbers {one} and {number}, and carry.</think><answer>\\boxed{{{answer}}}</answer>"
        row = {"id": f"q{number}", "prompt": f"{one} + {number}?", "completion": text, "solution": str(one + number)}
        yield json.dumps(row) + "\n"


def plain(source: Path, target: Path) -> None:
    """The loop that somebody would write."""
    context = Context()
    with source.open() as file, target.open("w") as out:
        for number, line in enumerate(file):
            row = json.loads(line)
            completion = Completion(row["completion"])
            outputs = {"form": think_answer(completion, context), "answer": exact(completion, row["solution"])}
            terms = {name: _outcome(output) for name, output in outputs.items()}
            values = {name: term["score"] or 0.0 for name, term in terms.items()}
            total = 0.2 * values["form"] + values["answer"]
            scored = {"row": number, "id": row["id"], "total": total, "terms": terms, "values": values}
            facts = {name: row[name] for name in ("completion", "prompt", "solution")}
            out.write(json.dumps(scored | facts) + "\n")


def _outcome(output: float | RewardOutput | None) -> dict[str, float | None]:
    read = output if isinstance(output, RewardOutput) else RewardOutput(score=output)
    return {name: value for name, value in read.model_dump().items() if value or name == "score"}


def ours(source: Path, target: Path, workers: int, config: Path) -> None:
    """The same with `score`."""
    opened, ids, rows = open_source(source), Ids(), 0
    output = open_output(target, resume=False)
    for done in stream(Job(config, opened.label, as_parts=False, shown=20), opened, output, workers=workers):
        ids.add(rows, done.ids)
        rows += done.tally.rows
    output.close()
    assert ids.repeated() == []


def measured(*arguments: str) -> tuple[float, float, float]:
    """Seconds of the wall and of the processor, and the peak of memory in MB, of one way in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.score", *arguments]
    wall, cpu, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(wall), float(cpu), float(peak)


def one(way: str, source: Path, target: Path, workers: int, config: Path) -> None:
    """Run one way and print what it cost."""
    start, busy = perf_counter(), process_time()
    if way == "plain":
        plain(source, target)
    else:
        ours(source, target, workers, config)
    wall, own = perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    workers_time = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    print(wall, process_time() - busy + workers_time, own.ru_maxrss / 1024)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--one", nargs=5)
    asked = parser.parse_args()
    if asked.one:
        way, source, target, workers, config = asked.one
        one(way, Path(source), Path(target), int(workers), Path(config))
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        first, second, target = home / "rewards.yaml", home / "second.yaml", str(home / "scored.jsonl")
        first.write_text(CONFIG)
        second.write_text(SECOND)
        few, many = home / "few.jsonl", home / "many.jsonl"
        for path, rows in ((few, 10_000), (many, asked.rows)):
            with path.open("w") as file:
                file.writelines(lines(rows))
        loop = measured("--one", "plain", str(many), target, "1", str(first))
        single = measured("--one", "ours", str(many), target, "1", str(first))
        small = measured("--one", "ours", str(few), target, "1", str(first))
        several = measured("--one", "ours", str(many), target, str(asked.workers), str(first))
        other = measured("--one", "ours", str(many), target, "1", str(second))
    print(f"{asked.rows} rows  wall s  processor s  peak MB")
    told = {"plain loop": loop, "score": single, f"{asked.workers} workers": several, "second config": other}
    for name, (wall, cpu, peak) in told.items():
        print(f"{name:14} {wall:6.1f} {cpu:12.1f} {peak:8.0f}")
    print(f"speed beside the loop {loop[1] / single[1]:.2f}; {asked.workers} workers {single[0] / several[0]:.2f}")
    print(f"peak over that of 10,000 rows {(single[2] - small[2]) * 2**20 / asked.rows:.0f} bytes a row")


if __name__ == "__main__":
    main()
