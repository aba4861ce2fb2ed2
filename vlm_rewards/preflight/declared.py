"""What a reward checks of a dataset by itself: `@reward(preflight=...)`, which gives and takes plain JSON."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight.findings import Finding, Severity, about_rows
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.registry.decorator import RESERVED
from vlm_rewards.scoring.plain import plain, sendable
from vlm_rewards.text.messages import explain, pass_on_interrupt
from vlm_rewards.types.images import ImageRef


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
    if not term.info.has_preflight or term.asked is None:
        return [], set()
    try:
        found = [_Declared.model_validate(finding) for finding in term.asked.preflight(as_json(reading))]
    except BaseException as error:  # noqa: BLE001 - a broken preflight is a broken pack
        pass_on_interrupt(error)
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


def as_json(reading: Reading) -> dict[str, Any]:
    """A reading as its reward gets it, without the rows and options whose values are not JSON."""
    names = [column.name for column in reading.term.info.columns]
    columns = {name: reading.values(name) for name in names if name not in RESERVED}
    usable = [row for row in reading.rows if row not in reading.bad]
    images = reading.images() if "images" in names else None
    values = {row: {name: held[row] for name, held in columns.items()} for row in usable}
    rows = [
        {"row": row, "columns": held, "images": [] if images is None else [_image(image) for image in images[row]]}
        for row, held in sendable(values).items()
    ]
    context = plain(dataclasses.asdict(reading.batch.context))
    return {"params": sendable(reading.term.params), "context": context, "rows": rows}


def _image(image: ImageRef) -> dict[str, Any]:
    try:
        return {"size": list(image.size)}
    except ColumnError as error:
        return {"error": str(error)}
