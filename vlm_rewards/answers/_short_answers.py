"""What the packs of short answers share: where an answer stands, several boxes that are one, decimal commas."""

from __future__ import annotations

import string
from typing import Protocol

from vlm_rewards.answers.marks import DEFAULT_MARKS

__all__ = ["announced_elsewhere", "behind_mark", "boxed_together", "with_point", "without_ending"]

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
_ENDINGS = ("です", "입니다", "है")


def announced_elsewhere(lower: str) -> int:
    """Where that starts which follows the last announcement of an answer in another language than English; -1 for none.

    Args:
        lower: The text with ASCII letters in lower case.

    >>> announced_elsewhere("die antwort ist 42."), announced_elsewhere("答案是42。"), announced_elsewhere("42")
    (15, 3, -1)
    """
    phrases = _ELSEWHERE_IN_ASCII if lower.isascii() else _ELSEWHERE
    return max(start + len(phrase) if (start := lower.rfind(phrase)) >= 0 else -1 for phrase in phrases)


class _Boxed(Protocol):
    @property
    def response(self) -> str: ...
    @property
    def boxed_spans(self) -> tuple[tuple[int, int], ...]: ...


def boxed_together(completion: _Boxed) -> list[str]:
    r"""The insides of the last box and of those right before it that are one answer with it, each once.

    >>> from vlm_rewards import Completion
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
    ((opening, closing),) = DEFAULT_MARKS.box_tokens
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
