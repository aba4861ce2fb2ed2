"""Which option of a multiple-choice question a short text names: by its label, by its text or by its value."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from vlm_rewards.answers.clean import clean, without_lead
from vlm_rewards.answers.labels import CLAIMS, CLOSERS, JOINTS, OPENERS, OR, REASONS, Label, labels_in, opens
from vlm_rewards.answers.languages import lowered, starts_with
from vlm_rewards.answers.options import OptionForms, bare_options, option_form
from vlm_rewards.text.plain import plain

MAX_CHARS = 1000
_POINTERS = " =–—→⇒∴"
_CLAIMED = frozenset(("both", "are", "is", "correct", "right", "true", "都正确", "都对", "正确", "对"))
_COPULAS = ("is", "was", "seems", "isn't", "wasn't", "can't", "cannot", "选项", "是", "不", "错")
_SAYS = ("i.e.", "i.e", "that is", "namely", "which is", "is", "it is", "it's", "an", "a", "the")
_POINTED = ("option", "choice", "i.e.", "that is")
_DOUBTS = ("might be", "may be", "could be", "unless")
_ALONE = str.maketrans({**dict.fromkeys("()[]{},;.-–—」》、", " "), **{sign: f" {sign} " for sign in "/|&+或者和及与"}})


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
    names = {label.upper(): at for at, label in enumerate(labels[: len(options) or None])}
    texts, text = bare_options(options, labels), text[:MAX_CHARS]
    forms, said = OptionForms(tuple(map(option_form, texts))), _said(text)
    found = labels_in(said, names)
    same = next((at for form in (text, said, said.strip("()[]")) if (at := forms.same(form)) is not None), None)
    if same is not None and not (opens(said, found) and not said[found[0].end :].strip(CLOSERS + OPENERS + " -")):
        return Choice((same,), "text")
    if said.endswith("?") and not any(form.endswith("?") for form in forms.whole):
        return Choice()
    if opens(said, found):
        return _labelled(said, found, forms)
    beyond = Choice(fault="no_such_option" if any(label.option < 0 for label in found) else None)
    return _in_sentence(said, found, forms) or _by_value(text, texts, equal) or beyond


def _said(text: str) -> str:
    """A text without marks of style, reason, a rejected answer, and the words before what it says."""
    said = without_lead(plain(clean(text, prose=True)).strip(_POINTERS + ",")).lstrip(_POINTERS)
    said = said.removeprefix("- ").strip()
    both = starts_with(lowered(said), 0, ("both", "either"))
    return said[len(both) :].lstrip()


def _joint(between: str, named: str) -> str:
    """Whether two labels are both meant (`and`), or alternatives (`or`), from what stands between them but a name."""
    words = set(lowered(between).translate(_ALONE).split())
    words -= set(named.split()) if words.issuperset(named.split()) else set()
    if not JOINTS.issuperset(words):
        return ""
    return "and" if OR.isdisjoint(words) else "or"


def _labelled(text: str, found: list[Label], forms: OptionForms) -> Choice:
    """What a text chooses that opens with a label."""
    own = forms.whole[found[0].option] if forms.whole and found[0].option >= 0 else ""
    rest = text[found[0].end :].lstrip(CLOSERS + " -–—")
    if own and option_form(rest) == own:
        return Choice((found[0].option,), "label_and_text")
    chosen, joint = [found[0].option], ""
    for label, after in pairwise(found):
        here = _joint(text[label.end : after.start], forms.whole[label.option] if forms.whole else "")
        if not here:
            break
        joint = here if joint != "or" else joint
        chosen.append(after.option)
    tail = lowered(text[found[len(chosen) - 1].end :])
    if joint != "or" and not _CLAIMED.issuperset(tail.translate(_ALONE).split()):  # `A, B is wrong`
        chosen = chosen[:1]
    if -1 in chosen or (joint == "or" and len(set(chosen)) > 1):
        return Choice(fault="several" if len(chosen) > 1 else "no_such_option")
    if len(set(chosen)) > 1:
        return Choice(tuple(dict.fromkeys(chosen)), "label")
    lower = lowered(rest)
    if starts_with(lower, 0, _DOUBTS) or (lower.startswith(_COPULAS) and forms.denied(" ".join(lower.split()[:4]))):
        return Choice()
    rivals = [label for label in found[1:] if label.marked and label.option not in (-1, chosen[0])]
    if any(text[rival.end] != "." for rival in rivals) and not lower.startswith(REASONS):
        return Choice(fault="several")
    beside = forms.listed(_without_opening(rest, (*JOINTS, *_SAYS)))
    if any(forms.whole[said] != own for said in beside):
        return Choice(fault="label_beside_other_text")
    return Choice((chosen[0],), "label_and_text" if beside else "label")


def _without_opening(text: str, words: tuple[str, ...]) -> str:
    """A text without some words, and the signs between them, at its start."""
    lower, at = lowered(text), 0
    while said := starts_with(lower, at, words) or (lower[at : at + 1] if lower[at : at + 1] in tuple(" ,:(") else ""):
        at += len(said)
    return text[at:]


def _without_pointer(text: str) -> str:
    """A text without what points at a label at its end: `cat (option`, `cat, i.e.`."""
    bare = text.rstrip(_POINTERS + "([,;:")
    word = next((word for word in _POINTED if lowered(bare).endswith((f" {word}", f"({word}"))), "")
    return bare[: len(bare) - len(word)].rstrip(_POINTERS + "([,;:")


def _in_sentence(text: str, found: list[Label], forms: OptionForms) -> Choice | None:
    """A label that ends a sentence behind a mark, or the one option whose words stand in it."""
    opening = forms.same(text.partition(", ")[0]) if ", " in text else None
    named = forms.named(text)
    if opening is None and forms.denied(lowered(text)):
        return None
    tail = lowered(text[found[-1].end :]).strip(" .!)]}") if found else ""
    is_alone = len(found) == 1 and found[0].option >= 0 and not named - {found[0].option}
    if is_alone and starts_with(tail, 0, CLAIMS) and "," not in tail:  # `Among the choices, D is the correct one`
        return Choice((found[0].option,), "label")
    last = found[-1] if found and not tail else None
    if last is not None and last.option >= 0 and "/" not in text.rsplit(maxsplit=1)[-1]:
        before = text[: last.start].rstrip(" ([")
        beside = forms.same(_without_pointer(before))
        if beside is not None and forms.whole[beside] != forms.whole[last.option]:
            return Choice(fault="label_beside_other_text")
        if named and before.rpartition(" ")[2].lower() in JOINTS:
            return Choice(fault="several")
        if before[-1:] in tuple("→=:") or (not named - {last.option} and (before[-1:] in tuple(",;") or last.marked)):
            return Choice((last.option,), "label")
        if before[-1:] in tuple(",;"):
            return Choice(fault="label_beside_other_text")
    only = named if opening is None else named | {opening}
    if len(only) > 1:
        return Choice(fault="several")
    return Choice((min(only),), "text") if only else None


def _by_value(text: str, options: Sequence[str], equal: Callable[[str, str], bool] | None) -> Choice | None:
    matches = [at for at, option in enumerate(options) if equal is not None and equal(option, text)]
    return Choice((matches[0],), "value") if len(matches) == 1 else None
