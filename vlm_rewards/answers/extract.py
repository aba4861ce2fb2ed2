r"""Commit to the one final answer of a completion.

Of all statements that are marked (box, JSON, `####`) or announced, the one whose value starts last counts. A tag is a
scope: where nothing is stated behind the last tag, its inside is read by the same rule. What is not that answer is not
read. Every search is a `find` or `rfind`; nothing here matches a regular expression or evaluates anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from vlm_rewards.answers.anchors import last_anchor
from vlm_rewards.answers.boxes import last_box
from vlm_rewards.answers.clean import clean, without_end_tokens, without_lead
from vlm_rewards.answers.fallbacks import (
    bounds,
    first_or_last_line,
    is_sentence,
    last_formula,
    last_number,
    sentence_value,
)
from vlm_rewards.answers.languages import lowered
from vlm_rewards.answers.marks import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.answers.reasoning import split_reasoning

__all__ = ["NUMERIC", "SHORT", "STATED", "Answer", "Source", "answer_block", "extract_answer", "reference_answer"]

MAX_WHOLE_CHARS = 120
MAX_WHOLE_WORDS = 8
MAX_CLEANED_CHARS = 4096
MAX_SHOWN_CHARS = 200


class Source(StrEnum):
    """Where an answer stood."""

    BOX = "box"
    TAG = "tag"
    JSON = "json"
    HASHES = "hashes"
    ANCHOR = "anchor"
    WHOLE = "whole"
    LAST_LINE = "last_line"
    FIRST_LINE = "first_line"
    LAST_FORMULA = "last_formula"
    LAST_NUMBER = "last_number"


STATED = (Source.BOX, Source.TAG, Source.JSON, Source.HASHES, Source.ANCHOR)
SHORT = (*STATED, Source.WHOLE, Source.LAST_LINE, Source.FIRST_LINE)
NUMERIC = (*STATED, Source.WHOLE, Source.LAST_FORMULA, Source.LAST_NUMBER)

_PROSE = frozenset((Source.HASHES, Source.ANCHOR, Source.WHOLE, Source.LAST_LINE, Source.FIRST_LINE))
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_STYLES = ("\\text", "\\textbf", "\\mathrm", "\\mathbf", "\\textit")
_LEAD_ENDS = (" is", " are", ":", "：", "=", "是", "为")
_POINTERS = "#>=`∴⇒→ \t\n"


class Answer(NamedTuple):
    """The final answer of a completion.

    Args:
        text: The answer, clean of emphasis, its full stop, end tokens and a clause of reason.
        source: Where it stood.
        span: Start and end of where it stood, in characters of `response`.
        closed: False for a box or a tag that never closes.
    """

    text: str
    source: Source
    span: tuple[int, int]
    closed: bool = True

    def details(self) -> dict[str, str]:
        """The entries for `RewardOutput.details`, the same in every reward."""
        return {"answer": self.text[:MAX_SHOWN_CHARS].encode("utf-8", "replace").decode(), "source": self.source.value}


class _Completion(Protocol):
    @property
    def response(self) -> str: ...
    @property
    def marks(self) -> AnswerMarks: ...


def extract_answer(completion: _Completion, *, sources: Sequence[Source] = SHORT) -> Answer | None:
    r"""The final answer of a completion; None without one.

    Args:
        completion: What has a `response` and `marks`.
        sources: Where an answer may stand; `NUMERIC` also takes the value out of a sentence.

    >>> from vlm_rewards import Completion
    >>> extract_answer(Completion("So \\boxed{7}. No wait, the answer is 8.")).text
    '8'
    >>> extract_answer(Completion("The answer is 17 people in the year 1999."), sources=NUMERIC)
    Answer(text='17', source=<Source.ANCHOR: 'anchor'>, span=(14, 41), closed=True)
    """
    return _Reader(completion.response, completion.marks, frozenset(sources)).read()


def answer_block(completion: _Completion) -> str:
    """The inside of the last answer tag, or else the whole response: for JSON, tables, boxes and long texts.

    >>> from vlm_rewards import Completion
    >>> answer_block(Completion("So <ANSWER>[1, 2]</ANSWER>")), answer_block(Completion("[1, 2]</s>"))
    ('[1, 2]', '[1, 2]')
    """
    reader = _Reader(completion.response, completion.marks, frozenset(STATED))
    tag = reader.tag()
    start, end = (0, len(reader.text)) if tag is None else tag[1:3]
    return reader.text[start:end].strip()


def reference_answer(text: str, marks: AnswerMarks = DEFAULT_MARKS) -> str:
    r"""The answer in a reference: what it states, or else all of it.

    >>> reference_answer("3 + 4 = 7\n#### 7"), reference_answer("It is \\boxed{7}."), reference_answer("x + 1")
    ('7', '7', 'x + 1')
    """
    if text.isascii() and not any(sign in text for sign in " \\<#{:"):
        return clean(text, prose=False)
    response = split_reasoning(text, marks.reasoning)[1] or text
    found = _Reader(response, marks, frozenset(STATED)).read()
    return found.text if found is not None else clean(response, prose=False)


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str, marks: AnswerMarks, sources: frozenset[Source]) -> None:
        self.text = without_end_tokens(text, marks.end)
        self.lower = lowered(self.text)
        self.marks = marks
        self.sources = sources
        self.languages = marks.languages
        self.numeric = not sources.isdisjoint((Source.LAST_FORMULA, Source.LAST_NUMBER))

    def read(self) -> Answer | None:
        if not self.text.strip():
            return None
        tag = self.tag() if Source.TAG in self.sources else None
        found = self.stated(0 if tag is None else tag[3], len(self.text))
        if found is None and tag is not None:
            _, start, end, _, closed = tag
            inner = self.stated(start, end)
            found = (
                self.answer(start, end, Source.TAG, closed=closed) if inner is None else inner._replace(closed=closed)
            )
        return found or self.fallback()

    def tag(self) -> tuple[int, int, int, int, bool] | None:
        """Where the last tag starts, its inside starts and ends, and it ends; and whether it closes."""
        found = []
        for opening, closing in self.marks.answer:
            end, opened = self.lower.rfind(closing.lower()), self.lower.rfind(opening.lower())
            if opened > end:
                found.append((opened, opened + len(opening), len(self.text), len(self.text), False))
            elif (at := self.lower.rfind(opening.lower(), 0, max(end, 0))) >= 0:
                found.append((at, at + len(opening), end, end + len(closing), True))
        return max(found, default=None)

    def answer(self, start: int, end: int, source: Source, *, text: str | None = None, closed: bool = True) -> Answer:
        said = self.text[start:end] if text is None else text
        prose = source in _PROSE
        said = clean(said, self.languages, prose=prose) if len(said) <= MAX_CLEANED_CHARS else said.strip()
        if self.numeric and source in (Source.ANCHOR, Source.HASHES, Source.TAG):
            said = self.value(said)
        return Answer(said, source, (start, end), closed)

    # -- statements --------------------------------------------------------------------------------------------------

    def stated(self, start: int, end: int) -> Answer | None:
        """The statement in a part of the text whose value starts last."""
        part = self.text[start:end]
        found: list[tuple[int, Callable[[], Answer]]] = []
        after = start  # what stands before the last marked statement cannot start behind it
        if Source.JSON in self.sources and (field := self.field(part)) is not None:
            span = start + field[0], start + field[1]
            after = span[1]
            found.append((span[0], partial(self.inside, *span, Source.JSON, field[2])))
        box = last_box(part, self.marks) if Source.BOX in self.sources else None
        if box is not None and start + box.start >= after:
            span = start + box.start, start + box.end
            after = span[1]
            found.append((span[0], partial(self.inside, *span, Source.BOX, box.text, closed=box.closed)))
        hashes = self.hashes(after, end) if Source.HASHES in self.sources else None
        if hashes is not None:
            after = hashes[0]
            found.append((after, partial(self.answer, *hashes, Source.HASHES)))
        if Source.ANCHOR in self.sources:
            anchor = last_anchor(self.text, self.lower, after, end, languages=self.languages)
            if anchor is not None and not (found and _is_prose(anchor.text)):
                found.append((anchor.start, partial(self.answer, anchor.start, anchor.end, Source.ANCHOR)))
        return max(found, key=itemgetter(0))[1]() if found else None

    def inside(self, start: int, end: int, source: Source, text: str, *, closed: bool = True) -> Answer:
        """A box or field; what is announced or boxed in it is its answer."""
        text = clean(text, self.languages, prose=False)
        style, _, rest = text.partition("{")
        lead, _, value = rest.partition("}")
        if style in _STYLES and value.strip() and lead.strip().endswith(_LEAD_ENDS):  # `\text{The area is } 12`
            return self.answer(start, end, source, text=value, closed=closed)
        words = " " in text or ":" in text or not text.isascii()
        said = last_anchor(text, lowered(text), 0, len(text), languages=self.languages) if words else None
        if said is not None:
            return self.answer(start, end, source, text=clean(said.text, self.languages, prose=True), closed=closed)
        box = last_box(text, self.marks) if "\\" in text else None
        return self.answer(start, end, source, text=text if box is None else box.text, closed=closed)

    def field(self, part: str) -> tuple[int, int, str] | None:
        """Where a JSON object starts and ends, and the text of the field in it that holds the answer."""
        places = {part.find("{") if part.lstrip()[:1] == "{" else -1, part.rfind("\n{") + 1, part.find("\n{") + 1}
        for at in sorted((at for at in places if at >= 0 and part.startswith("{", at)), reverse=True):
            try:
                read, end = _DECODER.raw_decode(part, at)
            except (ValueError, RecursionError):
                continue
            fields = {str(key).lower(): value for key, value in read.items()}
            key = next((key for key in self.marks.json_keys if key in fields), None)
            text = "" if key is None else _as_text(fields[key])
            if text:
                return at, end, text
        return None

    def hashes(self, start: int, end: int) -> tuple[int, int] | None:
        """Where that stands which follows the last `####`: a value, or anything in the last line."""
        at = self.text.rfind("####", start, end)
        if at < 0:
            return None
        line = self.text[at + 4 : end].partition("\n")[0]
        last = at + 4 + len(line) >= end
        is_value = line.strip(" *$-−+(\\")[:1].isdecimal() or line.strip().startswith(("$", "\\"))
        if not line.strip(" #*") or not (last or is_value):
            return None
        return at + 4, at + 4 + len(line)

    # -- values of sentences and fallbacks ---------------------------------------------------------------------------

    def value(self, text: str) -> str:
        """The value that a sentence opens with or states, else its last one; a text that is no sentence as it is."""
        value = sentence_value(text)
        if value is not None:
            return value
        if not is_sentence(text) or bounds(text):
            return _without_article(text)
        formula, number = last_formula(text), last_number(text)
        found = formula[0] if formula[1] >= number[1] - 1 else number[0]
        return text if found is None else found

    def fallback(self) -> Answer | None:
        whole = self.text.strip()
        start = self.text.find(whole)
        if self.numeric:
            return self.numeric_fallback(whole, start)
        if Source.WHOLE in self.sources and "\n" not in whole:
            return self.answer(start, start + len(whole), Source.WHOLE)
        if Source.LAST_LINE not in self.sources:
            return None
        line, first = first_or_last_line(whole)
        at = start if first else max(self.text.rfind(line), start)
        return self.answer(at, at + len(line), Source.FIRST_LINE if first else Source.LAST_LINE, text=line)

    def numeric_fallback(self, whole: str, start: int) -> Answer | None:
        if whole.startswith("```") and whole.count("\n") == 2:  # a line in a fence
            whole = whole.split("\n")[1].strip()
            start = self.text.find(whole)
        said, value = whole, ""
        if len(whole) <= MAX_WHOLE_CHARS and "\n" not in whole:
            said = clean(whole.lstrip(_POINTERS), self.languages, prose=True)
            value = said if len(said.split()) <= MAX_WHOLE_WORDS else ""
        formula, number = last_formula(said), last_number(said)
        mixed = formula[0] is not None and said[:1] not in "$-(\\" and not said[:1].isdecimal()
        if Source.WHOLE in self.sources and value and not mixed:
            value = without_lead(value, self.languages)
            value = sentence_value(value) or _stated(value)
            if not is_sentence(value):
                return Answer(_without_article(value), Source.WHOLE, (start, start + len(whole)))
        for (found, end), other, source in (
            (formula, number[1] - 1, Source.LAST_FORMULA),
            (number, formula[1], Source.LAST_NUMBER),
        ):
            if found is not None and source in self.sources and end >= other:
                at = max(self.text.rfind(found), start)
                return Answer(found, source, (at, at + len(found)))
        return None


def _is_prose(text: str) -> bool:
    """Whether an announcement is a sentence without a value: `The answer is in the box above`."""
    return is_sentence(text) and not any(sign.isdecimal() or sign in "$\\" for sign in text)


def _stated(text: str) -> str:
    """What a short sentence says of its subject: `The function is increasing`, `Total: 42`; else the whole text."""
    before, verb, value = text.partition(" is " if " is " in text else ": ")
    named = verb and verb not in value and len(before) > 2 and not any(sign.isdecimal() for sign in before)
    return value.strip() if named else text  # `B: 12` is an option behind its label


def _without_article(text: str) -> str:
    head, _, rest = text.partition(" ")
    return rest if head.lower() in ("a", "an") and rest.isascii() and rest[:2].isalpha() and rest.islower() else text


def _as_text(value: Any) -> str:
    """A value of JSON as an answer: a text or number, a list of them, or its JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) and "," not in item for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
