r"""Read the text of a Python list, mapping or text as data sets and models write it; nothing is evaluated.

The grammar is that of `ast.literal_eval`, without bytes, prefixes, complex numbers and joined texts.
"""

import sys
from collections.abc import Callable
from typing import Any

MAX_DEPTH = 32
MAX_CHARS = 65_536
MAX_WORD_CHARS = 400  # of a number
_CLOSES = {"[": "]", "(": ")", "{": "}"}
_NAMES = {"True": True, "False": False, "None": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\n": "", "\\": "\\", "'": "'", '"': '"'}
_CODES = {"x": 2, "u": 4, "U": 8}


def read_literal(text: str, *, number: Callable[[str], Any] = str) -> Any:
    r"""The value of a text that is one Python literal; `number` gives that of a number from its characters.

    Raises ValueError where it is none, nests more than 32 levels, or is longer than 65,536 characters.

    >>> read_literal("['$6', \"it's\", 2.50]"), read_literal("{'answer': ('red', True)}")
    (['$6', "it's", '2.50'], {'answer': ['red', True]})
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"a literal of more than {MAX_CHARS} characters")
    reader = _Reader(text.strip(), number)
    value = reader.value(0)
    if reader.sign():
        raise ValueError("more than one literal")
    return value


class _Reader:
    def __init__(self, text: str, number: Callable[[str], Any]) -> None:
        self.text = text
        self.number = number
        self.at = 0

    def sign(self) -> str:
        """The next character that is not a space; empty at the end."""
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Any:
        sign = self.sign()
        if sign in _CLOSES:
            if depth == MAX_DEPTH:
                raise ValueError(f"a literal of more than {MAX_DEPTH} levels")
            self.at += 1
            return self.items(_CLOSES[sign], depth + 1)
        return self.string(sign) if sign and sign in "'\"" else self.word()

    def items(self, closing: str, depth: int) -> Any:
        """The rest of a list, tuple, set or mapping; brackets around one value are only brackets."""
        items: list[Any] = []
        names: list[str] = []
        comma = True
        while (sign := self.sign()) != closing:
            if not comma:
                raise ValueError("no comma between two items")
            item = self.value(depth)
            if closing == "}" and self.sign() == ":":
                self.at += 1
                names.append(str(item))
                item = self.value(depth)
            items.append(item)
            comma = self.sign() == ","
            self.at += comma
        self.at += len(sign)
        if names and len(names) != len(items):
            raise ValueError("a mapping with an item that has no name")
        if names or (closing == "}" and not items):
            return dict(zip(names, items, strict=True))
        return items[0] if closing == ")" and len(items) == 1 and not comma else items

    def string(self, quote: str) -> str:
        parts: list[str] = []
        start, end = self.at + 1, self.at
        while True:
            end = self.text.find(quote, start) if end < start else end
            escape = self.text.find("\\", start, max(end, start))
            if end < 0:
                raise ValueError("a text that never ends")
            if escape < 0:
                self.at = end + 1
                return "".join([*parts, self.text[start:end]])
            parts.append(self.text[start:escape])
            meant, start = self.escaped(escape + 1)
            parts.append(meant)

    def escaped(self, at: int) -> tuple[str, int]:
        """What the characters behind a backslash mean, and where they end; of unknown ones the backslash stays."""
        sign = self.text[at : at + 1]
        code = self.text[at + 1 : at + 1 + _CODES.get(sign, 0)]
        if sign in _CODES and len(code) == _CODES[sign] and code.isalnum():
            if int(code, 16) > sys.maxunicode:
                raise ValueError("no such character")
            return chr(int(code, 16)), at + 1 + len(code)
        return _ESCAPES.get(sign, "\\" + sign), at + 1

    def word(self) -> Any:
        end = self.at
        most = min(len(self.text), end + MAX_WORD_CHARS)
        while end < most and self.text[end] not in ",:[](){}'\"" and not self.text[end].isspace():
            end += 1
        word, self.at = self.text[self.at : end], end
        if word in _NAMES:
            return _NAMES[word]
        if not word.lstrip("+-.")[:1].isdecimal() or not word.isascii():
            raise ValueError("a name, an operator or nothing where a value should be")
        return self.number(word)
