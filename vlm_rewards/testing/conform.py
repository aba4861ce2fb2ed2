"""`assert_conforms`: whether a reward does what every reward must, told with all its faults at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from vlm_rewards.testing.bench import Bench, Shelf
from vlm_rewards.testing.checks import FIXES, Trial
from vlm_rewards.testing.inputs import rows_of
from vlm_rewards.text.messages import show
from vlm_rewards.types.context import Context

__all__ = ["assert_conforms"]

#: How many faults a message shows of each check.
MOST_SHOWN = 3


def assert_conforms(
    reward: object,
    *,
    good: Any,
    bad: Any,
    broken: Any = (),
    params: Mapping[str, Any] | None = None,
    context: Context | None = None,
    depends: Mapping[str, Mapping[str, Any]] | None = None,
    beside: Sequence[object] = (),
    complete: Callable[[str], object] | None = None,
    skip: Collection[str] = (),
    **columns: Any,
) -> None:
    """Check a reward as an author would who knows all that a run can do to it; docs/testing-your-pack.md lists it.

    An example is a text, messages or a `Completion`, or a row: a mapping with the answer as `completion` beside columns
    of its own. Each of `good`, `bad` and `broken` is one example or a list of them.

    Args:
        reward: What is under `@reward`, a `RewardSpec`, or the name of one of an installed pack.
        good: What earns the top of the range.
        bad: What can be scored, and earns less.
        broken: What cannot be scored: an answer that holds none, or a row with an unusable reference.
        params: Options of the reward.
        context: Facts of the run.
        depends: For each parameter that gets the outcome of another term, that term as in a rewards file.
        beside: For a group reward, the other answers to the same prompt.
        complete: Makes an answer of a text, for a reward that needs more than that; by default the text itself, or a
            message where the first good example is messages.
        skip: Names of checks to leave out.
        columns: Dataset columns; each value stands for every example.

    Raises:
        AssertionError: The reward does not conform; each fault with its check, an input and the fix.
        ConfigError: It cannot be used with these options at all.
        ValueError: `skip` names no check, or there is no good or no bad example.

    >>> import vlm_rewards as vr
    >>> @vr.reward(range=(0.0, 1.0))
    ... def exact(completion, solution: str) -> float:
    ...     return float(completion.response == solution)
    >>> assert_conforms(exact, good="7", bad="8", solution="7", skip=["picklable"])
    """
    if unknown := set(skip) - set(FIXES):
        raise ValueError(f"`skip` names {show(min(unknown))}, which is no check; there are {', '.join(FIXES)}.")
    rows = [rows_of(examples, columns) for examples in (good, bad, broken)]
    if not (rows[0] and rows[1]):
        raise ValueError("There is no `good` or no `bad` example; give at least one of each.")
    shelf = Shelf(block=())
    name = reward if isinstance(reward, str) else shelf.add(reward)
    bench = Bench(shelf.get(name, isolation="inline").spec, params or {}, context or Context(), depends or {}, beside)
    is_chat = isinstance(rows[0][0]["completion"], list)
    trial = Trial(bench, rows, complete or (_message if is_chat else str))
    trial.run(skip)
    told = [f"Reward '{bench.spec.name}' does not conform:"]
    for check, faults in trial.faults.items():
        if faults and check not in skip:
            told += [f"- {check}: {fault}" for fault in faults[:MOST_SHOWN]]
            told += [f"- {check}: {len(faults) - MOST_SHOWN} more"] if len(faults) > MOST_SHOWN else []
            told.append(f"  fix: {FIXES[check]}")
    if len(told) > 1:
        raise AssertionError("\n".join(told))


def _message(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
