"""What a reward model that sees pictures says."""

from __future__ import annotations

from typing import Any

import vlm_rewards as vr
from vlm_rewards_models.asking import Asking, check_options


@vr.reward(range=(0.0, 1.0), check=check_options)
class Reward(Asking):
    """A reward model prefers the answer to the prompt, with the pictures of the row.

    The model has a head of one number (`AutoModelForSequenceClassification`). The score is that number, from 0 at `low`
    to 1 at `high`; by default -10 and 10. Look at `raw` in the details of some answers to set them.
    """

    kind = "reward"
    ends = (-10.0, 10.0)

    def __call__(
        self, completions: list[vr.Completion], images: list[vr.Images], prompt: list[Any] | None = None
    ) -> list[vr.RewardOutput]:
        """From 0 to 1, the more it is preferred."""
        return self.asked(completions, images, prompt or [None] * len(completions))
