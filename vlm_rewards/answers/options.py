"""The options of a multiple-choice question: read as data sets hold them, and compared as texts."""

from __future__ import annotations

import contextlib
import string
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from vlm_rewards.answers.clean import clean
from vlm_rewards.answers.labels import JOINTS
from vlm_rewards.answers.languages import joined, merged, starts_with
from vlm_rewards.text.json import read_exact_json
from vlm_rewards.text.plain import plain
from vlm_rewards.text.python_literal import read_literal

MAX_OPTIONS = 100
_LETTERS = tuple(string.ascii_uppercase)
_UNREADABLE = "the options are neither a list nor a mapping, nor the JSON or Python text of one"
_NUMBERS = tuple(map(str, range(1, 27)))
_ARTICLES = ("a", "an", "the")
_JOINING = tuple(JOINTS)
_DENIALS = merged((), ascii_only=False).denials


class Options(NamedTuple):
    """The labels of the options in order, and their texts; without texts the labels are those that may be named."""

    labels: tuple[str, ...] = _LETTERS
    texts: tuple[str, ...] = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, handler: Any) -> Any:
        from pydantic import PlainValidator  # here: `list` imports this module, and not pydantic

        return PlainValidator(read_options).__get_pydantic_core_schema__(Any, handler)


def read_options(options: object) -> Options:
    """Options with the labels of a mapping, or those that each text opens with, or else A, B, C.

    Args:
        options: A list of texts; a mapping from labels to texts, or one with the lists `label` and `text`; the JSON
            or Python text of either; or None.

    Raises:
        ValueError: They cannot be read, or are more than have labels; the message is for people.

    >>> read_options("['$6', '$7']"), read_options({"X": "cat", "Z": "dog"})
    (Options(labels=('A', 'B'), texts=('$6', '$7')), Options(labels=('X', 'Z'), texts=('cat', 'dog')))
    """
    if isinstance(options, str):
        options = _parsed(options)
    if options is None:
        return Options()
    labels: Sequence[Any] = ()
    if isinstance(options, Mapping):
        pairs = [(label, text) for label, text in options.items() if text is not None]
        columns = dict(pairs)
        if columns.keys() == {"label", "text"} and isinstance(columns["label"], list | tuple):
            pairs = list(zip(columns["label"], columns["text"], strict=True))
        labels, options = [label for label, _ in pairs], [text for _, text in pairs]
    items = options if isinstance(options, list | tuple) else None
    if items is None:
        raise ValueError(_UNREADABLE)
    names = tuple(str(label).strip() for label in labels)
    if len(items) > (MAX_OPTIONS if names else len(_LETTERS)) or len(set(names)) < len(names) or "" in names:
        raise ValueError(f"{len(items)} options; at most {len(_LETTERS)} have letters, and labels differ")
    texts = [str(text) for text in items]
    for known in (names,) if names else (_LETTERS, _NUMBERS):
        bare = bare_options(texts, known)
        if names or bare != [text.strip() for text in texts]:
            return Options(known[: len(texts)], tuple(bare))
    return Options(_LETTERS[: len(texts)] or _LETTERS, tuple(text.strip() for text in texts))


def _parsed(text: str) -> object:
    for read in (read_exact_json, read_literal):
        with contextlib.suppress(ValueError):
            return read(text, number=str)
    raise ValueError(_UNREADABLE)


def bare_options(options: Sequence[str], labels: Sequence[str]) -> list[str]:
    """The texts of the options without labels of their own, where each has its own."""
    texts = [option.strip() for option in options]
    bare = []
    for text, label in zip(texts, labels, strict=False):
        marks = (f"({label})", f"{label}.", f"{label})", f"{label}:", f"{label}、")
        rest = next((text.removeprefix(mark).strip() for mark in marks if text.startswith(mark)), "")
        if label.isdecimal() and rest[:1].isdecimal():  # 1.5
            rest = ""
        bare.append(rest)
    return bare if len(bare) == len(texts) and all(bare) else texts


@lru_cache(maxsize=1024)  # one question is asked of a whole group
def option_form(text: str) -> str:
    """What two texts that say the same share, without case, spaces, marks of style and an article before a word."""
    words = plain(clean(text, prose=False)).casefold().strip(" .,:;").split()
    if len(words) > 1 and words[0] in _ARTICLES and words[1][:1].isalpha():
        words = words[1:]
    parts: list[str] = []
    for word in words:
        before = parts[-1][-1] if parts else " "
        is_unit = before.isdecimal() and word[0].isalpha() and word not in JOINTS  # 12 cm
        glue = is_unit or not (before.isalnum() and word[0].isalnum())
        parts.append(word if glue else f" {word}")
    return "".join(parts).replace("{", "").replace("}", "")


class OptionForms(NamedTuple):
    """The forms of the options' texts."""

    whole: tuple[str, ...]

    def same(self, text: str) -> int | None:
        """The first option whose text this is; None where there is none."""
        form = option_form(text)
        return self.whole.index(form) if form and form in self.whole else None

    def listed(self, text: str) -> list[int]:
        """The options whose texts a text opens with, one behind another: `dog`, `dog or cat`; the longest of each."""
        found: list[int] = []
        said = option_form(text)
        while len(found) < len(self.whole):
            opening = [form for form in self.whole if form and said.startswith(form)]
            form = max([form for form in opening if _stands_alone(said, 0, len(form))], key=len, default="")
            if not form:
                break
            found.append(self.whole.index(form))
            said = said[len(form) :].lstrip(" ,")
            said = said[len(starts_with(said, 0, _JOINING)) :].lstrip()
        return found

    def named(self, text: str) -> set[int]:
        """The options whose texts stand in a text, the first of equal ones; a longer one hides those within it."""
        said = option_form(text)
        found = set()
        for form in sorted(filter(None, self.whole), key=len, reverse=True):
            lone = len(form) == 1 and form.isalpha()  # an option that is a letter is not an article
            at = said.find(form) if not lone or (form.upper() in text.split() and form not in "ai") else -1
            while at >= 0:
                if _stands_alone(said, at, at + len(form)):
                    found.add(self.whole.index(form))
                    said = said[:at] + "\0" * len(form) + said[at + len(form) :]
                at = said.find(form, at + 1)
        return found

    def denied(self, lower: str) -> bool:
        """Whether a text in lower case denies something, in words of no option: `false` and `not sure` may be some."""
        known, said = " ".join(self.whole), f" {lower.replace(',', ' ')} "
        return any((f" {word} " if word.isascii() else word) in said and word not in known for word in _DENIALS)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a part of a form is not part of a longer word or number: `-5`, `1.5` and `5%` do not hold `5`."""
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    if joined(before[-1:], text[start]) or joined(text[end - 1], after[:1]):
        return False
    inside = before[-1:] in tuple("-./^") or (before[-1:] == "," and before[:1].isdecimal())
    goes_on = after[:1] in tuple("%°/^") or (after[:1] in tuple(".,") and after[1:].isdecimal())
    return not (text[start].isdecimal() and inside) and not (text[end - 1].isdecimal() and goes_on)
