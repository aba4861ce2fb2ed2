"""Numbers as they stand in a text, in digits or in English words, exactly; nothing is evaluated.

Digits and exponents are capped before any arithmetic. A text is read as one number or as none: an answer that shows
two different ones says neither.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from vlm_rewards.text.number_words import SCALES, number_at
from vlm_rewards_vqa.text.normalise import canonical, tokens

MAX_DIGITS = 400
MAX_EXPONENT = 400
MAX_JSON_CHARS = 100
MAX_BESIDE = 4  # words beside a number that may bound it
MAX_COUNTER_CHARS = 8
_DIGITS = "0123456789"
_LETTERS = string.ascii_letters
_LOOKS = frozenset(
    ("", "text", "textbf", "textrm", "mathrm", "mathbf", "mathit", "boxed", "left", "right", "quad", "approx", "sim")
) | frozenset(("circ", "degree", "times", "displaystyle", "lt", "gt"))
_MONEY = "$€£¥₹₩"
_NAMES = (
    "dollar dollars usd",
    "euro euros eur",
    "pound pounds gbp",
    "yen jpy yuan rmb cny",
    "rupee rupees inr",
    "won krw",
)
#: The sign of each currency, by its names and itself.
CURRENCIES = {name: sign for sign, names in zip(_MONEY, _NAMES, strict=True) for name in (sign, *names.split())}
_NEGATIVE = frozenset({"minus", "negative"})
_WHOLE = frozenset({"the", "all", "these", "those"})  # may stand before the number of all: `3 of the 5`
_REJECTED = (", not ", " rather than ", " instead of ", ", but not ", " and not ")
_OTHERWISE = ("or", "maybe", "perhaps", "possibly")  # open an alternative in brackets
_AROUND = "([{\"'*_`~≈=<>+"
_CLOSING = ".,;:!?)]}\"'*_`"
_SCALES = {word: Fraction(scale) for word, scale in SCALES.items()} | {"percent": Fraction(1, 100)}
_SUFFIXES = {"%": Fraction(1, 100), "k": Fraction(1000)}
_ORDINAL = frozenset("第제")
# What makes a bound, a denial or an open choice of the number beside it, in lower case, by language. Before the number:
_WORDS_BEFORE = (
    *("at least", "at most", "up to", "than", "over", "under", "above", "below", "beyond", "exceeding", "exceeds"),
    *("min", "max", "minimum of", "maximum of", "upwards of", "between", "not", "not be", "never", "never be"),
    *("neq", "ne", "leq", "geq", "le", "ge", "lt", "gt", "leqslant", "geqslant", "lesssim", "gtrsim"),
    *("≠", "≤", "≥", "≦", "≧", "≲", "≳", "⩽", "⩾"),
    *("mindestens", "höchstens", "wenigstens", "über", "unter", "mehr als", "weniger als", "bis zu", "maximal"),
    *("au moins", "au plus", "plus de", "moins de", "jusquà", "pas"),
    *("al menos", "por lo menos", "como mínimo", "como máximo", "a lo sumo", "más de", "menos de", "hasta"),
    *("almeno", "al massimo", "più di", "meno di", "fino a", "oltre", "non"),
    *("pelo menos", "no mínimo", "no máximo", "mais de", "até"),
    *("minstens", "hoogstens", "meer dan", "minder dan", "co najmniej", "co najwyżej", "więcej niż", "ponad"),
    *("больше", "меньше", "более", "менее", "минимум", "максимум", "свыше", "до", "не"),
    *("على الأقل", "أكثر من", "أقل من", "कम से कम", "en az", "en fazla"),
)
_UNSPACED_BEFORE = (
    *("至少", "最少", "最多", "不止", "不到", "不足", "超过", "超過", "多于", "多於", "少于", "少於", "大于", "大於"),
    *("小于", "小於", "不是", "少なくとも", "最低", "最大", "最小", "多くとも", "적어도", "최소", "최대"),
)
_BEFORE = (*(f" {phrase}" for phrase in _WORDS_BEFORE), *_UNSPACED_BEFORE)
# Behind the number, or behind the word after it:
_WORDS_BEHIND = (
    *("or more", "or less", "or fewer", "or so", "or any", "or higher", "or lower", "or greater", "or larger"),
    *("or above", "or below", "or over", "or under", "and up", "and more", "and above", "and over"),
    *("and counting", "plus", "maybe more", "perhaps more", "possibly more", "if not more", "upwards", "at least"),
    *("at most", "minimum", "maximum", "max", "is wrong", "is incorrect", "is not", "≤", "≥", "leq", "geq"),
    *("oder mehr", "oder weniger", "und mehr", "ou plus", "ou moins", "au moins", "au plus", "o más", "o menos"),
    *("como mínimo", "como máximo", "o più", "o meno", "ou mais", "ou menos", "no mínimo", "no máximo", "of meer"),
    *("lub więcej", "или больше", "или более", "или меньше", "и более", "أو أكثر", "على الأقل", "या अधिक"),
)
_BEHIND = tuple(f"{phrase} " for phrase in _WORDS_BEHIND)
# Within a few letters behind the number, a counter between them or not:
_UNSPACED_BEHIND = (
    *("以上", "以下", "以内", "未満", "未满", "多个", "多個", "或更多", "或者", "还是", "または", "もしくは"),
    *("より多", "より少", "ではない", "이상", "이하", "미만", "초과", "또는"),
)


class Number(NamedTuple):
    """A number and what the sign or word after it makes of it: 50 and 1/100 for `50%`, 3 and 10**6 for `3 million`."""

    shown: Fraction
    scale: Fraction = Fraction(1)


class _Found(NamedTuple):
    """A number in a text; `number` is None for digits that are not a number. `alone`: it fills its words."""

    number: Number | None
    words: int = 1
    alone: bool = False

    def negated(self) -> _Found:
        return self._replace(number=self.number and Number(-abs(self.number.shown), self.number.scale))


def readings(one: Number, other: Number) -> Iterator[tuple[Fraction, Fraction]]:
    """The pairs of values to compare: with their scales, and without when only one of them shows a scale."""
    yield one.shown * one.scale, other.shown * other.scale
    if (one.scale == 1) != (other.scale == 1):
        yield one.shown, other.shown


def single_number(text: str) -> Number | None:
    """The one number of a text, which may show it several times; None when it has none, or different ones.

    What brackets behind it explain is not read, nor the number of all behind `of`.

    >>> single_number("The 3 dogs: three."), single_number("$1,234.50"), single_number("-3/4")
    (Number(shown=Fraction(3, 1), scale=Fraction(1, 1)), Number(shown=Fraction(2469, 2), scale=Fraction(1, 1)), \
Number(shown=Fraction(-3, 4), scale=Fraction(1, 1)))
    >>> single_number("1 2 3"), single_number("1:45"), single_number("route B2"), single_number("the 2nd")
    (None, None, None, None)
    """
    return None if _is_formula(text) else _single(_outside(text))


def _single(text: str) -> Number | None:
    found: Number | None = None
    for item in _scan(text):
        if item.number is None or (found is not None and found != item.number):
            return None
        found = item.number
    return found


def _outside(text: str) -> str:
    """A text without what its brackets explain, and up to what it rejects, if that has one number: `18 (9 of them)`."""
    head, *parts = text.split(" (")
    for part in parts:
        inside, closed, after = part.partition(")")
        is_aside = closed and whole_number(inside) is None and not inside.casefold().startswith(_OTHERWISE)
        head += after if is_aside else f" ({part}"
    for words in _REJECTED:
        head = head.partition(words)[0]
    return head if head != text and _single(head) is not None else text


def whole_number(text: str) -> Number | None:
    """The number that a text is, with no other word than a currency, a sign or a scale; None for any other text.

    >>> whole_number("$1.5 million"), whole_number("12 dogs"), whole_number("2010-2012")
    (Number(shown=Fraction(3, 2), scale=Fraction(1000000, 1)), None, None)
    """
    items = _scan(text)
    first = next(items, None)
    if first is None or not first.alone or next(items, None) is not None:
        return None
    words = _words(text)
    if first.words < len(words):
        words = [word for word in words if word not in _NEGATIVE and word.rstrip(_CLOSING) not in CURRENCIES]
    return first.number if first.words == len(words) else None


def is_bounded(text: str) -> bool:
    """Whether a text denies or bounds its number.

    >>> is_bounded("at least 3"), is_bounded("3 or more"), is_bounded("3 is wrong"), is_bounded("It can't be 3")
    (True, True, True, True)
    >>> is_bounded("3 dogs are not here")
    False
    """
    words = tokens(canonical(_outside(text)).replace("n't", " not").replace("cannot", "can not"))
    parts = [part for word in words for part in _apart(with_digits(word))]
    numbers = [at for at, part in enumerate(parts) if _single(part) is not None]
    return parts[-1:] == ["+"] or any(
        _is_bound(parts[max(at - MAX_BESIDE, 0) : at], parts[at + 1 : at + 2 + MAX_BESIDE]) for at in numbers
    )


def _apart(word: str) -> list[str]:
    """The digits of a word and what is glued to them in scripts without spaces: `至少3个` is three pieces."""
    if word.isascii() or word.isalpha():
        return [word]
    return ["".join(piece) for _, piece in groupby(word, str.isascii)]


def _is_bound(before: list[str], after: list[str]) -> bool:
    """Whether the words before a number or behind it (and behind its unit) make a bound of it."""
    if before[-1:] == ["<"] or (before[-1:] == [">"] and "<" not in before):  # `<b>3` is not a comparison
        return True
    if f" {' '.join(before)}".endswith(_BEFORE):
        return True
    near = "".join(after)[:MAX_COUNTER_CHARS]
    return any(f"{' '.join(rest)} ".startswith(_BEHIND) for rest in (after, after[1:])) or any(
        phrase in near for phrase in _UNSPACED_BEHIND
    )


def json_number(text: str) -> Fraction | str:
    """The value of a number of JSON; of one with more than 100 characters the characters themselves.

    >>> json_number("1e2"), json_number("9" * 200) == "9" * 200
    (Fraction(100, 1), True)
    """
    number = whole_number(text) if len(text) <= MAX_JSON_CHARS else None
    return text if number is None else number.shown


def _is_formula(text: str) -> bool:
    r"""Whether a text has LaTeX that is more than a look: `\\sqrt{2}` is not the number 2, `3 \\text{ cm}` is 3."""
    return any(leading(part, _LETTERS) not in _LOOKS for part in text.split("\\")[1:])


def _words(text: str) -> list[str]:
    text = text.replace("\\%", "%").replace("\\$", "$").replace("{,}", ",").replace("\\,", ",")
    return with_digits(canonical(text)).replace(" per cent", " percent").split()


def _scan(text: str) -> Iterator[_Found]:
    """The numbers of a text in their order; ordinals and digits inside words (`2nd`, `B2`) are none."""
    words = _words(text)
    at, seen = 0, False
    while at < len(words):
        found = _spelled(words, at) if words[at].isalpha() else _written(words, at)
        is_whole = seen and "of" in (words[at - 1], words[at - 2] if words[at - 1] in _WHOLE else "")
        if not is_whole:
            is_negative = at and words[at - 1] in _NEGATIVE
            yield from ([item.negated() for item in found] if is_negative else found)
        seen = seen or bool(found)
        at += found[-1].words if found else 1


def _spelled(words: list[str], at: int) -> list[_Found]:
    value, used = number_at(words, at)
    return [] if value is None else [_Found(Number(Fraction(value)), used, alone=True)]


def _written(words: list[str], at: int) -> list[_Found]:
    """The numbers of one word; the last one with the next word, if that is its scale or the fraction behind it."""
    if not any(map(_DIGITS.__contains__, words[at])):
        return _spelled(words, at)
    if len(words[at]) > MAX_DIGITS:
        return [_Found(None)]
    found = list(_in_word(words[at]))
    number = found[0].number if len(found) == 1 and found[0].alone else None
    if number is None or number.scale != 1 or words[at][-1] in ",;:." or at + 1 == len(words):
        return found
    following = words[at + 1].rstrip(".,;:!?)")
    if following in _SCALES:
        return [_Found(Number(number.shown, _SCALES[following]), 2, alone=True)]
    if number.shown.denominator == 1 and words[at][-1] in _DIGITS and "/" in following and len(following) <= MAX_DIGITS:
        part = next(_in_word(following), _Found(None))
        if following[0] in _DIGITS and part.alone and part.number and 0 < part.number.shown < 1 == part.number.scale:
            sign = -1 if words[at].startswith("-") else 1
            return [_Found(Number(number.shown + sign * part.number.shown), 2, alone=True)]
    return found


def _in_word(word: str) -> Iterator[_Found]:
    """The numbers in one word (between spaces); the word is short."""
    at = 0
    while at < len(word):
        run = leading(word[at:], f"{_DIGITS},.").rstrip(",.")
        if word[at] not in _DIGITS and run[:1] + run[1:2].strip(_DIGITS) != ".":
            at += 1
            continue
        head = word[:at]
        at += len(run)
        power = head.rstrip("{-")
        if power.endswith("^"):  # 10^2 is not 10; in 12 cm^2 the exponent is the unit's
            if not power[-2:-1].isalpha():
                yield _Found(None)
            continue
        if head and (_joins_digits(head[-1]) or head[-1] == "_"):  # B2, x_1
            continue
        if head[-1:] in tuple("±√") or (head[-1:] == "+" and head[-2:-1].isalnum()):  # ±3, x+3
            yield _Found(None)
            return
        values, used = _values(run, word[at:])
        at += used
        scale = Fraction(1) if word[at + 1 : at + 2].isalpha() else _SUFFIXES.get(word[at : at + 1], Fraction(1))
        at += scale != 1
        before = head.rstrip(_MONEY)
        negative = before.endswith("-") and not (before[-2:-1].isalnum() or before[-2:-1] == ")")  # 2-3 has no minus
        if negative:
            before = before[:-1].rstrip(_MONEY)
        country = _LETTERS if before != head else ""  # US$5
        tail = word[at:].strip(_CLOSING)
        alone = len(values) == 1 and (not tail or tail in CURRENCIES) and not before.strip(_AROUND + country)
        for value in values:
            yield _Found(None if value is None else Number(-value if negative else value, scale), alone=alone)


def _joins_digits(letter: str) -> bool:
    """Whether digits behind a letter are part of its word: in scripts with upper and lower case, as in `B2`."""
    return letter in _ORDINAL or letter.lower() != letter.upper()


def _values(run: str, after: str) -> tuple[list[Fraction | None], int]:
    """The values of a run of digits and the characters used behind it (exponent, denominator); none for an ordinal."""
    value = _decimal(run)
    if value is None:
        return [_decimal(part) for part in run.split(",") if part], 0
    if after[:2] in ("st", "nd", "rd", "th") and not after[2:3].isalpha():
        return [], 2
    sign = after[1:2] if after[1:2] in ("+", "-") else ""
    digits = leading(after[1 + len(sign) :])
    used = 1 + len(sign) + len(digits)
    if after[:1] == "e" and digits:
        fits = len(digits) <= 3 and int(digits) <= MAX_EXPONENT
        return [value * Fraction(10) ** int(sign + digits) if fits else None], used
    if after[:1] == "/" and digits and not sign:
        if after[used : used + 1] in ("/", ".") and after[used + 1 : used + 2].isdecimal():  # 1/2/2020
            return [value, None], used
        return [value / int(digits) if int(digits) else None], used
    return [value], 0


def leading(text: str, signs: str = _DIGITS) -> str:
    """The digits, or other signs, that open a text."""
    return text[: len(text) - len(text.lstrip(signs))]


def _decimal(run: str) -> Fraction | None:
    """The value of digits with thousands separators and at most one point; None for any other run."""
    whole, dot, decimals = run.partition(".")
    first, *groups = whole.split(",")
    if groups and not (1 <= len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in groups)):
        return None
    digits = first + "".join(groups) + decimals
    if not digits or len(digits) > MAX_DIGITS or digits.strip(_DIGITS) or (dot and not decimals):
        return None
    return Fraction(int(digits), 10 ** len(decimals))


#: Chinese and Japanese numerals, and what is counted with them: `两只`, `三个`, `十二`.
_HAN = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_SIGNS = frozenset(_HAN) | frozenset(_HAN_UNITS)
_COUNTERS = frozenset("个個只隻条條头頭匹名位张張本辆輛件座棵把朵根块塊人台枚羽つ")


def with_digits(text: str) -> str:
    """A text with digits for the numbers that a counter follows, and for one that is the whole text.

    >>> with_digits("有两只猫。"), with_digits("一百零五个"), with_digits("十二"), with_digits("统一, 第三个")
    ('有2只猫。', '105个', '12', '统一, 第三个')
    """
    if text.isascii():
        return text
    runs = ["".join(run) for _, run in groupby(text, _HAN_SIGNS.__contains__)]
    whole = text.strip(" .,!?。")
    for at, (run, after) in enumerate(zip(runs, [*runs[1:], ""], strict=True)):
        value = _han_value(run) if run == whole or after[:1] in _COUNTERS else None
        if value is not None and (not at or runs[at - 1][-1] != "第"):
            runs[at] = str(value)
    return "".join(runs)


def _han_value(run: str) -> int | None:
    """The value of a run of numerals below ten thousand; None for others, such as two digits side by side."""
    total, digit, unit = 0, None, 10_000
    for sign in run:
        if sign in _HAN_UNITS and _HAN_UNITS[sign] < unit and digit != 0:
            unit = _HAN_UNITS[sign]
            total += (digit or 1) * unit
            digit = None
        elif sign in _HAN and not digit:
            digit = _HAN[sign]
        else:
            return None
    return total + (digit or 0)
