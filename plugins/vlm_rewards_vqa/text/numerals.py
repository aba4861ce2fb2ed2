"""Numbers as they stand in a text, in digits or in English words, exactly; nothing is evaluated.

Digits and exponents are capped before any arithmetic. A text is read as one number or as none: an answer that shows
two different ones says neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from vlm_rewards.text.number_words import SCALES, number_at
from vlm_rewards_vqa.text.bounds import BEFORE, BEHIND, UNSPACED_BEHIND
from vlm_rewards_vqa.text.normalise import canonical

__all__ = ["Number", "is_bounded", "json_number", "same_number", "single_number", "whole_number"]

MAX_DIGITS = 400
MAX_EXPONENT = 400
MAX_JSON_CHARS = 100
_DIGITS = frozenset("0123456789")
_RUN = _DIGITS | {",", "."}
_MONEY = frozenset("$€£¥₹₩")
_PER_CENT = ("percent", "per")
MAX_BESIDE = 4  # words beside a number that may bound it
MAX_COUNTER_CHARS = 8
_ORDINAL = frozenset("第제")


@dataclass(frozen=True, slots=True)
class Number:
    """A number and what the sign or word after it makes of it: 50 and 1/100 for `50%`, 3 and 10**6 for `3 million`."""

    shown: Fraction
    scale: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class _Found:
    """A number in a text; `number` is None for digits that are not a number. `alone`: it fills its words."""

    number: Number | None
    words: int
    alone: bool


def same_number(one: Number, other: Number) -> bool:
    """Whether two numbers are equal; a scale that only one of them shows may be left out or be counted.

    >>> per_cent, half, fifty = Number(Fraction(50), Fraction(1, 100)), Number(Fraction(1, 2)), Number(Fraction(50))
    >>> same_number(per_cent, half), same_number(per_cent, fifty), same_number(half, fifty)
    (True, True, False)
    """
    return any(left == right for left, right in readings(one, other))


def readings(one: Number, other: Number) -> Iterator[tuple[Fraction, Fraction]]:
    """The pairs of values to compare: with their scales, and without when only one of them shows a scale."""
    yield one.shown * one.scale, other.shown * other.scale
    if (one.scale == 1) != (other.scale == 1):
        yield one.shown, other.shown


def single_number(text: str) -> Number | None:
    """The one number of a text, which may show it several times; None when it has none, or different ones.

    >>> single_number("The 3 dogs: three."), single_number("$1,234.50"), single_number("-3/4")
    (Number(shown=Fraction(3, 1), scale=Fraction(1, 1)), Number(shown=Fraction(2469, 2), scale=Fraction(1, 1)), \
Number(shown=Fraction(-3, 4), scale=Fraction(1, 1)))
    >>> single_number("1 2 3"), single_number("1:45"), single_number("route B2"), single_number("the 2nd")
    (None, None, None, None)
    """
    found: Number | None = None
    for item in _scan(text):
        if item.number is None or (found is not None and found != item.number):
            return None
        found = item.number
    return found


def whole_number(text: str) -> Number | None:
    """The number that a text is, with no other word than a currency, a sign or a scale; None for any other text.

    >>> whole_number("$1.5 million"), whole_number("12 dogs"), whole_number("2010-2012")
    (Number(shown=Fraction(3, 2), scale=Fraction(1000000, 1)), None, None)
    """
    items = _scan(text)
    first = next(items, None)
    if first is None or not first.alone or next(items, None) is not None:
        return None
    return first.number if first.words == len(_words(text)) else None


def is_bounded(words: Sequence[str]) -> bool:
    """Whether words, in lower case, deny or bound the number beside them.

    >>> is_bounded(["at", "least", "3"]), is_bounded(["3", "or", "more"]), is_bounded(["3", "is", "wrong"])
    (True, True, True)
    >>> is_bounded(["3", "dogs", "are", "not", "here"])
    False
    """
    parts = [part for word in words for part in _apart(word)]
    numbers = [at for at, part in enumerate(parts) if single_number(part) is not None]
    return parts[-1:] == ["+"] or any(
        _is_bound(parts[max(at - MAX_BESIDE, 0) : at], parts[at + 1 : at + 2 + MAX_BESIDE]) for at in numbers
    )


def _apart(word: str) -> list[str]:
    """The digits of a word and what is glued to them in scripts without spaces: `至少3个` is three pieces."""
    if word.isascii() or _DIGITS.isdisjoint(word):
        return [word]
    return ["".join(piece) for _, piece in groupby(word, str.isascii)]


def _is_bound(before: list[str], after: list[str]) -> bool:
    """Whether the words before a number or behind it (and behind its unit) make a bound of it."""
    if before[-1:] == ["<"] or (before[-1:] == [">"] and "<" not in before):  # `<b>3` is no comparison
        return True
    if f" {' '.join(before)}".endswith(BEFORE):
        return True
    near = "".join(after)[:MAX_COUNTER_CHARS]
    return any(f"{' '.join(rest)} ".startswith(BEHIND) for rest in (after, after[1:])) or any(
        phrase in near for phrase in UNSPACED_BEHIND
    )


def json_number(text: str) -> Fraction | str:
    """The value of a number of JSON; of one with more than 100 characters the characters themselves.

    >>> json_number("1e2"), json_number("9" * 200) == "9" * 200
    (Fraction(100, 1), True)
    """
    number = whole_number(text) if len(text) <= MAX_JSON_CHARS else None
    return text if number is None else number.shown


def _words(text: str) -> list[str]:
    text = text.replace("\\%", "%").replace("\\$", "$").replace("{,}", ",").replace("\\,", ",")
    return canonical(text).split()


def _scan(text: str) -> Iterator[_Found]:
    """The numbers of a text in their order; ordinals and digits inside words (`2nd`, `B2`) are none."""
    words = _words(text)
    at = 0
    while at < len(words):
        word = words[at]
        if _DIGITS.isdisjoint(word):
            value, used = number_at(words, at)
            if value is None:
                at += 1
            else:
                yield _Found(Number(Fraction(value)), used, alone=True)
                at += used
            continue
        here = list(_in_word(word)) if len(word) <= MAX_DIGITS else [_Found(None, 1, alone=False)]
        at += 1
        if len(here) == 1 and here[0].alone and here[0].number is not None:
            number, used = _continued(here[0].number, word, words, at)
            yield _Found(number, 1 + used, alone=True)
            at += used
        else:
            yield from here


def _continued(number: Number, word: str, words: list[str], at: int) -> tuple[Number, int]:
    """A number with the next word, when that is a scale (`3 million`) or the fraction of a mixed number (`2 1/2`)."""
    if at == len(words) or word[-1] in ",;:.":
        return number, 0
    following = words[at].rstrip(".,;:!?)")
    if number.scale == 1 and following in SCALES:
        return Number(number.shown, Fraction(SCALES[following])), 1
    if number.scale == 1 and following in _PER_CENT:
        if following == "percent":
            return Number(number.shown, Fraction(1, 100)), 1
        if at + 1 < len(words) and words[at + 1].rstrip(".,;:!?)") == "cent":
            return Number(number.shown, Fraction(1, 100)), 2
    if number.shown.denominator == 1 and word[-1] in _DIGITS and following[:1] in _DIGITS and "/" in following:
        part = next(_in_word(following), None) if len(following) <= MAX_DIGITS else None
        if (
            part is not None
            and part.alone
            and part.number is not None
            and part.number.scale == 1
            and 0 < part.number.shown < 1
        ):
            sign = -1 if word.startswith("-") else 1
            return Number(number.shown + sign * part.number.shown), 1
    return number, 0


def _in_word(word: str) -> Iterator[_Found]:
    """The numbers in one word (between spaces); the word is short."""
    at = 0
    while at < len(word):
        if word[at] not in _DIGITS and not (word[at] == "." and word[at + 1 : at + 2] in _DIGITS):
            at += 1
            continue
        end = at
        while end < len(word) and word[end] in _RUN:
            end += 1
        run = word[at:end].rstrip(",.")
        end = at + len(run)
        head = word[:at].rstrip("{-")
        if head.endswith("^"):  # 10^2 is not 10; in 12 cm^2 the exponent is the unit's
            if not head[-2:-1].isalpha():
                yield _Found(None, 1, alone=False)
            at = end
            continue
        if at and (_joins_digits(word[at - 1]) or word[at - 1] == "_"):  # B2, x_1
            at = end
            continue
        before, negative = _before(word, at)
        values, end = _values(run, word, end)
        if values is None:  # an ordinal
            at = end
            continue
        scale, end = _suffix(word, end)
        rest = word[end:].strip(".,;:!?)]}\"'*_`")
        alone = len(values) == 1 and not rest and not word[:before].strip("([{\"'*_`~≈=<>+")
        for value in values:
            signed = -value if negative and value is not None else value
            yield _Found(None if signed is None else Number(signed, scale), 1, alone=alone)
        at = end


def _joins_digits(letter: str) -> bool:
    """Whether digits behind a letter are part of its word: in scripts with upper and lower case, as in `B2`."""
    return letter in _ORDINAL or letter.lower() != letter.upper()


def _before(word: str, at: int) -> tuple[int, bool]:
    """Where the sign and currency before a number start, and whether it is negative; `2-3` has no minus."""
    start = at
    while start and word[start - 1] in _MONEY:
        start -= 1
    negative = (
        start > 0
        and word[start - 1] == "-"
        and (start == 1 or not (word[start - 2].isalnum() or word[start - 2] == ")"))
    )
    if negative:
        start -= 1
        while start and word[start - 1] in _MONEY:
            start -= 1
    return start, negative


def _values(run: str, word: str, end: int) -> tuple[list[Fraction | None] | None, int]:
    """The values of a run of digits with what follows it (an exponent, a denominator); None for an ordinal."""
    value = _decimal(run)
    if value is None and "," in run:
        return [_decimal(part) for part in run.split(",") if part], end
    after = word[end:]
    if after[:2] in ("st", "nd", "rd", "th") and not after[2:3].isalpha():
        return None, end + 2
    if value is not None and after[:1] == "e":
        sign = after[1:2] if after[1:2] in ("+", "-") else ""
        digits = _leading_digits(after[1 + len(sign) :])
        if digits:
            end += 1 + len(sign) + len(digits)
            if len(digits) > 3 or int(digits) > MAX_EXPONENT:
                return [None], end
            return [value * Fraction(10) ** int(sign + digits)], end
    if value is not None and after[:1] == "/" and after[1:2] in _DIGITS:
        digits = _leading_digits(after[1:])
        end += 1 + len(digits)
        if word[end : end + 1] in ("/", ".") and word[end + 1 : end + 2] in _DIGITS:  # 1/2/2020
            return [value, None], end
        return [value / int(digits) if int(digits) else None], end
    return [value], end


def _suffix(word: str, end: int) -> tuple[Fraction, int]:
    if word[end : end + 1] == "%":
        return Fraction(1, 100), end + 1
    if word[end : end + 1] == "k" and not word[end + 1 : end + 2].isalpha():
        return Fraction(1000), end + 1
    return Fraction(1), end


def _leading_digits(text: str) -> str:
    return text[: len(text) - len(text.lstrip("0123456789"))]


def _decimal(run: str) -> Fraction | None:
    """The value of digits with thousands separators and at most one point; None for any other run."""
    whole, dot, decimals = run.partition(".")
    first, *groups = whole.split(",")
    if groups and not (1 <= len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in groups)):
        return None
    digits = first + "".join(groups) + decimals
    if not digits or len(digits) > MAX_DIGITS or not _DIGITS.issuperset(digits) or (dot and not decimals):
        return None
    return Fraction(int(digits), 10 ** len(decimals))
