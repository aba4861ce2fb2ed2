"""Find the last announcement of an answer: `the answer is`, `答案是`, `I choose`, by the words of `languages`."""

import string
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from vlm_rewards.answers.labels import labels_in, opens
from vlm_rewards.answers.languages import LANGUAGES, Words, joined, merged, starts_with

MAX_TRIES = 12
MAX_VALUE_CHARS = 1000
MAX_WORDS = 16
MAX_LABEL_CHARS = 20
MAX_ASIDE_CHARS = 80
_STRAY = " \t\r\n*_:：=#>—–→➜⇒＝】]"
_SIGNS = frozenset(":：=\n—–→➜⇒＝】")
_ASIDES = tuple("([,;")
_QUOTES = {"'": "'", '"': '"', "[": "]"}
FORMULAS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_ASCII_ENDS = ("\n", "</", "<|", "<br", "! ", "? ", ". ")
_ENDS = ("。", "।", "．", "！", "？", "؟", *_ASCII_ENDS)
_ABBREVIATIONS = frozenset(
    ("st", "mr", "mrs", "ms", "dr", "prof", "no", "vs", "ft", "jr", "sr", "inc", "co", "ltd", "mt", "fig", "approx")
)
_NAMES = {name: at for at, name in enumerate([*string.ascii_uppercase, *map(str, range(1, 100))])}
_PRONOUNS = frozenset(("I", "It", "This", "That", "We", "So"))
_DENIALS = frozenset(("not", "no", "never", "doubt", "without", "unlikely"))
_CONDITIONS = frozenset(("if", "suppose", "supposing", "assume", "assuming", "whether"))
_LINKS, _STOPS = ("to ", "of ", "for "), frozenset(".,;:!?\n")
Span = tuple[int, int]
_APART = bytes(32 if chr(code) in string.punctuation and code != ord("_") else code for code in range(256))


class _Opening(NamedTuple):
    """A word that may announce, of which kind it is, and the words of the languages that it is of."""

    word: str
    kind: str
    words: Words


def is_label(text: str) -> bool:
    """Whether a text opens with a label, alone: `(B)`, `b.`, `2`; `a` before a word is not one."""
    return opens(text[:MAX_LABEL_CHARS], labels_in(text[:MAX_LABEL_CHARS], _NAMES))


@lru_cache(maxsize=128)
def _openings(codes: tuple[str, ...]) -> dict[str, list[_Opening]]:
    """What announces in some languages, by its last word or, if it is not in ASCII, by a letter of it that is not."""
    table: dict[str, list[_Opening]] = {}
    for kind in ("nouns", "pointers", "verbs"):
        for word in getattr(merged(codes, ascii_only=False), kind):
            speakers = tuple(code for code in codes or LANGUAGES if word in getattr(LANGUAGES[code], kind))
            opening = _Opening(word, kind, merged(speakers, ascii_only=False))
            table.setdefault(_words(word)[-1] if word.isascii() else max(word), []).append(opening)
    return table


def _words(text: str) -> list[str]:
    return text.encode("ascii", "replace").translate(_APART).decode().split()


def last_anchor(text: str, lower: str, start: int, end: int, *, languages: tuple[str, ...] = ()) -> Span | None:
    """Where the value of the last announcement in a part of a text stands; the text comes in lower case too."""
    table, said = _openings(languages), set(_words(lower[start:end]))
    if not lower.isascii():
        said.update(lower[start:end])
    openings = [opening for key in table.keys() & said for opening in table[key]]
    places = [(at, opening) for opening in openings if (at := lower.rfind(opening.word, start, end)) >= 0]
    inner = None
    for _ in range(MAX_TRIES):
        if not places:
            break
        last = max(places, key=lambda place: (place[0], len(place[1].word)))
        places.remove(last)
        at, opening = last
        found = _announced(text, lower, at, end, opening)
        if found is not None and inner is None and opening.kind == "pointers" and text[:at].rstrip()[-1:] in _ASIDES:
            inner = found  # `The answer is cat (option A)`
        elif found is not None:
            holds = inner is None or (found[1] >= inner[0] and not is_label(text[slice(*found)]))
            return found if holds else inner
        again = lower.rfind(opening.word, start, at + len(opening.word) - 1)
        if again >= 0:
            places.append((again, opening))
    return inner


def _announced(text: str, lower: str, at: int, end: int, opening: _Opening) -> Span | None:
    """Where the value behind a word that may announce stands, when the word does."""
    here, words = at + len(opening.word), opening.words
    quote = text[at - 1 : at] if at else ""
    if quote in ("<", "/") or joined(quote, lower[at]) or joined(lower[here - 1], lower[here : here + 1]):
        return None
    if _is_doubted(lower[max(at - MAX_ASIDE_CHARS, 0) : at], words.fillers):
        return None
    is_field = quote in ("'", '"') and text.startswith(quote, here)
    here += is_field
    signs = ""
    for _ in range(MAX_WORDS):
        stop = here
        while stop < end and (text[stop] in _STRAY or text.startswith(("- ", "->"), stop)):
            if text[stop - 1 : stop + 1] == " >":  # a bound
                break
            stop += 1
        signs += text[here:stop].replace("-", ":")
        here = stop
        copula = starts_with(lower, here, words.copulas)
        said = (
            copula
            or starts_with(lower, here, words.fillers)
            or ("=" not in signs and _aside(lower, here, end, words.copulas))
        )
        if not said:
            break
        signs += "=" if copula else ""
        here += len(said)
    announced = not _SIGNS.isdisjoint(signs)
    closing = _QUOTES.get(text[here : here + 1], "") if is_field else ""
    here += len(closing)
    said = text[here : min(end, here + MAX_VALUE_CHARS)]
    value = _up_to(said, closing or ",}\n") if is_field else sentence(said)
    if not value.strip(" *_.:,;)]}"):
        return None
    if opening.kind != "nouns":
        says_more = any(f" {word} " in value for word in words.copulas)
        claims = not says_more or any(f" {word}" in value for word in words.claims)
        closes = claims and not text[here + len(value) : end].strip(' .*"')
        announced = is_label(value) and (announced or opening.kind == "verbs" or closes)
    return (here, here + len(value)) if announced else None


def _is_doubted(before: str, fillers: tuple[str, ...]) -> bool:
    """Whether the clause before an announcement supposes, doubts or denies it; a denied doubt is none."""
    words = before.rpartition("\n")[2].split()
    while words and (words[-1] in fillers or words[-1] in ("that", "my")):
        words.pop()
    near = words[-3:]
    while any([word[-1] in _STOPS for word in near]):  # noqa: C419 - a list is faster
        near = near[1:]
    denials = sum([word in _DENIALS or word.endswith("n't") for word in near])
    return denials % 2 == 1 or not _CONDITIONS.isdisjoint(near[-2:]) or before.endswith("不")


def _aside(lower: str, here: int, end: int, copulas: tuple[str, ...]) -> str:
    """What the answer is to, between a noun and its copula: `to question 3`."""
    if not lower.startswith(_LINKS, here):
        return ""
    line = lower[here : min(end, here + MAX_ASIDE_CHARS)]
    aside = _up_to(line, [*[f" {word} " for word in copulas], ": "])
    return aside if _STOPS.isdisjoint(aside) and aside != line else ""


def _up_to(text: str, stops: Iterable[str]) -> str:
    """A text up to the first of some stops."""
    return text[: min([at for stop in stops if (at := text.find(stop)) >= 0], default=len(text))]


def sentence(text: str) -> str:
    """The formula that opens a text, and its words up to the end of the sentence or line."""
    start, end = 0, len(text)
    for opening, closing in FORMULAS:
        close = text.find(closing, len(opening)) if text.startswith(opening) else -1
        is_price = opening == "$" and (text[close + 1 : close + 2].isdecimal() or "\n" in text[: max(close, 0)])
        if close > 0 and text[len(opening) : close].strip() and not is_price:
            start = close + len(closing)
            if text[close - 1] == ".":
                return text[:start]
            break
    for stop in _ASCII_ENDS if text.isascii() else _ENDS:
        at = text.find(stop, start, end)
        while at >= 0 and (
            (stop == ". " and _is_abbreviation(text[start:at], text[at + 2 : at + 10]))
            or (stop == "．" and text[at + 1 : at + 2].isdecimal())
        ):
            at = text.find(stop, at + 1, end)
        end = at + (stop[0] in ".!?！？؟") if at >= 0 else end
    return text[:end]


def _is_abbreviation(text: str, after: str) -> bool:
    """Whether a full stop belongs to the word before it: an abbreviation, a label or an initial."""
    word = text.rpartition(" ")[2].strip("*_(\"'")
    is_label = word.isupper() or (word < "i" and not text.strip(word + "*("))
    is_short = word.lower() in _ABBREVIATIONS and after.partition(" ")[0] not in _PRONOUNS  # Main St. It is
    return (len(word) == 1 and word.isalpha() and is_label) or is_short or after[:1].islower()
