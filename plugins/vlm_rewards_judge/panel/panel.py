"""Several judges, and what they come to."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import fmean, median_low
from typing import Annotated, Any, Literal, TypeAlias

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards.errors import ColumnError
from vlm_rewards_judge.panel.judge import Judge, Verdict, opened, read_all
from vlm_rewards_judge.panel.request import Point, Request

#: How several judges come to one score: the middle one, which is what most of them say, or the mean.
By = Literal["majority", "mean"]
#: Characters of an answer: what is longer could be meant to have no verdict, as it overflows the judge.
_LONGEST = 20_000
_pillow = threading.Lock()  # it cannot load one image in two threads

Row: TypeAlias = "tuple[vr.Completion, Any, vr.Images | None, str | None]"  # with the prompt and the reference


class Panel:
    """What rewards that ask judges share. Raises ValueError for options that cannot be used, which tells no value."""

    def __init__(
        self,
        *,
        judges: list[dict[str, Any]],
        by: By = "majority",
        cache: str | None = None,
        offline: bool = False,
        side: Annotated[int, vr.Field(ge=16, le=8192)] = 1024,
    ) -> None:
        self.judges = read_all(Judge, judges, "judges")
        self.by, self.cache, self.offline, self.side = by, cache, offline, side
        if offline and not (cache and Path(cache).is_file()):
            raise ValueError("`offline` needs `cache`, the file of a run that asked")

    def setup(self, _: vr.Context) -> None:
        """Read the keys, and import what asks. Raises ValueError where a key is missing."""
        import httpx2  # noqa: F401

        self.servers = [judge.seat(offline=self.offline) for judge in self.judges]

    async def outcomes(
        self,
        points: Sequence[Point],
        completions: Sequence[vr.Completion],
        prompts: Sequence[Any] | None,
        images: Sequence[vr.Images] | None,
        references: Sequence[str] | None = None,
    ) -> list[vr.RewardOutput]:
        """What the judges come to for each row; equal requests are sent once."""
        import asyncio

        nothing = [None] * len(completions)
        rows = zip(completions, prompts or nothing, images or nothing, references or nothing, strict=True)
        shown: dict[int, str] = {}
        found = await asyncio.to_thread(lambda: [self._request(points, row, shown) for row in rows])
        asked = {one.id: one for one in found if isinstance(one, Request)}
        async with AsyncExitStack() as stack:
            cache = stack.enter_context(opened(self.cache, offline=self.offline))
            is_asked = not self.offline
            posts = [await stack.enter_async_context(server.opened()) if is_asked else None for server in self.servers]
            models = [judge.model for judge in self.judges]
            numbers = [models[:at].count(model) for at, model in enumerate(models)]  # a server may move
            seats = list(zip(self.judges, self.servers, posts, numbers, strict=True))

            async def ask(one: Request) -> list[Verdict | str]:
                asks = (judge.ask(server, post, one, cache, number) for judge, server, post, number in seats)
                return await asyncio.gather(*asks)

            verdicts = dict(zip(asked, await asyncio.gather(*map(ask, asked.values())), strict=True))
        # What an answer cost counts in the first row that it is for.
        return [
            self._outcome(points, verdicts[one.id], is_first=asked.pop(one.id, None) is not None)
            if isinstance(one, Request)
            else one
            for one in found
        ]

    def _request(self, points: Sequence[Point], row: Row, shown: dict[int, str]) -> Request | vr.RewardOutput:
        """What is asked about a row, or the outcome of one that cannot be asked about; `shown` keeps images."""
        completion, prompt, images, reference = row
        answer = answer_block(completion)
        if not answer.strip():
            return vr.RewardOutput.unparseable("there is no answer to judge")
        if len(answer) > _LONGEST:
            return vr.RewardOutput.unparseable(f"an answer of {len(answer)} characters, of which {_LONGEST} are judged")
        if reference is not None and not reference.strip():
            return vr.RewardOutput.bad_reference("the reference is empty")
        try:
            for image in images or ():
                if id(image.source) not in shown:
                    shown[id(image.source)] = address_of(image, self.side)
        except (ColumnError, ValueError) as error:  # the latter for an image without pixels
            return vr.RewardOutput.bad_reference(str(error))
        parts = {"QUESTION": _question(prompt), "REFERENCE": reference, "ANSWER": answer}
        addresses = [shown[id(image.source)] for image in images or ()]
        return Request(points, {name: text for name, text in parts.items() if text}, addresses)

    def _outcome(self, points: Sequence[Point], held: Sequence[Verdict | str], *, is_first: bool) -> vr.RewardOutput:
        found = [(judge, one) for judge, one in zip(self.judges, held, strict=True) if isinstance(one, Verdict)]
        if 2 * len(found) <= len(held):
            why = next(one for one in held if isinstance(one, str))
            return vr.RewardOutput(status=vr.Status.FAILED, reason=why)
        picks = [[at for at, _ in one.points] for _, one in found]
        shares = [[at / (len(point.choices) - 1) for point, at in zip(points, row, strict=True)] for row in picks]
        scores = [fmean(paid, [point.weight for point in points]) for paid in shares]
        score = median_low(scores) if self.by == "majority" else fmean(scores)
        new = [(judge.price, one) for judge, one in found if one.is_new and is_first]
        metrics = {
            "cached_rate": fmean(not one.is_new for _, one in found),
            "tokens_in": sum(one.tokens_in for _, one in new),
            "tokens_out": sum(one.tokens_out for _, one in new),
            "cost": sum(price[0] * one.tokens_in + price[1] * one.tokens_out for price, one in new) / 1e6,
        }
        if len(held) > 1:
            metrics["agreement"] = max(map(scores.count, scores)) / len(scores)
        choices = [[point.choices[at] for point, at in zip(points, row, strict=True)] for row in picks]
        nearest = min(range(len(scores)), key=lambda at: abs(scores[at] - score))
        worst = shares[nearest].index(min(shares[nearest]))
        reason = f"the judge chose '{choices[nearest][worst]}': {found[nearest][1].points[worst][1]}"
        details = {"choices": choices, "scores": scores, "metrics": metrics}
        return vr.RewardOutput(score=score, reason=None if score == 1.0 else reason, details=details)


def _question(prompt: Any) -> str:
    """The text of a prompt, or of its last turn by the user."""
    if prompt is None or isinstance(prompt, str):
        return prompt or ""
    turns = [turn for turn in prompt if isinstance(turn, Mapping)] if isinstance(prompt, Sequence) else []
    asked = [turn for turn in turns if turn.get("role") == "user"]
    return vr.Completion.from_messages({**asked[-1], "role": "assistant"}).text if asked else ""


def address_of(image: vr.ImageRef, side: int) -> str:
    """An image as a `data:` address, its longer side no longer than asked. Raises ColumnError where it is none."""
    with _pillow:
        small = vr.in_rgb(image.open()).copy()
    small.thumbnail((side, side))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def check_options(_: vr.Context, *, points: list[dict[str, Any]] | None = None, **options: Any) -> None:
    """Raise ValueError for points that cannot be judged, or judges that cannot be asked."""
    Panel(**options)
    if points is not None:
        read_all(Point, points, "points")
