"""What `math/answer` gets right, how fast it is, and what hostile answers cost, side by side with its peers.

python -m tests.benchmarks.math --data ../shared/data/math/dev.jsonl
python -m tests.benchmarks.math --data ../shared/data/math/dev.jsonl --disagreements
python -m tests.benchmarks.math --mathvision ../shared/data/mathvision

Everything runs in one process, and no grader has seen a pair before. Times are of the processor, so that a busy machine
does not count, but for what is decided in a worker; quote the ratios, not the times.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import vlm_rewards as vr
from tests.benchmarks.math_memory import memory
from tests.benchmarks.math_peers import Grader, math_verify, trl_accuracy
from tests.benchmarks.math_vision import mathvision
from tests.packs.math.hostile import hostile
from vlm_rewards_math import answer, expression, grade, numeric

#: What every grader grades before the clock starts, so that it has imported what it needs.
FIRST = {"gold": "\\sqrt{8}", "completion": "\\boxed{2\\sqrt{2}}"}
GROUPS = {
    "real outputs": {"gsm8k_model_solutions", "mathvision_outputs", "mathvista_free", "qwen_math_cot", "rho_math500"},
    "graders' own tests": {"issues_and_small", "latex2sympy_tests", "mario_tests", "mathverify_tests"},
    "answer styles": {"curated_multimodal", "derived_restyle"},
}
SLOW = 0.050  # seconds that no hostile answer may take


@dataclass(frozen=True)
class Verdict:
    """One grader on one pair."""

    pair: dict[str, Any]
    right: bool | None
    seconds: float
    reason: str = ""


def ours(pair: dict[str, Any]) -> Verdict:
    """Our verdict: right is what scores 1."""
    start, clock = process_time(), perf_counter()
    output = grade(pair["gold"], pair["completion"])
    reason = output.details.get("layer") or output.reason or output.status.value
    seconds = perf_counter() - clock if reason == "fallback" else process_time() - start
    return Verdict(pair, output.score == 1.0, seconds, reason)


def peer(grader: Grader) -> Callable[[dict[str, Any]], Verdict]:
    """A peer's verdict on a pair; an exception is no verdict."""

    def verdict(pair: dict[str, Any]) -> Verdict:
        start = process_time()
        try:
            right = grader(pair["gold"], pair["completion"])
        except Exception:  # noqa: BLE001 - which peers raise
            right = None
        return Verdict(pair, right, process_time() - start)

    return verdict


def share(count: int, of: int) -> str:
    """A percentage."""
    return f"{100 * count / of:6.2f}" if of else "     -"


def row(name: str, verdicts: Sequence[Verdict]) -> str:
    """Accuracy, false negatives and positives (of the right and of the wrong), and pairs without a verdict."""
    right = [verdict for verdict in verdicts if verdict.pair["label"]]
    wrong = [verdict for verdict in verdicts if not verdict.pair["label"]]
    negatives = sum(not verdict.right for verdict in right)
    positives = sum(bool(verdict.right) for verdict in wrong)
    accuracy = share(len(verdicts) - negatives - positives, len(verdicts))
    none = sum(verdict.right is None for verdict in verdicts)
    return (
        f"{name:26} {len(verdicts):5} {accuracy} {share(negatives, len(right))} {share(positives, len(wrong))} {none:5}"
    )


def accuracy(name: str, verdicts: Sequence[Verdict]) -> None:
    """The table of one grader, by set and by group of sets."""
    print(f"\n{name:26} pairs   acc%   FNR%   FPR%  none")
    by_set: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_set[verdict.pair["set"]].append(verdict)
    for group, names in GROUPS.items():
        for found in sorted(names & by_set.keys()):
            print(row(f"  {found}", by_set[found]))
        print(row(group, [verdict for found in names for verdict in by_set.get(found, [])]))
    print(row("all", verdicts))


def speed(name: str, verdicts: Sequence[Verdict]) -> float:
    """Print the times of a grader on the real outputs; pairs per second."""
    times = sorted(verdict.seconds for verdict in verdicts if verdict.pair["set"] in GROUPS["real outputs"])
    if not times:
        return 0.0
    rate = len(times) / sum(times)
    p50, p99 = (
        (statistics.quantiles(times, n=100, method="inclusive")[at] * 1e3 for at in (49, 98))
        if len(times) > 1
        else (0.0, 0.0)
    )
    print(f"{name:26} {rate:8.0f} pairs/s, p50 {p50:.3f} ms, p99 {p99:.3f} ms, max {times[-1] * 1e3:.1f} ms")
    return rate


def layers(verdicts: Sequence[Verdict]) -> None:
    """What decided, on the real outputs and on all pairs."""
    print("\ndecided by                      real%    all%")
    real = [verdict for verdict in verdicts if verdict.pair["set"] in GROUPS["real outputs"]]
    counts, of_real = (Counter(verdict.reason.partition(":")[0] for verdict in some) for some in (verdicts, real))
    for reason, count in counts.most_common():
        print(f"  {reason:28} {share(of_real[reason], len(real))}  {share(count, len(verdicts))}")


def spread(pairs: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many pairs, evenly spaced over the file."""
    return [pairs[index * len(pairs) // count] for index in range(min(count, len(pairs)))] if count else list(pairs)


def show(verdicts: Iterable[Verdict]) -> None:
    """The pairs where a label says otherwise."""
    print("\ndisagreements with the labels")
    for verdict in verdicts:
        pair = verdict.pair
        if bool(verdict.right) != pair["label"]:
            said = f"label {pair['label']}, ours {verdict.right} ({verdict.reason})"
            print(f"  {pair['id']}: {said}\n    {pair['gold']!r} | ...{pair['completion'][-160:]!r}")


def growth() -> None:
    """Seconds per text of growing length: prose and formulas that end in an answer."""
    print("\nlength  ms (best of 5)")
    part = "so $x^2 + \\frac{1}{2} = 3$, and the answer is 7. Then \\boxed{8} of {them} (or 9) are left; "
    for chars in (1024, 4096, 16_384, 65_000):
        text = (part * (chars // len(part) + 1))[:chars] + " \\boxed{\\frac{3}{4}}"
        times = []
        for _ in range(5):
            start = process_time()
            grade("\\frac{6}{8}", text)
            times.append(process_time() - start)
        print(f"{chars:6}  {min(times) * 1e3:.2f}")


def attacks() -> None:
    """What each hostile answer costs in this process, in every reward of the pack."""
    reference = "\\frac{271828}{314159}"
    rewards: dict[str, Callable[[vr.Completion], object]] = {
        "answer": lambda completion: answer(completion, reference),
        "numeric": lambda completion: numeric(completion, "271.828"),
        "expression": lambda completion: expression(completion, "28", [44, 19, 35]),
    }
    for reward in rewards.values():
        reward(vr.Completion("\\boxed{\\sqrt{2}}"))
    times: dict[str, list[tuple[float, str, str]]] = defaultdict(list)
    for case in hostile():
        kind = case.name.partition(":")[0].partition(" ")[0]
        for name, reward in rewards.items():
            seconds = timed(reward, case.text)
            if seconds > SLOW:  # a busy machine is asked twice more
                seconds = min(seconds, timed(reward, case.text), timed(reward, case.text))
            times[kind].append((seconds, name, case.name))
    print("\nhostile answers   cases  max ms  over 50 ms  the slowest")
    for kind, measured in times.items():
        seconds, name, worst = max(measured)
        over = sum(one > SLOW for one, _, _ in measured)
        count = len(measured) // len(rewards)
        print(f"  {kind:14} {count:7} {seconds * 1e3:7.1f} {over:11}  math/{name}: {worst}")
    slow = sorted((case for measured in times.values() for case in measured if case[0] > SLOW), reverse=True)
    for seconds, name, worst in slow:
        print(f"  over 50 ms: {seconds * 1e3:.1f} ms, math/{name}: {worst}")


def timed(reward: Callable[[vr.Completion], object], text: str) -> float:
    """Seconds of one call on a completion that nobody has read yet."""
    start = process_time()
    reward(vr.Completion(text))
    return process_time() - start


def labelled(data: Path, peers: int, *, disagreements: bool) -> None:
    """Accuracy and speed on labelled pairs."""
    pairs = [json.loads(line) for line in data.read_text().splitlines()]
    ours(FIRST)
    verdicts = [ours(pair) for pair in pairs]
    accuracy("math/answer", verdicts)
    layers(verdicts)
    rates = {}
    sample = spread(pairs, max(peers, 0))
    graders = {"Math-Verify": math_verify, "TRL accuracy_reward": trl_accuracy} if peers >= 0 else {}
    for name, make in graders.items():
        verdict = peer(make())
        verdict(FIRST)
        theirs = [verdict(pair) for pair in sample]
        accuracy(f"{name}, {len(sample)} pairs", theirs)
        rates[name] = theirs
    print("\nspeed on the real outputs, first sight of every pair")
    speed("math/answer, all pairs", verdicts)
    sampled = {pair["id"] for pair in sample}
    rate = speed(f"math/answer, {len(sample)} pairs", [one for one in verdicts if one.pair["id"] in sampled])
    for name, theirs in rates.items():
        print(f"{'':26} {rate / (speed(name, theirs) or 1):8.0f} times as fast as {name}, on the same pairs")
    if disagreements:
        show(verdicts)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="labelled pairs, one JSON object a line")
    parser.add_argument("--mathvision", type=Path, help="the folder with test.jsonl and outputs/")
    parser.add_argument(
        "--peers", type=int, default=600, help="pairs for the slow peers: evenly spaced; 0 all, -1 none"
    )
    parser.add_argument("--disagreements", action="store_true", help="list every pair whose label says otherwise")
    options = parser.parse_args()
    if options.data:
        labelled(options.data, options.peers, disagreements=options.disagreements)
    if options.mathvision:
        mathvision(options.mathvision, disagreements=options.disagreements)
    if not options.mathvision:
        growth()
        attacks()
        memory()


if __name__ == "__main__":
    main()
