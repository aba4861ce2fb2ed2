"""Whether a vision-language model sees in a picture what an answer says."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr
from vlm_rewards_models.asking import Asking, check_options
from vlm_rewards_models.engines import QUESTION, Device, Dtype


@vr.reward(range=(0.0, 1.0), check=check_options)
class Agreement(Asking):
    """A vision-language model says that the pictures of the row show what the answer says.

    The score is how likely it says `yes`, of `yes` and `no`. The answer stands in the question, and may talk to the
    model: put a term beside it that reads a reference.

    Args:
        question: What is asked, with `{answer}` in it; a server has its own.
        others: As of `Asking`.

    Source: VQAScore (arXiv 2404.01291).
    """

    kind = "agreement"

    def __init__(
        self,
        *,
        model: str = "",
        server: str = "",
        revision: str | None = None,
        device: Device = "auto",
        dtype: Dtype = "auto",
        batch_size: Annotated[int, vr.Field(ge=1)] = 16,
        low: float | None = None,
        high: float | None = None,
        characters: Annotated[int, vr.Field(ge=1)] = 8192,
        seconds: Annotated[float, vr.Field(gt=0)] = 60.0,
        question: str = QUESTION,
    ) -> None:
        super().__init__(
            model=model,
            server=server,
            revision=revision,
            device=device,
            dtype=dtype,
            batch_size=batch_size,
            low=low,
            high=high,
            characters=characters,
            seconds=seconds,
        )
        self.loading["question"] = question

    def __call__(self, completions: list[vr.Completion], images: list[vr.Images]) -> list[vr.RewardOutput]:
        """From 0 for no to 1 for yes."""
        return self.asked(completions, images, [None] * len(completions))
