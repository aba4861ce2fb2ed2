"""No shipped example can be gamed by what the attack knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.preflight.attack.table import OF_GUESTS
from vlm_rewards import load_scorer
from vlm_rewards.preflight.attack import arena
from vlm_rewards.preflight.attack.references import made_up
from vlm_rewards.preflight.attack.run import attack

EXAMPLES = Path(__file__).parents[4] / "examples"
FILES = sorted(path for path in EXAMPLES.glob("*/rewards.yaml") if path.parent.name not in OF_GUESTS)
#: The small ones; the others are slow.
QUICK = ("chartqa", "geometry3k")


def test_the_examples_were_found() -> None:
    assert len(FILES) >= 6


@pytest.mark.parametrize(
    "file",
    [pytest.param(file, marks=() if file.parent.name in QUICK else pytest.mark.slow) for file in FILES],
    ids=lambda file: file.parent.name,
)
def test_no_hack_is_found_in_an_example(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {kind: made_up()[kind][:130] for kind in ("number", "yes or no", "box")}
    monkeypatch.setattr(arena, "made_up", lambda: few)
    with load_scorer(file) as scorer:
        assert {one.verdict for one in attack(scorer)} <= {"", "hedge value", "free"}
