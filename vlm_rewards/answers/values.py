"""What a text without a statement says: the value of a short sentence, a line, the last formula or number."""

import string

from vlm_rewards.answers.anchors import FORMULAS, is_label
from vlm_rewards.answers.clean import without_lead
from vlm_rewards.answers.languages import UNSPACED, merged

MAX_FORMULA_CHARS = 1000
MAX_JOINED = 20
_JOINTS = (" and ", " or ", ", ", ", and ", ", or ")
_GOES_ON = ("or ", "and ", "to ", "\\", "+", "=", "/", "*", "x ")
_DIGITS = frozenset(string.digits)
_PARTS = frozenset("π√")
_NUMERALS = _DIGITS | _PARTS | frozenset(".,/")
_MINUS = ("-", "\u2212")
DOUBTS = frozenset(("not", "no", "isn't", "nor", "neither", "don't", "doubt", "suppose", "if"))
_BOUNDS = DOUBTS | frozenset(("between", "than", "least", "most", "or", "either"))
_VERBS = (" is ", " are ", " equals ", ": ")
_PLACES = frozenset(("in", "from", "with", "for", "on", "at", "after"))
_STATES = frozenset(
    ("in", "makes", "make", "needs", "need", "has", "have", "get", "gets", "costs", "cost", "gives", "obtain", "option")
) | frozenset(
    ("find", "was", "were", "earns", "pays", "spends", "got", "takes", "take", "count", "say", "by", "at", "choose")
)
_SIGNED = ("零下", "根号")
_DENIALS, _SPANS = frozenset("不没非未无"), frozenset("第超于至或")
_KEPT = ("mod", "base", "or ", "alternatively", "maybe", "perhaps")
_UNITS = ("per", "square", "squared", "cubic", "cubed")
_CLAUSES = (" — ", " - ", " – ", "; ", " since ", " (")  # open what explains a value
_TAILS = (" of them", " left", " in all", " altogether", " in total", " approximately")  # close it


def is_sentence(text: str) -> bool:
    """Whether a short text has more than three words, so that it is not a value with a unit."""
    words = [word.strip(".,:;!?*") for word in text.split(maxsplit=20)]
    return sum([word.isalpha() and word.isascii() and len(word) > 1 and word not in _UNITS for word in words]) > 3


def first_or_last_line(text: str) -> tuple[str, bool]:
    """The last line, or the first where that is a short answer and the last a sentence; and whether it is the first.

    Lines with a bare label each, at the end, are one line.
    """
    lines = [line.strip() for line in text.rsplit("\n", 40) if not line.startswith("```")] or [""]
    first = text.partition("\n")[0].strip()
    explains = " " in lines[-1] and lines[-1].endswith(".")  # `B`, then `It barks.`
    is_short = len(first.split()) <= 3 and len(first) <= 40 and not first.endswith((":", "："))
    if is_short and (is_sentence(lines[-1]) or (explains and (is_label(first) or first[-1:] not in tuple(".!?")))):
        return first, True
    at = len(lines) - 1
    while at > 0 and all(len(label.strip(" ().[]*")) == 1 and label.isupper() for label in lines[at - 1 :]):
        at -= 1
    return ", ".join(lines[at:]), False


def value_of(text: str, languages: tuple[str, ...] = ()) -> str | None:
    """The value that a short sentence opens with or states, or all of a text that is none; None for other sentences."""
    text = without_lead(text, languages)
    value = _stated(_from_number(text, languages))
    if is_sentence(value):
        return value if is_label(value) else None
    head, _, rest = value.partition(" ")
    is_article = head.lower() in ("a", "an") and rest.isascii() and rest[:2].isalpha() and rest.islower()
    return rest if is_article and not is_label(value) else value


def _from_number(text: str, languages: tuple[str, ...]) -> str:
    """A text from its first number on, where a word of a script without spaces introduces it: `小明一共有15本书`."""
    if text.isascii():
        return text
    before = text[: next((at for at, sign in enumerate(text) if sign.isdecimal() or sign in "([\\$"), 0)].rstrip(
        "-− 负"
    )
    words = merged(languages, ascii_only=False)
    introduced = before.endswith(tuple(word for word in words.leads + words.copulas if word >= UNSPACED))
    is_word = before[-1:] >= UNSPACED and before[-1:].isalpha() and not before.endswith(_SIGNED)
    numbers = "".join([sign if sign in _NUMERALS or sign == ":" else " " for sign in text]).split()
    is_only = is_word and _SPANS.isdisjoint(before) and len(numbers) == 1  # `共重3公斤`
    return text[len(before) :].lstrip() if _DENIALS.isdisjoint(before) and (introduced or is_only) else text


def _stated(text: str) -> str:
    head = _first_clause(text)
    if head.lstrip("-−+$€£¥≈~(\\ ")[:1].isdecimal():
        first, _, rest = head.partition(" ")
        is_placed = not _PLACES.isdisjoint(rest.split()[1:-1]) and any(sign.isdecimal() for sign in rest)
        is_only = (is_sentence(head) or is_placed) and not rest.startswith(_GOES_ON)  # `42 apples in 6 rows`
        return first.rstrip(",") if is_only else head
    verb = next((verb for verb in _VERBS if verb in head), "")
    before, _, value = head.partition(verb) if verb else ("", "", "")
    is_subject = (len(before) > 2 or verb == " equals ") and not any(
        sign.isdecimal() or sign in "{(.," for sign in before
    )  # not `B: 12`
    if is_subject and not bounds(before) and not any(verb in value for verb in _VERBS):
        return _stated(value.strip())
    words = head.split()
    numbers = [at for at, word in enumerate(words) if any(sign.isdecimal() for sign in word)]
    is_number = len(numbers) == 1 and words[numbers[0] - 1].lower() in _STATES and not bounds(head)
    return words[numbers[0]].rstrip(",") if is_number and numbers[0] else text


def _first_clause(text: str) -> str:
    """A text up to a dash, a semicolon, or a comma before a word that continues no list."""
    for stop in _CLAUSES:
        head, found, tail = text.partition(stop)
        is_word = _is_word(tail) and not tail.startswith(_KEPT)  # `5 - x` and `18 - 29` are values
        is_clause = stop in (" — ", " since ") or (is_word and (stop != " (" or " " in tail or "." in tail))
        text = head if found and is_clause else text
    text = next((text.removesuffix(tail) for tail in _TAILS if text.endswith(tail)), text)
    at = text.find(", ")
    while at >= 0:
        if _is_word(text[at + 2 :]) and not text.startswith(("and ", "or "), at + 2):
            return text[:at]
        at = text.find(", ", at + 1)
    return text


def _is_word(text: str) -> bool:
    return len(text) > 1 and (text[:2].isalpha() or text.startswith("i.e"))


def bounds(text: str, words: frozenset[str] = _BOUNDS) -> bool:
    """Whether a sentence names a bound, a range or a doubt, and no one value."""
    return not words.isdisjoint(text.lower().replace(",", " ").split())


def last_value(text: str) -> tuple[str | None, bool]:
    """The last formula or number, None without one; and whether it is a formula."""
    formula, number = last_formula(text), last_number(text)
    is_formula = formula[1] >= number[1] - 1
    return (formula if is_formula else number)[0], is_formula


def last_formula(text: str) -> tuple[str | None, int]:
    """The last formula, with those it is joined to, and where it ends; a dollar before a digit closes none."""
    best: tuple[str | None, int] = (None, -1)
    for opening, closing in FORMULAS:
        end = text.rfind(closing)
        while end > 0 and opening == "$" and text[end - 1] == "\\":
            end = text.rfind(closing, 0, end)
        if end <= best[1] or (opening == "$" and text[end + 1 : end + 2].isdecimal()):  # $7
            continue
        after, parts = end + len(closing), list[str]()
        while end > 0 and len(parts) < MAX_JOINED:
            start = text.rfind(opening, max(0, end - MAX_FORMULA_CHARS), end)
            inside = text[start + len(opening) : end].strip() if start >= 0 else ""
            if not inside:
                break
            parts.insert(0, inside)
            joint = next((joint for joint in _JOINTS if text.endswith(closing + joint, 0, start)), "")
            end = start - len(joint) - len(closing) if joint else -1
        if parts:
            best = ", ".join(parts), after
    return best


def last_number(text: str) -> tuple[str | None, int]:
    """The last number, with its sign and per cent, and where it ends; None where that is of a name."""
    end = next((at for at in range(len(text), 0, -1) if text[at - 1] in _DIGITS), 0)
    while end and text[end : end + 1] in _PARTS:  # 18π, 3√2
        end += 1
    start = end
    while start > 0 and text[start - 1] in _NUMERALS:
        start -= 1
    number = text[start:end].lstrip(".,/")
    start = end - len(number)
    before = text[start - 1 : start]
    is_name = before.isascii() and (before.isalpha() or before == "_")  # A42
    is_negative = before in _MINUS and not text[max(start - 2, 0) : start - 1].isalnum()
    is_share = text.startswith(("%", "\\%"), end)
    return ("-" * is_negative + number + "%" * is_share, end) if number and not is_name else (None, -1)


def with_point(text: str) -> str | None:
    """A lone number with a decimal comma, and the unit behind it if there is one, with a point; None for other texts.

    What may be a group of thousands is none, and neither is a list.

    >>> with_point("12,5 cm"), with_point("-0,125"), with_point("1.234,50 €")
    ('12.5 cm', '-0.125', '1234.50 €')
    >>> with_point("12,345"), with_point("1, 2"), with_point("1,2,3"), with_point("(1,2)"), with_point("12.5")
    (None, None, None, None, None)
    """
    text = text.strip()
    amount = text.lstrip("-€£¥₹$\\ ")
    sign = text[: len(text) - len(amount)]
    whole, _, rest = amount.partition(",")
    first, *groups = whole.replace(" ", ".").split(".")
    unit = rest.lstrip(string.digits)
    places = len(rest) - len(unit)
    digits = first + "".join(groups)
    grouped = all(len(group) == 3 for group in groups)
    is_number = digits.isdecimal() and digits.isascii() and grouped and (0 < places < 3 or (places and digits == "0"))
    return f"{sign}{digits}.{rest}" if is_number and unit[:1] not in (",", ".") and "," not in unit else None
