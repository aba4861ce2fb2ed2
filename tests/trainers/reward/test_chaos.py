"""A GRPO run whose graders break in every way: faults in are faults counted, and no good item is lost."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards import ScoredBatch, Status
from vlm_rewards_trl import Recipe, grpo
from vlm_rewards_trl.reward.function import RewardFunction

pytestmark = pytest.mark.filterwarnings("default")

INLINE = ("raise", "exit", "recursion", "nan", "inf", "huge", "text", "dict", "hostile", "shape", "flood")
ISOLATED = ("hang", "sleep", "kill", "segfault", "_exit", "memory", "raise", "nan", "text", "hostile", "flood")

PACK = f"""\
import ctypes, math, os, signal, sys, time, zlib
import vlm_rewards as vr

INLINE, ISOLATED = {INLINE!r}, {ISOLATED!r}


class Hostile:
    def __str__(self): raise RuntimeError("no text for you")
    __repr__ = __str__
    __float__ = __str__
    shape = property(__str__)


class Wide:
    shape = (2, 2)


def kind_of(text, kinds):
    number = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return kinds[number // 2 % len(kinds)] if number % 2 else None


def fault(kind):
    if kind == "raise": raise ValueError("broken")
    if kind == "exit": sys.exit(3)
    if kind == "recursion": return fault(kind)
    if kind == "nan": return math.nan
    if kind == "inf": return math.inf
    if kind == "huge": return 1e38
    if kind == "text": return "1.0"
    if kind == "dict": return {{"score": 1}}
    if kind == "hostile": return Hostile()
    if kind == "shape": return Wide()
    if kind == "flood": return "x" * 100_000_000
    while kind == "hang": pass
    if kind == "sleep": time.sleep(1000)
    if kind == "kill": os.kill(os.getpid(), signal.SIGKILL)
    if kind == "segfault": ctypes.string_at(0)
    if kind == "_exit": os._exit(5)
    if kind == "memory": return len(bytearray(1 << 45))
    raise AssertionError(kind)


def grade(text, kinds):
    kind = kind_of(text, kinds)
    return len(text) % 7 / 7 if kind is None else fault(kind)


@vr.reward(range=(0.0, 1.0))
def inline(completion: vr.Completion) -> float:
    "Breaks in this process."
    return grade(completion.text, INLINE)


@vr.reward(range=(0.0, 1.0))
def isolated(completion: vr.Completion) -> float:
    "Breaks in a worker."
    return grade(completion.text, ISOLATED)


@vr.hookimpl
def vlm_rewards_register():
    return [inline, isolated]
"""


@pytest.mark.parametrize(
    ("steps", "rows", "least"),
    [pytest.param(1, 32, 20, id="short"), pytest.param(18, 64, 1000, id="full", marks=pytest.mark.slow)],
)
def test_a_run_survives_its_graders(
    digits: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, steps: int, rows: int, least: int
) -> None:
    (tmp_path / "chaos_pack.py").write_text(PACK)
    info = tmp_path / "chaos-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chaos\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vlm_rewards]\nchaos = chaos_pack\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "rewards.yaml").write_text(
        "version: 1\n"
        "rewards:\n"
        "  here: {use: chaos/inline, isolation: inline}\n"
        "  there: {use: chaos/isolated, isolation: process, timeout: 0.5}\n"
        "on_error: {policy: skip_row, max_rate: 1.0}\n"
        "workers: {memory_gib: 2}\n"
    )
    seen: list[tuple[Sequence[Any], ScoredBatch]] = []
    plain = RewardFunction.score

    def watched(self: RewardFunction, prompts: Any, completions: Any, *args: Any, **kwargs: Any) -> ScoredBatch:
        scored = plain(self, prompts, completions, *args, **kwargs)
        seen.append((completions, scored))
        return scored

    monkeypatch.setattr(RewardFunction, "score", watched)
    trainer = grpo(
        Recipe.read(
            {
                "model": str(digits["model"]),
                "dataset": {"path": "parquet", "data_files": str(digits["train"])},
                "rewards": str(tmp_path / "rewards.yaml"),
                "output_dir": str(tmp_path / "out"),
                "training": {
                    "max_steps": steps,
                    "per_device_train_batch_size": rows,
                    "num_generations": 4,
                    "max_completion_length": 8,
                    "report_to": "none",
                    "save_strategy": "no",
                    "disable_tqdm": True,
                },
            }
        )
    )
    trainer.train()
    assert trainer.state.global_step == steps
    assert all(math.isfinite(weight.sum().item()) for weight in trainer.model.parameters())
    injected = counted = 0
    kinds: Counter[str] = Counter()
    for completions, scored in seen:
        texts = [completion[0]["content"] for completion in completions]
        for term, planted in (("here", INLINE), ("there", ISOLATED)):
            outcomes = scored.terms[term].outcomes
            for row, text in enumerate(texts):
                number = zlib.crc32(text.encode("utf-8", "surrogatepass"))
                if number % 2:
                    injected += 1
                    counted += outcomes.statuses[row] is Status.FAILED
                    kinds[f"{term} {planted[number // 2 % len(planted)]}"] += 1
                else:
                    assert outcomes.scores[row] == len(text) % 7 / 7, outcomes.reasons[row]
    print(f"faults injected {injected} = faults counted {counted}, of {len(kinds)} kinds")
    assert counted == injected >= least
    assert len(kinds) >= 14
