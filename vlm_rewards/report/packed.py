"""The rows as a page holds them: figures at once, texts in pieces that are unpacked when they are looked at."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlm_rewards.report.images import Pictures, boxes_of, reference_boxes
from vlm_rewards.report.records import AnsweredRow
from vlm_rewards.report.summary import Summary
from vlm_rewards.text.messages import printable, show
from vlm_rewards.types.output import RewardOutput, Status

#: Rows of which the texts lie together.
_CHUNK = 500

#: Characters of a text that are shown, half of them from its end: a page must stay light, whatever a model wrote.
_SHOWN = 6_000


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows as text in base64 of deflate of JSON."""

    index: str  # figures, statuses and reasons of all rows
    texts: Sequence[str]  # what was asked and answered, by 500 rows
    pictures: Sequence[str]  # thumbnails, each once, as the addresses of themselves


def pack_rows(rows: Sequence[AnsweredRow], summary: Summary, *, base: Path) -> Packed:
    """Pack rows; `base` is the folder that paths of pictures start from."""
    pictures = Pictures(base)
    texts = [
        [_text(row, summary.terms, pictures) for row in rows[at : at + _CHUNK]] for at in range(0, len(rows), _CHUNK)
    ]
    reasons, questions = _Numbers(), _Numbers()
    statuses = [status.value for status in Status]
    outcomes = [[row.terms.get(term) for row in rows] for term in summary.terms]
    index = {
        "chunk": _CHUNK,
        "models": list(map(readable, summary.models)),
        "modes": list(map(readable, summary.modes)),
        "terms": list(map(readable, summary.terms)),
        "statuses": statuses,
        "rows": {
            "row": [row.row for row in rows],
            "id": [None if row.id is None else readable(row.id) for row in rows],
            "question": [questions.of(row.question) for row in rows],
            "model": [summary.models.index(row.model) for row in rows],
            "mode": [summary.modes.index(row.mode) for row in rows],
            "sample": [row.sample for row in rows],
            "total": [_rounded(row.total) for row in rows],
            "skipped": [None if row.skipped is None else readable(row.skipped) for row in rows],
        },
        "value": [[_rounded(row.value(term)) for row in rows] for term in summary.terms],
        "status": [[-1 if one is None else statuses.index(one.status) for one in column] for column in outcomes],
        "reason": [
            [-1 if one is None or not one.reason else reasons.of(readable(one.reason, 300)) for one in column]
            for column in outcomes
        ],
        "reasons": list(reasons),
        "pictures": pictures.sizes,
    }
    return Packed(_packed(index), list(map(_packed, texts)), pictures.sources)


class _Numbers(dict[Any, int]):
    """Values by the order in which they came first."""

    def of(self, value: str | int) -> int:
        return self.setdefault(value, len(self))


def _text(row: AnsweredRow, terms: Sequence[str], pictures: Pictures) -> dict[str, Any]:
    outcomes = [row.terms.get(term) for term in terms]
    return {
        "completion": readable(row.completion or ""),
        "prompt": readable(row.prompt or ""),
        "solution": "" if row.solution is None else readable(row.solution),
        "pictures": [pictures.place(image) for image in row.images],
        "boxes": boxes_of(row.terms),
        "reference": reference_boxes(row.solution),
        "read": [None if one is None else _read(one) for one in outcomes],
        "details": ["" if one is None or not one.details else show(one.details) for one in outcomes],
    }


def _read(outcome: RewardOutput) -> tuple[str, str] | None:
    """The answer that a reward read, and where it stood."""
    answer, source = outcome.details.get("answer"), outcome.details.get("source")
    if answer is None:
        return None
    return readable(answer, 300), readable(source, 40) if isinstance(source, str) else ""


def readable(value: object, most: int = _SHOWN) -> str:
    """A text, cut if it is long; control characters and lone surrogates, which no page may hold, are written out."""
    text = value if isinstance(value, str) else show(value)
    if len(text) > most:
        text = f"{text[: most // 2]}\n… ({len(text) - most} more characters) …\n{text[-most // 2 :]}"
    return "\n".join(map(printable, text.split("\n")))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _packed(value: object) -> str:
    packed = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 6)
    return base64.b64encode(packed).decode()
