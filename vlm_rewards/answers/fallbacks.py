"""What counts as the answer where nothing is stated: a short whole text, a line, the last formula or number."""

from __future__ import annotations

import string

__all__ = ["first_or_last_line", "is_sentence", "last_formula", "last_number", "sentence_value"]

MAX_FORMULA_CHARS = 1000
MAX_JOINED = 20
_JOINTS = (" and ", " or ", ", ", ", and ", ", or ")
_DIGITS = frozenset(string.digits)
_PARTS = frozenset("π√")
_BOUNDS = frozenset(("between", "than", "not", "least", "most", "or", "either", "no", "isn't", "nor", "neither"))
_VERBS = (" is ", " are ", " equals ")
_VALUES = frozenset("-$\\(+.√π")
_TAILS = (" of them", " more", " left", " in all", " altogether", " in total", " approximately")
_STATES = frozenset(
    ("in", "makes", "make", "needs", "need", "has", "have", "get", "gets", "costs", "cost", "gives", "obtain", "option")
) | frozenset(("find", "was", "were", "earns", "pays", "spends", "got", "makes", "count", "say", "by", "at", "choose"))
_CLAUSES = (" - ", " – ", "; ")


def is_sentence(text: str) -> bool:
    """Whether a short text has more than three words, so that it is no value with a unit.

    >>> is_sentence("12 square metres"), is_sentence("She has 12 apples left over")
    (False, True)
    """
    words = text.split(maxsplit=20)
    return len([word for word in words if word.strip(".,:;!?*").isalpha() and word.isascii() and len(word) > 1]) > 3


def first_or_last_line(text: str) -> tuple[str, bool]:
    r"""The last line, or the first where that is a short answer and the last a sentence; and whether it is the first.

    Lines with a bare label each, at the end, are one line.

    >>> first_or_last_line("I see.\nB"), first_or_last_line("B\nIt is the one on the left."), first_or_last_line("B\nC")
    (('B', False), ('B', True), ('B, C', False))
    """
    lines = [line for line in text.rsplit("\n", 40) if not line.startswith("```")] or [""]
    last = lines[-1].strip()
    first = text.partition("\n")[0].strip()
    if is_sentence(last) and len(first.split()) <= 3 and len(first) <= 40 and first[-1:] not in (":", "："):
        return first, True
    at = len(lines) - 1
    while at > 0 and _is_bare_label(last) and _is_bare_label(lines[at - 1]):
        at -= 1
    return ", ".join(line.strip() for line in lines[at:]) or last, False


def _is_bare_label(line: str) -> bool:
    bare = line.strip(" ().[]*")
    return len(bare) == 1 and bare.isupper()


def sentence_value(text: str) -> str | None:
    """The value that a sentence opens with or that its verb states, without its clause; None without one.

    >>> sentence_value("71 people in the year 2024"), sentence_value("71 cm, as we saw in step 3")
    ('71', '71 cm')
    >>> sentence_value("She has 12"), sentence_value("The speed is 50 km/h"), sentence_value("greater than 71")
    ('12', '50 km/h', None)
    """
    head = _first_clause(text)
    for tail in _TAILS:
        head = head.removesuffix(tail)
    if head.lstrip("-−+$€£¥≈~(\\ ")[:1].isdecimal():
        first, _, rest = head.partition(" ")
        joins = rest.startswith(("or ", "and ", "to ", "\\", "+", "=", "/", "*", "x "))
        return first.rstrip(",") if is_sentence(head) and not joins else head
    if bounds(head):
        return None
    before, verb, value = max((head.partition(verb) for verb in _VERBS), key=lambda parts: bool(parts[1]))
    if verb and (value[:1].isdecimal() or value[:1] in _VALUES) and not any(other in value for other in _VERBS):
        return (sentence_value(value) or value) if not any(sign.isdecimal() for sign in before) else None
    words = head.split()
    numbers = [at for at, word in enumerate(words) if any(sign.isdecimal() for sign in word)]
    if len(numbers) == 1 and numbers[0] and words[numbers[0] - 1].lower() in _STATES:
        return words[numbers[0]].rstrip(",")
    return None


def _is_word(text: str) -> bool:
    return len(text) > 1 and text[:2].isalpha()


def _first_clause(text: str) -> str:
    """A text up to a dash, a semicolon, or a comma before a word that continues no list."""
    text = text.partition(" — ")[0] or text
    for stop in _CLAUSES:
        head, dash, tail = text.partition(stop)
        text = head if dash and _is_word(tail) else text  # `5 - x` and `18 - 29` are values
    at = text.find(", ")
    while at >= 0:
        if _is_word(text[at + 2 :]) and not text.startswith(("and ", "or "), at + 2):
            return text[:at]
        at = text.find(", ", at + 1)
    return text


def bounds(text: str) -> bool:
    """Whether a sentence with numbers names a bound, a range or a doubt, and no one value."""
    return not _BOUNDS.isdisjoint(text.lower().replace(",", " ").split())


def last_formula(text: str) -> tuple[str | None, int]:
    r"""The last `$..$`, `\(..\)` or `\[..\]` with those it is joined to, and where it ends; a lone dollar is a price.

    >>> last_formula("So $x = 2$ and $x = 3$.")
    ('x = 2, x = 3', 22)
    """
    best: tuple[str | None, int] = (None, -1)
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        end = text.rfind(closing)
        while end > 0 and opening == "$" and text[end - 1] == "\\":
            end = text.rfind(closing, 0, end)
        if end <= best[1] or (opening == "$" and text[: end + 1].replace("\\$", "").count("$") % 2):
            continue
        after, parts = end + len(closing), [""]
        while end > 0 and len(parts) <= MAX_JOINED:
            start = text.rfind(opening, max(0, end - MAX_FORMULA_CHARS), end)
            if start < 0 or not text[start + len(opening) : end].strip():
                break
            parts.insert(0, text[start + len(opening) : end].strip())
            before = text[max(0, start - 10) : start]
            joint = next((joint for joint in _JOINTS if before.endswith(closing + joint)), None)
            end = -1 if joint is None else start - len(joint) - len(closing)
        if len(parts) > 1:
            best = ", ".join(parts[:-1]), after
    return best


def last_number(text: str) -> tuple[str | None, int]:
    """The last number, with its sign and per cent, and where it ends; a digit within a word is none."""
    end = len(text)
    while end > 0:
        while end > 0 and text[end - 1] not in _DIGITS:
            end -= 1
        if not end:
            return None, -1
        while text[end : end + 1] in _PARTS and end < len(text):  # 18π, 3√2
            end += 1
        start = end
        while start > 0 and (text[start - 1] in _DIGITS or text[start - 1] in ".,/" or text[start - 1] in _PARTS):
            start -= 1
        number = text[start:end].lstrip(".,/")
        start = end - len(number)
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        in_word = after.isascii() and after.isalpha() and "." not in number  # 2D, but not 1.5m
        if (before.isascii() and before.isalpha()) or in_word or before == "_":
            end = start
            continue
        if before and before in "-\u2212" and not text[max(start - 2, 0) : start - 1].isalnum():
            number = "-" + number
        if after == "%" or text.startswith("\\%", end):
            number += "%"
        return number, end
    return None, -1
