"""What counts as the answer where nothing is stated: a short whole text, a line, the last formula or number."""

from __future__ import annotations

import string

__all__ = ["first_or_last_line", "is_sentence", "last_formula", "last_number", "opening_value"]

MAX_FORMULA_CHARS = 1000
MAX_LABEL_CHARS = 4
_DIGITS = frozenset(string.digits)
_PARTS = frozenset("π√")
_BOUNDS = frozenset(("between", "than", "not", "least", "most", "or", "either", "no", "isn't", "nor", "neither"))
_CLAUSES = (" - ", " — ", " – ", "; ")


def is_sentence(text: str) -> bool:
    """Whether a short text has more than three words, so that it is no value with a unit.

    >>> is_sentence("12 square metres"), is_sentence("She has 12 apples left over")
    (False, True)
    """
    words = text.split(maxsplit=20)
    return len([word for word in words if word.strip(".,:;!?*").isalpha() and word.isascii() and len(word) > 1]) > 3


def first_or_last_line(text: str) -> tuple[str, bool]:
    r"""The last line, or the first one where that is a short answer and the last a sentence; and whether it is the first.

    Lines with a bare label each, at the end, are one line.

    >>> first_or_last_line("I see.\nB"), first_or_last_line("B\nIt is the one on the left."), first_or_last_line("B\nC")
    (('B', False), ('B', True), ('B, C', False))
    """
    lines = text.rsplit("\n", 40)
    last = lines[-1].strip()
    first = text.partition("\n")[0].strip()
    if is_sentence(last) and len(first.split()) <= 3 and len(first) <= 40 and first[-1:] not in (":", "："):
        return first, True
    at = len(lines) - 1
    while at > 0 and max(len(last), len(lines[at - 1].strip())) <= MAX_LABEL_CHARS and lines[at - 1].strip().strip("()."):
        at -= 1
    return ", ".join(line.strip() for line in lines[at:]) or last, False


def opening_value(text: str) -> str | None:
    """The value that a sentence opens with, without its clause; None where it opens with none.

    >>> opening_value("71 people in the year 2024"), opening_value("71 cm, as we saw in step 3"), opening_value("the 5")
    ('71', '71 cm', None)
    """
    clause = text
    for stop in _CLAUSES:
        clause = clause.partition(stop)[0]
    head, comma, tail = clause.partition(", ")
    while comma and not tail[:2].isalpha():
        more, comma, tail = tail.partition(", ")
        head = f"{head}, {more}"
    if head.rpartition(" ")[2] in ("and", "or") or tail.startswith(("and ", "or ")):
        head = clause
    opens = head.lstrip("-−+$€£¥≈~(\\ ")[:1].isdecimal()
    if not opens or not is_sentence(head):
        return head if opens and head != text else None
    number, _ = last_number(head.split(maxsplit=1)[0])
    rest = head.split(maxsplit=1)[1]
    return None if number is None or rest.startswith(("or ", "and ", "to ", "\\", "+", "=", "/")) else head.split(maxsplit=1)[0]


def bounds(text: str) -> bool:
    """Whether a sentence with numbers names a bound, a range or a doubt, and no one value."""
    return not _BOUNDS.isdisjoint(text.lower().replace(",", " ").split())


def last_formula(text: str) -> tuple[str | None, int]:
    r"""The last `$..$`, `\(..\)` or `\[..\]`, and where it ends; a lone dollar is a price."""
    best: tuple[str | None, int] = (None, -1)
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        end = text.rfind(closing)
        while end > 0 and opening == "$" and text[end - 1] == "\\":
            end = text.rfind(closing, 0, end)
        if end <= best[1] or (opening == "$" and text[: end + 1].replace("\\$", "").count("$") % 2):
            continue
        start = text.rfind(opening, max(0, end - MAX_FORMULA_CHARS), end)
        if start >= 0 and text[start + len(opening) : end].strip():
            best = text[start + len(opening) : end].strip(), end + len(closing)
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
        if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()) or before == "_":
            end = start
            continue
        if before and before in "-\u2212" and not text[max(start - 2, 0) : start - 1].isalnum():
            number = "-" + number
        if after == "%" or text.startswith("\\%", end):
            number += "%"
        return number, end
    return None, -1
