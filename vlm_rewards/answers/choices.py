"""Which option of a multiple-choice question a short text names: by its label, by its text or by its value."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from vlm_rewards.answers.anchors import joined, starts_with
from vlm_rewards.answers.clean import clean, without_lead
from vlm_rewards.answers.languages import lowered, merged

__all__ = ["Choice", "bare_options", "find_choice"]

MAX_CHARS = 1000
_LOOKS = (
    *(
        (f"\\{style}{{", "{")
        for style in ("text", "textbf", "mathrm", "mathbf", "mathit", "boxed", "bf", "rm", "textit")
    ),
    *((f"\\left{bracket}", bracket) for bracket in "(["),
    *((f"\\right{bracket}", bracket) for bracket in ")]"),
    *(
        (sign, " ")
        for sign in ("\\(", "\\)", "\\[", "\\]", "\\ ", "\\,", "\\;", "\\quad", "~", "$", "*", "`", '"', "“", "”")
    ),
    *((sign, ",") for sign in "、，"),
    ("\\!", ""),
)
_OPENERS, _CLOSERS = "([{<（「", ")]}>.:）」,;"
_WORDS = merged((), ascii_only=False)
_RATHER = _WORDS.rather
_REASONS = (*(word.lstrip(", ") for word in _WORDS.reasons), "since", "for ", "as ")
_CLAIMS = ("is correct", "is right", "is the", "is true", "is my", "is best", "seems", "fits", "matches", "would be")
_DENIALS = frozenset(
    ("not", "never", "neither", "nor", "except", "cannot", "without", "wrong", "incorrect", "false", "can't", "isn't")
) | frozenset(("doesn't", "don't", "wasn't", "aren't", "won't", "couldn't", "wouldn't", "不是", "错"))
_AND = ("and", "und", "et", "y", "e", "и", "和", "及", "与", "&", "+")
_OR = ("or", "oder", "ou", "o", "或", "或者", "maybe", "perhaps", "possibly", "either", "or maybe", "/", "и/или")
_ARTICLES = ("a ", "an ", "the ")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a text chooses.

    Args:
        indices: The chosen options, 0 for the first, in order of mention; several for `A and C`.
        by: Whether the label, the text, both or the value named it.
        fault: Why nothing is chosen although something was named.
    """

    indices: tuple[int, ...] = ()
    by: Literal["label", "text", "label_and_text", "value"] | None = None
    fault: Literal["several", "no_such_option", "label_beside_other_text"] | None = None

    @property
    def index(self) -> int | None:
        """The one chosen option; None when none or several are."""
        return self.indices[0] if len(self.indices) == 1 else None


_Label = tuple[
    int, int, bool
]  # index of the option or -1, where the text goes on, whether brackets or a mark set it off


def find_choice(
    text: str,
    options: Sequence[str] = (),
    *,
    labels: Sequence[str] = string.ascii_uppercase,
    equal: Callable[[str, str], bool] | None = None,
) -> Choice:
    r"""The option that a short text names: by label, else by text, else by value where exactly one option matches.

    Args:
        text: A final answer.
        options: The texts of the options in order; empty when only labels are known.
        labels: Their labels in order: letters of any script, or numbers.
        equal: Whether an option (first) and the answer (second) are one value.

    >>> find_choice("(B) 12 cm", ["9 cm", "12 cm"])
    Choice(indices=(1,), by='label_and_text', fault=None)
    >>> find_choice("B, not A", ["9", "12"]).index, find_choice("12", ["9", "12"]).by
    (1, 'text')
    >>> find_choice("B) 9", ["9", "12"]).fault, find_choice("A or B", ["9", "12"]).fault, find_choice("A and C").indices
    ('label_beside_other_text', 'several', (0, 2))
    """
    names = tuple(labels[: len(options)]) if options else tuple(labels)
    texts = tuple(bare_options(options, names))
    said = _shown(text[:MAX_CHARS])
    if not said:
        return Choice()
    forms = _forms(texts)
    same = next((at for form in (said, said.strip("()[]")) if (at := _same(form, forms)) is not None), None)
    several = _listed(said, names)
    if several is not None and same is None:
        return several
    label = _label(said, names)
    if label is not None and (same is None or not said[label[1] :].strip(_CLOSERS + _OPENERS + " -")):
        return _labelled(said, label, names, forms)
    if same is not None:
        return Choice((same,), "text")
    if not texts and label is None and (beyond := _label(said, tuple(string.ascii_uppercase))) and len(names) < 26:
        return Choice(fault="no_such_option") if beyond else Choice()
    return _in_sentence(said, names, forms) or _by_value(text, texts, equal) or Choice()


def bare_options(options: Sequence[str], labels: Sequence[str]) -> list[str]:
    """The texts of the options without labels of their own, where each has its own.

    >>> bare_options(["A. 9", "(B) 12"], "AB"), bare_options(["A. 9", "12"], "AB")
    (['9', '12'], ['A. 9', '12'])
    """
    bare = []
    for option, label in zip(options, labels, strict=False):
        text = option.strip()
        mark = next(
            (mark for mark in (f"({label})", f"{label}.", f"{label})", f"{label}:") if text.startswith(mark)), ""
        )
        bare.append(text.removeprefix(mark).strip())
    labelled = len(bare) == len(options) and all(
        text and text != option.strip() for text, option in zip(bare, options, strict=True)
    )
    return bare if labelled else [option.strip() for option in options]


def _shown(text: str) -> str:
    """The text without marks of style and formula, and without the words before what it says."""
    text = clean(text, prose=True)
    for looks, means in _LOOKS:
        text = text.replace(looks, means)
    return without_lead(" ".join(text.split()).strip(" =-–—→,")).lstrip(" =-–—→")


def _form(text: str) -> str:
    """What two texts that say the same share, without case, spaces, marks of style and an article before a word."""
    text = clean(text, prose=True)
    for looks, means in _LOOKS:
        text = text.replace(looks, means)
    words = text.casefold().strip(" .,:;").split()
    if len(words) > 1 and words[0] in ("a", "an", "the") and words[1][:1].isalpha():
        words = words[1:]
    parts: list[str] = []
    for word in words:
        before = parts[-1][-1] if parts else " "
        glue = not (before.isalnum() and word[0].isalnum()) or (before.isdecimal() and word[0].isalpha())
        parts.append(word if glue else f" {word}")
    return "".join(parts).replace("{", "").replace("}", "")


@lru_cache(maxsize=256)  # one question is asked of a whole group
def _forms(options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_form(option) for option in options)


def _same(text: str, forms: tuple[str, ...]) -> int | None:
    form = _form(text) if forms else ""
    return forms.index(form) if form and form in forms else None


def _label(text: str, names: tuple[str, ...], at: int = 0) -> _Label | None:
    """The label that stands at a position: alone, in brackets, or set off by a mark; in lower case only if sure."""
    opened = at
    while text[opened : opened + 1] and text[opened] in _OPENERS:
        opened += 1
    upper = text[opened : opened + 8].upper()
    index = max(
        (place for place, name in enumerate(names) if upper.startswith(name.upper())),
        key=lambda p: len(names[p]),
        default=-1,
    )
    if index < 0:
        return None
    end = opened + len(names[index])
    written, after = text[opened:end], text[end : end + 1]
    if joined(written[-1], after) or text[end:].lstrip()[:1] in tuple("^'="):
        return None
    rest = text[end:].lstrip(_CLOSERS + " ")
    marked = (opened > at and after in tuple(")]}>）」")) or (
        bool(after) and after in ".):]}" and not text[end + 1 : end + 2].isdecimal()
    )
    said = lowered(rest)
    sure = written != written.lower() or not written.isalpha()
    if written.isdecimal() and not marked and rest:
        return None
    clear = marked or not rest or (sure and written != "I" and not (written == "A" and _is_article(rest)))
    if not clear and after != "," and not said.startswith((*_REASONS, *_CLAIMS, *_RATHER)):
        return None
    return index, end, marked


def _is_article(rest: str) -> bool:
    """Whether what follows `A` makes it an article: a word in lower case that neither explains nor joins."""
    word = rest.split(maxsplit=1)[0].strip(",.;") if rest else ""
    return (
        word.isalpha() and word.isascii() and word.islower() and word not in (*_AND, *_OR, "is", "but", "not", "rather")
    )


def _listed(text: str, names: tuple[str, ...]) -> Choice | None:
    """Labels side by side: `AC`, `A, C`, `(A)(C)`, `A and C`; with `or` they are no choice."""
    if len(text) > 80:
        return None
    spaced = text
    for sign in ("(", ")", "[", "]", "{", "}", ",", ";", ".", "&", "+", "/", "和", "及", "与", "或"):
        spaced = spaced.replace(sign, f" {sign} " if sign in "/或&+和" else " ")
    words = spaced.split()
    hedged = any(word in _OR for word in words)
    words = [word for word in words if word.casefold() not in (*_AND, *_OR)]
    if len(words) == 1 and words[0].isupper() and len(words[0]) > 1 and all(len(name) == 1 for name in names):
        words = list(words[0])
    found = [names.index(word.upper()) if word.upper() in names else -1 for word in words]
    if len(found) < 2 or -1 in found or len(set(found)) < len(found):
        return None
    return Choice(fault="several") if hedged else Choice(tuple(found), "label")


def _labelled(text: str, label: _Label, names: tuple[str, ...], forms: tuple[str, ...]) -> Choice:
    """A label and what stands behind it."""
    index, end, _ = label
    rest = text[end:].lstrip(_CLOSERS + " -–—")
    lower = lowered(rest)
    for word in _RATHER:
        at = lowered(text).find(word, end)
        if at >= 0:
            rest = text[end:at].lstrip(_CLOSERS + " -–—")
            break
    joint = starts_with(lower, 0, (*_AND, *_OR))
    behind = text[end:].lstrip(" )]}.")
    other = (
        _label(rest, names, len(joint) + 1 if joint else 0)
        if joint or behind[:1] in (",", "/", ";", "&") or (behind[:1] in "-–—(" and len(rest.strip("()- ")) == 1)
        else None
    )
    if other is not None and other[0] != index and (joint or not rest[other[1] :].strip(" .)")):
        hedge = joint in _OR or behind[:1] == "/" or bool(joint and joint not in _AND)
        return Choice(fault="several") if hedge else Choice((index, other[0]), "label")
    said = starts_with(lower, 0, ("is", "was", "seems"))
    if said and not _DENIALS.isdisjoint(lower.split()[:4]):
        return Choice()
    parts = [rest, rest.partition(". ")[0], rest.partition(", ")[0], rest.strip("() "), rest.partition(" (")[0]]
    texts = {same for part in parts if part and (same := _same(part, forms)) is not None}
    if texts:
        agrees = index in texts or any(forms[at] == forms[index] for at in texts)
        return Choice((index,), "label_and_text") if agrees else Choice(fault="label_beside_other_text")
    rivals = (
        [
            found
            for at, sign in enumerate(rest)
            if sign in "( " and (found := _label(rest, names, at + (sign == " "))) and found[2]
        ]
        if not lower.startswith(_REASONS)
        else []
    )
    if any(found[0] != index and rest[found[1] : found[1] + 1] != "." for found in rivals):
        return Choice(fault="several")
    return Choice((index,), "label")


def _in_sentence(text: str, names: tuple[str, ...], forms: tuple[str, ...]) -> Choice | None:
    """A label that ends a sentence behind a mark, or the one option whose words stand in it."""
    words = lowered(text).replace(",", " ").split()
    if not _DENIALS.isdisjoint(words):
        return None
    bare = text.rstrip(" .!)]}")
    for at in range(max(len(bare) - 9, 0), len(bare)):
        before = text[:at].rstrip()
        found = _label(text, names, at) if text[at - 1 : at] in (" ", "(", "[", ",", ":") else None
        marked = text[at : at + 1] in ("(", "[") or before[-1:] in (",", ";", ":", "→", "=", "(", "[")
        if (
            found is not None
            and not text[found[1] :].strip(" .!)]}")
            and marked
            and "/" not in text.rsplit(maxsplit=1)[-1]
        ):
            return Choice((found[0],), "label")
    spaced = f" {' '.join(_form(text).split())} "
    named = []
    for at, form in sorted(enumerate(forms), key=lambda item: -len(item[1])):
        lone = len(form) == 1 and form.isalpha()  # an option that is a letter is no article
        if form and f" {form} " in spaced and not (lone and (form.upper() not in text.split() or form in "ai")):
            named.append(at)
            spaced = spaced.replace(f" {form} ", " \0 ")
    different = {forms[at] for at in named}
    return None if len(different) != 1 else Choice((min(named),), "text")


def _by_value(text: str, options: tuple[str, ...], equal: Callable[[str, str], bool] | None) -> Choice | None:
    matches = [at for at, option in enumerate(options) if equal is not None and equal(option, text)]
    return Choice((matches[0],), "value") if len(matches) == 1 else None
