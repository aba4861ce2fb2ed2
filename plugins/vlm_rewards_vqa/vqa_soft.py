"""`vqa/vqa_soft`: as many of ten people as agree with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import vlm_rewards as vr
from vlm_rewards.text.messages import show
from vlm_rewards_vqa.references import MAX_SHORT_CHARS, judged, listed
from vlm_rewards_vqa.text.normalise import ARTICLES

MIN_ANSWERS = 4  # with fewer, no answer could earn 1
Normalise = Literal["official", "always"]
_PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
_MAX_POINTS = 32  # the script hands `re.UNICODE` to `sub` in the place of its count
_UP_TO_TEN = "zero one two three four five six seven eight nine ten"
_NUMBERS = {word: str(value) for value, word in enumerate(_UP_TO_TEN.split())} | {"none": "0"}
# Words whose apostrophes the script puts back. It knows each with all but one of its apostrophes missing in turn.
_CONTRACTED = (
    "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd "
    "he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've "
    "needn't not've o'clock oughtn't shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll "
    "somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll that's "
    "there'd there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've "
    "weren't what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's who've "
    "why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll "
    "you're you've 'ow's'at"
)
_CONTRACTIONS = {
    word[:at] + word[at + 1 :]: word for word in _CONTRACTED.split() for at, sign in enumerate(word) if sign == "'"
} | {"somebody'd": "somebodyd"}  # the script has it the wrong way round


@vr.reward(range=(0.0, 1.0))
def vqa_soft(
    completion: vr.Completion, solution: str | list[Any], *, normalise: Normalise = "official"
) -> vr.RewardOutput:
    """A third for each annotator who gave the final answer, at most 1, averaged over leaving each annotator out.

    Range 0 to 1: of ten annotators one match earns 0.3, two 0.6, three 0.9, four 1. Never abstains. Both sides lose
    case, articles and punctuation, `two` is 2 and `dont` is `don't`, exactly as in the official script.

    Args:
        completion: The answer.
        solution: The annotators' answers, usually ten: texts, or records with `answer`, or the JSON text of the list.
        normalise: `official` makes nothing alike where all annotators agree to the letter, so that there `Yes` is not
            `yes`; `always` makes both sides alike in every case.

    Source: VQAv2 (Goyal et al., arXiv 1612.00837), vqaEval.py of https://github.com/GT-Vision-Lab/VQA.

    >>> people = ["dog"] * 4 + ["a dog", "puppy", "cat", "cat", "cat", "wolf"]
    >>> vqa_soft(vr.Completion("<think>it barks</think><answer>The dog.</answer>"), people).score
    1.0
    >>> round(vqa_soft(vr.Completion("a wolf"), people).score, 9)
    0.3
    >>> vqa_soft(vr.Completion("dog cat wolf puppy"), people).score  # a hack: everything in sight
    0.0
    """
    answers = _answers(solution)
    if len(answers) < MIN_ANSWERS:
        return vr.RewardOutput.bad_reference(f"{len(answers)} annotators' answers; at least {MIN_ANSWERS} are needed")

    def judge(text: str) -> vr.RewardOutput:
        score = vqa_accuracy(text, answers, normalise=normalise)
        reason = f"{'too few' if score else 'none'} of the {len(answers)} people gave {show(text)}"
        return vr.RewardOutput(score=score, reason=reason if score < 1.0 else None)

    return judged(completion, judge, most=MAX_SHORT_CHARS)


def vqa_accuracy(prediction: str, answers: Sequence[str], *, normalise: Normalise = "official") -> float:
    """The official accuracy of one prediction: the mean over annotators of min(matches among the others / 3, 1).

    >>> vqa_accuracy("yes", ["yes"] * 3 + ["no"] * 7), vqa_accuracy("Yes", ["yes"] * 10)
    (0.9, 0.0)
    >>> vqa_accuracy("Yes", ["yes"] * 10, normalise="always")
    1.0
    """
    given, *wanted = map(_one_line, (prediction, *answers))
    if normalise == "always" or len(set(wanted)) > 1:
        given, *wanted = map(official_form, (given, *wanted))
    matches = wanted.count(given)
    others, same = len(wanted) - matches, matches
    total = others * min(1.0, same / 3) + same * min(1.0, (same - 1) / 3)
    return total / len(wanted) if wanted else 0.0


def official_form(text: str) -> str:
    """An answer as the official evaluation compares it.

    >>> official_form("The two, Left"), official_form("dont"), official_form("U.S."), official_form("1,234.5")
    ('2 left', "don't", 'us', '1234.5')
    """
    words = (_NUMBERS.get(word, word) for word in _points(_punctuation(_one_line(text))).lower().split())
    return " ".join(_CONTRACTIONS.get(word, word) for word in words if word not in ARTICLES)


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ").strip()


def _answers(solution: object) -> list[str]:
    """The annotators' answers, in whatever form the dataset holds them."""
    texts = (item.get("answer") if isinstance(item, dict) else item for item in listed(solution) or ())
    return [str(text) for text in texts if isinstance(text, str | int | float)]


def _punctuation(text: str) -> str:
    """Each sign goes when it touches a space anywhere, or when a comma stands between digits; else it is a space."""
    triples = zip(text, text[1:], text[2:], strict=False)
    in_number = any(sign == "," and (before + after).isdecimal() for before, sign, after in triples)
    shaped = text
    for sign in _PUNCTUATION:
        gone = in_number or sign + " " in text or " " + sign in text
        shaped = shaped.replace(sign, "" if gone else " ")
    return shaped


def _points(text: str) -> str:
    """Without the first 32 points that no digit follows."""
    first, *parts = text.split(".")
    kept, left = [first], _MAX_POINTS
    for part in parts:
        gone = left > 0 and not part[:1].isdecimal()
        left -= gone
        kept.append(part if gone else f".{part}")
    return "".join(kept)
