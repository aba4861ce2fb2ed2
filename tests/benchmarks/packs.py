"""What every shipped reward costs on answers of 1 kB, 10 kB and the cap, and how its cost grows.

python -m tests.benchmarks.packs [NAME ...]

Each reward works on prose that ends in its sample's best answer, through the Scorer, as in training; where a reward
depends on another term, that term is in the time. `growth` is the time at the cap by the time at a tenth of it (10 is
linear), `worst` the longest time at the cap among the floods of the tests, and `passes` that time by ten passes of
`str.translate` and `casefold` over an ASCII text of the cap (about 1 ms): 50 is the bound for every reward, and a `!`
marks what is over it. Quote the ratios, not the times.
"""

from __future__ import annotations

import sys
from time import process_time

from tests.packs.sample import Sample
from tests.packs.test_every_reward import FLOODS, MAX_CHARS, SAMPLES, flooded

BOUND = 50
SIZES = (1_000, 10_000, MAX_CHARS)
PROSE = (
    "Let me look at the picture again: there are three apples on the left, four pears in the bowl,\n"
    "and nothing on the table. So 3 + 4 = 7, and the label says $12.50 at 20% off. Wait, is that right? "
)


def prose(sample: Sample, chars: int) -> str:
    """Prose of a length, inside the reasoning where the best answer has some, that ends in that answer."""
    head, opening, tail = sample.best.rpartition("<think>")
    room = chars - len(sample.best)
    return head + opening + (PROSE * (room // len(PROSE) + 1))[:room] + tail


def microseconds(sample: Sample, text: str, rounds: int) -> float:
    """CPU time of scoring one completion, at best: what else the machine does only ever adds."""
    times = []
    for _ in range(rounds):
        start = process_time()
        sample.score(text)
        times.append(process_time() - start)
    return min(times) * 1e6


def ten_passes() -> float:
    """CPU time of ten passes over an ASCII text of the cap, at best: the yardstick of this machine."""
    text, looks = (PROSE * (MAX_CHARS // len(PROSE) + 1))[:MAX_CHARS], str.maketrans("−‐", "--")
    times = []
    for _ in range(20):
        start = process_time()
        for _ in range(10):
            text.translate(looks).casefold()
        times.append(process_time() - start)
    return min(times) * 1e6


def main() -> None:
    """Print the table, or the lines of the rewards that are named."""
    print(f"{'reward':34}{'1 kB':>9}{'10 kB':>9}{'cap':>9}{'growth':>8}{'worst':>9}{'passes':>8}   us per completion")
    yardstick = ten_passes()
    for sample in sorted({sample.use: sample for sample in SAMPLES}.values(), key=lambda sample: sample.use):
        if sys.argv[1:] and sample.use not in sys.argv[1:]:
            continue
        sample.score(sample.best)  # imports, and builds what is built once
        small, middle, cap = (microseconds(sample, prose(sample, size), rounds=15) for size in SIZES)
        tenth = microseconds(sample, prose(sample, MAX_CHARS // 10), rounds=15)
        worst = max(microseconds(sample, flooded(flood, "", "", MAX_CHARS), rounds=2) for flood in FLOODS)
        print(
            f"{sample.use:34}{small:9.0f}{middle:9.0f}{cap:9.0f}{cap / tenth:8.1f}{worst:9.0f}{worst / yardstick:8.0f}",
            end="",
        )
        print(" !" if worst > BOUND * yardstick else "")


if __name__ == "__main__":
    main()
