r"""Commit to the one final answer of a completion.

Of all statements that are marked (box, JSON, `####`) or announced, the one whose value starts last counts. A tag is a
scope: where nothing is stated behind the last tag, its inside is read as a text of its own. What is not that answer is
not read. Every search is a `find` or `rfind`; nothing here matches a regular expression or evaluates anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
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

_PROSE = (Source.HASHES, Source.ANCHOR, Source.WHOLE, Source.LAST_LINE, Source.FIRST_LINE)
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
    return _Reader(completion.response, completion.marks, tuple(sources)).read()


def answer_block(completion: _Completion) -> str:
    """The inside of the last answer tag, or else the whole response: for JSON, tables, boxes and long texts.

    >>> from vlm_rewards import Completion
    >>> answer_block(Completion("So <ANSWER>[1, 2]</ANSWER>")), answer_block(Completion("[1, 2]</s>"))
    ('[1, 2]', '[1, 2]')
    """
    reader = _Reader(completion.response, completion.marks, STATED)
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
    found = _Reader(response, marks, STATED).read()
    return found.text if found is not None else clean(response, prose=False)


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
        tag = self.tag() if Source.TAG in self.sources else None
        if tag is None:
            return self.stated(0, len(self.text)) or self.fallback()
        _, start, end, after, closed = tag
        if (found := self.stated(after, len(self.text))) is not None:
            return found
        if (inner := self.stated(start, end)) is not None:
            return inner._replace(closed=closed)
        inside = _Reader(self.text[start:end], self.marks, self.sources)
        alone = inside.fallback() if inside.text else None
        if alone is None:
            return self.answer(Source.TAG, start, end, inside.text, closed=closed)
        return Answer(alone.text, Source.TAG, (start, end), closed)

    def tag(self) -> tuple[int, int, int, int, bool] | None:
        """Where the last tag starts, its inside starts and ends, and it ends; and whether it closes."""
        found = []
        for opening, closing in self.marks.answer:
            at = self.lower.rfind(opening.lower())
            end = self.lower.rfind(closing.lower()) if at >= 0 else -1
            if at > end:
                found.append((at, at + len(opening), len(self.text), len(self.text), False))
            elif at >= 0 and (at := self.lower.rfind(opening.lower(), 0, end)) >= 0:
                found.append((at, at + len(opening), end, end + len(closing), True))
        return max(found, default=None)

    def answer(self, source: Source, start: int, end: int, text: str, *, closed: bool = True) -> Answer:
        if len(text) > MAX_CLEANED_CHARS:
            return Answer(text.strip(), source, (start, end), closed)
        text = clean(text, self.marks.languages, prose=source in _PROSE)
        if self.numeric and source in (Source.ANCHOR, Source.HASHES, Source.TAG):
            text = _value(text if text.isascii() else without_lead(text, self.marks.languages))
        return Answer(text, source, (start, end), closed)

    # -- statements --------------------------------------------------------------------------------------------------

    def stated(self, start: int, end: int) -> Answer | None:
        """The statement in a part of the text whose value starts last; each is looked for behind the one before it."""
        part, after, found = self.text[start:end], start, None
        if Source.JSON in self.sources and '"' in part and "{" in part and (field := self.field(part)) is not None:
            found = Source.JSON, start + field[0], start + field[1], field[2], True
            after = found[2]
        box = last_box(part, self.marks) if Source.BOX in self.sources else None
        if box is not None and start + box.start >= after:
            found = Source.BOX, start + box.start, start + box.end, box.text, box.closed
            after = found[2]
        hashes = self.hashes(after, end) if Source.HASHES in self.sources else None
        after = after if hashes is None else hashes[0]
        if Source.ANCHOR in self.sources:
            anchor = last_anchor(self.text, self.lower, after, end, languages=self.marks.languages)
            if anchor is not None and not ((found or hashes) and _is_prose(anchor.text)):
                return self.answer(Source.ANCHOR, anchor.start, anchor.end, anchor.text)
        if hashes is not None:
            return self.answer(Source.HASHES, *hashes, self.text[hashes[0] : hashes[1]])
        return None if found is None else self.inside(*found)

    def inside(self, source: Source, start: int, end: int, text: str, closed: bool) -> Answer:  # noqa: FBT001
        """A box or field; what is announced or boxed in it is its answer."""
        text = clean(text, self.marks.languages, prose=False)
        style, _, rest = text.partition("{")
        lead, _, value = rest.partition("}")
        if style in _STYLES and value.strip() and lead.strip().endswith(_LEAD_ENDS):  # `\text{The area is } 12`
            text = clean(value, self.marks.languages, prose=False)
        elif said := self.anchor_in(text):
            text = clean(said, self.marks.languages, prose=True)
        elif "\\" in text and (box := last_box(text, self.marks)) is not None:
            text = clean(box.text, self.marks.languages, prose=False)
        return Answer(text, source, (start, end), closed)

    def anchor_in(self, text: str) -> str | None:
        """What is announced in a box or field, which holds at least two words if anything is."""
        if text.isascii() and " " not in text and ":" not in text:
            return None
        found = last_anchor(text, lowered(text), 0, len(text), languages=self.marks.languages)
        return None if found is None else found.text

    def field(self, part: str) -> tuple[int, int, str] | None:
        """Where a JSON object starts and ends, and the text of the field in it that holds the answer."""
        places = {part.find("{") if part.lstrip()[:1] == "{" else -1, part.rfind("\n{") + 1, part.find("\n{") + 1}
        for at in sorted((at for at in places if at >= 0 and part.startswith("{", at)), reverse=True):
            try:
                read, end = _DECODER.raw_decode(part, at)
            except (ValueError, RecursionError):
                continue
            fields = {str(key).lower(): value for key, value in read.items()}
            text = next((_as_text(fields[key]) for key in self.marks.json_keys if key in fields), "")
            if text:
                return at, end, text
        return None

    def hashes(self, start: int, end: int) -> tuple[int, int] | None:
        """Where that stands which follows the last `####`: a value, or anything in the last line."""
        at = self.text.rfind("####", start, end)
        if at < 0:
            return None
        line = self.text[at + 4 : end].partition("\n")[0]
        is_last = at + 4 + len(line) >= end
        is_value = line.strip(" *$-−+(\\")[:1].isdecimal() or line.strip().startswith(("$", "\\"))
        return (at + 4, at + 4 + len(line)) if line.strip(" #*") and (is_last or is_value) else None

    # -- fallbacks ---------------------------------------------------------------------------------------------------

    def fallback(self) -> Answer | None:
        whole = self.text.strip()
        start = self.text.find(whole)
        if self.numeric:
            return self.numeric_fallback(whole, start)
        if Source.WHOLE in self.sources and "\n" not in whole:
            return self.answer(Source.WHOLE, start, len(self.text), whole)
        if Source.LAST_LINE not in self.sources:
            return None
        line, is_first = first_or_last_line(whole)
        at = start if is_first else max(self.text.rfind(line), start)
        return self.answer(Source.FIRST_LINE if is_first else Source.LAST_LINE, at, at + len(line), line)

    def numeric_fallback(self, whole: str, start: int) -> Answer | None:
        if whole.startswith("```") and whole.count("\n") == 2:  # a line in a fence
            whole = whole.split("\n")[1].strip()
            start = self.text.find(whole)
        is_short = len(whole) <= MAX_WHOLE_CHARS and "\n" not in whole
        said = clean(whole.lstrip(_POINTERS), self.marks.languages, prose=True) if is_short else whole
        formula, number = last_formula(said), last_number(said)
        is_value = formula[0] is None or said[:1] in ("$", "-", "(", "\\") or said[:1].isdecimal()
        if Source.WHOLE in self.sources and is_value and is_short and len(said.split()) <= MAX_WHOLE_WORDS:
            value = without_lead(said, self.marks.languages)
            value = sentence_value(value) or _stated(value)
            if not is_sentence(value):
                return Answer(_without_article(value), Source.WHOLE, (start, start + len(whole)))
        if formula[1] >= number[1] - 1:
            found, source = formula[0], Source.LAST_FORMULA
        else:
            found, source = number[0], Source.LAST_NUMBER
        if found is None or source not in self.sources:
            return None
        at = max(self.text.rfind(found), start)
        return Answer(found, source, (at, at + len(found)))


def _value(text: str) -> str:
    """The value that a sentence opens with or states, else its last one; a text that is no sentence as it is."""
    value = sentence_value(text)
    if value is not None:
        return value
    if not is_sentence(text) or bounds(text):
        return _without_article(text)
    formula, number = last_formula(text), last_number(text)
    return (formula[0] if formula[1] >= number[1] - 1 else number[0]) or text


def _is_prose(text: str) -> bool:
    """Whether an announcement is a sentence without a value: `The answer is in the box above`."""
    return is_sentence(text) and not any(sign.isdecimal() or sign in "$\\" for sign in text)


def _stated(text: str) -> str:
    """What a short sentence says of its subject: `The function is increasing`, `Total: 42`; else the whole text."""
    before, verb, value = text.partition(" is " if " is " in text else ": ")
    named = (
        verb and verb not in value and len(before) > 2 and not any(sign.isdecimal() or sign == "{" for sign in before)
    )
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
