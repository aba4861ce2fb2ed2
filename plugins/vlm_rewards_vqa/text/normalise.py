"""Forms of a text that differ only in looks become one text, and nothing that could make two answers one.

Superscripts and vulgar fractions are written out first: NFKC alone would make 102 of `10²` and 21/2 of `2½`.
"""

import string
import unicodedata
from collections.abc import Mapping
from typing import Literal

Punctuation = Literal["keep", "ends", "drop"]

MAX_MARKS = 30  # combining marks on one character, as in the stream-safe format of Unicode (UAX 15)
MAX_LONG = 64
MAX_WRAPPERS = 4
ARTICLES = frozenset({"a", "an", "the"})
_SUPERSCRIPTS = {ord(sign): f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_FRACTIONS = {ord(sign): " " + unicodedata.normalize("NFKC", sign).replace("⁄", "/") for sign in "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
_LOOKS = str.maketrans({"−": "-", "‐": "-", "–": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "⁄": "/"})
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # where a word may break, and where it may not
_WRITTEN_OUT = _SUPERSCRIPTS | _FRACTIONS | _UNSEEN
_LONG = ("\ufdfa", "\ufdfb")  # NFKC writes 18 and 8 characters for one
_OPENING = " \"'`*_"
_CLOSING = " \"'`*_.,;:!?"
_BRACKETS = frozenset({"()", "[]", "{}"})
_DIGITS = frozenset(string.digits)


def stable(text: str) -> str:
    r"""A text with at most 30 combining marks in a row: normalising longer runs takes quadratic time.

    >>> len(stable("e" + "\u0301" * 1000))
    31
    """
    if text.isascii() or not any(map(unicodedata.combining, set(text))):
        return text
    kept: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= MAX_MARKS:
            kept.append(sign)
    return "".join(kept)


def translated(text: str, table: Mapping[int, str | None]) -> str:
    """What `str.translate` makes of a text, which takes its time: only where a sign of the table is in it."""
    return text.translate(table) if any(chr(code) in text for code in table) else text


def composed(text: str) -> str:
    r"""The text in NFC, where a letter and its accents are one character.

    >>> composed("cafe\u0301") == "caf\u00e9"
    True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", stable(text))


def canonical(text: str, *, case: bool = False) -> str:
    """The text in NFKC with ASCII quotes and minus signs, single spaces and, unless `case` counts, in lower case.

    A text of more than 64 ligatures that NFKC would make 8 to 18 times longer is brought to NFC only.

    >>> canonical(" Ｃａｆé  “Straße” ")
    'café "strasse"'
    >>> canonical("10² is not 102; 2½")
    '10^2 is not 102; 2 1/2'
    """
    if not text.isascii():
        # NFKC makes some of these signs out of others.
        form: Literal["NFC", "NFKC"] = "NFC" if sum(map(text.count, _LONG)) > MAX_LONG else "NFKC"
        text = unicodedata.normalize(form, stable(translated(text, _WRITTEN_OUT)))
        text = translated(text, _LOOKS)
    if not case:
        text = text.casefold()
    return " ".join(text.split())


def normalise(text: str, *, punctuation: Punctuation = "ends", articles: bool = True, case: bool = False) -> str:
    """The canonical text, without punctuation at its ends (or anywhere), and without articles if asked.

    >>> normalise('"A cat."'), normalise("the U.S.A., 1.5", punctuation="drop"), normalise("A cat.", punctuation="keep")
    ('cat', 'u s a 1.5', 'cat.')
    >>> normalise("-5."), normalise(".5"), normalise("..."), normalise("the Vitamin A")
    ('-5', '.5', '...', 'vitamin a')
    """
    text = canonical(text, case=case)
    if punctuation != "keep":
        text = _bare(text) or text
    if articles:  # before other punctuation goes: the last letter of `U.S.A.` is not an article
        *words, last = text.split() or [""]  # before another word only: `vitamin A`
        text = " ".join([*(word for word in words if word.casefold() not in ARTICLES), last])
    if punctuation == "drop":
        text = " ".join(tokens(text)) or text
    return text


def _bare(text: str) -> str:
    """A text without punctuation around it, and without brackets when they close what they open: `[0, 1)` stays."""
    for _ in range(MAX_WRAPPERS):
        text = text.lstrip(_OPENING).rstrip(_CLOSING)
        if text[:1] + text[-1:] not in _BRACKETS:
            break
        text = text[1:-1]
    return text


def tokens(text: str) -> list[str]:
    """The words, numbers and signs of a text, in their own case; punctuation between words is dropped.

    A point or minus that belongs to a number stays with it; signs that mean something (`%`, `<`, `°`) are tokens.

    >>> tokens("The men's record: -1,234.50% (2:10 P.M.), x<3")
    ['The', 'mens', 'record', '-1234.50', '%', '2', '10', 'P', 'M', 'x', '<', '3']
    """
    text = canonical(text, case=True)
    words = text.translate({ord(sign): _token_shape(sign) for sign in set(text)}).split()
    return " ".join([word if word.isalnum() else _numeric(word) for word in words]).split()


def _token_shape(sign: str) -> str:
    """How `tokens` writes a character: letters and digits as they are, signs as words, punctuation as spaces."""
    kind = unicodedata.category(sign)
    if kind[0] in "LMN" or sign in ".,-":
        return sign
    if sign in "'\\$":
        return ""
    return " " if sign == "`" or (kind[0] in "PZC" and sign not in "%&@#/") else f" {sign} "


def _numeric(word: str) -> str:
    """A word with the points, commas and minus signs that belong to its numbers, spaces in place of the others."""
    parts: list[str] = []
    for at, sign in enumerate(word):
        before, behind = word[at - 1 : at], word[at + 1 : at + 5]
        after = behind[:1] in _DIGITS
        if sign == ".":
            parts.append("." if after and (before in _DIGITS or before in ("", "-")) else " ")
        elif sign == ",":
            thousands = before in _DIGITS and _DIGITS.issuperset(behind[:3]) and len(behind) > 2
            parts.append("" if thousands and behind[3:] not in _DIGITS else " ")
        elif sign == "-":
            parts.append("-" if (after or behind[:1] == ".") and not before.isalnum() else " ")
        else:
            parts.append(sign)
    return "".join(parts)
