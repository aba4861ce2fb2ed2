"""Boxes and points in JSON, Python literals, calls and plain lists."""

import json
from typing import Any

from vlm_rewards_grounding.formats.keys import BOX, KINDS, LABEL
from vlm_rewards_grounding.formats.lenient_json import CALL, MAX_DEPTH
from vlm_rewards_grounding.formats.objects import Inner, read_mapping
from vlm_rewards_grounding.formats.result import EMPTY, MAX_ITEMS, ParseResult, RawShape
from vlm_rewards_grounding.formats.shapes import are_pairs, has_only_scalars, sides_of
from vlm_rewards_grounding.formats.values import MAX_VALUES, Value, read_values

MAX_LABEL_CHARS = 200
_PLAIN = json.JSONDecoder()
_BETWEEN = " \t\r\n,;，、|"  # what may stand between the values of one answer
_AROUND_LABEL = " \t\r.,;:，、|-*=()[]`'\""


def read_json(text: str, *, points: bool, every: bool = False, order_known: bool = True) -> ParseResult:
    """What the last answer of a text points at.

    Values with nothing but spaces and commas between them are one answer. Of several answers the last counts that
    names a box or point (`"bbox_2d": ...`) or is a plain list of four numbers; a plain pair counts where there is
    nothing else, or where pairs are what the family writes.

    With `points` pairs of numbers are points, else two of them are the corners of a box. With `every` all values of the
    text count, and take the words before them as labels. The order of x and y under the key `box_2d` is known where the
    family has been declared.

    >>> read_json('{"bbox_2d": [1, 2, 3, 4]} or rather {"bbox_2d": [5, 6, 7, 8]}', points=False).items[0].values
    (5.0, 6.0, 7.0, 8.0)
    """
    answer: _Answer | None = None
    best: _Answer | None = None
    spare: _Answer | None = None
    last = 0
    values = read_values(text)
    for value in values:
        between, last = text[last : value.start], value.stop
        if answer is None or (not every and between.strip(_BETWEEN)):
            answer = _Answer(points=points)
        if every:
            called = value.value.get(CALL, "") if type(value.value) is dict else ""
            answer.label = label_before(between + called) or answer.label
        answer.read(value)
        if answer.named or answer.lists or (points and answer.pairs):
            best = answer
        elif answer.pairs:
            spare = answer
        if answer.count() > MAX_ITEMS:
            break
    best = best or spare
    if len(values) > MAX_VALUES and best is not None and best.count() <= MAX_ITEMS:  # the last answer was not reached
        return EMPTY
    return EMPTY if best is None else best.reading(order_known=order_known)


def label_before(before: str) -> str | None:
    """The words before a box as its label: what stands on its line since the last one, without joints.

    >>> label_before(" and a dog "), label_before(": ")
    ('a dog', None)
    """
    words = before[-MAX_LABEL_CHARS:].rpartition("\n")[2].strip(_AROUND_LABEL)
    return None if words == "and" else words.removeprefix("and ").strip() or None


def _class_of(inner: Inner) -> str | None:
    """The key of a list of lists, which names them all: {"cat": [[1, 2, 3, 4], [5, 6, 7, 8]]}."""
    listed = type(inner.value) is list and all(type(item) is list for item in inner.value)
    return inner.key if listed else None


class _Answer:
    """What the values of one answer hold: things under a key, plain lists of four, plain pairs."""

    __slots__ = ("_points", "label", "lists", "named", "pairs", "strict", "two_orders", "whole")

    def __init__(self, *, points: bool) -> None:
        self.named: list[RawShape] = []
        self.lists: list[RawShape] = []
        self.pairs: list[RawShape] = []
        self.label: str | None = None
        self.strict = self.whole = True
        self.two_orders = False
        self._points = points

    def count(self) -> int:
        return len(self.named) + len(self.lists) + len(self.pairs)

    def reading(self, *, order_known: bool) -> ParseResult:
        ambiguous = "box_2d may hold y before x" if self.two_orders and not order_known else None
        return ParseResult(self.items(), "json" if self.named else "list", self.strict, self.whole, ambiguous)

    def items(self) -> list[RawShape]:
        """What has a key, or else the lists, or else the pairs."""
        if self.named or self.lists or self._points or len(self.pairs) % 2:
            return self.named or self.lists or self.pairs
        # (x1,y1),(x2,y2): a box of Qwen2-VL whose special tokens were dropped
        corners = zip(self.pairs[::2], self.pairs[1::2], strict=True)
        return [first._replace(values=first.values + second.values) for first, second in corners]

    def read(self, value: Value) -> None:
        self.strict = self.strict and value.strict
        self.whole = self.whole and value.whole
        if not value.repeated:
            self._walk(value.value, self.label, 0)
            return
        twice = _Answer(points=self._points)
        twice._walk(value.value, None, 0)
        if twice.count():  # which of two boxes under one key is meant is not said
            self.named.append(RawShape(()))

    def _walk(self, node: Any, label: str | None, depth: int) -> None:
        if depth > MAX_DEPTH or self.count() > MAX_ITEMS:
            return
        if type(node) is dict:
            found = read_mapping(node, label, points=self._points)
            self.named += found.items
            self.two_orders = self.two_orders or found.two_orders
            for inner in found.inner:
                if inner.key is not None and type(inner.value) is list and has_only_scalars(inner.value):
                    if len(inner.value) == 4:  # {"cat": [1, 2, 3, 4]}; two numbers may be anything
                        self._plain(inner.value, inner.key)
                else:
                    self._walk(inner.value, _class_of(inner) or inner.label, depth + 1)
        elif type(node) is list:
            self._list(node, label, depth)

    def _list(self, node: list[Any], label: str | None, depth: int) -> None:
        if has_only_scalars(node):
            self._plain(node, label)
        elif not self._points and len(node) == 2 and are_pairs(node):
            self._plain([side for corner in node for side in corner], label)
        else:
            for item in node:
                if type(item) is dict or type(item) is list:
                    self._walk(item, label, depth + 1)

    def _plain(self, node: list[Any], label: str | None) -> None:
        kind = {4: self.lists, 2: self.pairs}.get(len(node))
        if kind is not None and (sides := sides_of(node)):
            kind.append(RawShape(sides, label))


def read_plain_json(text: str) -> ParseResult | None:
    """What a text holds whose only brackets are those of one JSON value; None: read it the long way.

    It gives what `read_json` gives, or None.

    >>> read_plain_json('Here: [{"bbox_2d": [1, 2, 3, 4], "label": "cat"}].').items[0][:2]
    ((1.0, 2.0, 3.0, 4.0), 'cat')
    """
    start, listed = text.find("{"), text.find("[")
    if listed >= 0 and not 0 <= start < listed:
        start = listed
    if start < 0 or "(" in text[:start]:
        return None
    strict = True
    if "'" in text and '"' not in text and "\\" not in text:  # a literal of Python
        strict, text = False, text.replace("'", '"')
    try:
        value, stop = _PLAIN.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    mappings = (value,) if type(value) is dict else [node for node in value if type(node) is dict]
    if text.count(":", start, stop) != sum(map(len, mappings)):  # a key stands twice, or something is nested
        return None
    rest = text[stop:]
    if "{" in rest or "[" in rest or "(" in rest:
        return None
    if type(value) is dict:
        item = _item(value)
        return None if item is None else ParseResult([item], "json", strict, whole=True)
    if len(value) == 4 and (sides := sides_of(value)):
        return ParseResult([RawShape(sides)], "list", strict, whole=True)
    items = [_item(node) for node in value[: MAX_ITEMS + 1]]
    found = [item for item in items if item is not None]
    return ParseResult(found, "json", strict, whole=True) if 0 < len(found) == len(value) else None


def _item(node: Any) -> RawShape | None:
    """A mapping of one box of four numbers and no more than one label."""
    if type(node) is not dict:
        return None
    sides = label = None
    for key, value in node.items():
        kind = KINDS.get(key)
        if type(value) is list:
            if kind != BOX or sides is not None or len(value) != 4 or key == "box_2d":
                return None
            sides = sides_of(value)
            if value[0] == value[2] and value[1] == value[3]:  # in some families a point
                return None
        elif kind == LABEL and label is None and type(value) is str:
            label = value
        else:
            return None
    return RawShape(sides, label) if sides else None
