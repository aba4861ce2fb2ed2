"""What `score` costs beside a plain loop over the same functions that reads and writes the same files.

python -m tests.benchmarks.score [--rows 1000000] [--workers 2]

All run in turn, each in a process of its own, so that the peak of memory is its own too; the loop, and `score` under a
second rewards file on what it wrote under the first, over 100,000 rows at most. Quote the ratios; where other programs
are busy, those of the processor's time. A million rows take four minutes on a quiet machine.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

from vlm_rewards import Completion, Context, RewardOutput
from vlm_rewards.data.scored import Job
from vlm_rewards.data.source import open_source
from vlm_rewards.data.stream import stream
from vlm_rewards.data.tally import Ids
from vlm_rewards.data.written import open_output
from vlm_rewards_format import think_answer
from vlm_rewards_vqa import exact

CONFIG = "version: 1\nrewards:\n  form: {use: format/think_answer, weight: 0.2}\n  answer: {use: vqa/exact}\n"
FEW, SOME = 10_000, 100_000
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


class Cost(NamedTuple):
    """What one way cost: microseconds a row of the wall and of processors, its own and its workers'; its peak in MB."""

    wall: float
    own: float
    others: float
    peak: float


def measured(rows: int, *arguments: object) -> Cost:
    """What one way with the arguments of `one` costs in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.score", "--one", *map(str, arguments)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    wall, own, others, peak = map(float, told.split())
    return Cost(1e6 * wall / rows, 1e6 * own / rows, 1e6 * others / rows, peak)


def one(way: str, source: Path, target: Path, workers: int, config: Path) -> None:
    """Run one way and print what it cost."""
    start, busy = perf_counter(), process_time()
    if way == "plain":
        plain(source, target)
    else:
        ours(source, target, workers, config)
    wall, own = perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    print(wall, process_time() - busy, sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]), own.ru_maxrss / 1024)


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
        home, rows, some = Path(folder), asked.rows, min(asked.rows, SOME)
        first, second = home / "first.yaml", home / "second.yaml"
        first.write_text(CONFIG)
        second.write_text(SECOND)
        few, part, many, scored = (home / f"{name}.jsonl" for name in ("few", "part", "many", "scored"))
        for path, count in ((few, FEW), (part, some), (many, rows)):
            with path.open("w") as file:
                file.writelines(lines(count))
        told = {"plain loop": measured(some, "plain", part, scored, 1, first)}
        told["10,000 rows"] = measured(FEW, "ours", few, scored, 1, first)
        told["score"] = measured(rows, "ours", many, scored, 1, first)
        told[f"{asked.workers} workers"] = measured(rows, "ours", many, scored, asked.workers, first)
        with scored.open() as file, part.open("w") as out:
            out.writelines(itertools.islice(file, some))
        told["replay"] = measured(some, "ours", part, home / "again.jsonl", 1, second)
    print(f"{rows} rows; microseconds a row: wall, processor, that of workers; peak MB")
    for name, cost in told.items():
        print(f"{name:14} {cost.wall:8.1f} {cost.own:8.1f} {cost.others:8.1f} {cost.peak:8.0f}")
    loop, small, single, several, _ = told.values()
    print(f"speed beside the loop {loop.wall / single.wall:.2f}, by the processor's time {loop.own / single.own:.2f}")
    most = single.own / max(several.own, (several.own + several.others) / asked.workers)
    print(f"{asked.workers} workers {single.wall / several.wall:.2f}, of {most:.2f} on as many cores that are free")
    print(f"peak over that of 10,000 rows {(single.peak - small.peak) * 2**20 / rows:.0f} bytes a row")


if __name__ == "__main__":
    main()
