"""`vqa/token_f1`: the words that an answer shares with the reference."""

from __future__ import annotations

import string
from itertools import groupby

import vlm_rewards as vr
from vlm_rewards_vqa.references import best
from vlm_rewards_vqa.text.normalise import ARTICLES
from vlm_rewards_vqa.text.overlap import bag_f1

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@vr.reward(range=(0.0, 1.0))
def token_f1(completion: vr.Completion, solution: str | list[str]) -> vr.RewardOutput:
    """F1 of the words in the final answer and in the nearest accepted answer.

    Range 0 to 1; never abstains. Case, ASCII punctuation and articles are dropped, order does not count, and a word
    counts as often as it stands in both.

    Args:
        completion: The answer.
        solution: The accepted answer, or a list of them, or the JSON text of a list.

    Source: the F1 of SQuAD (Rajpurkar et al., arXiv 1606.05250), evaluate-v1.1.py.

    >>> token_f1(vr.Completion("<think>north</think><answer>The river Nile.</answer>"), "the Nile river").score
    1.0
    >>> token_f1(vr.Completion("the river Rhine"), "the Nile river").score
    0.5
    >>> token_f1(vr.Completion("Nile Rhine Thames Seine Danube Volga Amazon"), "Nile").score  # a hack: every river
    0.25
    """
    return best(completion, solution, squad_words, bag_f1, named="F1")


def squad_f1(prediction: str, reference: str) -> float:
    """The official F1 of SQuAD.

    >>> squad_f1("a cat sat", "The cat"), squad_f1("the", "a")
    (0.6666666666666666, 1.0)
    """
    return bag_f1(squad_words(prediction), squad_words(reference))


def squad_words(text: str) -> list[str]:
    """The words that SQuAD compares: lower case, ASCII punctuation gone (nothing in its place), articles dropped.

    >>> squad_words("The U.S.A., a twenty-one «the»"), squad_words("«a»nt")
    (['usa', 'twentyone', '«', '»'], ['«', '»nt'])
    """
    words: list[str] = []
    for word in text.lower().translate(_NO_PUNCTUATION).split():
        if word.isalnum():
            words.append(word)
        else:  # an article goes also where other signs set it apart
            runs = ("".join(run) for _, run in groupby(word, str.isalnum))
            words.extend("".join(" " if run in ARTICLES else run for run in runs).split())
    return [word for word in words if word not in ARTICLES]
