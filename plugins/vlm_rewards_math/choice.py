r"""`math/choice`: the right option of a multiple-choice question, by its letter, its text or its value."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest

import vlm_rewards as vr
from vlm_rewards_math.answer import answer
from vlm_rewards_math.letters import SEVERAL, Letter, cleaned, hedges, letter, several
from vlm_rewards_math.options import without_letters
from vlm_rewards_math.parsing.normalise import normalise
from vlm_rewards_math.statement import MAX_CHARS, Statement, statements

__all__ = ["choice"]

LETTERS = string.ascii_uppercase


@vr.reward(range=(0.0, 1.0))
def choice(
    completion: vr.Completion, solution: str, options: list[str] | None = None
) -> vr.RewardOutput | vr.Escalation:
    r"""The right option of a multiple-choice question, named by its letter, its text or its value.

    Range 0 or 1. The choice is what the last `\boxed{}` or `<answer>` after the reasoning holds, or else what follows
    the last "answer is", or else the last line or the first. One letter must be named: "A or B", several letters, a
    letter beside the text of another option, and a letter that is no option earn 0. Lower-case letters count where
    they stand alone or with a bracket or a point; `a` before a word is the article. Abstains only where the answer is
    a value that `math/answer` abstains on.

    Args:
        completion: The answer.
        solution: The right option: its letter, its text or its value. Without `options` a single capital letter is a
            letter, and anything else is compared as by `math/answer`.
        options: The texts of the options, A first; at most 26.

    Source: the rules of the MATH-Vision evaluation (arXiv 2402.14804), which accept the letter or the value, without
    their holes.

    >>> choice(vr.Completion("The answer is (B)."), "B", ["9 cm", "12 cm"]).score
    1.0
    >>> choice(vr.Completion("\\boxed{12}"), "B", ["9", "12"]).score
    1.0
    >>> choice(vr.Completion("\\boxed{9}"), "B", ["9", "12"]).score
    0.0
    >>> choice(vr.Completion("The answer is A or B."), "B", ["9", "12"]).reason  # a hack: several answers
    'several letters'
    """
    if options is not None and len(options) > len(LETTERS):
        return vr.RewardOutput.bad_reference("more than 26 options")
    options = without_letters(options or [])
    right = _reference(solution, options)
    if right is None:
        return (
            vr.RewardOutput.bad_reference("the reference is none of the options")
            if options
            else answer(completion, solution)
        )
    found = statements(completion)
    if not found:
        return vr.RewardOutput.unparseable("no answer after the reasoning")
    judged = [output for statement in found if (output := _judge(statement, right, options)) is not None]
    if not judged:
        return _by_value(completion, found[0], right, options)
    # Two lines of which one names another letter: the text commits to none. Of two marked answers the later one counts.
    named = {output.details.get("letter") for output in judged}
    torn = found[0].place == "last_line" and (len(named) > 1 or hedges(found[0].text))
    return vr.RewardOutput(score=0.0, reason="several letters") if torn else judged[0]


def _reference(solution: str, options: Sequence[str]) -> int | None:
    """The index of the right option; None when the reference is no letter and no option."""
    text = solution[:MAX_CHARS]
    read = letter(text)
    if read is not None and read.name != SEVERAL and not options:
        return LETTERS.index(read.name) if read.name in text and not read.text else None
    named = _named(read, options)
    same = _same(text, options)
    if named is not None and same in (None, named):
        return named
    if named is not None and read is not None and not read.text:
        return named
    if same is not None:
        return same
    given = vr.Completion(f"\\boxed{{{text}}}")
    return next((at for at, option in enumerate(options) if _equal(option, given)), None)


def _judge(statement: Statement, right: int, options: Sequence[str]) -> vr.RewardOutput | None:
    """The verdict on a statement that names a letter or is an option's text; None for any other."""
    said = statement.text
    details = {"extracted": statement.shown, "from": statement.place}
    if len(said) > MAX_CHARS:
        return vr.RewardOutput.unparseable("the answer is too long", chars=len(said))
    read, same = letter(said), _same(said, options)
    named = _named(read, options)
    if same is not None and (named is None or (read is not None and read.text)):
        named, reason = same, "option_text"
    elif read is None:
        return None
    elif read.name == SEVERAL or (several(read.text, read.name) and _same(read.text, options) != named):
        return vr.RewardOutput(score=0.0, reason="several letters", details=details)
    elif named is None:
        return vr.RewardOutput(score=0.0, reason="a letter that is no option", details=details)
    elif any(_same(part, options) not in (None, named) for part in (read.text, *read.text.split(" or "))):
        return vr.RewardOutput(score=0.0, reason="a letter beside the text of another option", details=details)
    else:
        reason = "letter"
    if hedges(statement.after) and statement.after != f"or {LETTERS[named]}":
        return vr.RewardOutput(score=0.0, reason="an answer that is taken back", details=details)
    keys = _keys(tuple(options))
    equal = named == right or (bool(options) and keys[named] == keys[right])
    return vr.RewardOutput(score=float(equal), reason=reason, details={"letter": LETTERS[named], **details})


def _by_value(
    completion: vr.Completion, statement: Statement, right: int, options: Sequence[str]
) -> vr.RewardOutput | vr.Escalation:
    """The verdict on an answer that names no letter: its value, which must be that of the right option alone."""
    if not options or letter(options[right]) == Letter(LETTERS[right]):  # the options are pictures
        return vr.RewardOutput.unparseable("no letter of an option", extracted=statement.shown)
    output = answer(completion, options[right])
    if not isinstance(output, vr.RewardOutput) or output.score != 1.0:
        return output
    keys = _keys(tuple(options))
    others = [option for option, key in zip(options, keys, strict=True) if key != keys[right]]
    if any(_equal(option, completion) for option in others):
        return vr.RewardOutput(score=0.0, reason="the value of several options", details=output.details)
    return vr.RewardOutput(score=1.0, reason="option_value", details=output.details)


def _named(read: Letter | None, options: Sequence[str]) -> int | None:
    """The index of the option that a letter names; None without a letter, or with one that is no option."""
    if read is None or read.name == SEVERAL:
        return None
    index = LETTERS.index(read.name)
    return index if index < (len(options) or len(LETTERS)) else None


def _same(text: str, options: Sequence[str]) -> int | None:
    """The index of the option with this text."""
    key = _key(text)
    return next((at for at, other in enumerate(_keys(tuple(options))) if key == other), None) if key else None


def _key(text: str) -> str:
    """A text without what changes only its looks, and with spaces only where they keep two words or numbers apart."""
    words = normalise(cleaned(text)).casefold().split()
    glued = (before[-1].isalnum() and after[0].isalnum() for before, after in pairwise(words))
    return "".join(part for word, apart in zip_longest(words, glued) for part in (word, " " if apart else ""))


@lru_cache(maxsize=256)  # one question is asked of a whole group
def _keys(options: tuple[str, ...]) -> list[str]:
    return [_key(option) for option in options]


def _equal(option: str, completion: vr.Completion) -> bool:
    """Whether an answer is an option, as far as can be told at once."""
    output = answer(completion, option)
    return isinstance(output, vr.RewardOutput) and output.score == 1.0
