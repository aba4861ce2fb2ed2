"""Chaos: rewards that fail in every way we know, in process and in workers; only what failed is lost, and counted."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vlm_rewards as vr

if TYPE_CHECKING:
    from tests.core.conftest import PackForWorkers, RegistryOf

PACK = """
import asyncio, ctypes, os, signal, sys, time

import vlm_rewards as vr

UNIT = (0.0, 1.0)

class HostileError(Exception):
    def __str__(self):
        raise RuntimeError("no message for you")
    __repr__ = __str__

class Hostile:
    def __repr__(self):
        raise SystemExit("no text for you")
    __str__ = __repr__
    def __getattr__(self, name):
        raise RuntimeError("no attribute for you")
    def __float__(self):
        raise RuntimeError("no number for you")
    def __eq__(self, other):
        raise RuntimeError("no comparison for you")

class Sticky(float):
    def __float__(self):
        raise RuntimeError("no number for you")
    def __repr__(self):
        raise RuntimeError("no text for you")

def recurse():
    return recurse()

def spin():
    while True:
        pass

def grow():
    held = []
    while True:
        held.append(bytearray(64 << 20))

def fault(kind):
    match kind:
        # only in a worker: nothing in the same process could stop these
        case "hang": time.sleep(3600)
        case "spin": spin()
        case "stopped": os.kill(os.getpid(), signal.SIGSTOP)
        case "sigkill": os.kill(os.getpid(), signal.SIGKILL)
        case "sigterm": os.kill(os.getpid(), signal.SIGTERM)
        case "segfault": ctypes.string_at(0)
        case "os_exit": os._exit(0)
        case "abort": os.abort()
        case "memory": grow()
        case "junk_in_pipes":
            for descriptor in range(3, 20):
                try:
                    os.write(descriptor, b"\\xff" * 64)
                except OSError:
                    pass
            time.sleep(3600)
        # everywhere
        case "exception": raise ValueError("broken")
        case "hostile_exception": raise HostileError
        case "sys_exit": sys.exit(0)
        case "generator_exit": raise GeneratorExit
        case "cancelled": raise asyncio.CancelledError
        case "recursion": return recurse()
        case "nan": return float("nan")
        case "inf": return float("-inf")
        case "huge_number": return 1e38
        case "huge_int": return 10 ** 5000
        case "above": return 1.0000001
        case "string": return "1.0"
        case "bytes": return b"1"
        case "dict": return {"score": 1.0}
        case "list": return [0.5]
        case "complex": return 1j
        case "unpicklable": return lambda: 0.5
        case "hostile_object": return Hostile()
        case "hostile_class": return Hostile
        case "hostile_float": return Sticky("nan")
        case "hundred_megabytes": return "x" * 100_000_000
        case "false_outcome": return vr.RewardOutput.model_construct(score="1", status="scored", reason=3, details=None)
        case "nan_outcome": return vr.RewardOutput.model_construct(
            score=float("nan"), status=vr.Status.SCORED, reason=None, details={})
        case "bad_details": return vr.RewardOutput(score=7.0, details={"x": Hostile()})
        case "escalates_nowhere": return vr.escalate("no.such.module:f", args=1, timeout=5)
        case "escalates_junk": return vr.escalate("math:sqrt", args=Hostile(), timeout=5)
        # of groups
        case "too_many": return [0.5, 0.5]
        case "too_few": return []
        case "no_list": return 0.5
        case "generator": return (0.5 for _ in range(1))
    raise AssertionError(kind)

def told(completion, term):
    told = dict(part.split("=") for part in completion.text.split())
    return told[term], int(told["n"]) % 7 / 8

@vr.reward(range=UNIT)
def one(completion, *, me: str):
    kind, score = told(completion, me)
    return score if kind == "good" else fault(kind)

@vr.reward(range=UNIT)
async def waits(completion, *, me: str):
    kind, score = told(completion, me)
    await asyncio.sleep(0)
    return score if kind == "good" else fault(kind)

@vr.reward(range=UNIT)
def group(group, *, me: str):
    kind, score = told(group[0], me)
    if kind == "good":
        return [score]
    if kind in {"too_many", "too_few", "no_list", "generator"}:
        return fault(kind)
    value = fault(kind)
    return value if kind == "hundred_megabytes" else [value]

@vr.hookimpl
def vlm_rewards_register():
    return [one, waits, group]
"""

# What nothing in the same process could stop.
DEADLY = (
    "hang", "spin", "stopped", "sigkill", "sigterm", "segfault", "os_exit", "abort", "memory", "junk_in_pipes",
)  # fmt: skip
SOFT = (
    "exception", "hostile_exception", "sys_exit", "generator_exit", "cancelled", "recursion", "nan", "inf",
    "huge_number", "huge_int", "above", "string", "bytes", "dict", "list", "complex", "unpicklable", "hostile_object",
    "hostile_class", "hostile_float", "hundred_megabytes", "false_outcome", "nan_outcome", "bad_details",
    "escalates_nowhere", "escalates_junk",
)  # fmt: skip
LENGTHS = ("too_many", "too_few", "no_list", "generator")
SHORT = ("exception", "sys_exit", "hostile_object", "nan", "hundred_megabytes", *LENGTHS)

#: Term: its reward, where it runs, and the faults that it is told to commit.
TERMS = {
    "far": ("one", "process", DEADLY + SOFT),
    "near": ("one", "inline", SOFT),
    "waits": ("waits", "inline", ("exception", "sys_exit", "cancelled", "nan", "string", "hostile_object")),
    "far_group": ("group", "process", ("sigkill", *SHORT)),
    "near_group": ("group", "inline", SHORT),
}


@dataclass(frozen=True)
class Row:
    number: int
    told: dict[str, str]

    @property
    def text(self) -> str:
        return " ".join(f"{name}={kind}" for name, kind in self.told.items()) + f" n={self.number}"

    @property
    def score(self) -> float:
        return self.number % 7 / 8

    @property
    def total(self) -> float | None:
        """Sevenths of eighths: exact in binary, so that a total that is a little off is wrong."""
        good = all(kind == "good" for kind in self.told.values())
        return math.fsum([self.score] * len(self.told)) if good else None


def rows_with_faults(*, times: int, seed: int) -> list[Row]:
    """Rows in which every fault of every term stands that many times, among as many good items, in any order."""
    order = random.Random(seed)
    columns = {}
    for name, (_, _, kinds) in TERMS.items():
        columns[name] = [*kinds * times, *["good"] * len(kinds) * times]
    length = max(map(len, columns.values()))
    for column in columns.values():
        column.extend(["good"] * (length - len(column)))
        order.shuffle(column)
    faulty = [{name: column[row] for name, column in columns.items()} for row in range(length)]
    spotless = [dict.fromkeys(TERMS, "good") for _ in range(length // 2)]
    rows = [*faulty, *spotless]
    order.shuffle(rows)
    return [Row(number, told) for number, told in enumerate(rows)]


def scorer_of_terms() -> vr.Scorer:
    rewards = {
        name: {"use": f"chaos/{use}", "isolation": where, "params": {"me": name}}
        for name, (use, where, _) in TERMS.items()
    }
    workers = {"timeout": 1.0, "memory_gib": 1.0}
    return vr.load_scorer({"version": 1, "rewards": rewards, "workers": workers}, context=vr.Context(group_size=1))


@pytest.fixture(scope="module")
def _pack(pack_for_workers: PackForWorkers) -> None:
    pack_for_workers("chaos", PACK)


def survive(rows: list[Row], *, batch_size: int) -> Counter[str]:
    """Score the rows batch by batch, check each, and return the faults that were counted, by term."""
    counted: Counter[str] = Counter()
    with scorer_of_terms() as scorer:
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            scored = scorer.score(vr.Batch.of([row.text for row in batch], context=vr.Context(group_size=1)))
            assert list(scored.totals) == [row.total for row in batch]
            for name, term in scored.terms.items():
                counted[name] += term.counts[vr.Status.FAILED]
                for index, row in enumerate(batch):
                    good = row.told[name] == "good"
                    assert term.outcomes.statuses[index] == ("scored" if good else "failed"), (name, row)
                    assert term.values[index] == (row.score if good else None), (name, row)
                    reason = term.outcomes.reasons[index]
                    assert reason is None if good else _is_useful(str(reason), TERMS[name][0]), (name, row, reason)
            assert len([row.model_dump_json() for row in scored.rows()]) == len(batch)
    return counted


def _is_useful(reason: str, use: str) -> bool:
    return f"chaos/{use}" in reason and "chaos-rewards 1.0" in reason and len(reason) <= 300 and reason.isprintable()


def injected(rows: list[Row]) -> Counter[str]:
    return Counter(name for row in rows for name, kind in row.told.items() if kind != "good")


@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process is limited on Linux only")
@pytest.mark.usefixtures("_pack")
def test_faults_in_are_faults_counted_and_no_good_item_is_lost() -> None:
    rows = rows_with_faults(times=1, seed=1)
    faults = injected(rows)

    assert sum(faults.values()) >= 60
    assert len({kind for row in rows for kind in row.told.values()} - {"good"}) >= 14
    assert survive(rows, batch_size=37) == faults


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process is limited on Linux only")
@pytest.mark.usefixtures("_pack")
def test_a_thousand_faults_in_are_a_thousand_counted_and_no_good_item_is_lost() -> None:
    rows = rows_with_faults(times=12, seed=2)
    faults = injected(rows)

    assert sum(faults.values()) >= 1000
    assert survive(rows, batch_size=64) == faults
    print(f"faults injected {sum(faults.values())}, all counted, among {len(rows)} rows")


class _Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no text for you")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no attribute for you")


def _outcomes(score: Any) -> list[Any]:
    """A score in the wrappings that a reward may return it in, sound or not."""
    made: Any = vr.RewardOutput.model_construct
    return [
        made(score=score, status=vr.Status.SCORED, reason=None, details={}),
        made(score=score, status=vr.Status.FAILED, reason="a\nb" * 200, details={"x": 1}),
        made(score=score, status="scored", reason="x", details={}),
        made(score=score, status=vr.Status.ABSTAINED, reason=7, details={}),
        made(score=score, status=vr.Status.UNPARSEABLE, reason=None, details=None),
    ]


_scores = st.one_of(
    st.floats(),
    st.floats(-0.5, 1.5),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.booleans(),
    st.none(),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.complex_numbers(),
    st.decimals(),
    st.fractions(),
    st.builds(_Hostile),
    st.sampled_from([_Hostile, object(), ..., NotImplemented, float, print, b"\xff" * 10_000, "9" * 10_000]),
)
_junk = st.recursive(
    _scores,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.sets(st.integers(), max_size=3),
        st.tuples(inner, st.integers(0, 4)).map(lambda pair: _outcomes(pair[0])[pair[1]]),
    ),
    max_leaves=8,
)


def assert_valid(scored: vr.ScoredBatch, rows: int) -> None:
    assert len(scored) == rows
    assert all(total is None or (type(total) is float and math.isfinite(total)) for total in scored.totals)
    for term in scored.terms.values():
        outcomes = term.outcomes
        for row, status in enumerate(outcomes.statuses):
            score, value, reason = outcomes.scores[row], term.values[row], outcomes.reasons[row]
            assert isinstance(status, vr.Status)
            assert (score is not None) == (status is vr.Status.SCORED)
            assert score is None or (type(score) is float and 0.0 <= score <= 1.0)
            assert value is None or 0.0 <= value <= 1.0
            assert (value is None) == (status in {vr.Status.FAILED, vr.Status.BAD_REFERENCE})
            assert reason is None or (isinstance(reason, str) and reason.isprintable() and len(reason) <= 2000)
    for made in scored.rows():
        assert made.total is None or math.isfinite(made.total)


ROWS = 5


def check_bad_outputs(registry_of: RegistryOf, examples: int) -> None:
    """Every ScoredBatch is valid, whatever a reward of one completion and one of a batch return."""
    said: dict[str, Any] = {}

    @vr.reward(range=(0.0, 1.0))
    def one(completion: vr.Completion) -> Any:
        return said["one"][int(completion.text)]

    @vr.reward(range=(0.0, 1.0))
    def batch(completions: list[vr.Completion]) -> Any:
        return said["batch"]

    terms = {name: {"use": f"lab/{name}", "isolation": "inline"} for name in ("one", "batch")}
    scorer = vr.load_scorer({"version": 1, "rewards": terms}, registry=registry_of(one, batch))
    five = st.lists(_junk, min_size=ROWS, max_size=ROWS)

    @settings(max_examples=examples)
    @given(five, st.one_of(five, five.map(tuple), _junk))
    def check(one_says: list[Any], batch_says: Any) -> None:
        said.update(one=one_says, batch=batch_says)
        assert_valid(scorer.score(vr.Batch.of(map(str, range(ROWS)))), ROWS)

    check()


def test_every_scored_batch_is_valid_whatever_rewards_return(registry_of: RegistryOf) -> None:
    check_bad_outputs(registry_of, 100)  # ten outputs each


@pytest.mark.slow
def test_every_scored_batch_is_valid_whatever_rewards_return_a_hundred_thousand_times(registry_of: RegistryOf) -> None:
    check_bad_outputs(registry_of, 10_000)
