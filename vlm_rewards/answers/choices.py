"""Which option of a multiple-choice question a short text names: by its label, by its text or by its value."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from vlm_rewards.answers.anchors import joined, starts_with
from vlm_rewards.answers.clean import clean, without_lead
from vlm_rewards.answers.languages import lowered, merged
from vlm_rewards.answers.options import OptionForms, bare_options, option_form
from vlm_rewards.text.plain import plain

__all__ = ["Choice", "find_choice"]

MAX_CHARS = 1000
_OPENERS, _CLOSERS, _POINTERS = "([{<（「《", ")]}>.:）」》,;", " =–—→⇒∴"
_WORDS = merged((), ascii_only=False)
_REASONS = (*(word.lstrip(", ") for word in _WORDS.reasons), "since", "for ", "as ")
_CLAIMS = ("is correct", "is right", "is the", "is true", "is my", "is best", "seems", "fits", "matches", "would be")
_DENIALS = frozenset(
    ("not", "never", "neither", "nor", "except", "cannot", "without", "but", "wrong", "incorrect", "false", "can't")
) | frozenset(("isn't", "doesn't", "don't", "wasn't", "aren't", "won't", "couldn't", "wouldn't", "不是", "错"))
_AND = ("and", "und", "et", "y", "e", "и", "和", "及", "与", "&", "+")
_OR = ("or", "oder", "ou", "o", "или", "或", "或者", "maybe", "perhaps", "possibly", "either", "or maybe", "/", "|")
_UNLISTED = frozenset((*_AND, *_OR, "both", "are", "correct", "right", "true"))
_ALONE = str.maketrans({**dict.fromkeys("()[]{},;.&+和及与", " "), **{sign: f" {sign} " for sign in "/|或"}})


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


class _Label(NamedTuple):
    """A label in a text: its option, where the text goes on, and whether brackets or a mark set it off."""

    option: int
    end: int
    marked: bool


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
    names, texts = tuple(label.upper() for label in labels[: len(options) or None]), bare_options(options, labels)
    forms = OptionForms.of(texts)
    text = text[:MAX_CHARS]
    said = _said(text)
    same = next((at for form in (text, said, said.strip("()[]")) if (at := forms.same(form)) is not None), None)
    listed = _listed(said, names) if same is None else None
    if listed is not None:
        return listed
    label = _label(said, names)
    if same is not None and (label is None or said[label.end :].strip(_CLOSERS + _OPENERS + " -")):
        return Choice((same,), "text")
    if label is not None:
        return _labelled(said, label, names, forms)
    found = _in_sentence(said, names, forms) or _by_value(text, texts, equal)
    beyond = found is None and _label(said, tuple(string.ascii_uppercase)) is not None
    return found or Choice(fault="no_such_option" if beyond else None)


def _said(text: str) -> str:
    """A text without marks of style, reason, a rejected answer, and the words before what it says."""
    said = without_lead(plain(clean(text, prose=True)).strip(_POINTERS + ",")).lstrip(_POINTERS)
    lower = lowered(said)
    places = [(lower.find(word, 1), len(word)) for word in _WORDS.rather if word in lower]
    cuts = [at for at, size in places if at > 0 and not joined(lower[at + size - 1], lower[at + size : at + size + 1])]
    cut = min(cuts, default=len(said))
    return said[2 if said[:2] == "- " else 0 : cut].strip()


def _label(text: str, names: tuple[str, ...], at: int = 0) -> _Label | None:
    """The label that stands at a position: alone, in brackets, or set off by a mark; in lower case only if sure."""
    opened = at
    while text[opened : opened + 1] and text[opened] in _OPENERS:
        opened += 1
    upper = text[opened : opened + 8].upper()
    name = max((name for name in names if upper.startswith(name)), key=len, default="")
    end = opened + len(name)
    written, after = text[opened:end], text[end : end + 1]
    if not name or joined(written[-1], after) or text[end:].lstrip()[:1] in tuple("^'="):
        return None
    rest = text[end:].lstrip(_CLOSERS + " ")
    is_mark = bool(after) and after in ".):]}" and not text[end + 1 : end + 2].isdecimal()
    marked = is_mark or (opened > at and after in tuple(")]}>）」"))
    if written.isdecimal() and not marked and rest:
        return None
    sure = (written != written.lower() or not written.isalpha()) and written != "I"
    clear = marked or not rest or (sure and not (written == "A" and _is_article(rest)))
    explained = after == "," or lowered(rest).startswith((*_REASONS, *_CLAIMS, *_WORDS.rather))
    return _Label(names.index(name), end, marked) if clear or explained else None


def _is_article(rest: str) -> bool:
    """Whether what follows `A` makes it an article: a word in lower case that neither explains nor joins."""
    word = rest.split(maxsplit=1)[0].strip(",.;")
    return word.isalpha() and word.isascii() and word.islower() and word not in (*_AND, *_OR, "is", "but", "not")


def _listed(text: str, names: tuple[str, ...]) -> Choice | None:
    """Labels side by side: `AC`, `A, C`, `(A)(C)`, `A and C`; with `or` they are no choice."""
    spaced = text.translate(_ALONE).split()
    words = [word for word in spaced if word in names or word.casefold() not in _UNLISTED]
    if len(words) == 1 and words[0].isupper() and all(len(name) == 1 for name in names):
        words = list(words[0])
    found = [names.index(word.upper()) if word.upper() in names else -1 for word in words]
    if len(found) < 2 or -1 in found or len(set(found)) < len(found):
        return None
    return (
        Choice(fault="several")
        if any(word in _OR and word not in names for word in spaced)
        else Choice(tuple(found), "label")
    )


def _labelled(text: str, label: _Label, names: tuple[str, ...], forms: OptionForms) -> Choice:
    """A label and what stands behind it."""
    rest, sign = text[label.end :].lstrip(_CLOSERS + " -–—"), text[label.end :].lstrip(" )]}.")[:1]
    lower = lowered(rest)
    joint = "" if rest[:1] in names else starts_with(lower, 0, (*_AND, *_OR))
    tail = rest[len(joint) :].lstrip()
    alone = joint or sign in tuple(",/;&|") or (sign in tuple("-–—(") and len(rest.strip("()- ")) == 1)
    other = _label(tail, names) if alone else None
    if other is not None and other.option != label.option and (joint or not tail[other.end :].strip(" .)")):
        is_hedge = joint in _OR or sign in tuple("/|")
        return Choice(fault="several") if is_hedge else Choice((label.option, other.option), "label")
    if starts_with(lower, 0, ("is", "was", "seems")) and not _DENIALS.isdisjoint(lower.split()[:4]):
        return Choice()
    own = forms.whole[label.option] if forms.whole else ""
    if own and option_form(rest) == own:
        return Choice((label.option,), "label_and_text")
    if not lower.startswith(_REASONS):
        marked = [_label(rest, names, at) for at in range(len(rest)) if not at or rest[at - 1] in "( "]
        if any(rival and rival.marked and rival.option != label.option and rest[rival.end] != "." for rival in marked):
            return Choice(fault="several")
    parts = (rest, tail, rest.partition(". ")[0], rest.partition(", ")[0], rest.strip("() "), rest.partition(" (")[0])
    texts = {forms.whole[same] for part in parts if (same := forms.same(part)) is not None}
    by: Literal["label_and_text", "label"] = "label_and_text" if texts else "label"
    return Choice(fault="label_beside_other_text") if texts and own not in texts else Choice((label.option,), by)


def _in_sentence(text: str, names: tuple[str, ...], forms: OptionForms) -> Choice | None:
    """A label that ends a sentence behind a mark, or the one option whose words stand in it."""
    opening = forms.same(text.partition(", ")[0]) if ", " in text else None
    named = forms.named(text)
    denials = _DENIALS.difference(" ".join(forms.whole).split())  # `false` and `not sure` may be options
    if opening is None and not denials.isdisjoint(lowered(text).replace(",", " ").split()):
        return None
    end = len(text.rstrip(" .!)]}"))
    for at in range(max(end - 9, 0), end):
        found = _label(text, names, at) if text[at - 1 : at] in tuple(" ([,:") else None
        if found is None or text[found.end :].strip(" .!)]}") or "/" in text.rsplit(maxsplit=1)[-1]:
            continue
        before = text[:at].rstrip(" ([")
        if named and before.rpartition(" ")[2].lower() in (*_OR, *_AND):
            return Choice(fault="several")
        if before[-1:] in tuple("→=:") or (not named - {found.option} and (before[-1:] in tuple(",;") or found.marked)):
            return Choice((found.option,), "label")
        if before[-1:] in tuple(",;"):
            return Choice(fault="label_beside_other_text")
    only = named if opening is None else named | {opening}
    return Choice((min(only),), "text") if len(only) == 1 else None


def _by_value(text: str, options: Sequence[str], equal: Callable[[str, str], bool] | None) -> Choice | None:
    matches = [at for at, option in enumerate(options) if equal is not None and equal(option, text)]
    return Choice((matches[0],), "value") if len(matches) == 1 else None
