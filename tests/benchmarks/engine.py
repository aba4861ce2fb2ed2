"""What the engine costs: a Scorer against bare functions.

python -m tests.benchmarks.engine

Everything is measured in turn, in one process; quote the ratios, not the times.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import process_time

from vlm_rewards import Batch, Completion, Registry, load_scorer
from vlm_rewards.scoring.output_validator import OutputValidator
from vlm_rewards.types.results import Outcomes

COMPLETIONS = 4096
PACK = """\
import vlm_rewards as vr

@vr.reward(range=(0.0, 1.0))
def short(completion: vr.Completion) -> float:
    "A short answer."
    return 1.0 if len(completion.text) < 100 else 0.0

@vr.reward(range=(0.0, 1.0))
def same(completion: vr.Completion, solution: str) -> float:
    "The reference, to the letter."
    return 1.0 if completion.text == solution else 0.0

@vr.reward(range=(0.0, 1.0))
def ends(completion: vr.Completion) -> float:
    "Ends with a full stop."
    return 1.0 if completion.text.endswith(".") else 0.0

@vr.hookimpl
def vlm_rewards_register():
    return [short, same, ends]
"""


def median(call: Callable[[], object], rounds: int = 15) -> float:
    """Median seconds of a call on the processor: what else runs does not count."""
    times = []
    for _ in range(rounds):
        start = process_time()
        call()
        times.append(process_time() - start)
    return statistics.median(times)


def calls(folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """A batch under three trivial terms, by a Scorer and by the three functions alone."""
    (folder / "bench_pack.py").write_text(PACK)
    info = folder / "bench-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bench\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vlm_rewards]\nbench = bench_pack\n")
    sys.path.insert(0, str(folder))
    terms = {name: {"use": f"bench/{name}", "isolation": "inline"} for name in ("short", "same", "ends")}
    scorer = load_scorer({"version": 1, "rewards": terms}, registry=Registry())
    bench_pack = import_module("bench_pack")

    texts = [f"answer number {index}." for index in range(COMPLETIONS)]
    solutions = [f"answer number {index % 8}." for index in range(COMPLETIONS)]

    def ours() -> object:
        answers = [Completion(text) for text in texts]
        return scorer.score(Batch(answers, {"solution": solutions}))

    def bare() -> list[float]:
        answers = [Completion(text) for text in texts]
        one = [bench_pack.short(answer) for answer in answers]
        two = [bench_pack.same(answer, gold) for answer, gold in zip(answers, solutions, strict=True)]
        three = [bench_pack.ends(answer) for answer in answers]
        return [sum(scores) for scores in zip(one, two, three, strict=True)]

    return ours, bare


def overhead(folder: Path) -> None:
    """Three trivial terms against calling the three functions bare."""
    ours, bare = calls(folder)
    validator = OutputValidator("bench", 0.0, 1.0)
    outputs, rows = [1.0] * COMPLETIONS, range(COMPLETIONS)
    mine, theirs = median(ours), median(bare)
    checks = 3 * median(lambda: validator.collect(Outcomes.empty(COMPLETIONS), rows, outputs))
    per = (mine - theirs) / COMPLETIONS / 3 * 1e6
    print(f"{COMPLETIONS} completions, 3 terms: {mine * 1e3:.1f} ms, bare {theirs * 1e3:.1f} ms")
    print(f"ratio {mine / theirs:.2f}; {per:.2f} us per completion and term; validation {checks / mine:.0%} of it")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        overhead(Path(folder))


if __name__ == "__main__":
    main()
