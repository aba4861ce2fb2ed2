r"""Find the final answer in a response: the last box, tag or phrase that announces it, else the last formula or number.

Every search is a `find` or `rfind` over the text or over a short piece of it, so the work is linear in the text.
"""

from __future__ import annotations

import string
from typing import NamedTuple

import vlm_rewards as vr
from vlm_rewards.answers import announced_elsewhere, behind_mark, boxed_together, without_ending
from vlm_rewards.retractions import second_thought
from vlm_rewards_math.letters import letter

__all__ = ["Found", "final_answer", "from_reference"]

MAX_ANSWER_CHARS = 1000
MAX_TRIES = 6
_ANNOUNCED = ("answer", "Answer", "ANSWER")
_OPTIONS = ("option", "Option", "choice", "Choice")  # as long as the words above
_BEHIND = (
    *(
        "is",
        "are",
        "was",
        "equals",
        "would be",
        "will be",
        "should be",
        "must be",
        "therefore",
        "thus",
        "the",
        "a",
        "an",
    ),
    *(
        "final",
        "correct",
        "best",
        "option",
        "choice",
        "letter",
        "Option",
        "Choice",
        "indeed",
        "simply",
        "value",
        "number",
    ),
    *("approximately", "about", "exactly", "The", "Final", "Answer", "answer"),
)
_STRAY = ' \t\r*_:：=-#>\n\u201c"'
_CLOSERS = ("I hope", "<|", "</s>", "[/INST]")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_DIGITS = frozenset(string.digits)
_PARTS = frozenset("π√")
_VALUES = frozenset("$-\\(+.√π")
_VERBS = (" is ", " are ", " equals ", ": ")
_POINTERS = "#>=`∴⇒→ \t\n"  # what may stand before a short answer and says nothing


class Found(NamedTuple):
    """A final answer, where it stood, and the number or letter that the text behind it puts in its place."""

    text: str
    where: str
    instead: str | None = None


def final_answer(completion: vr.Completion, *, require_boxed: bool = False) -> Found | None:
    r"""The final answer of a completion; None without any.

    >>> final_answer(vr.Completion("<think>\\boxed{1}</think> So it is \\boxed{2}."))
    Found(text='2', where='boxed', instead=None)
    >>> final_answer(vr.Completion("Hence the answer is **7**."))
    Found(text='7', where='announced', instead=None)
    >>> final_answer(vr.Completion("<think>\\boxed{42}</think>")) is None
    True
    """
    response = completion.response
    if not response or response.isspace():
        return None
    boxed, box_end = _boxed(completion)
    if require_boxed:
        return boxed
    tag_end = response.rfind("</answer>")
    tag = response.rfind("<answer>", 0, max(tag_end, 0))
    if tag >= 0 and tag > box_end:
        inside = completion.answer or ""
        found = _announced_in(inside) if len(inside) > 200 else Found(_short(inside), "answer_tag")
        return found._replace(instead=second_thought(response[tag_end + len("</answer>") :]))
    if boxed is not None:
        later = _announced(response, max(box_end, 0))
        return later if later is not None and _is_answer(later.text) else boxed
    return _announced(response, 0) or _chosen(response) or _announced_elsewhere(response) or _last(response)


def from_reference(text: str) -> str:
    r"""The answer in a reference: inside its `<answer>` or box, behind `####` or "answer is", or all of it.

    >>> from_reference("So we get \\boxed{7}."), from_reference("3 + 4 = 7\n#### 7"), from_reference("x + 1")
    ('7', '7', 'x + 1')
    >>> from_reference("<think>3 + 4</think><answer>7</answer>"), from_reference("The answer is 7.")
    ('7', '7')
    """
    text = vr.Completion(text).answer or text
    if "\\boxed" in text or "\\fbox" in text:
        found, _ = _boxed(vr.Completion(text))
        if found is not None and found.text:
            return found.text
    found = None if "####" in text else _announced(text, 0)
    return behind_mark(text) if found is None else found.text


def _short(text: str) -> str:
    """What a short answer states: behind its "answer is", or behind its verb."""
    found = _announced(text, 0)
    return _stated(text) if found is None else found.text


def _stated(text: str) -> str:
    """What a sentence with one verb states, when that is a value: `The speed is 50 km/h`; else the whole text."""
    before, verb, value = max((text.partition(verb) for verb in _VERBS), key=lambda parts: len(parts[1]))
    value = value.lstrip()
    if verb == ": " and len(before) < 3:  # an option behind its letter
        return text
    several = any(other in value for other in _VERBS) or " or " in before or not _DIGITS.isdisjoint(before)
    return value if verb and not several and (value[:1] in _VALUES or value[:1].isdecimal()) else text


def _announced_in(text: str) -> Found:
    return _announced(text, 0) or _last(text) or Found(text[: MAX_ANSWER_CHARS + 1], "answer_tag")


# -- boxes -----------------------------------------------------------------------------------------------------------


def _boxed(completion: vr.Completion) -> tuple[Found | None, int]:
    """The last box, joined with those right before it; and where it ends."""
    response = completion.response
    if completion.boxed_spans:
        end = completion.boxed_spans[-1][1]
        text = ", ".join(boxed_together(completion))
        return Found(_short(text) if "nswer" in text else text, "boxed", second_thought(response[end:])), end
    return _loose_box(response)


def _loose_box(response: str) -> tuple[Found | None, int]:
    r"""`\fbox{5}`, `\boxed 5`, or a last box that never closes."""
    at = max(response.rfind("\\boxed"), response.rfind("\\fbox"))
    if at < 0:
        return None, -1
    start = at + len("\\boxed" if response.startswith("\\boxed", at) else "\\fbox")
    inside = response[start : start + MAX_ANSWER_CHARS].lstrip()
    if inside.startswith("{"):
        depth = 0
        for end, sign in enumerate(inside):
            depth += (sign == "{") - (sign == "}")
            if not depth:
                return Found(inside[1:end].strip(), "boxed"), start + end
        if len(response) - start >= MAX_ANSWER_CHARS:
            return None, -1
        return Found(inside[1:].strip().rstrip("$. \n"), "boxed"), len(response)
    word = inside.split(maxsplit=1)[0] if inside.split(maxsplit=1) else ""
    if not word or word[0] not in string.ascii_letters + string.digits + "-\\.":
        return None, -1
    return Found(word.rstrip("$.,"), "boxed"), start + len(word)


# -- phrases ---------------------------------------------------------------------------------------------------------


def _chosen(response: str) -> Found | None:
    """The letter behind the last `option is` or `choice is`."""
    found = _announced(response, 0, _OPTIONS)
    return found if found is not None and letter(found.text) is not None else None


def _announced_elsewhere(response: str) -> Found | None:
    """What stands behind the last announcement in another language than English."""
    response = response[-MAX_ANSWER_CHARS:]
    at = announced_elsewhere(response.translate(_LOWER))
    found = without_ending(_sentence(response[at:].lstrip(_STRAY))) if at >= 0 else ""
    return (_from_prose(found) or Found(found, "announced")) if found else None


def _announced(response: str, start: int, words: tuple[str, ...] = _ANNOUNCED) -> Found | None:
    """What stands behind the last `answer is`, `Answer:` or `####`."""
    mark = response.rfind("####", start)
    end = len(response)
    for _ in range(MAX_TRIES):
        at = max(response.rfind(word, start, end) for word in words)
        if mark > at:
            behind = response[mark + 4 :]
            line = behind[:MAX_ANSWER_CHARS].strip().partition("\n")[0].strip()
            return Found(line, "announced", second_thought(behind)) if line else None
        if at < 0:
            return None
        found = _behind(response[at + len("answer") : at + len("answer") + MAX_ANSWER_CHARS])
        if response[at - 1 : at] == '"':  # a field of JSON
            found = found.rstrip(", ").removesuffix("}").rstrip().removesuffix('"')
        if found:
            read = _from_prose(found) or Found(found, "announced")
            return read._replace(instead=second_thought(response[at + len("answer") :]))
        end = at
    return None


def _behind(text: str) -> str:
    """The answer that follows the word; empty where something else does."""
    rest = text
    announced = False
    for _ in range(16):
        cut = rest.lstrip(_STRAY if rest.lstrip(' \t\r*_:=#>\n"')[:1] != "-" else ' \t\r*_:=#>\n"')
        announced |= any(sign in rest[: len(rest) - len(cut)] for sign in ":=*\n-")
        rest = cut
        word = next((w for w in _BEHIND if rest.startswith(w) and not rest[len(w) : len(w) + 1].isalnum()), None)
        if word is None or (word in ("a", "A") and not rest[1:3].strip(" ")):
            break
        if word in ("a", "the", "an") and not announced:
            break
        announced |= word in ("is", "are", "was", "equals", "would be", "will be", "should be", "must be")
        rest = rest[len(word) :]
    if not announced or not rest:
        return ""
    for closer in _CLOSERS:
        rest = rest.partition(closer)[0]
    return _sentence(rest)


def _sentence(text: str) -> str:
    r"""The formula that opens a text, else its words up to the end of a sentence or line."""
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(opening):
            end = text.find(closing, len(opening))
            if end > 0:
                inside = text[len(opening) : end].strip()
                after = text[end + len(closing) :].partition("\n")[0]
                if inside:
                    return inside + _unit_behind(after, text, opening)
    line = text.partition("\n")[0]
    for stop in (
        ". ",
        ".\t",
        "</",
        "<|",
        "<br",
        "<end",
        "<eos",
        "; so",
        ", so ",
        ", because",
        " because",
        ", since ",
        ".**",
        "**",
        "\u3002",
    ):
        line = line.partition(stop)[0]
    return line.strip().removesuffix(".").rstrip("*_ ")


def _unit_behind(after: str, text: str, opening: str) -> str:
    """More items of a list, or the unit, behind a formula: `$x = 9$ and $x = -3$`, `$5$ cm`."""
    rest = after.strip()
    for joiner in ("and ", "or ", ", and ", ",", ", or "):
        if rest.startswith(joiner) and rest[len(joiner) :].lstrip().startswith(opening):
            inner = rest[len(joiner) :].lstrip()
            end = inner.find(opening, len(opening)) if opening[0] == "$" else -1
            if end > 0:
                more = inner[end + len(opening) :]
                return f", {inner[len(opening) : end].strip()}" + _unit_behind(more, text, opening)
    word = rest.split(maxsplit=1)[0].strip(".,;!") if rest else ""
    if rest.startswith(("degrees", "percent", "cm", "m ", "m.", "km", "%", "meters", "feet", "inches")):
        return f" \\text{{ {word} }}" if word != "%" else "\\%"
    return ""


def _from_prose(sentence: str) -> Found | None:
    """The formula or number in a sentence of prose; None where the sentence is short or has none."""
    if not _prose(sentence.split(maxsplit=20)):
        return None
    formula, where = _last_formula(sentence)
    number, at = _last_number(sentence)
    if formula is not None and where >= at - 1:
        return Found(formula, "announced")
    return None if number is None else Found(number, "announced")


def _is_answer(text: str) -> bool:
    """Whether what was announced behind a box is an answer of its own, and no prose about it."""
    return bool(text) and len(text) <= 80 and (text[0] in "$\\-(+." or text[0] in _DIGITS or len(text.split()) <= 1)


# -- the last formula or number ----------------------------------------------------------------------------------------


def _last(response: str) -> Found | None:
    """All of a short response, else its last formula or number."""
    whole = response.strip().lstrip(_POINTERS).rstrip("`\n")
    for closer in _CLOSERS:
        whole = whole.partition(closer)[0].rstrip()
    whole = whole.removesuffix(".").removesuffix(" is the answer")
    words = whole.split(maxsplit=9)
    is_short = whole and len(whole) <= 120 and len(words) <= 8 and "\n" not in whole and not _prose(words)
    has_formula = any(sign in whole for sign in ("$", "\\(", "\\["))
    if is_short and (not has_formula or whole[0] in "$-(\\" or whole[0] in _DIGITS):
        return Found(_stated(whole), "whole")
    formula, where = _last_formula(whole)
    number, at = _last_number(whole)
    if formula is not None and where >= at - 1:
        return Found(formula, "last_formula")
    return None if number is None else Found(number, "last_number")


def _prose(words: list[str]) -> bool:
    """Whether a short text is a sentence and not an answer."""
    plain = [word for word in words if word.strip(".,:;!?").isalpha() and word.isascii() and len(word) > 1]
    return len(plain) > 3


def _last_formula(text: str) -> tuple[str | None, int]:
    r"""The last `$..$`, `\(..\)` or `\[..\]`, and where it ends."""
    best: tuple[str | None, int] = (None, -1)
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        end = text.rfind(closing)
        if end <= best[1]:
            continue
        start = text.rfind(opening, max(0, end - MAX_ANSWER_CHARS), end)
        if opening == "$" and text[:end].count("$") % 2 == 0:
            continue  # a lone dollar opens nothing: it is a price
        if start >= 0 and text[start + len(opening) : end].strip():
            best = text[start + len(opening) : end].strip(), end + len(closing)
    return best


def _last_number(text: str) -> tuple[str | None, int]:
    """The last number, with its sign, currency and per cent; and where it ends."""
    end = len(text)
    while end > 0:
        while end > 0 and text[end - 1] not in _DIGITS:
            end -= 1
        if not end:
            return None, -1
        while text[end : end + 1] in _PARTS:  # 18π, 3√2
            end += 1
        start = end
        while start > 0 and (text[start - 1] in _DIGITS or text[start - 1] in ".,/" or text[start - 1] in _PARTS):
            start -= 1
        number = text[start:end].lstrip(".,/")
        start = end - len(number)
        before, after = text[start - 1 : start], text[end : end + 1]
        if before.isalpha() or after.isalpha() or before == "_":  # a digit within a word is no answer
            end = start
            continue
        if before in "-\u2212" and not text[start - 2 : start - 1].isalnum():
            number = "-" + number
        if after == "%" or text.startswith("\\%", end):
            number += "%"
        return number, end
    return None, -1
