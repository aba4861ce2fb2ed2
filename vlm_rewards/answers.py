"""What the packs of short answers share: answers of several boxes, second thoughts, and references with a solution."""

from __future__ import annotations

import string
from itertools import product

from vlm_rewards.completion import BOX_TOKENS, Completion

__all__ = ["behind_mark", "boxed_together", "second_thought", "with_point"]

MAX_TOGETHER = 40
MAX_BETWEEN_CHARS = 60
_JOINS = frozenset(("and", "or", "for", "part", "a", "b", "quad", "qquad", "text", "with", "i", "ii"))
MAX_TAIL_CHARS = 2000
_DIGITS = frozenset(string.digits)
_SILENT = str.maketrans("\u2019", "'", ",:*_$")
_ENDS = (". ", "! ", "? ", "; ", " - ", " -- ", "\u2013", "\u2014", "(", "...", "\u2026")
_CLOSERS = "-}$.*\\]) \n"
_AROUND = ".,;:!?*_$\"'`()[]"
_DOUBTS = ("no", "actually", "or", "or rather", "or maybe", "or perhaps", "or possibly", "maybe", "perhaps")
_CLAIMS = (
    *("it is", "it's", "it should", "it must", "it could", "that is", "that's", "wait", "sorry", "actually", "i was"),
    *("the answer", "the final answer", "the correct", "the right answer", "should be"),
)
_TAKES_BACK = tuple(
    f"{phrase} "
    for phrase in (
        *("wait", "oops", "correction", "scratch that", "hold on", "on second thought", "my mistake", "sorry"),
        *("i was wrong", "i made a mistake", "i made an error", "i meant", "let me correct", "that is wrong"),
        *("that's wrong", "this is wrong"),
        *(f"{doubt} {claim}" for doubt, claim in product(_DOUBTS, _CLAIMS)),
    )
)
_OPENINGS = frozenset(phrase.partition(" ")[0] for phrase in (*_TAKES_BACK, *_DOUBTS))
_DENIES = frozenset({"not", "of", "than"})  # not 42, instead of 42, rather than 42


def boxed_together(completion: Completion) -> list[str]:
    r"""The insides of the last box and of those right before it that are one answer with it, each once.

    >>> boxed_together(Completion("\\boxed{9}. So it is \\boxed{1} or \\boxed{2}"))
    ['1', '2']
    """
    response, spans = completion.response, completion.boxed_spans
    if len(spans) < 2:
        return [response[start:end].strip() for start, end in spans]
    first = len(spans) - 1
    while first > 0 and len(spans) - first < MAX_TOGETHER and _joins(response[spans[first - 1][1] : spans[first][0]]):
        first -= 1
    return list(dict.fromkeys(response[start:end].strip() for start, end in spans[first:]))


def _joins(between: str) -> bool:
    r"""Whether two boxes are one answer: `\boxed{1} and \boxed{2}`, by what stands between their insides."""
    opening, closing = BOX_TOKENS
    between = between.removeprefix("}").removeprefix(closing).removesuffix(opening).rstrip("{ ").removesuffix("\\boxed")
    if len(between) > MAX_BETWEEN_CHARS:
        return False
    said = "".join(letter if letter.isalpha() else " " for letter in between).split()
    return all(word in _JOINS for word in said) and "\n\n" not in between.strip() and "." not in between


def behind_mark(text: str) -> str:
    r"""What stands behind the mark `####` of the last line (GSM8K); the whole text without one.

    >>> behind_mark("3 * 24 = <<3*24=72>>72\n#### 72"), behind_mark("72"), behind_mark("#### Sales\n72")
    ('72', '72', '#### Sales\n72')
    """
    if "####" not in text:
        return text.strip()
    _, mark, behind = text.strip().rpartition("\n")[2].rpartition("####")
    return behind.strip() if mark and behind else text.strip()


def with_point(text: str) -> str | None:
    """A lone number with a decimal comma, and the unit behind it if there is one, with a point; None for other texts.

    What may be a group of thousands is none, and neither is a list.

    >>> with_point("12,5 cm"), with_point("-0,125"), with_point("1.234,50 €")
    ('12.5 cm', '-0.125', '1234.50 €')
    >>> with_point("12,345"), with_point("1, 2"), with_point("1,2,3"), with_point("(1,2)"), with_point("12.5")
    (None, None, None, None, None)
    """
    whole, _, rest = text.strip().partition(",")
    sign = "-" if whole.startswith("-") else ""
    first, *groups = whole.removeprefix("-").split(".")
    unit = rest.lstrip(string.digits)
    places = len(rest) - len(unit)
    digits = first + "".join(groups)
    grouped = all(len(group) == 3 for group in groups)
    is_number = digits.isdecimal() and digits.isascii() and grouped and (0 < places < 3 or (places and digits == "0"))
    return f"{sign}{digits}.{rest}" if is_number and unit[:1] not in (",", ".") and "," not in unit else None


def second_thought(tail: str) -> str | None:
    r"""The number or option that the text behind an answer puts in the place of it; None where it takes nothing back.

    It is taken back by a sentence or clause that opens with an explicit correction ("wait", "no, it is", "I was wrong",
    "or maybe", "or 41"), and the last number or single capital letter from there on is what counts instead. An
    explanation, however long, takes nothing back.

    Args:
        tail: The text behind the answer, from what closes it on; its first 2,000 characters are read.

    >>> second_thought(". No wait, it is 41."), second_thought(" or 41"), second_thought(". Wait, not B but C.")
    ('41', '41', 'C')
    >>> second_thought(". This means 42 apples, since 40 + 2 = 42."), second_thought(". Wait, that is all!")
    (None, None)
    """
    tail = tail[:MAX_TAIL_CHARS].removeprefix(BOX_TOKENS[1]).lstrip(_CLOSERS)
    if not tail:
        return None
    for end in _ENDS:
        tail = tail.replace(end, "\n")
    lines = tail.splitlines()
    at = next((at for at, line in enumerate(lines) if _takes_back(line)), None)
    return None if at is None else _last_value(" ".join(lines[at:]).split())


def _takes_back(clause: str) -> bool:
    """Whether a clause opens with a correction, or with a doubt and a value right behind it."""
    clause = clause.lstrip(_AROUND + _CLOSERS)
    if clause.partition(" ")[0].rstrip(_AROUND).casefold() not in _OPENINGS:
        return False
    words = clause.translate(_SILENT).split(maxsplit=6)[:6]
    said = " ".join(words).casefold() + " "
    if said.startswith(_TAKES_BACK):
        return True
    doubts = [doubt for doubt in _DOUBTS if said.startswith(f"{doubt} ")]
    if not doubts or (doubts == ["no"] and clause[2:3] not in (",", ":")):  # `no 2 sides are equal`
        return False
    following = words[len(max(doubts, key=len).split()) :][:1]
    return _last_value(following) is not None


def _last_value(words: list[str]) -> str | None:
    """The last number or single capital letter, bare, that no word before it denies."""
    for before, word in zip(reversed(["", *words[:-1]]), reversed(words), strict=True):
        value = word.strip(_AROUND).removeprefix("\\(").removesuffix("\\").rstrip("$.")
        letter = len(value) == 1 and value in string.ascii_uppercase and (value not in "AI" or value != word)
        if (letter or not _DIGITS.isdisjoint(value)) and before.casefold() not in _DENIES:
            return value
    return None
