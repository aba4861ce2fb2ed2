"""`vqa/exact`: the final answer is an accepted text."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_vqa.references import best
from vlm_rewards_vqa.text.normalise import Punctuation, normalise


@vr.reward(range=(0.0, 1.0))
def exact(
    completion: vr.Completion,
    solution: str | list[str],
    *,
    punctuation: Punctuation = "ends",
    articles: bool = True,
    case: bool = False,
) -> vr.RewardOutput:
    """The final answer equals an accepted answer, letter for letter, once their looks are alike.

    Range 0 or 1; never abstains. Both texts are brought to NFKC, lower case, ASCII quotes and single spaces. Numbers
    are compared as text: for them use `vqa/relaxed_accuracy`, `vqa/count` or `math/answer`.

    Args:
        completion: The answer.
        solution: The accepted answer, or a list of them, or the JSON text of a list.
        punctuation: `ends` takes off what stands around the answer, `drop` takes all but what belongs to a number,
            `keep` compares it.
        articles: Whether a, an and the are dropped.
        case: Whether upper and lower case differ.

    Source: exact match as in SQuAD (Rajpurkar et al., arXiv 1606.05250), without gluing words at dropped punctuation.

    >>> exact(vr.Completion("<think>fur</think><answer>A cat.</answer>"), "cat").score
    1.0
    >>> exact(vr.Completion("a dog"), ["cat", "kitten"]).score
    0.0
    >>> exact(vr.Completion("cat or dog or horse"), "cat").score  # a hack: several answers
    0.0
    """

    def form(text: str) -> str:
        return normalise(text, punctuation=punctuation, articles=articles, case=case)

    return best(completion, solution, form, lambda given, wanted: float(given == wanted))
