"""What a reward checks of a dataset by itself: `@reward(preflight=...)`, which gives and takes plain JSON."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight.findings import Finding, Severity, about_rows
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.registry.decorator import RESERVED
from vlm_rewards.text.messages import explain
from vlm_rewards.types.images import ImageRef

__all__ = ["check_declared"]

K = TypeVar("K", int, str)


class _Declared(BaseModel):
    """One finding as a reward gives it; docs/writing-a-pack.md says what each key means."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    what: str
    fix: str
    row: int | None = None
    example: str | None = None
    severity: Literal["error", "warning", "note"] | None = None


def check_declared(reading: Reading) -> tuple[list[Finding], set[int]]:
    """Findings of the reward's own preflight, and the rows they are about."""
    term = reading.term
    if term.spec.preflight is None:
        return [], set()
    try:
        found = [_Declared.model_validate(finding) for finding in term.spec.preflight(_as_json(reading))]
    except Exception as error:  # noqa: BLE001 - a broken preflight is a broken pack
        what = f"the `preflight` of {term.validator.who} raised {explain(error)}"
        return [Finding(Severity.WARNING, reading.where, what, "report it to the pack's author")], set()
    return list(_merged(found, reading)), {finding.row for finding in found if finding.row is not None}


def _merged(found: list[_Declared], reading: Reading) -> Iterator[Finding]:
    """One finding for all rows with the same fault."""
    same: dict[tuple[str, str, str | None], list[_Declared]] = {}
    for finding in found:
        same.setdefault((finding.what, finding.fix, finding.severity), []).append(finding)
    for (what, fix, severity), findings in same.items():
        rows = {finding.row for finding in findings if finding.row is not None}
        row, example = findings[0].row, findings[0].example
        at = "" if row is None else f"row {row}: "
        told = what if example is None else f"{what}, e.g. {at}{example}"
        merged = Finding(Severity.ERROR, reading.where, told, fix)
        if rows:
            merged = about_rows(reading.where, rows, len(reading.rows), told, fix)
        yield merged if severity is None else dataclasses.replace(merged, severity=Severity(severity))


def _as_json(reading: Reading) -> dict[str, Any]:
    """A reading as its reward gets it, without the rows and options whose values are not JSON."""
    names = [column.name for column in reading.term.spec.columns]
    columns = {name: reading.values(name) for name in names if name not in RESERVED}
    usable = [row for row in reading.rows if row not in reading.bad]
    images = reading.images() if "images" in names else None
    values = {row: {name: held[row] for name, held in columns.items()} for row in usable}
    rows = [
        {"row": row, "columns": held, "images": [] if images is None else [_image(image) for image in images[row]]}
        for row, held in _sendable(values).items()
    ]
    context = _plain(dataclasses.asdict(reading.batch.context))
    return {"params": _sendable(reading.term.instance.params), "context": context, "rows": rows}


def _sendable(values: Mapping[K, Any]) -> dict[K, Any]:
    """The values that can travel as JSON, as they would arrive."""
    sendable = {}
    for key, value in values.items():
        with contextlib.suppress(TypeError, ValueError, RecursionError):
            sendable[key] = _plain(value)
    return sendable


def _plain(value: Any) -> Any:
    """A value as it would arrive by JSON. Raises TypeError or ValueError for one that cannot travel."""
    return json.loads(json.dumps(value, allow_nan=False, default=_default))


def _default(value: Any) -> Any:
    """Arrays as lists, and models as mappings."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is not JSON")


def _image(image: ImageRef) -> dict[str, Any]:
    try:
        return {"size": list(image.size)}
    except ColumnError as error:
        return {"error": str(error)}
