"""`vqa/token_f1`: the words that an answer shares with the reference."""

from __future__ import annotations

import string

import vlm_rewards as vr
from vlm_rewards_vqa.references import accepted, best
from vlm_rewards_vqa.text.overlap import bag_f1

__all__ = ["squad_f1", "squad_words", "token_f1"]

_ARTICLES = frozenset({"a", "an", "the"})
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
    try:
        references = accepted(solution)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    answer = completion.final_answer
    given = squad_words(answer.text) if answer else []
    return best(answer, references, lambda _, reference: bag_f1(given, squad_words(reference)))


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
            if word not in _ARTICLES:
                words.append(word)
        else:
            words.extend(_without_articles(word).split())
    return words


def _without_articles(word: str) -> str:
    """A word with spaces for the articles in it that other signs set apart."""
    parts: list[str] = []
    start = 0
    for at in range(len(word) + 1):
        if at == len(word) or not word[at].isalnum():
            run = word[start:at]
            parts.append(" " if run in _ARTICLES else run)
            parts.append(word[at : at + 1])
            start = at + 1
    return "".join(parts)
