"""What the rewards of this pack share: options, loading, and how answers are put to a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_models.engines import ENGINES, Device, Dtype, Engine
from vlm_rewards_models.items import Item
from vlm_rewards_models.remote import Remote, address_of

__all__ = ["Asking", "check_options"]


def check_options(
    _: vr.Context, *, model: str, server: str, low: float | None, high: float | None, **__: object
) -> None:
    """Raise ValueError unless a model that can be there or a server is named, and `low` is below `high`."""
    if bool(model) == bool(server):
        raise ValueError("give either `model`, a name of the hub or a folder, or `server`, the address of one")
    if server:
        address_of(server)
    elif model.startswith((".", "/")) and not (Path(model) / "config.json").is_file():
        raise ValueError(f"`model` is {model!r}, a folder without a config.json")
    if low is not None and high is not None and not low < high:
        raise ValueError(f"`low` is {low:g} and `high` {high:g}; give a greater `high`")


class Asking:
    """A model that scores a batch of answers.

    Args:
        model: A name of the hub, or a folder, of a model that is loaded in the worker; `tiny` knows nothing.
        server: Instead of it, the address of a server that holds one, as `http://127.0.0.1:8100`.
        revision: The branch, tag or commit of a name of the hub.
        device: Where it computes; `auto` is the first GPU where there is one.
        dtype: How its numbers are kept; `auto` is as they were saved.
        batch_size: How many answers it is given at a time.
        low: What it says to an answer that earns 0, by default the first of `ends`.
        high: What it says to one that earns 1, by default the second.
        characters: Longer answers are unparseable.
        seconds: How long a server may take for a batch.
    """

    kind: ClassVar[str]
    ends: ClassVar[tuple[float, float]] = (0.0, 1.0)

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
    ) -> None:
        self.model, self.server, self.characters, self.seconds = model, server, characters, seconds
        self.low, self.high = self.ends[0] if low is None else low, self.ends[1] if high is None else high
        self.loading: dict[str, Any] = {
            "revision": revision,
            "device": device,
            "dtype": dtype,
            "batch_size": batch_size,
        }
        self.engine: Engine | Remote | None = None

    def setup(self, context: vr.Context) -> None:  # noqa: ARG002 - it is given
        """Load the model, or look whether its server is there."""
        if self.server:
            self.engine = Remote(self.server, self.kind, seconds=self.seconds)
        else:
            self.engine = ENGINES[self.kind](self.model, **self.loading)

    def close(self) -> None:
        """Let the model go."""
        self.engine = None

    def asked(
        self, completions: Sequence[vr.Completion], images: Sequence[Sequence[vr.ImageRef]], prompts: Sequence[Any]
    ) -> list[vr.RewardOutput]:
        """An outcome for each answer; a score has 4 decimals, as the last bits depend on the other answers."""
        assert self.engine is not None
        found: dict[int, vr.RewardOutput] = {}
        items: dict[int, Item] = {}
        for row, (completion, shown, prompt) in enumerate(zip(completions, images, prompts, strict=True)):
            text = answer_block(completion).strip()
            if not shown:
                found[row] = vr.RewardOutput.bad_reference("the row has no picture")
            elif not text or len(text) > self.characters:
                found[row] = vr.RewardOutput.unparseable(f"too_long: {len(text)}" if text else "there is no answer")
            else:
                items[row] = Item(text, prompt, tuple(vr.in_rgb(image.open()) for image in shown))
        said = self.engine.scores(list(items.values())) if items else []
        for row, raw in zip(items, said, strict=True):
            part = min(1.0, max(0.0, (raw - self.low) / (self.high - self.low)))
            found[row] = vr.RewardOutput(score=round(part, 4), details={"raw": round(raw, 3)})
        return [found[row] for row in range(len(completions))]
