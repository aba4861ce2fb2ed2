"""The table of docs/is-it-gameable.md: `python -m tests.core.preflight.attack.table` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.preflight.attack.run import Finding, attack
from vlm_rewards.registry.registry import RegisteredReward

ROOT = Path(__file__).parents[4]
#: Examples that need a guest; tests/downstream attacks them.
OF_GUESTS = ("documents", "zoom")
#: Options that a reward cannot do without.
PARAMS: dict[str, dict[str, Any]] = {
    "format/json_schema": {"schema": {"type": "object"}},
    "format/language": {"language": "en"},
    "format/regex": {"pattern": r"(?s)<think>.+</think>\s*<answer>.+</answer>"},
    "shaping/cosine_length": {"max_length": 1000},
    "shaping/language_consistency": {"language": "en"},
    "shaping/length_window": {"min_length": 5},
    "shaping/soft_overlong": {"max_length": 2000, "cache": 500},
}


def verdict(found: list[Finding]) -> tuple[str, str]:
    """What is said of a rewards file, and the largest gain of each verdict."""
    best: dict[tuple[str, str], Finding] = {}
    for one in sorted(found, key=lambda one: -one.gain):
        if one.verdict in ("hack", "hedge value", "free"):
            best.setdefault((one.verdict, one.knows), one)
    verdicts = {one.verdict for one in found}
    told = "hack" if "hack" in verdicts else "no verdict" if "no verdict" in verdicts or not found else "none found"
    notes = (
        f"{name}, knows {knows}: {one.strategy.splitlines()[0][:40]}" + (f" {one.gain:+.2f}" if one.gain else "")
        for (name, knows), one in best.items()
    )
    return told, "; ".join(notes).replace("|", "\\|")


def attacked(config: Any) -> tuple[str, str]:
    try:
        with vr.load_scorer(config) as scorer:
            return verdict(attack(scorer))
    except ConfigError:
        return "no verdict", "needs options or columns"


def lines() -> Iterator[str]:
    """The lines of the table."""
    yield "| what | hack | the largest gains |"
    yield "|---|---|---|"
    for file in sorted((ROOT / "examples").glob("*/rewards.yaml")):
        if file.parent.name not in OF_GUESTS:
            yield "| `{}` | {} | {} |".format(file.relative_to(ROOT), *attacked(file))
    for found in vr.Registry(block=()).all():
        if isinstance(found, RegisteredReward) and found.pack.ours:
            term = {"use": found.full_name, "params": PARAMS.get(found.full_name, {})}
            depends = dict.fromkeys(found.info.outputs, "correct")
            terms = {"it": {**term, "depends": depends}, **({"correct": {"use": "format/boxed"}} if depends else {})}
            yield "| `{}` | {} | {} |".format(found.full_name, *attacked({"version": 1, "rewards": terms}))


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
