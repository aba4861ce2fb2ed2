"""Rows as they are sent, and outcomes as they come back."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.errors import ColumnError

__all__ = ["Pictures", "facts", "failed", "groups_together", "outcome", "written"]

#: Whether pictures travel whole, or as the paths that they have here.
Pictures = Literal["whole", "paths"]


def written(
    completion: vr.Completion, row: Mapping[str, Any], images: Sequence[vr.ImageRef], pictures: Pictures
) -> str | vr.RewardOutput:
    """A row as JSON; the outcome of one that JSON cannot hold, or whose pictures cannot be read."""
    columns = dict(row)
    try:
        if pictures == "whole":
            columns = {name: value for name, value in row.items() if name not in ("image", "images")}
            columns["images"] = [_data(image) for image in images]
        return json.dumps({**columns, "completion": list(completion.messages) or completion.text}, default=_plain)
    except (OSError, TypeError, ValueError, ColumnError) as error:
        return vr.RewardOutput.bad_reference(f"the row cannot be sent: {error}")


def _data(image: vr.ImageRef) -> str:
    """The file of a picture as a text."""
    data = image.data
    if data is None and image.path is not None:
        image.check_file()
        data = image.path.read_bytes()
    if data is None:
        buffer = io.BytesIO()
        vr.in_rgb(image.open()).save(buffer, "PNG")
        data = buffer.getvalue()
    return f"data:;base64,{base64.b64encode(data).decode()}"


def _plain(value: Any) -> Any:
    """What is sent of a value that JSON has not: an array as lists, a day as text, a picture in a message as null."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "convert"):
        return None
    raise TypeError(f"{type(value).__name__} is not known to JSON")


def facts(context: vr.Context) -> str:
    """The facts of the run, as JSON; the size of a group is not told, as a term may see some rows of it."""
    names = ("step", "reasoning_prefilled", "frame")
    return json.dumps({name: value for name, value in dataclasses.asdict(context).items() if name in names})


def groups_together(rows: Sequence[Mapping[str, Any]], places: Sequence[int], most: int) -> Iterator[list[int]]:
    """The places of rows in parts of about `most`, none of which splits what has one `group_id`."""
    part: list[int] = []
    for place in places:
        group = rows[place].get("group_id")
        if len(part) >= most and (group is None or group != rows[part[-1]].get("group_id")):
            yield part
            part = []
        part.append(place)
    if part:
        yield part


_BLAME = ("failed", "bad_reference", "unparseable", "abstained")


def outcome(row: Any, term: str | None, low: float, high: float) -> vr.RewardOutput:
    """The outcome of a row as a server writes it: that of one term, or its total. Raises ValueError for another row."""
    scored = vr.ScoredRow.model_validate(row)
    if term is not None:
        held = scored.terms.get(term)
        if held is None:
            return vr.RewardOutput.abstained(f"the server has no term {term} for this row")
        score = held.score
    else:
        reasons = (f"{name}: {output.reason}" for name, output in scored.terms.items() if output.reason)
        details = {"terms": {name: output.score for name, output in scored.terms.items()}}
        held = vr.RewardOutput.abstained(next(reasons, f"a total of {scored.total}"), **details)
        score = scored.total
        without = [output for output in scored.terms.values() if output.score is None]
        if score is None and without:
            held = min(without, key=lambda output: _BLAME.index(output.status))
    if score is None:
        return held
    return vr.RewardOutput(score=(score - low) / (high - low), reason=held.reason, details=held.details)


def failed(reason: str) -> vr.RewardOutput:
    """A fault of the grader, which is no score."""
    return vr.RewardOutput(status=vr.Status.FAILED, reason=reason)
