"""`escalate`: how a reward hands a hard case to a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vlm_rewards.text.messages import show


@dataclass(frozen=True, slots=True)
class Escalation:
    """A hard item that a reward hands to a worker; the Scorer runs those of a batch together."""

    function: str
    args: Any
    timeout: float

    def __post_init__(self) -> None:
        module, _, name = self.function.partition(":")
        if not (module and name):
            raise ValueError(f"`escalate` needs 'package.module:function', not {show(self.function)}")
        if isinstance(self.timeout, bool) or not isinstance(self.timeout, int | float) or not 0 < self.timeout < 1e9:
            raise ValueError(f"`escalate` needs a timeout in seconds, not {show(self.timeout)}")


def escalate(function: str, *, args: Any, timeout: float) -> Escalation:
    """Let a worker decide a hard case: return this from a reward instead of a score.

    Args:
        function: `package.module:function`; called with `args`, it returns what a reward may return.
        args: Plain JSON values.
        timeout: Seconds until the worker is killed and the item is `failed`.

    Raises:
        ValueError: `function` has another form, or `timeout` is not a positive number of seconds.

    >>> escalate("acme.hard:grade", args={"gold": "x"}, timeout=2).timeout
    2
    """
    return Escalation(function, args, timeout)
