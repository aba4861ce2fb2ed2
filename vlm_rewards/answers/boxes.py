r"""Find boxed answers: `\boxed{..}`, `\fbox{..}`, and the tokens that GLM writes around one."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from vlm_rewards.answers.languages import lowered
from vlm_rewards.answers.marks import AnswerMarks

MAX_TOGETHER = 40
MAX_BETWEEN_CHARS = 60
MAX_OPEN_CHARS = 1000
_JOINS = frozenset(
    ("and", "or", "for", "part", "a", "b", "quad", "qquad", "text", "with", "i", "ii", "else", "vs", "versus")
) | frozenset(("either", "maybe", "perhaps", "possibly"))
_Spans = tuple[tuple[int, int], ...]


class Box(NamedTuple):
    """What the last box holds, joined with those right before it, and where the last one starts and ends."""

    text: str
    start: int
    end: int
    closed: bool = True


def boxed_spans(text: str, commands: tuple[str, ...], tokens: tuple[tuple[str, str], ...]) -> _Spans:
    r"""Start and end of the inside of each closed, outermost box.

    Args:
        text: Any text.
        commands: LaTeX commands that box their argument.
        tokens: Opening and closing tokens around a box; a pair with a LaTeX box in it counts as that one.

    >>> boxed_spans("\\boxed{7}", ("\\boxed",), ())
    ((7, 8),)
    """
    found = _command_spans(text, commands)
    for opening, closing in tokens:
        if closing in text:
            found = _with_token_boxes(text, found, opening, closing)
    return tuple(found)


def last_box(text: str, marks: AnswerMarks) -> Box | None:
    """The last box that holds anything; a closed one before one that never closes."""
    if not any([mark in text for mark in (*marks.boxes, *[closing for _, closing in marks.box_tokens])]):  # noqa: C419
        return None
    spans = [span for span in boxed_spans(text, marks.boxes, marks.box_tokens) if text[span[0] : span[1]].strip()]
    if not spans:
        return _open_box(text, marks)
    first = len(spans) - 1
    while first and len(spans) - first < MAX_TOGETHER and _joins(_before(text, spans, first, marks)):
        first -= 1
    parts = [text[start:end].strip() for start, end in spans[first:]]
    names = [_name(_before(text, spans, at, marks)) for at in range(first, len(spans))] if len(parts) > 1 else [""]
    if all(names):
        parts = [f"{name} = {part}" for name, part in zip(names, parts, strict=True)]
    return Box(", ".join(dict.fromkeys(parts)), *spans[-1])


def _open_box(text: str, marks: AnswerMarks) -> Box | None:
    at, command = max([(text.rfind(command), command) for command in marks.boxes])
    inside = text[at + len(command) : at + len(command) + MAX_OPEN_CHARS].lstrip() if at >= 0 else ""
    start = text.find(inside, at + len(command))
    if inside[:1] == "{" and inside.count("{") > inside.count("}") and len(text) - start < MAX_OPEN_CHARS:
        said = inside[1:].strip().rstrip("$. \n")
        return Box(said, start + 1, len(text), closed=False) if said else None
    word = (inside.split(maxsplit=1) or [""])[0].rstrip("$.,")
    is_value = word[:1].isascii() and (word[:1].isalnum() or word[:1] in ("-", "\\"))
    return Box(word, start, start + len(word), closed=False) if is_value else None


def _before(text: str, spans: list[tuple[int, int]], at: int, marks: AnswerMarks) -> str:
    """The end of what stands between a box and the one before it, without what opens and closes them."""
    start = spans[at][0]
    between = text[max(spans[at - 1][1] if at else 0, start - 2 * MAX_BETWEEN_CHARS) : start]
    for opening, closing in marks.box_tokens:
        between = between.removeprefix(closing).removesuffix(opening)
    between = between.removeprefix("}").rstrip("{ ")
    for command in marks.boxes:
        between = between.removesuffix(command)
    return between


def _joins(between: str) -> bool:
    r"""Whether two boxes are one answer: `\boxed{1} and \boxed{2}`, `x = \boxed{1}, y = \boxed{2}`."""
    if len(between) > MAX_BETWEEN_CHARS:
        return False
    name = _name(between)
    said = lowered(between.rpartition(name)[0] if name else between)
    is_apart = "." in (said.removeprefix(".") if "part" in said else said) or "\n\n" in said.strip()
    return not is_apart and _JOINS.issuperset("".join(sign if sign.isalpha() else " " for sign in said).split())


def _name(before: str) -> str:
    r"""The unknown that a box gives the value of, from what stands before it: `y_1` of `and \( y_1 =`."""
    named, sign, nothing = before.rpartition("=")
    word = named.split()[-1].lstrip("$(\\,") if sign and not nothing.strip() and named.split() else ""
    return word if len(word) <= 6 and word[:1].isalpha() else ""


def _command_spans(text: str, commands: tuple[str, ...]) -> list[tuple[int, int]]:
    r"""One pass over the braces; `\{` and `\}` are text, as in LaTeX, but `\\` before a brace is a line break."""
    at = min([at for command in commands if (at := text.find(command)) >= 0], default=-1)
    last = max([text.rfind(command) for command in commands])
    forms = (*commands, *(f"{command} " for command in commands))
    spans: list[tuple[int, int]] = []
    depth: list[int] = []  # for each open brace: where its inside starts if a box opened it, else -1
    next_open, next_close = text.find("{", at), text.find("}", at)
    while next_close >= 0 and (depth or at <= last):  # nothing is boxed behind the last command
        if 0 <= next_open < next_close:
            at, next_open = next_open, text.find("{", next_open + 1)
            if text[at - 1] != "\\" or not _escaped(text, at):
                depth.append(at + 1 if text.endswith(forms, 0, at) else -1)
            continue
        at, next_close = next_close, text.find("}", next_close + 1)
        start = depth.pop() if depth and (text[at - 1] != "\\" or not _escaped(text, at)) else -1
        if start >= 0:
            while spans and spans[-1][0] > start:  # the outermost box counts
                spans.pop()
            spans.append((start, at))
    return spans


def _with_token_boxes(text: str, spans: list[tuple[int, int]], opening: str, closing: str) -> list[tuple[int, int]]:
    """The spans, and those between each closing token and the last opening one before it that overlap none of them."""
    found = list(spans)
    before, end = 0, text.find(closing)
    while end >= 0:
        start = text.rfind(opening, before, end) + len(opening)
        at = bisect_left(spans, (end,))
        if start >= before + len(opening) and (not at or spans[at - 1][1] < start):
            found.append((start, end))
        before, end = end, text.find(closing, end + 1)
    return sorted(found)


def _escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before a position."""
    start = at
    while start and text[start - 1] == "\\":
        start -= 1
    return (at - start) % 2 == 1
