"""What the routes are asked, and the rows that each of them asks about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vlm_rewards.data.lines import parse
from vlm_rewards.types.images import FrameSpec


class Run(BaseModel):
    """Facts of the run."""

    model_config = ConfigDict(extra="forbid")

    step: int = Field(default=0, ge=0, le=1 << 40)
    group_size: int | None = Field(default=None, ge=1, le=1 << 40)
    reasoning_prefilled: bool = False
    frame: FrameSpec | None = None


class ScoreRequest(BaseModel):
    """Rows to score together, each with its `completion` beside its columns."""

    model_config = ConfigDict(extra="forbid")

    rows: list[dict[str, Any]] = Field(max_length=4096)
    context: Run = Run()


class Queries(BaseModel):
    """What OpenRLHF asks: prompts with their answers behind them, prompts, and labels."""

    query: list[str] = Field(max_length=4096)
    prompts: list[str]
    labels: list[Any] = Field(description="An object, or its JSON, holds columns; anything else is the `solution`.")

    @model_validator(mode="after")
    def _is_rectangular(self) -> Self:
        if not len(self.query) == len(self.prompts) == len(self.labels):
            raise ValueError("`query`, `prompts` and `labels` have one item per row")
        return self

    def rows(self) -> list[dict[str, Any]]:
        """The rows; an answer is what follows its prompt."""
        rows = []
        for query, prompt, label in zip(self.query, self.prompts, self.labels, strict=True):
            held = parse(label.encode("utf-8", "replace")) if isinstance(label, str) else label
            columns = held if isinstance(held, dict) else {"solution": label}
            rows.append({**columns, "prompt": prompt, "completion": query.removeprefix(prompt)})
        return rows


class Verify(BaseModel):
    """What NeMo Gym asks: a request and a response of the Responses API, and columns beside them."""

    model_config = ConfigDict(extra="allow")

    responses_create_params: dict[str, Any]
    response: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """The text of the last message, the pictures of the input, and the columns."""
        asked = self.responses_create_params.get("input")
        said = [item for item in _parts(self.response.get("output")) if item.get("type", "message") == "message"]
        text = "".join(str(part.get("text", "")) for part in _parts(said[-1].get("content"))) if said else None
        parts = [part for turn in _parts(asked) for part in _parts(turn.get("content"))]
        pictures = [part.get("image_url") for part in parts if part.get("type") == "input_image"]
        return {"images": pictures, **(self.model_extra or {}), "prompt": asked, "completion": text}


def _parts(value: object) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, Sequence) else []
