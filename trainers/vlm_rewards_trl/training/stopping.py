"""A run that a scheduler ends: SIGTERM writes a checkpoint first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transformers import TrainerCallback

from vlm_rewards_trl.reward.ranks import share

__all__ = ["saves_on_sigterm"]


@contextmanager
def saves_on_sigterm(trainer: Any) -> Iterator[None]:
    """Meanwhile the first SIGTERM ends the step, writes a checkpoint and exits with 143; a second one ends at once.

    Raises SystemExit when the signal came, and the checkpoint is written.
    """
    if threading.current_thread() is not threading.main_thread():  # others take no signals
        yield
        return
    stop = _Stop()
    trainer.add_callback(stop)
    former = signal.signal(signal.SIGTERM, stop.asked)
    try:
        yield
        if stop.is_asked:
            raise SystemExit(128 + signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, former)


class _Stop(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Stops a trainer after the step in which the signal came, in all processes after the same one."""

    def __init__(self) -> None:
        self.is_asked = False

    def asked(self, *_: Any) -> None:
        """Take note; called by the signal."""
        self.is_asked = True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def on_step_end(self, _args: Any, _state: Any, control: Any, **_: Any) -> None:
        """Save and stop."""
        self.is_asked = share(0, 0, stop=self.is_asked)[2]
        if self.is_asked:
            control.should_save = control.should_training_stop = True
