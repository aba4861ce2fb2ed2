"""`vlm-rewards show`: what a reward reads, its options, its documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import Result

if TYPE_CHECKING:
    from tests.core.cli.conftest import Install

Run = Callable[..., Result]

PACK = """
from __future__ import annotations
import functools
import vlm_rewards as vr

@vr.reward(range=(-0.5, 2))
def brevity(completion, solution: str, hint: str = "[none]", *, limit: int = 10) -> float:
    '''Short answers.

    Even [bold]shorter[/bold] ones.
    '''
    return 0.0

@vr.reward(range=(0, 1))
def plain(group) -> list[float]: return []

@vr.reward(range=(0, 1), name="stateful")
class Stateful:
    '''Has state.'''
    def __init__(self, *, words: list[str]) -> None: ...
    def __call__(self, completions) -> list[float]: return []

class Callable:
    '''An object.'''
    def __call__(self, **kwargs): return []

def near(target, **kwargs):
    '''Near the target.'''

@vr.hookimpl
def vlm_rewards_register():
    partial = vr.from_trl(functools.partial(near, 7), range=(0, 1))
    return [brevity, plain, Stateful, partial, vr.from_trl(Callable(), range=(0, 1), name="object")]
"""


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0
    return [" ".join(line.split()) for line in result.output.splitlines()]


def test_a_reward_is_shown_with_all_that_a_config_needs(run: Run, install: Install) -> None:
    module = install(PACK)
    shown = lines(run("show", "acme/brevity"))
    assert shown == [
        "acme/brevity",
        "pack acme (acme-rewards 1.5)",
        "range -0.5 to 2",
        "sees one completion",
        "column solution (required)",
        "column hint (default '[none]')",
        "param limit: int = 10",
        f"source {module}.brevity",
        "",
        "Short answers.",
        "",
        "Even [bold]shorter[/bold] ones.",
        "",
        "In a config: brevity: {use: acme/brevity}",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", ["sees a group", "(no documentation)"]),
        ("stateful", ["sees a batch", "param words: list[str]", "Has state."]),
        ("near", ["sees a batch, as TRL passes it", "Near the target."]),
        ("object", ["sees a batch, as TRL passes it", "An object."]),
    ],
)
def test_every_form_can_be_shown(run: Run, install: Install, name: str, expected: list[str]) -> None:
    install(PACK)
    shown = lines(run("show", f"acme/{name}"))
    assert set(expected) <= set(shown)


def test_every_installed_reward_can_be_shown(run: Run) -> None:
    names = [line.split()[0] for line in run("list").output.splitlines()[1:]]
    assert len(names) >= 5
    for name in names:
        assert lines(run("show", name))[0] == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("math/anwser", "Error: Pack 'math' (vlm-rewards "),
        ("math/anwser", "Did you mean 'math/answer'?"),
        ("maths/answer", "Error: No installed pack is named 'maths'; installed: "),
        ("math", "Error: 'math' names no reward: write 'pack/reward'"),
    ],
)
def test_an_unknown_reward_is_a_message(run: Run, name: str, message: str) -> None:
    result = run("show", name)
    assert result.exit_code == 1
    assert message in result.output


def test_the_type_of_an_option_is_shown_without_quotation_marks(run: Run) -> None:
    assert "param units: Literal['lenient', 'strict', 'ignore'] = 'lenient'" in lines(run("show", "math/answer"))
