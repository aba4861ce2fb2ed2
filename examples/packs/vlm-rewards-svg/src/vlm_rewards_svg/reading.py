"""An answer as an SVG that is safe to draw: read by an allow-list, and written anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from vlm_rewards_svg.allowed import ELEMENTS, KEPT, LINKED, NUMBERS, PAINTED, SILENT
from vlm_rewards_svg.numbers import scale_of, total

__all__ = ["Drawing", "RefusedError", "read"]

MOST_CHARACTERS, MOST_NODES, MOST_DEPTH = 200_000, 5_000, 64
#: The work of drawing, of which a node is 1 as often as it is drawn, and a layer with an opacity or a clip 3; how far
#: numbers may reach, in widths of the view box; how many widths and how many dashes are as much as a node.
MOST_WORK, FARTHEST, WIDTHS_A_NODE, DASHES_A_NODE = 8_000.0, 10_000.0, 10.0, 100.0

_TRANSFORMS = ("transform", "gradientTransform")
#: `Drawing.at` writes the root; what it hands down to its children becomes that of a group.
_OF_ROOT, _WRITTEN = frozenset({"x", "y", "width", "height", "viewBox"}), {"svg": "g"}

Box = tuple[float, float, float, float]


class RefusedError(Exception):
    """Why an answer is not drawn: a name of the kind, a colon, and what was found."""


@dataclass(frozen=True)
class Drawing:
    """An SVG that may be drawn: `box` is its view box (x, y, width, height), `source` the text that the answer has."""

    source: str
    box: Box
    body: str

    def at(self, size: int) -> str:
        """The document that is drawn: a square of `size` pixels, which the whole view box fills."""
        box = " ".join(f"{number:g}" for number in self.box)
        root = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="{box}"'
        return f'{root} preserveAspectRatio="none">{self.body}</svg>'


def read(answer: str) -> Drawing:
    """The SVG of an answer. Raises RefusedError for none, for several and for what is not allowed."""
    starts = [start for mark in ("<?xml", "<!DOCTYPE", "<svg") if (start := answer.find(mark)) >= 0]
    end = answer.rfind("</svg>")
    if not starts or end < min(starts):
        raise RefusedError("no_svg: the answer holds no <svg> ... </svg>")
    source = answer[min(starts) : end + len("</svg>")]
    if len(source) > MOST_CHARACTERS:
        raise RefusedError(f"too_large: over {MOST_CHARACTERS:,} characters")
    reader = _Reader()
    try:
        reader.parser.Parse(source.encode(), True)  # noqa: FBT003 - this is all of it
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise RefusedError(f"no_xml: {error}") from None
    work = reader.done.work + reader.done.length / reader.dash / DASHES_A_NODE
    if not work <= MOST_WORK:
        raise RefusedError(f"too_large: the work of over {MOST_WORK:,.0f} nodes")
    return Drawing(source, reader.box, "".join(reader.written))


@dataclass
class _Open:
    """An element that is being read, or a part that others may refer to."""

    name: str
    id: str = ""
    scale: float = 1.0  # of all transforms around it, at least
    work: float = 1.0  # of all that is drawn with it, in nodes
    length: float = 0.0  # of its lines, in units of its own


class _Reader:
    """Writes what is allowed of a document, one element at a time, and adds up the work of drawing it."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")  # whatever it says itself: it is text
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.written: list[str] = []
        self.open: list[_Open] = []
        self.known: dict[str, _Open] = {}
        self.nodes = self.silent = 0
        self.dash = float("inf")  # the shortest pattern of dashes
        self.box: Box = (0.0, 0.0, 0.0, 0.0)
        self.done = _Open("")

    def _doctype(self, *_: object) -> None:
        raise RefusedError("doctype: <!DOCTYPE> is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES or len(self.open) + self.silent >= MOST_DEPTH:
            raise RefusedError(f"too_large: over {MOST_NODES:,} nodes, or {MOST_DEPTH} levels")
        if self.silent or name in SILENT:
            self.silent += 1
            return
        if name not in ELEMENTS or (name == "svg") != (not self.open):
            raise RefusedError(f"element: <{name[:40]}> is not drawn")
        if name == "svg":
            self.box = _view_box(attributes)
            attributes = {key: value for key, value in attributes.items() if key not in _OF_ROOT}
        held = _styled(attributes)
        node = _Open(name, held.get("id", ""), self.open[-1].scale if self.open else 1.0)
        self.open.append(node)
        self._weigh(node, held)
        kept = "".join(f" {key}={quoteattr(value)}" for key, value in held.items() if key in KEPT)
        self.written.append(f"<{_WRITTEN.get(name, name)}{kept}>")

    def _weigh(self, node: _Open, held: Mapping[str, str]) -> None:
        """Add what the attributes of a node cost. Raises RefusedError for those that are not allowed."""
        for key in sorted(held, key=lambda key: key not in _TRANSFORMS):  # these come first
            value = held[key].strip()
            if key.startswith("on"):
                raise RefusedError(f"script: the attribute {key[:40]}")
            try:
                widths = self._measure(node, key, value) / min(self.box[2:])
            except (ValueError, OverflowError):
                raise RefusedError(f"number: {key}={value[:40]!r}") from None
            if not widths <= FARTHEST:
                raise RefusedError("too_large: numbers far outside of the view box")
            node.work += widths / WIDTHS_A_NODE
            if key == "href" or "url(" in value or "data:" in value:
                self._refer(node, key, value)
            if key in ("opacity", "clip-path"):  # drawn apart, and then laid over the rest
                node.work += 2

    def _measure(self, node: _Open, key: str, value: str) -> float:
        """How far the numbers of an attribute reach, in units of the view box. Raises ValueError for what is none."""
        if key in _TRANSFORMS:
            scale, moved = scale_of(value)
            node.scale *= scale
            return moved * node.scale
        if key not in NUMBERS or value == "none":
            return 0.0
        length = total(value, path=key == "d") * (max(1.0, max(self.box[2:]) / 100) if "%" in value else 1.0)
        if key == "stroke-dasharray":
            self.dash = min(self.dash, max(length, 1e-9))
        node.length += length
        return length * node.scale

    def _refer(self, node: _Open, key: str, value: str) -> None:
        """Add the work of the element that an attribute refers to, which stands before it: so nothing is circular."""
        name = ""
        if key == "href" and node.name in LINKED and value.startswith("#"):
            name = value[1:]
        elif key in PAINTED and value.startswith("url(#") and value.endswith(")"):
            name = value[5:-1]
        if name not in self.known:
            raise RefusedError(f"link: {key}={value[:40]!r} on <{node.name}> is no id of an element before it")
        node.work += self.known[name].work * node.scale
        node.length += self.known[name].length

    def _end(self, _: str) -> None:
        if self.silent:
            self.silent -= 1
            return
        node = self.open.pop()
        self.written.append(f"</{_WRITTEN.get(node.name, node.name)}>")
        around = self.open[-1] if self.open else self.done
        around.work += node.work
        around.length += node.length
        if not around.work <= MOST_WORK:
            raise RefusedError(f"too_large: the work of over {MOST_WORK:,.0f} nodes")
        if node.id:
            self.known[node.id] = node

    def _text(self, text: str) -> None:
        if not self.silent and self.open and self.open[-1].name in ("text", "tspan"):
            self.written.append(escape(text))
            self.open[-1].work += len(text)


def _styled(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes by their names without a prefix, over which those of `style` go."""
    held = {name.removeprefix("xlink:"): value for name, value in attributes.items()}
    for declaration in held.pop("style", "").split(";"):
        name, _, value = declaration.partition(":")
        held[name.strip()] = value.replace("!important", "").strip()
    held.pop("", None)
    return held


def _view_box(attributes: Mapping[str, Any]) -> Box:
    """What of the plane is shown. Raises RefusedError where that is not four sensible numbers."""
    size = (attributes.get(side, "").removesuffix("px") for side in ("width", "height"))
    given = attributes.get("viewBox", " ".join(["0 0", *size])).replace(",", " ").split()
    try:
        x, y, width, height = map(float, given)
    except ValueError:
        raise RefusedError(f"view_box: {' '.join(given)[:40]!r} is not four numbers") from None
    if not (min(width, height) >= 0.1 and max(abs(x), abs(y), width, height) <= 10_000):
        raise RefusedError("view_box: a side is under 0.1, or something over 10,000")
    return x, y, width, height
