"""The rows as a page holds them: figures at once, texts in pieces that are unpacked when they are looked at.

Images lie in it as thumbnails, and boxes that rewards found in the answers beside them.
"""

from __future__ import annotations

import base64
import io
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.report.records import AnsweredRow
from vlm_rewards.report.summary import Summary
from vlm_rewards.text.messages import printable, show
from vlm_rewards.types.images import ImageRef
from vlm_rewards.types.output import RewardOutput, Status
from vlm_rewards.types.pixels import in_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[float, float, float, float]

#: Longest side of a thumbnail, in pixels.
SIDE = 320
#: What has more colours, or as PNG more bytes, is a photograph, which takes much less as JPEG.
_COLOURS, _HEAVY = 2048, 30_000
#: Characters of all thumbnails of a page; images after that are left out.
_ROOM = 10_000_000
#: Boxes that are drawn of one answer: a page must stay light, whatever a model wrote.
_MOST_BOXES = 20
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
    """Pack rows; `base` is the folder that paths of images start from."""
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


class Pictures:
    """Thumbnails, each stored once; relative paths start from the folder `base`."""

    def __init__(self, base: Path) -> None:
        self.sources: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self._base = base
        self._room = _ROOM
        self._known: dict[str, int | str] = {}

    def place(self, image: object) -> int | str:
        """Which of the thumbnails shows an image, or why none does."""
        image = image if isinstance(image, ImageRef) else ImageRef(image, base=self._base)
        if image.source is None:
            return "The data hold this image; name them with --data."
        key = None if image.path is None else str(image.path)
        if key is not None and key in self._known:
            return self._known[key]
        place = self._add(image)
        if key is not None:
            self._known[key] = place
        return place

    def _add(self, image: ImageRef) -> int | str:
        try:
            opened = image.open()
        except ColumnError as error:
            return str(error)
        small = in_rgb(opened)
        small.thumbnail((SIDE, SIDE))
        source = _embedded(small)
        place = self._known.setdefault(f"{opened.size} {source}", len(self.sources))
        if place == len(self.sources):
            self._room -= len(source)
            if self._room < 0:
                return "Left out: this page has 10 MB of images already."
            self.sources.append(source)
            self.sizes.append(opened.size)
        return place


def _embedded(image: Image) -> str:
    """An image as the address of itself: PNG, which keeps charts and pixels sharp, or JPEG for photographs."""
    for kind in ("png", "jpeg") if image.getcolors(_COLOURS) else ("jpeg",):
        buffer = io.BytesIO()
        image.save(buffer, format=kind)
        if buffer.tell() <= _HEAVY:
            break
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def boxes_of(terms: Mapping[str, RewardOutput]) -> list[Box]:
    """The boxes that rewards placed on the image: `box` and `boxes` of the details, in pixels of the original."""
    found = [box for output in terms.values() if output.score is not None for box in _boxes(output.details)]
    return list(dict.fromkeys(found))[:_MOST_BOXES]


def reference_boxes(solution: object) -> list[Box]:
    """The boxes of a reference that is one box or a list of boxes, as numbers or as JSON."""
    if isinstance(solution, str) and solution.lstrip().startswith("["):
        try:
            solution = json.loads(solution)
        except (ValueError, RecursionError):
            return []
    return list(_boxes({"box": solution, "boxes": solution}))[:_MOST_BOXES]


def _boxes(details: Mapping[str, object]) -> Iterator[Box]:
    several = details.get("boxes")
    for value in (details.get("box"), *(several if isinstance(several, list | tuple) else ())):
        if not isinstance(value, list | tuple) or len(value) != 4:
            continue
        if all(isinstance(number, int | float) and abs(number) < 1e9 for number in value):
            x1, y1, x2, y2 = (float(number) for number in value)
            if x2 > x1 and y2 > y1 and not math.isnan(x1 + y1 + x2 + y2):
                yield (x1, y1, x2, y2)
