r"""Cut an answer into tokens: LaTeX, plain and sympy-like notation in one alphabet, in one pass."""

import contextlib
import string
from typing import NamedTuple

from vlm_rewards_math.parsing.labels import label
from vlm_rewards_math.parsing.nodes import Unreadable
from vlm_rewards_math.parsing.numbers import MAX_DIGITS
from vlm_rewards_math.parsing.units import SHORT, Unit, phrase, unit
from vlm_rewards_math.parsing.vocabulary import (
    ACCENTS,
    COMMANDS,
    DOLLARS,
    FUNCTIONS,
    GLUED,
    GLUED_FUNCTIONS,
    GREEK,
    NEGATIONS,
    SIGNS,
    SKIPPED,
    TEXTS,
    WORDS,
)

MAX_TOKENS = 800
_DIGITS = frozenset(string.digits)
_LETTERS = frozenset(string.ascii_letters)
_SPACES = frozenset(string.whitespace)
_JOINING = frozenset(("and", "or", ", and", ", or", "and,", "&", ",", ";", "and also"))
_OPERATORS = frozenset(("rel", "money"))
_SIZES = frozenset(("left", "right", "mleft", "mright"))
_DOTS = ("...", "\\ldots", "\\dots", "\\cdots", " repeating", " recurring")
_SEPARATORS = (",", " ", ".", "'")
_BARRED = ("\\overline{", "\\bar{", "(")
_ITEM_ENDS = (",", ";", ")", "]", "\\}", "and ", "or ", "\\text{")
_VALUES = frozenset(("num", "close", "const", "deg", "unit", "scale"))
_PLAIN = frozenset("+-*^_=<>()[]{}|,;:!%&'.$0123456789")


class Token(NamedTuple):
    """One word of the language; `spaced` says that white space stands before it."""

    kind: str
    text: str
    spaced: bool = False
    unit: Unit | None = None


def tokens(text: str) -> list[Token]:
    """The tokens of a plain text (see `normalise`). Raises Unreadable for what is none."""
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.at = 0
        self.found: list[Token] = []
        self.spaced = False
        self.brackets = 0
        self.depth = depth

    def add(self, kind: str, text: str = "", measure: Unit | None = None) -> None:
        if kind == "text" and not NEGATIONS.isdisjoint(text.lower().split()):
            raise Unreadable("words that take back, or widen, what they stand beside")
        self.found.append(Token(kind, text, self.spaced, measure))
        self.brackets += (kind == "open" and text in "([{") - (kind == "close" and text in ")]}")
        self.spaced = False
        if len(self.found) > MAX_TOKENS:
            raise Unreadable("too many tokens")

    def run(self) -> list[Token]:
        text, length = self.text, len(self.text)
        while self.at < length:
            sign = text[self.at]
            if sign in _SPACES:
                self.spaced = True
                self.at += 1
            elif sign not in _PLAIN and (self.measure() or (sign > "\u2e80" and self.alone())):
                pass
            elif sign in _DIGITS or (sign == "." and text[self.at + 1 : self.at + 2] in _DIGITS):
                self.number()
            elif sign in _LETTERS:
                self.word()
            elif sign == "\\":
                self.command()
            elif sign == "$":
                self.dollar()
            elif sign == "." and text.startswith("...", self.at):
                self.at += 3
                self.add("dots")
            elif sign in SIGNS:
                self.at += 1
                self.add(*SIGNS[sign])
            else:
                raise Unreadable(f"unknown character {sign!a}")
        return self.found

    def alone(self) -> bool:
        """Take a word of a script without spaces where it is a whole item: `甲 and 乙`."""
        text, end = self.text, self.at
        while end < len(text) and text[end] > "\u2e80":
            end += 1
        after = text[end:].lstrip()
        before = self.found[-1].kind if self.found else ""
        if before not in ("", "sep", "open") or not (after.startswith(_ITEM_ENDS) or (before and not after)):
            return False
        piece, self.at = text[self.at : end], end
        self.add("text", piece)
        return True

    def dollar(self) -> None:
        """A currency before digits, unless dollars come in pairs; else no more than a space."""
        self.at += 1
        if self.text[self.at : self.at + 1] in _DIGITS and self.text.count("$") % 2 == 1:
            self.add("money", "dollar")
        else:
            self.spaced = True

    def measure(self) -> bool:
        """Take the words behind a value, if they are a unit or a label."""
        if not self.found or self.found[-1].kind not in _VALUES:
            return False
        found = label(self.text, self.at, may_be_letters=self.spaced or "." in self.found[-1].text)
        if found is None:
            return False
        piece, self.at = self.text[self.at : found.end].strip(), found.end
        self.add("text" if found.unit is None else "unit", piece, found.unit)
        return True

    # -- numbers -----------------------------------------------------------------------------------------------------

    def digits(self, start: int) -> int:
        return self.run_of(_DIGITS, start)

    def run_of(self, signs: frozenset[str], start: int) -> int:
        """Where a run of some signs ends."""
        text, end = self.text, start
        while end < len(text) and text[end] in signs:
            end += 1
        return end

    def number(self) -> None:
        text, start = self.text, self.at
        end = self.digits(start)
        whole = text[start:end]
        whole, end = self.grouped(whole, end)
        if text[end : end + 1] == "." and text[end + 1 : end + 2] != ".":
            stop = self.digits(end + 1)
            whole, end = whole + text[end:stop], stop
            again, end = self.repeating(whole, end)
            if again:
                self.at = end
                self.add("num", f"{whole}|{again}")
                return
        mark = text[end : end + 1]
        if mark in ("e", "E"):
            stop = end + 1 + (text[end + 1 : end + 2] in ("+", "-"))
            last = self.digits(stop)
            if last > stop and (last - stop) <= 6 and text[last : last + 1] not in _LETTERS:
                whole, end = whole + text[end:last], last
        if len(whole) > MAX_DIGITS:
            raise Unreadable("too many digits")
        self.at = end
        self.add("num", whole)

    def repeating(self, whole: str, end: int) -> tuple[str, int]:
        r"""The digits that repeat behind a decimal, and where they end: `0.1\overline{6}`, `0.\dot{1}4\dot{2}`."""
        text = self.text
        bar = next((bar for bar in _BARRED if text.startswith(bar, end)), "")
        if bar and (bar != "(" or whole.endswith(".")):  # `0.1(6)` is a product
            start = end + len(bar)
            close = self.digits(start)
            if close > start and text[close : close + 1] in ("}", ")"):
                return text[start:close], close + 1
        first, end = self.dotted(end)
        if first:
            close = self.digits(end)
            last, after = self.dotted(close)
            return (first + text[end:close] + last, after) if last else (first, end)
        dots = next((dots for dots in _DOTS if text.startswith(dots, end)), "")
        last = whole[-1:]
        repeats = whole.endswith(last * 2) or (dots.startswith(" ") and whole[-2:-1] == ".")
        return (last if dots and repeats else ""), end + len(dots)

    def dotted(self, start: int) -> tuple[str, int]:
        r"""The digit under a dot that stands here, and where it ends: `\dot{3}`, `\dot 3`, `\dot3`; else none."""
        if not self.text.startswith("\\dot", start):
            return "", start
        opened = self.text[start + 4 : start + 5]
        at = start + 4 + (opened in ("{", " "))
        digit = self.text[at : at + 1]
        return (digit, at + 1 + (opened == "{")) if digit in _DIGITS else ("", start)

    def grouped(self, whole: str, end: int) -> tuple[str, int]:
        """Digits in groups of thousands: 1,234,567 where a comma could not separate items, 1 234 567 or 1.234.567."""
        text = self.text
        if len(whole) > 3 or not whole or whole.startswith("0") or text[end : end + 1] not in _SEPARATORS:
            return whole, end
        for separator in _SEPARATORS:
            if separator == "," and self.brackets > 0:
                continue
            groups, at = [whole], end
            while text[at : at + 1] == separator and self.digits(at + 1) == at + 4:
                groups.append(text[at + 1 : at + 4])
                at += 4
            if len(groups) > 1 + (separator == ".") and text[at : at + 1] not in _DIGITS:
                if text[at : at + 1] == separator and self.digits(at + 1) > at + 1:
                    continue  # a longer or shorter group follows: these are items
                if separator == " " and text[at : at + 1] == "/":
                    continue  # 1 234/567 is a mixed number
                return "".join(groups), at
        return whole, end

    # -- words -------------------------------------------------------------------------------------------------------

    def word(self) -> None:
        text, end = self.text, self.run_of(_LETTERS, self.at)
        run, self.at = text[self.at : end], end
        after = text[end : end + 3].removeprefix("\\")
        if run in DOLLARS and after[:1] == "$" and after[1:2] in _DIGITS and after[1:2]:
            self.at = text.index("$", end) + 1
            self.add("money", DOLLARS[run])
            return
        self.bare(run)

    def bare(self, run: str) -> None:
        """A run of letters: a function, a name, a unit, a word, or one unknown per letter."""
        if len(run) == 1:
            self.add("sym", run)
            return
        behind = self.found[-1].kind if self.found else ""
        if behind in ("num", "const", "money", "deg", "close") or (behind == "sym" and self.spaced):
            measured = unit(run) if run not in ("in", "min") or self.text[self.at :].strip() == "" else None
            if measured is not None:
                self.add("unit", run, measured)
                return
        if run in FUNCTIONS:
            self.add("fn", FUNCTIONS[run])
        elif run in WORDS:
            self.add(*WORDS[run])
        elif run in GREEK:
            self.add("sym", run)
        elif len(run) >= 4 or (len(run) == 3 and self.spaced and behind == "num"):
            self.long(run)
        else:
            self.letters(run)

    def long(self, run: str) -> None:
        """A word of prose, or unknowns glued to a function (`xsin`, `2pir`)."""
        for name in GLUED_FUNCTIONS:
            before, found, after = run.partition(name)
            if found and len(before + after) <= 3:
                self.letters(before)
                self.bare(name)
                self.letters(after)
                return
        measured = unit(run) if self.found else None
        self.add("unit" if measured else "text", run, measured)

    def letters(self, run: str) -> None:
        for letter in run:
            self.add("sym", letter)

    # -- commands ----------------------------------------------------------------------------------------------------

    def command(self) -> None:
        start, end = self.at + 1, self.run_of(_LETTERS, self.at + 1)
        name = self.text[start:end]
        if not name:
            self.symbol(self.text[start : start + 1])
            return
        self.at = end + (name == "operatorname" and self.text[end : end + 1] == "*")
        self.named(name)

    def symbol(self, sign: str) -> None:
        r"""A backslash before no letter: `\{`, `\%`, `\\`."""
        self.at += 2
        if sign == "\\":
            after = self.run_of(_LETTERS, self.at)
            name = self.text[self.at : after]
            if len(name) > 3 and (name in COMMANDS or name in SKIPPED or name in TEXTS):
                self.at = after
                self.named(name)
            else:
                self.add("row")
        elif sign in COMMANDS:
            self.add(*COMMANDS[sign])
        elif sign in _SPACES or not sign:
            self.spaced = True
        else:
            raise Unreadable(f"unknown command {sign!a}")

    def named(self, name: str) -> None:
        """A command by its name."""
        if name in SKIPPED:
            if name in _SIZES and self.text[self.at : self.at + 1] == ".":
                self.at += 1
        elif name in COMMANDS:
            self.add(*COMMANDS[name])
        elif name in TEXTS:
            self.written(self.group())
        elif name in ("begin", "end"):
            self.environment(name)
        elif name in ("color", "textcolor", "phantom", "hphantom", "vphantom"):  # what is not seen is not an answer
            self.group()
            self.spaced = True
        elif name in FUNCTIONS:
            self.add("fn", FUNCTIONS[name])
        elif name in GREEK or name in ACCENTS:
            self.add("sym" if name in GREEK else "accent", name)
        else:
            self.glued(name)

    def environment(self, name: str) -> None:
        r"""`\begin{..}` or `\end{..}`; what columns an array has is of no interest."""
        self.add("begin" if name == "begin" else "end_env", self.group())
        columns = name == "begin" and self.found[-1].text in ("array", "tabular")
        if columns and self.text[self.at : self.at + 1] == "{":
            self.group()

    def glued(self, name: str) -> None:
        for known in GLUED:
            if name.startswith(known):
                self.named(known)
                self.bare(name[len(known) :])
                return
        raise Unreadable(f"unknown command \\{name[:20]}")

    def group(self) -> str:
        """The raw text of the braces, or of the one letter, that follow."""
        text, at = self.text, self.run_of(_SPACES, self.at)
        if text[at : at + 1] != "{":
            self.at = at + 1
            return text[at : at + 1]
        depth = 0
        for end in range(at, len(text)):
            if text[end] in "{}" and text[end - 1] != "\\":
                depth += 1 if text[end] == "{" else -1
                if not depth:
                    self.at = end + 1
                    return text[at + 1 : end]
        self.at = len(text)
        return text[at + 1 :]

    def written(self, content: str) -> None:
        r"""The inside of `\text{..}` and its like."""
        said = content.strip().strip("$").strip()
        self.spaced |= content[:1] in _SPACES or not said
        if not said:
            return
        lower = said.lower()
        if lower in _JOINING:
            self.add("sep", lower.strip(", ") if len(lower) > 1 else lower)
            return
        if said in SIGNS:
            self.add(*SIGNS[said])
            return
        behind = self.found[-1].kind if self.found else ""
        if said in FUNCTIONS and not (said == "min" and behind == "num"):
            self.add("fn", FUNCTIONS[said])
        elif (lower in WORDS and behind) or WORDS.get(said, ("",))[0] in _OPERATORS or lower in ("minus", "negative"):
            self.add(*WORDS.get(said) or WORDS[lower])
        elif (measured := phrase(said) if behind else None) is not None:
            self.add("unit", said, measured)
        elif len(said) == 1 and said in _LETTERS:
            self.add("unit" if said in SHORT and behind == "num" else "sym", said, SHORT.get(said))
        else:
            self.prose(said)

    def prose(self, said: str) -> None:
        """Words, which may hold a formula."""
        if self.depth < 2 and (not _DIGITS.isdisjoint(said) or "\\" in said):
            with contextlib.suppress(Unreadable):
                for token in _Lexer(said, self.depth + 1).run():
                    self.add(token.kind, token.text, token.unit)
                return
        self.add("text", said)
