r"""Commit to the one final answer of a completion.

Of all statements that are marked (box, JSON, `####`) or announced, the one whose value starts last counts. A tag is a
scope: where nothing is stated behind the last tag, its inside is read as a text of its own. What is not that answer is
not read. Every search is a `find` or `rfind`; nothing here matches a regular expression or evaluates anything.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from vlm_rewards.answers.anchors import last_anchor
from vlm_rewards.answers.boxes import last_box
from vlm_rewards.answers.clean import clean, without_end_tokens
from vlm_rewards.answers.languages import lowered
from vlm_rewards.answers.marks import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.answers.reasoning import split_reasoning
from vlm_rewards.answers.values import DOUBTS, bounds, first_or_last_line, is_sentence, last_value, value_of

MAX_WHOLE_CHARS = 120
MAX_WHOLE_WORDS = 8
MAX_CLEANED_CHARS = 4096
MAX_SHOWN_CHARS = 200
MAX_KEPT_CHARS = 200


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

_BOX, _TAG, _JSON, _HASHES, _ANCHOR = STATED
_PROSE = (Source.HASHES, Source.ANCHOR, Source.WHOLE, Source.LAST_LINE, Source.FIRST_LINE)
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_STYLES = ("\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{", "\\textit{")
_LEAD_ENDS = (" is", " are", ":", "：", "=", "是", "为")
_POINTERS = "#>=`∴⇒→ \t\n"


class Answer(NamedTuple):
    """The final answer of a completion.

    Attributes:
        text: The answer, clean of emphasis, its full stop, end tokens and a clause of reason.
        source: Where it stood.
        span: Start and end of where it stood, in characters of `response`.
        closed: False for a box or a tag that never closes.
    """

    text: str
    source: Source
    span: tuple[int, int]
    closed: bool = True

    def details(self) -> dict[str, Any]:
        """The entries for `RewardOutput.details`, the same in every reward: `at` is the span, in `response`."""
        text = self.text[:MAX_SHOWN_CHARS].encode("utf-8", "replace").decode()
        return {"answer": text, "source": self.source.value, "at": list(self.span)}


def _read(text: str, marks: AnswerMarks, sources: tuple[Source, ...]) -> Answer | None:
    return _kept(text, marks, sources) if len(text) < MAX_KEPT_CHARS else _Reader(text, marks, sources).read()


@lru_cache(maxsize=256)  # a short text is read for several references and rewards, and a reference for a whole group
def _kept(text: str, marks: AnswerMarks, sources: tuple[Source, ...]) -> Answer | None:
    return _Reader(text, marks, sources).read()


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
    return _read(completion.response, completion.marks, tuple(sources))


def answer_block(completion: _Completion) -> str:
    """The inside of the last answer tag, or else the whole response: for JSON, tables, boxes and long texts.

    >>> from vlm_rewards import Completion
    >>> answer_block(Completion("So <ANSWER>[1, 2]</ANSWER>")), answer_block(Completion("[1, 2]</s>"))
    ('[1, 2]', '[1, 2]')
    """
    text = without_end_tokens(completion.response, completion.marks.end)
    tag = _last_tag(text, lowered(text), completion.marks.answer)
    return _unfenced(text.strip() if tag is None else text[tag[1] : tag[2]].strip())


def reference_answer(text: str, marks: AnswerMarks = DEFAULT_MARKS) -> str:
    r"""The answer in a reference: what it states, or else all of it.

    >>> reference_answer("3 + 4 = 7\n#### 7"), reference_answer("It is \\boxed{7}."), reference_answer("x + 1")
    ('7', '7', 'x + 1')
    """
    if text.isascii() and not any(sign in text for sign in " \\<#{:"):
        return clean(text, prose=False)
    response = split_reasoning(text, marks.reasoning)[1] or text
    found = _read(response, marks, STATED)
    return found.text if found is not None else clean(response, prose=False)


def is_cut_off(answer: Answer, response: str) -> bool:
    r"""Whether an answer stands in a box whose text ends in a word or number before it closes.

    >>> from vlm_rewards import Completion
    >>> text = "\\boxed{4"
    >>> is_cut_off(extract_answer(Completion(text)), text)
    True
    """
    start, end = answer.span
    opened = answer.source is Source.BOX and not answer.closed and response[start - 1] == "{"
    return opened and response[end - 1].isalnum() and not response.startswith("}", end)


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str, marks: AnswerMarks, sources: tuple[Source, ...]) -> None:
        self.text = without_end_tokens(text, marks.end)
        self.lower = lowered(self.text)
        self.marks = marks
        self.sources = sources
        self.numeric = Source.LAST_NUMBER in sources

    def read(self) -> Answer | None:
        if not self.text:
            return None
        tag = _last_tag(self.text, self.lower, self.marks.answer) if _TAG in self.sources else None
        if tag is None:
            return self.stated(0, len(self.text)) or self.fallback()
        _, start, end, after, closed = tag
        if (found := self.stated(after, len(self.text))) is not None:
            return found
        untagged = tuple(source for source in self.sources if source is not _TAG)
        inside = _Reader(self.text[start:end], self.marks, untagged)
        inner = inside.read()
        if inner is not None and inner.source in STATED:
            return inner._replace(span=(start + inner.span[0], start + inner.span[1]), closed=closed and inner.closed)
        alone = self.answer(_TAG, start, end, inside.text) if inner is None else inner
        return Answer(alone.text, _TAG, (start, end), closed)

    def answer(self, source: Source, start: int, end: int, text: str) -> Answer:
        if len(text) > MAX_CLEANED_CHARS:
            return Answer(text.strip(), source, (start, end))
        text = clean(text, self.marks.languages, prose=source in _PROSE)
        if self.numeric and source in (_ANCHOR, _HASHES, _TAG):
            value = value_of(text, self.marks.languages)
            text = value or (text if bounds(text) else last_value(text)[0] or text)
        return Answer(text, source, (start, end))

    def stated(self, start: int, end: int) -> Answer | None:
        """The statement in a part of the text whose value starts last; each is looked for behind the one before it."""
        found, after = None, start
        if _JSON in self.sources and (field := self.field(start, end)):
            found, after = field, field.span[1]
        if _BOX in self.sources and (box := last_box(self.text[after:end], self.marks)):
            found = Answer(box.text, _BOX, (after + box.start, after + box.end), box.closed)
            after += box.end
        if _HASHES in self.sources and (hashes := self.hashes(after, end)):
            found, after = hashes, hashes.span[0]
        if _ANCHOR in self.sources:
            anchor = last_anchor(self.text, self.lower, after, end, languages=self.marks.languages)
            if anchor is not None and not (found and _is_prose(self.text[slice(*anchor)])):
                return self.answer(_ANCHOR, *anchor, self.text[slice(*anchor)])
        if found is None or found.source is _HASHES:
            return found and self.answer(_HASHES, *found.span, found.text)
        return Answer(self.inside(found.text), *found[1:])

    def inside(self, text: str) -> str:
        """What a box or field answers: what is announced or boxed in it, or else all of it."""
        spoken = self.marks.languages
        text = clean(text, spoken, prose=False)
        lead, _, value = text.partition("}")
        if value.strip() and text.startswith(_STYLES) and lead.rstrip().endswith(_LEAD_ENDS):  # `\text{It is } 12`
            return clean(value, spoken, prose=False)
        if not text.isascii() or " " in text or ":" in text:  # two words, if anything is announced
            anchor = last_anchor(text, lowered(text), 0, len(text), languages=spoken)
            if anchor is not None:
                return clean(text[slice(*anchor)], spoken, prose=True)
        box = last_box(text, self.marks) if "\\" in text else None
        if box is not None:
            return clean(box.text, spoken, prose=False)
        is_prose = self.numeric and "\\" not in text and (is_sentence(text) or not text.isascii())
        return (value_of(clean(text, spoken, prose=True), spoken) or text) if is_prose else text

    def field(self, start: int, end: int) -> Answer | None:
        """The field of a JSON object that holds the answer; the span is that of the object."""
        part = self.text[start:end]
        if '"' not in part:
            return None
        places = {len(part) - len(part.lstrip()), part.rfind("\n{") + 1, part.find("\n{") + 1}
        for at in sorted((at for at in places if part.startswith("{", at)), reverse=True):
            with contextlib.suppress(ValueError, RecursionError):
                read, close = _DECODER.raw_decode(part, at)
                fields = {str(key).lower(): value for key, value in read.items()}
                text = next((_as_text(fields[key]) for key in self.marks.json_keys if key in fields), "")
                if text:
                    return Answer(text, _JSON, (start + at, start + close))
        return None

    def hashes(self, start: int, end: int) -> Answer | None:
        """What follows the last `####`: a value, or anything in the last line."""
        at = self.text.rfind("####", start, end)
        line = self.text[at + 4 : end].partition("\n")[0] if at >= 0 else ""
        is_value = line.strip(" *$-−+(\\")[:1].isdecimal() or line.strip().startswith(("$", "\\"))
        if line.strip(" #*") and (is_value or at + 4 + len(line) >= end):
            return Answer(line, _HASHES, (at + 4, at + 4 + len(line)))
        return None

    def fallback(self) -> Answer | None:
        whole = _unfenced(self.text.strip())
        if self.numeric:
            return self.number(whole)
        source = Source.WHOLE
        if source not in self.sources or "\n" in whole:
            whole, is_first = first_or_last_line(whole)
            source = Source.FIRST_LINE if is_first else Source.LAST_LINE
        return self.answer(source, *self.span(whole), whole.lstrip(_POINTERS)) if source in self.sources else None

    def number(self, whole: str) -> Answer | None:
        is_short = len(whole) <= MAX_WHOLE_CHARS and "\n" not in whole
        said = clean(whole.lstrip(_POINTERS), self.marks.languages, prose=True) if is_short else whole
        found, is_formula = last_value(said)
        if Source.WHOLE in self.sources and is_short and len(said.split()) <= MAX_WHOLE_WORDS:
            opens = said[:1] in ("$", "-", "(", "\\") or said[:1].isdecimal()
            value = value_of(said, self.marks.languages) if opens or not (found and is_formula) else None
            if value is not None or bounds(said, DOUBTS):
                return Answer(value or said, Source.WHOLE, self.span(whole))
        source = Source.LAST_FORMULA if is_formula else Source.LAST_NUMBER
        return Answer(found, source, self.span(found)) if found is not None and source in self.sources else None

    def span(self, text: str) -> tuple[int, int]:
        """Where a part of the text stood last."""
        start = max(self.text.rfind(text), 0)
        return start, min(start + len(text), len(self.text))


def _last_tag(text: str, lower: str, pairs: tuple[tuple[str, str], ...]) -> tuple[int, int, int, int, bool] | None:
    """Where the last tag starts, its inside starts and ends, and it ends; and whether it closes."""
    found = []
    for pair in pairs:
        opening, closing = pair[0].lower(), pair[1].lower()
        if opening not in lower:
            continue
        at, end = lower.rfind(opening), lower.rfind(closing)
        if at > end:
            found.append((at, at + len(opening), len(text), len(text), False))
        elif (at := lower.rfind(opening, 0, end)) >= 0:
            found.append((at, at + len(opening), end, end + len(closing), True))
    return max(found) if found else None


def _unfenced(text: str) -> str:
    """The inside of a fence that is all of a text; other texts as they are."""
    if not text.startswith("```"):
        return text
    start, end = text.find("\n") + 1, len(text) - 3
    is_fenced = start and text.endswith("```", start) and text.find("```", start, end) < 0
    return text[start:end].strip() if is_fenced else text


def _is_prose(text: str) -> bool:
    """Whether an announcement is a sentence without a value: `The answer is in the box above`."""
    return is_sentence(text) and not any(sign.isdecimal() or sign in "$\\" for sign in text)


def _as_text(value: Any) -> str:
    """A value of JSON as an answer: a text or number, a list of them, or its JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) and "," not in item for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
