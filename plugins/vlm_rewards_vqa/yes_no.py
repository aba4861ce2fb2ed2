"""`vqa/yes_no`: is the answer yes or no, and the right one?"""

from __future__ import annotations

from typing import Literal

import vlm_rewards as vr
from vlm_rewards.answers import Answer, Source
from vlm_rewards_vqa.references import MAX_SHORT_CHARS, accepted, judged
from vlm_rewards_vqa.text.existence import BE, denial, is_evasive, words_of

Polarity = Literal["yes", "no"]
Reference = str | bool

_YES_WORDS = "yes yeah yep true 是 是的 对 對 はい oui sí ja да 예 네"
_NO_WORDS = "no nope nah false 否 不是 没有 沒有 いいえ non nein nee нет 아니요 아니오"
_DOUBTS = (
    "know sure certain tell say determine clear possible able enough whether determined told unclear if only "
    "true false right wrong correct answer question yes no why just"
)
_YES, _NO, _UNSURE = (frozenset(words.split()) for words in (_YES_WORDS, _NO_WORDS, _DOUBTS))
_JOINS = frozenset({"or", "and"})
_NOT = frozenset({"not", "never", "neither", "cannot"})
_REFERENCES: dict[str, Polarity] = {**dict.fromkeys((*_YES, "1"), "yes"), **dict.fromkeys((*_NO, "0"), "no")}


@vr.reward(range=(0.0, 1.0))
def yes_no(completion: vr.Completion, solution: Reference, *, official: bool = False) -> vr.RewardOutput:
    """The final answer says yes, or says no, as the reference does.

    Range 0 or 1; never abstains. What decides is a word: yes, yeah, yep, true; no, nope, nah, false; yes and no in ten
    other languages; at the start of the answer, or anywhere as long as no other contradicts it. Without one, `There is
    a ..` says yes; `there is no ..` and a first clause that denies something (`I do not see a dog`) say no.
    An answer that says both, or neither, is unparseable: `I know`, `I am not sure` and silence say nothing.

    Args:
        completion: The answer.
        solution: yes, no, true, false, 1, 0, or one of the other words.
        official: Read the answer as POPE's script does: no when the first sentence has the word No, no or not, else
            yes; so an empty answer, `NO` and `I cannot tell` are yes.

    Source: POPE (Li et al., arXiv 2305.10355), https://github.com/AoiDragon/POPE.

    >>> yes_no(vr.Completion("<think>a leash</think><answer>Yes, there is no doubt.</answer>"), "yes").score
    1.0
    >>> yes_no(vr.Completion("I see no dog."), "yes").score
    0.0
    >>> yes_no(vr.Completion("Yes and no."), "yes").reason  # a hack: both
    'the answer says both, or neither'
    """
    wanted = _reference(solution)
    if wanted is None:
        return vr.RewardOutput.bad_reference("the reference is neither yes nor no")
    if official:
        said = completion.response if completion.answer is None else completion.answer
        source = Source.WHOLE if completion.answer is None else Source.TAG
        start = max(completion.response.rfind(said), 0)
        details = Answer(said, source, (start, start + len(said))).details()
        reason = f"says {pope_answer(said)}, and the reference {wanted}"
        return vr.RewardOutput(score=float(pope_answer(said) == wanted), reason=reason, details=details)

    def judge(text: str) -> vr.RewardOutput:
        given = polarity(text)
        if given is None:
            raise ValueError("the answer says both, or neither")
        return vr.RewardOutput(score=float(given == wanted), reason=f"says {given}, and the reference {wanted}")

    return judged(completion, judge, most=MAX_SHORT_CHARS)


def pope_answer(text: str) -> Polarity:
    """The official rule of POPE, with its quirks: what is not no is yes.

    >>> pope_answer("There is no dog."), pope_answer("I am not sure. Yes"), pope_answer("NO"), pope_answer("")
    ('no', 'no', 'yes', 'yes')
    """
    words = text.partition(".")[0].replace(",", "").split(" ")
    return "no" if {"No", "not", "no"}.intersection(words) else "yes"


def polarity(text: str) -> Polarity | None:
    """What a text answers; None when it says both, or neither.

    >>> polarity("Yes. No other dogs."), polarity("There isn't a dog."), polarity("I know"), polarity("yes or no")
    ('yes', 'no', None, None)
    """
    words = words_of(text)
    answers: set[Polarity] = set()
    before = two_before = ("", True)
    for at, (word, ends) in enumerate(words):
        joined = before[0] in _JOINS and two_before[0] in _YES | _NO  # not `a dog and no cat`
        if word in _YES | _NO and _denies(before[0]) and not before[1]:  # not true
            return None
        if word in _YES:
            answers.add("yes")
        # Inside a sentence `no` says that something is missing, which another word may have answered already.
        elif word in _NO and (
            word != "no" or ends or joined or (not at and words[1][0] != "one" and not is_evasive(words, 1))
        ):
            answers.add("no")
        before, two_before = (word, ends), before
    if answers:
        return answers.pop() if len(answers) == 1 else None
    return _stated(words)


def _denies(word: str) -> bool:
    return word in _NOT or word.endswith("n't")


def _stated(said: list[tuple[str, bool]]) -> Polarity | None:
    """What a sentence without yes or no says: that there is something, or that something is not so."""
    if denial(said) is not None:
        return "no"
    words = [word for word, _ in said]
    denials = [at for at, word in enumerate(words) if _denies(word)]
    if words[:1] == ["there"]:
        is_there = not (denials or "no" in words) and not BE.isdisjoint(words[1:2]) and not is_evasive(said, 2)
        return "yes" if is_there else None
    is_sure = denials and _UNSURE.isdisjoint(words) and not any(ends for _, ends in said[: denials[0]])
    return "no" if is_sure else None


def _reference(solution: Reference) -> Polarity | None:
    if isinstance(solution, bool):
        return "yes" if solution else "no"
    try:
        texts = accepted(solution)
    except ValueError:
        return None
    answers = {_REFERENCES.get(text.strip(" .").casefold()) for text in texts}
    return answers.pop() if len(answers) == 1 else None
