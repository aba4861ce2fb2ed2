"""Boxes between tags: `<box>(1,2),(3,4)</box>`, `<|box_start|>...<|box_end|>`, `<|det|>[[...]]<|/det|>`, `<quad>`."""

from typing import NamedTuple

from vlm_rewards_grounding.formats.location_tokens import read_bins
from vlm_rewards_grounding.formats.numbers import numbers
from vlm_rewards_grounding.formats.result import EMPTY, MAX_ITEMS, ParseResult, RawShape

_REFS = (("<ref>", "</ref>"), ("<|object_ref_start|>", "<|object_ref_end|>"), ("<|ref|>", "<|/ref|>"))
_BOXES = (
    *(("<box>", "</box>"), ("<bbox>", "</bbox>"), ("<|box_start|>", "<|box_end|>"), ("<|det|>", "<|/det|>")),
    ("<|begin_of_box|>", "<|end_of_box|>"),
)
_QUADS = (("<quad>", "</quad>"), ("<|quad_start|>", "<|quad_end|>"))
_POINTS = (("<point>", "</point>"),)


class _Span(NamedTuple):
    start: int
    inside: str
    kind: str
    closed: bool


def read_tags(text: str) -> ParseResult:
    """All boxes, quadrilaterals and points between tags, each with the label of the reference before it.

    >>> read_tags("<ref>two dogs</ref><box>(1,2),(3,4)</box>").items[0][:2]
    ((1.0, 2.0, 3.0, 4.0), 'two dogs')
    """
    if "<" not in text:
        return EMPTY
    spans = [
        span
        for kind, tags in (("ref", _REFS), ("box", _BOXES), ("quad", _QUADS), ("point", _POINTS))
        for opening, closing in tags
        if opening in text
        for span in _spans(text, opening, closing, kind)
    ]
    spans.sort()
    items: list[RawShape] = []
    label, whole = None, True
    for span in spans:
        if span.kind == "ref":
            label = span.inside.strip() or None
            continue
        whole = whole and span.closed
        bins = read_bins(span.inside).items if span.kind == "box" and span.inside.startswith("<") else []
        values = numbers(span.inside)
        shapes = [item.values for item in bins] or ([()] if values is None else _shapes(values, span.kind))
        items += [RawShape(shape, label) for shape in shapes]
        if len(items) > MAX_ITEMS:
            break
    return ParseResult(items, "tags", strict=whole, whole=whole) if items else EMPTY


def _spans(text: str, opening: str, closing: str, kind: str) -> list[_Span]:
    """What stands between the tags of one kind; where the closing one is missing, up to the next tag."""
    spans: list[_Span] = []
    at = text.find(opening)
    stop = 0
    while at >= 0 and len(spans) <= MAX_ITEMS:
        start = at + len(opening)
        at = text.find(opening, start)
        if 0 <= stop < start:
            stop = text.find(closing, start)
        if stop >= 0 and (at < 0 or stop < at):
            spans.append(_Span(start, text[start:stop], kind, closed=True))
        else:
            inside = text[start : at if at >= 0 else len(text)].partition("<")[0]
            # Without a bracket at its end the last number may have been cut.
            whole = inside.rstrip().endswith((")", "]"))
            if kind != "ref":
                spans.append(_Span(start, inside if whole else "cut", kind, closed=False))
    return spans


def _shapes(values: list[float], kind: str) -> list[tuple[float, ...]]:
    """Numbers as points, boxes or polygons, by the tag and their count; an empty one is broken."""
    size = 2 if kind == "box" and len(values) == 2 else {"point": 2, "box": 4, "quad": 8}[kind]
    if len(values) % size:
        return [()]
    return [tuple(values[at : at + size]) for at in range(0, len(values), size)]
