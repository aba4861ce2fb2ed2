"""What the packs of short answers share: answers of several boxes, second thoughts, and references with a solution."""

from __future__ import annotations

import string
from itertools import product

from vlm_rewards.completion import BOX_TOKENS, Completion

__all__ = ["announced_elsewhere", "behind_mark", "boxed_together", "second_thought", "with_point", "without_ending"]

# What announces an answer in other languages than English, with ASCII letters in lower case.
_ELSEWHERE = (
    *("答案是", "答案为", "答案為", "答案：", "答案:", "答えは", "答え：", "答え:", "정답은", "정답:", "답은"),
    *("antwort ist", "antwort:", "antwort lautet", "réponse est", "réponse :", "réponse:", "respuesta es"),
    *("respuesta:", "risposta è", "risposta:", "resposta é", "resposta:", "Ответ:", "ответ:", "Ответ —"),
    *("الإجابة هي", "الإجابة:", "الجواب هو", "उत्तर:", "उत्तर है"),
)
_ELSEWHERE_IN_ASCII = tuple(filter(str.isascii, _ELSEWHERE))
MAX_TOGETHER = 40
MAX_BETWEEN_CHARS = 60
_JOINS = frozenset(
    ("and", "or", "for", "part", "a", "b", "quad", "qquad", "text", "with", "i", "ii", "else", "vs")
) | frozenset(("versus", "either", "maybe", "perhaps", "possibly"))
MAX_TAIL_CHARS = 2000
_ENDINGS = ("です", "입니다", "है")
_DIGITS = frozenset(string.digits)
_SILENT = str.maketrans("", "", ",:*_$")
_ENDS = str.maketrans(dict.fromkeys("!?;(\u2013\u2014\u2026", "\n") | {"\u2019": "'"})
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
_OPENINGS = frozenset(" ".join(phrase.split()[:2]) for phrase in (*_TAKES_BACK, *_DOUBTS))
_DENIES = frozenset({"not", "of", "than"})  # not 42, instead of 42, rather than 42


def announced_elsewhere(lower: str) -> int:
    """Where that starts which follows the last announcement of an answer in another language than English; -1 for none.

    Args:
        lower: The text with ASCII letters in lower case.

    >>> announced_elsewhere("die antwort ist 42."), announced_elsewhere("答案是42。"), announced_elsewhere("42")
    (15, 3, -1)
    """
    phrases = _ELSEWHERE_IN_ASCII if lower.isascii() else _ELSEWHERE
    return max(start + len(phrase) if (start := lower.rfind(phrase)) >= 0 else -1 for phrase in phrases)


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


def without_ending(text: str) -> str:
    """A text without the full stop and the verb that end a sentence in East Asian languages and Hindi.

    >>> without_ending("42 です。"), without_ending("**42**。"), without_ending("42")
    ('42', '**42**', '42')
    """
    text = text.rstrip("。 ")
    for verb in _ENDINGS:
        text = text.removesuffix(verb)
    return text.rstrip()


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
    for end in (". ", " - ", " -- ", "..."):
        tail = tail.replace(end, "\n")
    lines = tail.translate(_ENDS).splitlines()
    at = next((at for at, line in enumerate(lines) if _takes_back(line)), None)
    return None if at is None else _last_value(" ".join(lines[at:]).split())


def _takes_back(clause: str) -> bool:
    """Whether a clause opens with a correction, or with a doubt and a value right behind it."""
    clause = clause.lstrip(_AROUND + _CLOSERS)
    first, second = [*clause[:40].casefold().split(maxsplit=2), "", ""][:2]
    first = first.rstrip(_AROUND)
    if first not in _OPENINGS and f"{first} {second}".rstrip(_AROUND) not in _OPENINGS:
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
