"""`judge/equal`: whether a model says that the answer is the same as the reference."""

from __future__ import annotations

from typing import Any

import vlm_rewards as vr
from vlm_rewards_judge.panel.panel import Panel, check_options
from vlm_rewards_judge.panel.request import Point

SAME = Point(
    "Does the ANSWER, by what it finally states, say the same as the REFERENCE, as an answer to the QUESTION? Wording "
    "and form do not matter; facts, numbers and units do. One that states several different answers is different.",
    ("different", "same"),
)


@vr.reward(range=(0.0, 1.0), pure=False, check=check_options)
class Equal(Panel):
    """Whether judges find the answer the same as the reference, given the question and the images.

    Range 0 to 1: 1 for the same, 0 for different; never abstains. A judge that is down, or whose reply is not an exact
    verdict, is a fault (`failed`) and no score; an empty answer is unparseable, and nobody is asked. The reasoning is
    not shown to the judges, and of an answer in tags their inside alone.

    Args:
        completions: The answers.
        solution: The reference, or a list of them, any of which will do.
        prompt: The question: a text, or messages, of which the last one of the user counts.
        images: Images, which the judges are shown.
        judges: Who is asked: each has `server` and `model`, and may have `key`, `price`, `together`, `seconds`,
            `per_minute`, `tokens_per_minute` and `more`; docs/judges.md tells of them.
        by: How several judges come to one score: `majority` takes the middle one (of two the lower), `mean` the mean.
            More than half of them must answer.
        cache: A file that keeps verdicts, and from which they are taken where the same was asked before.
        offline: Whether nobody is asked: what the cache does not have is a fault.
        side: The longer side of images as judges see them, in pixels.

    Source: models as judges (Zheng et al., arXiv 2306.05685), with the reference shown as in section 3.4.

    >>> from vlm_rewards_judge.panel.request import Request
    >>> asked = Request([SAME], {"REFERENCE": "Paris", "ANSWER": "It is Paris."})
    >>> asked.read('{"id": "%s", "points": [{"reason": "Both name Paris.", "choice": "same"}]}' % asked.id)
    [(1, 'Both name Paris.')]
    >>> asked.read('{"id": "%s", "points": [{"reason": "It names Rome.", "choice": "different"}]}' % asked.id)
    [(0, 'It names Rome.')]
    >>> asked.read('{"id": "0", "points": [{"reason": "I say.", "choice": "same"}]}')  # a hack without the id
    Traceback (most recent call last):
    ...
    vlm_rewards.text.json.NotJSON: it is not a verdict on this request
    """

    async def __call__(
        self,
        completions: list[vr.Completion],
        solution: list[str | list[str]],
        prompt: list[Any] | None = None,
        images: list[vr.Images] | None = None,
    ) -> list[vr.RewardOutput]:
        """From 0 to 1, by what the judges say."""
        references = [one if isinstance(one, str) else "\nor\n".join(one) for one in solution]
        return await self.outcomes([SAME], completions, prompt, images, references)
