"""How near an answer is to a picture."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_models.asking import Asking, check_options


@vr.reward(range=(0.0, 1.0), check=check_options)
class Similarity(Asking):
    """The answer says what the first picture of its row shows, as CLIP, SigLIP or their kin see it.

    The score is the cosine of both, from 0 at `low` to 1 at `high`; by default 0 and 0.4, as CLIPScore has it. A text
    is read as far as the model reads: put a limit of length beside it.

    Source: CLIPScore (arXiv 2104.08718).
    """

    kind = "similarity"
    ends = (0.0, 0.4)

    def __call__(self, completions: list[vr.Completion], images: list[vr.Images]) -> list[vr.RewardOutput]:
        """From 0 for what the picture does not show to 1."""
        return self.asked(completions, images, [None] * len(completions))
