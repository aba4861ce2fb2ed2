"""The tables of `docs/benchmarks.md`, ours and peers in turn on the same rows: `python -m tests.benchmarks.page`.

python -m tests.benchmarks.page [SECTION ...] [--data FOLDER] [--write]

`--data` is a folder with `math/dev*.jsonl` and `grounding/box_cases*.jsonl`, for what cannot be measured without; peers
that are not installed are named. A ratio is the median over parts of the rows (or rounds), with the least and the
greatest in brackets; times are of the processor, but for workers. `--write` puts the tables into the page.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import vlm_rewards as vr
from tests.benchmarks import engine, frameworks, grounding, math, math_peers, workers
from tests.benchmarks.box_peers import visual_rft, vlm_r1
from vlm_rewards_grounding import box_iou, detection_f1
from vlm_rewards_grounding.metrics.average_precision import Item, coco_ap

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
OPENING, CLOSING = "<!-- {}: made by the command above -->\n", "\n<!-- end -->"
PARTS, ROUNDS = 5, 9
FEW = 256  # completions for frameworks, which take longer
PAIRS = 600  # for peers that are slow
Row = tuple[str, ...]


def number(value: float) -> str:
    """Three digits, and no exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """How many times our time theirs is: the median, and the least and the greatest."""
    if ours is theirs:
        return "1"
    found = sorted(their / our for our, their in zip(ours, theirs, strict=True))
    middle, low, high = map(number, (statistics.median(found), found[0], found[-1]))
    return f"{middle} ({low} to {high})"


def table(*rows: Row) -> str:
    """A table of Markdown; the first row is its heading."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def maths(data: Path | None) -> Iterator[str]:
    """`math/answer` beside the graders of the field."""
    if data is None:
        return
    pairs = [json.loads(line) for file in sorted((data / "math").glob("dev*.jsonl")) for line in file.open()]
    some = math.spread(pairs, PAIRS)
    rows: list[Row] = [("grader", "right", "right answers refused", "wrong ones accepted", "its time / ours")]

    def judged(name: str, grader: Callable[[dict[str, Any]], math.Verdict]) -> list[float]:
        grader(math.FIRST)
        verdicts = [grader(pair) for pair in some]
        shares = [
            statistics.mean(found)
            for found in (
                [bool(one.right) == one.pair["label"] for one in verdicts],
                [not one.right for one in verdicts if one.pair["label"]],
                [bool(one.right) for one in verdicts if not one.pair["label"]],
            )
        ]
        times = [sum(one.seconds for one in verdicts[part::PARTS]) for part in range(PARTS)]
        rows.append((name, *(f"{100 * share:.1f} %" for share in shares), ratio(base or times, times)))
        return times

    base: list[float] = []
    base = judged("`math/answer`", math.ours)
    for name, module, make in (
        ("Math-Verify", "math_verify", math_peers.math_verify),
        ("mathruler", "mathruler", math_peers.mathruler),
        ("TRL's `accuracy_reward`", "trl", math_peers.trl_accuracy),
    ):
        if find_spec(module):
            judged(name, math.peer(make()))
        else:
            rows.append((name, "not installed", "", "", ""))
    yield f"{len(some)} of {len(pairs)} labelled answers, evenly spaced:"
    yield table(*rows)


def boxes(data: Path | None) -> Iterator[str]:
    """One box, and several, beside the formulas of VLM-R1 and Visual-RFT."""
    draw, context = random.Random(1), vr.Context()
    rows: list[Row] = [("answers", "peer", "same score", "its time / ours")]
    gold = [grounding.some_box(draw) for _ in range(grounding.BATCH)]
    texts = [grounding.completion([grounding.moved(box, draw)], draw) for box in gold]
    many = [[grounding.some_box(draw) for _ in range(3)] for _ in range(grounding.BATCH)]
    several = [listed([grounding.moved(box, draw) for box in found]) for found in many]
    one: Any = lambda text, box: box_iou(vr.Completion(text), list(box), context).score  # noqa: E731
    all_of: Any = lambda text, found: detection_f1(vr.Completion(text), found, context, graded=True).score  # noqa: E731
    for name, peer, ours, theirs, asked in (
        (
            "one box in `<answer>`, `grounding/box_iou`",
            "VLM-R1's IoU",
            one,
            vlm_r1,
            list(zip(texts, gold, strict=True)),
        ),
        (
            "three boxes for three, `grounding/detection_f1`",
            "Visual-RFT's",
            all_of,
            visual_rft,
            list(zip(several, many, strict=True)),
        ),
    ):
        mine, other = timed(ours, asked), timed(theirs, asked)
        alike = sum(abs(ours(*item) - theirs(*item)) < 0.02 for item in asked)
        rows.append((name, peer, f"{alike} of {len(asked)}", ratio(mine, other)))
    yield table(*rows)
    if data is not None:
        cases = [
            json.loads(line) for file in sorted((data / "grounding").glob("box_cases*.jsonl")) for line in file.open()
        ]
        cases = [
            case for case in cases if case["kind"] == "box" and len(case["expected"]) == 1 and case["status"] == "ok"
        ]
        read = sum(grounding.box_case(case) for case in cases)
        by_formula = sum(vlm_r1(f"<answer>{case['text']}</answer>", case["expected"][0]["xy"]) > 0.9 for case in cases)
        yield (
            f"Of {len(cases)} answers with one box in the forms of model families, {read} are read as meant,\n"
            f"and {by_formula} by VLM-R1's formula, which knows one form and pixels alone."
        )


def listed(found: Sequence[Sequence[float]]) -> str:
    """Boxes as Visual-RFT asks for them, the surest first."""
    items = [
        {"Position": [int(side) for side in box], "Confidence": 0.9 - place / 10} for place, box in enumerate(found)
    ]
    return f"<think>I look at the picture.</think><answer>{items}</answer>"


def timed(call: Callable[..., object], asked: Sequence[tuple[Any, ...]]) -> list[float]:
    """Seconds of the processor for each part of the rows, the least of three."""
    return [
        grounding.fastest(lambda part=part: [call(*item) for item in asked[part::PARTS]], 3)  # type: ignore[misc]
        for part in range(PARTS)
    ]


def average_precision(_: Path | None) -> Iterator[str]:
    """COCO's AP of one image, beside the libraries that compute it."""
    draw = random.Random(2)
    gold = [[grounding.some_box(draw) for _ in range(5)] for _ in range(160)]
    asked = [
        ([Item(grounding.moved(box, draw), "cat", draw.random()) for box in found], [Item(box, "cat") for box in found])
        for found in gold
    ]
    base = timed(coco_ap, asked)
    rows: list[Row] = [("peer", "same value", "its time / ours")]
    for name, module in (("pycocotools", "pycocotools"), ("faster-coco-eval", "faster_coco_eval")):
        if find_spec(module) is None:
            rows.append((name, "not installed", ""))
            continue
        evaluate = grounding.cocoeval(module)
        alike = sum(abs(evaluate(*item) - (coco_ap(*item) or (0.0,))[0]) < 1e-9 for item in asked)
        rows.append((name, f"{alike} of {len(asked)}", ratio(base, timed(evaluate, asked))))
    yield table(*rows)


def processes(_: Path | None) -> Iterator[str]:
    """Workers beside pebble's pool and a bare loop."""
    rows: list[Row] = [("calls", "peer", "its time / ours", "lost, ours and theirs", "bad ones")]
    for case, (mine, theirs) in workers.measured(5):
        items, bad = workers.CASES[case][0], workers.CASES[case][2]
        took = [[seconds for seconds, _ in side.rounds] for side in (mine, theirs)]
        least = min(map(len, took))
        lost = " and ".join(str(max((count for _, count in side.rounds), default="all")) for side in (mine, theirs))
        lost += f"; {theirs.broken} of 5 rounds broke down" if theirs.broken else ""
        peer = "a bare loop" if case == "waiting" else "pebble"
        spread = ratio(took[0][:least], took[1][:least]) if least else "broke down"
        rows.append((f"{items} {case}", peer, spread, lost, str(bad)))
    yield table(*rows)


def framework(_: Path | None) -> Iterator[str]:
    """The engine beside bare functions, and beside what other frameworks spend on the same functions."""
    rows: list[Row] = [("how", "microseconds per completion and reward", "its time / ours")]
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = engine.calls(Path(folder))
        ways: dict[str, tuple[int, Callable[[], object]]] = {
            "`Scorer.score`": (engine.COMPLETIONS, ours),
            "the functions alone": (engine.COMPLETIONS, bare),
        }
        for name, package, make in (
            ("verifiers, `Task.score`", "verifiers", frameworks.verifiers),
            ("inspect_ai, `score`", "inspect_ai", frameworks.inspect_ai),
        ):
            if find_spec(package):
                texts = [f"answer number {index}." for index in range(FEW)]
                ways[name] = FEW, make(texts, [f"answer number {index % 8}." for index in range(FEW)], Path(folder))
            else:
                rows.append((name, "not installed", ""))
        took: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS + 1):
            for name, (count, call) in ways.items():
                start = time.process_time()
                call()
                seconds = (time.process_time() - start) / count / 3
                took[name] += [seconds] if turn else []  # the first one warms up
    base = took["`Scorer.score`"]
    measured = [(name, number(statistics.median(times) * 1e6), ratio(base, times)) for name, times in took.items()]
    yield table(rows[0], *measured, *rows[1:])


def machine(_: Path | None) -> Iterator[str]:
    """Where and when."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield f"Measured on {time.strftime('%Y-%m-%d')} with {os.cpu_count()} cores and {memory:.0f} GiB of memory."


SECTIONS: dict[str, Callable[[Path | None], Iterator[str]]] = {
    "machine": machine,
    "maths": maths,
    "boxes": boxes,
    "average precision": average_precision,
    "workers": processes,
    "engine": framework,
}


def write(name: str, told: str) -> None:
    """Put the figures of a section into its place in the page."""
    head, opening, rest = PAGE.read_text(encoding="utf-8").partition(OPENING.format(name))
    _, closing, tail = rest.partition(CLOSING)
    if not closing:
        raise ValueError(f"{PAGE.name} has no place for {name!r}")
    PAGE.write_text(f"{head}{opening}\n{told}\n{closing}{tail}", encoding="utf-8")


def main() -> None:
    """Print the tables, and write them where that is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    for name in options.sections or SECTIONS:
        told = "\n\n".join(SECTIONS[name](options.data)) or "0 rows: this needs `--data`."
        print(f"\n{name}\n\n{told}", flush=True)
        if options.write:
            write(name, told)


if __name__ == "__main__":
    main()
