"""`judge/rubric`: what a model says to the points of a rubric."""

from __future__ import annotations

from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards_judge.panel.judge import read_all
from vlm_rewards_judge.panel.panel import By, Panel, check_options
from vlm_rewards_judge.panel.request import Point


@vr.reward(range=(0.0, 1.0), pure=False, check=check_options)
class Rubric(Panel):
    """What judges say to weighted points about the answer, without a reference.

    Range 0 to 1, the weighted mean over the points, each from 0 (its first choice) to 1 (its last); never abstains.
    Before each choice the judge gives a reason in one sentence. A judge that is down, or whose reply is not an exact
    verdict, is a fault (`failed`) and no score; an empty answer is unparseable, and nobody is asked.

    Args:
        completions: The answers.
        prompt: The question: a text, or messages, of which the last one of the user counts.
        images: Images, which the judges are shown.
        points: What is asked: each has `ask`, and may have `choices` from the worst to the best (`[no, yes]`) and
            `weight` (1).
        judges: Who is asked, as for `judge/equal`.
        by: How several judges come to one score, as for `judge/equal`.
        cache: A file that keeps verdicts, and from which they are taken where the same was asked before.
        offline: Whether nobody is asked: what the cache does not have is a fault.
        side: The longer side of images as judges see them, in pixels.

    Source: rubrics as rewards (Gunjal et al., arXiv 2507.17746), the explicit sum of equation 1.

    >>> from vlm_rewards_judge.panel.request import Request
    >>> asked = Request([Point("Is it polite?", ("no", "partly", "yes"))], {"ANSWER": "Yes, please."})
    >>> asked.read('{"id": "%s", "points": [{"reason": "It says please.", "choice": "yes"}]}' % asked.id)
    [(2, 'It says please.')]
    >>> asked.read('{"id": "%s", "points": [{"reason": "It is curt.", "choice": "no"}]}' % asked.id)
    [(0, 'It is curt.')]
    >>> asked.read('{"id": "%s", "points": [{"reason": "Wow.", "choice": "perfect"}]}' % asked.id)  # a hack
    Traceback (most recent call last):
    ...
    vlm_rewards.text.json.NotJSON: a choice is none of its point
    """

    def __init__(
        self,
        *,
        points: list[dict[str, Any]],
        judges: list[dict[str, Any]],
        by: By = "majority",
        cache: str | None = None,
        offline: bool = False,
        side: Annotated[int, vr.Field(ge=16, le=8192)] = 1024,
    ) -> None:
        super().__init__(judges=judges, by=by, cache=cache, offline=offline, side=side)
        self.points = read_all(Point, points, "points")

    async def __call__(
        self, completions: list[vr.Completion], prompt: list[Any] | None = None, images: list[vr.Images] | None = None
    ) -> list[vr.RewardOutput]:
        """From 0 to 1, by what the judges say."""
        return await self.outcomes(self.points, completions, prompt, images)
