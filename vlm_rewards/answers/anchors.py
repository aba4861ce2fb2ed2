"""Find the last announcement of an answer: `the answer is`, `答案是`, `I choose`, by the words of `languages`."""

from __future__ import annotations

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
_DENIALS = ("wrong", "incorrect", "not ", "too ", "false", "n't ")


class Anchor(NamedTuple):
    """What an announcement announces, and where that starts and ends."""

    text: str
    start: int
    end: int


class _Opening(NamedTuple):
    word: str
    kind: str
    copulas: tuple[str, ...]
    fillers: tuple[str, ...]


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
    size = 1
    while bare[size : size + 1] and "@" < bare[size - 1] < bare[size] < "K":  # several letters of options: `AC`
        size += 1
    size = 2 if bare[:2].isdecimal() else size
    label, rest = bare[:size], bare[size:]
    if not label.isalnum() or not label.isascii() or joined(label[-1], rest[:1]) or rest[:2].strip() in ("=", "-", "+"):
        return False
    said = rest.lstrip(" *_\"'`")
    sure = label.isupper() or not said or not said[0].isalpha()
    return sure or said.startswith(("is ", "beca"))


@lru_cache(maxsize=128)
def _openings(codes: tuple[str, ...], *, ascii_only: bool) -> tuple[_Opening, ...]:
    found: dict[tuple[str, str], _Opening] = {}
    for language in spoken(codes):
        kinds = (("noun", language.nouns), ("pointer", language.pointers), ("verb", language.verbs))
        for kind, word in [(kind, word) for kind, words in kinds for word in words if word.isascii() or not ascii_only]:
            same = found.get((word, kind), _Opening(word, kind, (), ()))
            words = same.copulas + language.copulas, same.fillers + language.fillers
            found[word, kind] = _Opening(word, kind, *words)
    return tuple(found.values())


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
    openings = _openings(languages, ascii_only=is_ascii)
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
    word, kind, copulas, fillers = opening
    here = at + len(word)
    quote = text[at - 1 : at] if at else ""
    if quote in ("<", "/") or (quote and joined(quote, word[0])) or joined(word[-1], lower[here : here + 1]):
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
        copula = starts_with(lower, here, copulas)
        said = copula or starts_with(lower, here, fillers)
        if not said or (not copula and is_label(text[here : here + len(said) + 1])):
            break
        signs += "=" if copula else ""
        here += len(said)
    announced = not _SIGNS.isdisjoint(signs) and (
        signs.strip(" \t\r*_#") != "\n" * signs.count("\n") or _heads(text, at)
    )
    said = text[here : min(end, here + MAX_VALUE_CHARS)]
    value = _field(said) if is_field else sentence(said)
    if not value.strip(" *_.:,;)]}"):
        return None
    here = text.find(value, here)
    points = kind != "noun" and is_label(value) and (announced or kind == "verb" or _closes(text, here, end, value))
    return Anchor(value, here, here + len(value)) if (announced and kind == "noun") or points else None


def _heads(text: str, at: int) -> bool:
    """Whether a noun stands in a heading: nothing but marks and at most two words before it in its line."""
    line = text[max(text.rfind("\n", 0, at) + 1, at - 100) : at]
    return len(line.strip("#*_ ").split()) <= 2


def _closes(text: str, here: int, end: int, value: str) -> bool:
    """Whether an option is named in the last line, and not denied there."""
    return not text[here + len(value) : end].strip(' .*"') and not any(denial in value for denial in _DENIALS)


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
        if text.startswith(opening):
            end = text.find(closing, len(opening))
            if end > 0 and text[len(opening) : end].strip() and not (opening == "$" and _is_price(text, end)):
                start = end + len(closing)
                if text[end - 1] == ".":
                    return text[:start]
                break
    line = (
        text[: start or len(text)] if text.startswith("\n", start) else text[:start] + text[start:].partition("\n")[0]
    )
    for stop in ("。", "।", "</", "<|", "<br", "！", "？", "؟"):
        at = line.find(stop, start)
        line = line[:at] if at >= 0 else line
    for stop in (". ", "! ", "? ", ".\t"):
        at = line.find(stop, start)
        while at >= 0:
            word = line[start:at].rpartition(" ")[2].strip("*_(\"'")
            if not (
                stop == ". "
                and (
                    (len(word) == 1 and word.isalpha() and (word.isupper() or not line[:at].strip(word + "*(")))
                    or word.lower() in _ABBREVIATIONS
                    or line[at + 2 : at + 3].islower()
                )
            ):
                line = line[: at + 1]
                break
            at = line.find(stop, at + 1)
    return line


def _is_price(text: str, end: int) -> bool:
    return text[end + 1 : end + 2].isdecimal() or "\n" in text[:end]
