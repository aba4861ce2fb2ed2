"""Read one bracket of what a model wrote in place of JSON, whole, broken or cut.

Tolerated are single and curly quotes, names without quotes, missing and trailing commas, comments, calls, brackets that
do not match, and an end in the middle. It takes one pass over the text and evaluates nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar, Final

#: In a call, `click(x=1)`, the key that holds its name.
CALL: Final = "()"
#: In a mapping or a call, the key that holds the list of all values without a key.
REST: Final = ""

MAX_DEPTH = 64  # where brackets are deeper, the text is not read any further

MAX_WORD_CHARS = 32  # of a word alone in a bracket, for the short way

_CLOSED_BY = {"]": "[", "}": "{", ")": "("}
CLOSES = {opener: closer for closer, opener in _CLOSED_BY.items()}
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_SPACE = frozenset(" \t\r\n\f\v\u00a0\u3000")
_AFTER_STRING = frozenset(",:]})=;，、：>")
_SEPARATORS = frozenset(",;，、")
_AFTER_NAME = frozenset(":=：")
_ENDS_WORD = _SPACE | frozenset(',，、:=：[]{}();"“”')
_ESCAPES = (("\\'", "'"), ('\\"', '"'), ("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"))
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}


class _Open:
    """A bracket that is still open, and what was read in it."""

    __slots__ = ("groups", "items", "key", "keyed", "name", "opener")

    def __init__(self, opener: str, name: str) -> None:
        self.opener = opener
        self.name = name
        self.items: list[Any] = []
        self.groups: list[list[Any]] = []
        self.keyed: dict[str, Any] = {}
        self.key: str | None = None

    def add(self, value: Any) -> bool:
        """Put a value where it belongs; True where its key stands twice."""
        if self.key is None:
            self.items.append(value)
            return False
        repeated = self.key in self.keyed
        self.keyed[self.key] = value
        self.key = None
        return repeated

    def value(self) -> Any:
        items: list[Any] = [*self.groups, self.items] if self.groups else self.items
        if self.groups and all(len(group) == 1 and type(group[0]) is str for group in items):
            items = [group[0] for group in items]  # [1; 2; 3; 4]: nothing but a comma by another name
        if not self.keyed and not self.name:
            return items
        return self.keyed | ({REST: items} if items else {}) | ({CALL: self.name} if self.name else {})


class Brackets:
    """Reads brackets of one text; remembers which quotes close nowhere, so that no stretch is searched twice."""

    def __init__(self, text: str) -> None:
        self.whole = True  # every bracket and quote of the last value was closed by its own
        self.repeated = False  # a key of the last value stands twice in its mapping, and the last one was taken
        self._text = text
        self._never_closed: set[str] = set()
        self._at = 0
        self._stack: list[_Open] = []
        self._last: str | None = None  # the token just before, if it can be a name
        self._last_end = -1

    def read(self, at: int, name: str = "") -> tuple[Any, int]:
        """The value in the bracket that opens at a position, and the position after it.

        >>> Brackets("{bbox_2d: [1, 2,], 'label': 'it's'}").read(0)
        ({'bbox_2d': ['1', '2'], 'label': "it's"}, 35)
        >>> Brackets("[1, 20").read(0)  # the last number may have been cut
        (['1', None], 6)
        """
        text, end = self._text, len(self._text)
        stop = text.find(CLOSES[text[at]], at, at + MAX_WORD_CHARS)
        if stop >= 0 and (word := text[at + 1 : stop]).isalnum():  # (B), as prose has it: in one step
            self.whole, self.repeated = True, False
            items = [_WORDS.get(word, word)]
            return ({REST: items, CALL: name} if name else items), stop + 1
        outermost = _Open(text[at], name)
        self._stack, self._at, self._last, self.whole, self.repeated = [outermost], at + 1, None, True, False
        while self._stack and self._at < end:
            char = text[self._at]
            if char in _SPACE:
                self._at += 1
            elif (read := self._readers.get(char)) is not None:
                read(self, char)
            elif not self._comment(char):
                self._word()
        while self._stack:
            self.whole = False
            self._close_one()
        return outermost.value(), self._at

    def _separate(self, char: str) -> None:
        node = self._stack[-1]
        self._at += 1
        self._last = node.key = None
        if char == ";":
            node.groups.append(node.items)
            node.items = []

    def _name(self, _: str) -> None:
        self._at += 1
        if self._last is not None:
            node = self._stack[-1]
            node.items.pop()
            node.key = self._last
        self._last = None

    def _open(self, char: str) -> None:
        node, name = self._stack[-1], ""
        if char == "(" and self._last is not None and self._last_end == self._at:
            name = self._last
            node.items.pop()
        self._last = None
        if len(self._stack) == MAX_DEPTH:
            self._at = len(self._text)
            return
        self._stack.append(_Open(char, name))
        self._at += 1

    def _close(self, char: str) -> None:
        """Close the innermost bracket of this kind with all inside it, or the innermost one if there is none."""
        opener = _CLOSED_BY[char]
        self.whole = self.whole and self._stack[-1].opener == opener
        self._at += 1
        self._last = None
        if any(node.opener == opener for node in self._stack):
            while self._stack[-1].opener != opener:
                self._close_one()
        self._close_one()

    def _close_one(self) -> None:
        value = self._stack.pop().value()
        if self._stack:
            self.repeated |= self._stack[-1].add(value)

    def _add(self, value: Any, end: int) -> None:
        node = self._stack[-1]
        self._last = value if node.key is None and type(value) is str else None
        self._at = self._last_end = end
        self.repeated |= node.add(value)

    def _word(self) -> None:
        text, end = self._text, len(self._text)
        stop = self._at + 1
        while stop < end and text[stop] not in _ENDS_WORD:
            stop += 1
        word = text[self._at : stop]
        self._add(_WORDS.get(word, word) if stop < end else None, stop)

    def _string(self, char: str) -> None:
        """A quote closes where a separator, a bracket or a new line follows; others belong to the text ('it's')."""
        text, quote, start = self._text, _QUOTES[char], self._at + 1
        stop = -1 if quote in self._never_closed else text.find(quote, start)
        while stop >= 0 and not self._closes(start, stop):
            stop = text.find(quote, stop + 1)
        if stop >= 0:
            self._add(_unescaped(text[start:stop]), stop + 1)
        else:
            self._never_closed.add(quote)
            self.whole = False
            self._at = start
            self._last = None

    def _closes(self, start: int, stop: int) -> bool:
        text, end = self._text, len(self._text)
        escapes = stop
        while escapes > start and text[escapes - 1] == "\\":
            escapes -= 1
        if (stop - escapes) % 2:
            return False
        after = stop + 1
        while after < end and text[after] in _SPACE:
            after += 1
        return after == end or text[after] in _AFTER_STRING or "\n" in text[stop:after]

    def _comment(self, char: str) -> bool:
        """Skip a comment that starts here."""
        if char not in "/#":
            return False
        text, at = self._text, self._at
        if text.startswith(("//", "# "), at):
            stop = text.find("\n", at)
        elif text.startswith("/*", at):
            stop = text.find("*/", at) + 1
        else:
            return False
        self._at = stop + 1 if stop > 0 else len(text)
        return True

    _readers: ClassVar[dict[str, Callable[[Brackets, str], None]]] = {
        **dict.fromkeys(_SEPARATORS, _separate),
        **dict.fromkeys(_AFTER_NAME, _name),
        **dict.fromkeys(CLOSES, _open),
        **dict.fromkeys(_CLOSED_BY, _close),
        **dict.fromkeys(_QUOTES, _string),
    }


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:  # as a literal of Python: a single quote, or a line that goes on
        pieces = text.split("\\\\")
        return "\\".join([_plain_escapes(piece) for piece in pieces])


def _plain_escapes(text: str) -> str:
    for escape, char in _ESCAPES:
        text = text.replace(escape, char)
    return text
