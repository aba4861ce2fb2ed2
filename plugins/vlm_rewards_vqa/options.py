"""Which options of a multiple-choice question a text names: by letter, or by the option's own words."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from vlm_rewards_vqa.references import parsed
from vlm_rewards_vqa.text.normalise import canonical, tokens

__all__ = ["chosen", "named", "read_options"]

MAX_OPTIONS = 26
LETTERS = string.ascii_uppercase
_MASK = "\0"
_PRONOUN_LIKE = frozenset("AI")
_LATEX = ("\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{", "\\,", "\\ ")
_BE = frozenset({"is", "are", "was", "were"})
_DENIALS = (["wrong"], ["incorrect"], ["false"], ["not"])
_ALL = frozenset({"all", "everything", "anything"})
_JOINS = frozenset({"or", "and", "is", "because", "since", "as", "nor", "but", "not"})
_NEGATIONS = frozenset({"not", "never", "neither", "nor", "except", "cannot", "without"}) | {
    f"{verb}nt" for verb in ("is", "are", "was", "were", "do", "does", "did", "ca", "could", "would", "should", "wo")
}


def read_options(options: str | Sequence[Any] | Mapping[str, Any] | None) -> list[str]:
    """The options' texts in order, without labels of their own; of a list, a mapping of letters, or JSON text.

    Raises:
        ValueError: They cannot be read, or are more than 26; the message is for people.

    >>> read_options('["A. cat", "B. dog"]'), read_options({"A": "cat", "B": "dog"}), read_options(None)
    (['cat', 'dog'], ['cat', 'dog'], [])
    """
    read = parsed(options) if isinstance(options, str) else options
    if isinstance(read, Mapping):
        read = [read[key] for key in sorted(read, key=str)]
    if options is not None and (read is None or not isinstance(read, list | tuple)):
        raise ValueError("the options are neither a list nor its JSON text")
    texts = [str(text).strip() for text in read] if isinstance(read, list | tuple) else []
    if len(texts) > MAX_OPTIONS:
        raise ValueError(f"{len(texts)} options; at most {MAX_OPTIONS} have letters")
    labelled = [_label(text) for text in texts]
    if texts and all(found is not None and found[0] == at for at, found in enumerate(labelled)):
        return [found[1] for found in labelled if found is not None]
    return texts


def chosen(text: str, options: Sequence[str]) -> int | None:
    """The option that a reference or a short answer is: its text, its letter, or both; None when it is neither.

    >>> chosen("dog", ["cat", "dog"]), chosen("(b)", ["cat", "dog"]), chosen("B. dog", ["cat", "dog"])
    (1, 1, 1)
    >>> chosen("B. cat", ["cat", "dog"]), chosen("A", ["B", "A"])
    (None, 1)
    """
    form = _form(text)
    for at, option in enumerate(options):
        if form == _form(option):
            return at
    letter = text.strip().strip("()[].: ")
    if len(letter) == 1 and letter.upper() in LETTERS[: len(options) or MAX_OPTIONS]:
        return LETTERS.index(letter.upper())
    found = _label(text)
    if found is not None and found[0] < len(options) and _form(found[1]) == _form(options[found[0]]):
        return found[0]
    return None


def named(text: str, options: Sequence[str]) -> set[int]:
    """All options that a text names; letters beyond the options count as an option too, and a negated one as none.

    >>> sorted(named("It is the dog, (B).", ["cat", "dog"])), sorted(named("A or B", ["cat", "dog"]))
    ([1], [0, 1])
    >>> named("A cat.", ["cow", "cat"]), named("not the dog", ["cat", "dog"]), named("30 minutes", ["30 minutes", "30"])
    ({1}, set(), {0})
    """
    words = _tokens(text)
    masked, found = _mentions(words, options)
    letters = _bracketed(text, len(options)) | _letters(words, masked)
    first = next((at for at, word in enumerate(masked) if word == _MASK or word in LETTERS), len(words))
    said = [word.casefold() for word in words]
    if not _NEGATIONS.isdisjoint(said[:first]):
        return set()
    mentions = [at for at, word in enumerate(masked) if word == _MASK or words[at] in LETTERS]
    if any(said[at + 1 : at + 2] and said[at + 1] in _BE and said[at + 2 : at + 3] in _DENIALS for at in mentions):
        return set()
    if any(said[at - 1] == "but" and said[at - 2] in _ALL for at in mentions if at > 1):
        return set()
    return found | letters


def _form(text: str) -> str:
    return " ".join(_tokens(text)).casefold() or canonical(text)


def _tokens(text: str) -> list[str]:
    r"""The tokens without commands of LaTeX, and with a unit apart from its number: `12cm`, `12\text{ cm}`."""
    for command in _LATEX:
        text = text.replace(command, " ")
    found: list[str] = []
    for word in tokens(text):
        unit = word.lstrip("-.0123456789")
        glued = len(unit) < len(word) and unit.isascii() and unit.isalpha() and unit.islower()
        found.extend((word[: -len(unit)], unit) if glued else (word,))
    return found


def _label(text: str) -> tuple[int, str] | None:
    """The index of a leading label and what follows it: `B. dog`, `(B) dog`, `B: dog`."""
    rest = text.strip()
    bracket = rest[:1] in ("(", "[")
    rest = rest[bracket:]
    if rest[:1].upper() not in LETTERS or not rest or rest[1:2] not in (".", ")", ":", "]") or not rest[2:].strip():
        return None
    return LETTERS.index(rest[0].upper()), rest[2:].strip()


def _mentions(words: Sequence[str], options: Sequence[str]) -> tuple[list[str], set[int]]:
    """The words with those of options masked, and the options; a longer option hides shorter ones inside it."""
    # Two spaces between words, so that neighbours share none.
    text = "".join(f" {word.casefold()} " for word in words)
    found: set[int] = set()
    forms = [([word.casefold() for word in _tokens(option)], at) for at, option in enumerate(options)]
    for form, at in sorted(forms, key=lambda item: -len(item[0])):
        needle = "".join(f" {word} " for word in form)
        if needle and needle in text:
            found.add(at)
            text = text.replace(needle, f" {_MASK} " * len(form))
    return text.split(), found


def _bracketed(text: str, count: int) -> set[int]:
    """Letters that brackets make labels, `(B)`, and a label that opens the text, `B) ..`."""
    upper = text.strip().upper()
    letters = LETTERS[: count or MAX_OPTIONS]
    found = {at for at, letter in enumerate(letters) if f"({letter})" in upper or f"[{letter}]" in upper}
    bare = upper.strip("()[].: ")
    if len(bare) == 1 and bare in letters:
        found.add(letters.index(bare))
    if upper[:1] in letters and upper[1:2] in (")", ".", ":") and not upper[2:3].strip():
        found.add(letters.index(upper[:1]))
    return found


def _letters(words: Sequence[str], masked: Sequence[str]) -> set[int]:
    """Single capital letters; `A` and `I` before another word are an article and a pronoun."""
    found: set[int] = set()
    for at, word in enumerate(masked):
        letter = words[at]
        if word == _MASK or len(letter) != 1 or letter not in LETTERS:
            continue
        following = words[at + 1] if at + 1 < len(words) else ""
        article = letter in _PRONOUN_LIKE and (following[:1].islower() or masked[at + 1 : at + 2] == [_MASK])
        if not article or following in _JOINS:
            found.add(LETTERS.index(letter))
    return found
