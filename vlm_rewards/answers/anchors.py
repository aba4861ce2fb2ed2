"""Find the last announcement of an answer: `the answer is`, `答案是`, `I choose`, by the words of `languages`."""

from __future__ import annotations

import string
from functools import lru_cache
from typing import NamedTuple

from vlm_rewards.answers.languages import spoken

__all__ = ["Anchor", "is_label", "joined", "last_anchor", "sentence", "starts_with"]

MIN_CHARS = 7  # `svar: 7`
MAX_TRIES = 12
MAX_VALUE_CHARS = 1000
MAX_WORDS = 16
_UNSPACED = "\u0e00"  # scripts from Thai on write no spaces; so do words glued to an Arabic article
_STRAY = " \t\r\n*_:：=#>—–→➜⇒＝"
_SIGNS = frozenset(":：=\n—–→➜⇒＝】")
_FORMULAS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_ABBREVIATIONS = frozenset(
    ("st", "mr", "mrs", "ms", "dr", "prof", "no", "vs", "ft", "jr", "sr", "inc", "co", "ltd", "mt", "fig", "approx")
)
_DENIALS = ("not", "n't", "不")
_APART = str.maketrans(dict.fromkeys(set(string.punctuation) - {"_"}, " "))


class Anchor(NamedTuple):
    """What an announcement announces, and where that starts and ends."""

    text: str
    start: int
    end: int


class _Opening(NamedTuple):
    """A noun, pointer or verb, and what may stand behind it."""

    word: str
    kind: str
    copulas: tuple[str, ...]
    fillers: tuple[str, ...]
    claims: tuple[str, ...]


def joined(before: str, after: str) -> bool:
    """Whether two neighbouring characters are of one word; East Asian scripts write words without spaces.

    >>> joined("b", "c"), joined("B", "是"), joined("B", ")")
    (True, False, False)
    """
    return bool(before and after) and _of_word(before) and _of_word(after)


def _of_word(sign: str) -> bool:
    return (sign.isalnum() or sign == "_") and sign < _UNSPACED


def starts_with(lower: str, at: int, words: tuple[str, ...]) -> str:
    """The longest of some words that stands at a position, alone; empty without one."""
    if not lower.startswith(words, at):
        return ""
    found = [word for word in words if lower.startswith(word, at)]
    alone = [word for word in found if not joined(word[-1], lower[at + len(word) : at + len(word) + 1])]
    return max(alone, key=len, default="")


def is_label(text: str) -> bool:
    """Whether a text opens with one letter or a small number, alone: `(B)`, `b.`, `2`; `a` before a word is not one.

    >>> is_label("(B) 12"), is_label("C입니다"), is_label("a triangle"), is_label("Bob"), is_label("a")
    (True, True, False, False, True)
    """
    bare = text[:20].lstrip("([{<*_ \"'`$（\\")
    size = 2 if bare[:2].isdecimal() else 1
    while bare[size : size + 1] and "@" < bare[size - 1] < bare[size] < "K":  # several letters of options: `AC`
        size += 1
    label, rest = bare[:size], bare[size:]
    if not label.isalnum() or not label.isascii() or joined(label[-1], rest[:1]) or rest[:2].strip() in ("=", "-", "+"):
        return False
    said = rest.lstrip(" *_\"'`")
    return label.isupper() or not said or not said[0].isalpha() or said.startswith(("is ", "beca"))


@lru_cache(maxsize=128)
def _openings(codes: tuple[str, ...], *, ascii_only: bool) -> tuple[dict[str, list[_Opening]], frozenset[str]]:
    """What announces in some languages, by its last word, and these words."""
    found: dict[str, _Opening] = {}
    for row in spoken(codes):
        kinds = (("noun", row.nouns), ("pointer", row.pointers), ("verb", row.verbs))
        for kind, word in [(kind, word) for kind, words in kinds for word in words if word.isascii() or not ascii_only]:
            same = found.get(word, _Opening(word, kind, (), (), ()))
            found[word] = _Opening(
                word, kind, same.copulas + row.copulas, same.fillers + row.fillers, same.claims + row.claims
            )
    table: dict[str, list[_Opening]] = {}
    for word, opening in found.items():
        table.setdefault(word.translate(_APART).split()[-1], []).append(opening)
    return table, frozenset(table)


def last_anchor(text: str, lower: str, start: int, end: int, *, languages: tuple[str, ...] = ()) -> Anchor | None:
    """The last announcement in a part of a text.

    Args:
        text: The text.
        lower: The same in lower case, character by character.
        start: Where the part starts.
        end: Where it ends.
        languages: Codes of the languages; empty for all.

    >>> last_anchor("So the answer is 7.", "so the answer is 7.", 0, 19)
    Anchor(text='7.', start=17, end=19)
    """
    is_ascii = lower.isascii()
    if is_ascii and end - start < MIN_CHARS:
        return None
    table, keys = _openings(languages, ascii_only=is_ascii)
    said = keys.intersection(lower[start:end].translate(_APART).split()) if is_ascii else keys
    openings = [opening for key in said for opening in table[key]]
    places = [(at, opening) for opening in openings if (at := lower.rfind(opening.word, start, end)) >= 0]
    for _ in range(MAX_TRIES):
        if not places:
            return None
        last = max(places, key=lambda place: (place[0], len(place[1].word)))
        places.remove(last)
        at, opening = last
        found = _announced(text, lower, at, end, opening)
        if found is not None:
            return found
        again = lower.rfind(opening.word, start, at + len(opening.word) - 1)
        if again >= 0:
            places.append((again, opening))
    return None


def _announced(text: str, lower: str, at: int, end: int, opening: _Opening) -> Anchor | None:
    """What stands behind a noun, pointer or verb, when it announces an answer."""
    here = at + len(opening.word)
    quote = text[at - 1 : at] if at else ""
    if (
        quote in ("<", "/")
        or lower[max(at - 5, 0) : at].rstrip().endswith(_DENIALS)
        or joined(quote, lower[at])
        or joined(lower[here - 1], lower[here : here + 1])
    ):
        return None
    is_field = quote in ("'", '"') and text.startswith(quote, here)
    signs = ""
    for closer in (quote if is_field else "", "】", "]"):
        signs += closer if text.startswith(closer, here) else ""
        here += len(closer) if text.startswith(closer, here) else 0
    for _ in range(MAX_WORDS):
        stop = here
        while stop < end and (text[stop] in _STRAY or (text[stop] == "-" and text[stop + 1 : stop + 2] == " ")):
            stop += 1
        signs += text[here:stop].replace("-", ":")
        here = stop
        copula = starts_with(lower, here, opening.copulas)
        said = copula or starts_with(lower, here, opening.fillers)
        if not said or (not copula and is_label(text[here : here + len(said) + 1])):
            break
        signs += "=" if copula else ""
        here += len(said)
    announced = not _SIGNS.isdisjoint(signs) and (bool(signs.strip(" \t\r*_#\n")) or _heads(text, at))
    said = text[here : min(end, here + MAX_VALUE_CHARS)]
    value = _field(said) if is_field else sentence(said)
    if not value.strip(" *_.:,;)]}"):
        return None
    here = text.find(value, here)
    kind, rest = opening.kind, text[here + len(value) : end]
    says_more = any(f" {copula} " in value for copula in opening.copulas) and not any(
        f" {claim}" in value for claim in opening.claims
    )
    closes = not rest.strip(' .*"') and not says_more
    points = kind != "noun" and is_label(value) and (announced or kind == "verb" or closes)
    return Anchor(value, here, here + len(value)) if (announced and kind == "noun") or points else None


def _heads(text: str, at: int) -> bool:
    """Whether a noun stands in a heading: nothing but marks and at most two words before it in its line."""
    line = text[max(text.rfind("\n", 0, at) + 1, at - 100) : at]
    return len(line.strip("#*_ ").split()) <= 2


def _field(text: str) -> str:
    """The value of a field of JSON or of a Python mapping that is not read as one."""
    quote = text[:1]
    if quote in ("'", '"'):
        return text[1:].partition(quote)[0]
    return text.partition("}")[0].partition("\n")[0].partition("," if quote != "[" else "]")[0].removeprefix("[")


def sentence(text: str) -> str:
    r"""The formula that opens a text, and its words up to the end of the sentence or line.

    >>> sentence("$x = 5.$ It is"), sentence("St. Louis. It is"), sentence("B. Paris"), sentence("3.5 cm. It is")
    ('$x = 5.$', 'St. Louis.', 'B. Paris', '3.5 cm.')
    """
    start = 0
    for opening, closing in _FORMULAS:
        end = text.find(closing, len(opening)) if text.startswith(opening) else -1
        is_price = opening == "$" and (text[end + 1 : end + 2].isdecimal() or "\n" in text[: max(end, 0)])
        if end > 0 and text[len(opening) : end].strip() and not is_price:
            start = end + len(closing)
            if text[end - 1] == ".":
                return text[:start]
            break
    line = text[:start] + text[start:].partition("\n")[0]
    for stop in ("。", "।", "</", "<|", "<br", "！", "？", "؟"):
        at = line.find(stop, start)
        line = line[:at] if at >= 0 else line
    for stop in (". ", "! ", "? "):
        at = line.find(stop, start)
        while at >= 0 and stop == ". " and _is_abbreviation(line[start:at], line[at + 2 : at + 3]):
            at = line.find(stop, at + 1)
        line = line[: at + 1] if at >= 0 else line
    return line


def _is_abbreviation(text: str, after: str) -> bool:
    """Whether a full stop belongs to the word before it: an abbreviation, a label or an initial."""
    word = text.rpartition(" ")[2].strip("*_(\"'")
    is_letter = len(word) == 1 and word.isalpha() and (word.isupper() or not text.strip(word + "*("))
    return is_letter or word.lower() in _ABBREVIATIONS or after.islower()
