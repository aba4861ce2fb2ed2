"""`vqa/anls`: nearly the accepted text, as in reading documents."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr
from vlm_rewards_vqa.references import best
from vlm_rewards_vqa.text.edit_distance import Boundary, Whitespace, anls_score
from vlm_rewards_vqa.text.normalise import composed

__all__ = ["anls"]


@vr.reward(range=(0.0, 1.0))
def anls(
    completion: vr.Completion,
    solution: str | list[str],
    *,
    threshold: Annotated[float, vr.Field(ge=0, le=1)] = 0.5,
    boundary: Boundary = "exclusive",
    whitespace: Whitespace = "squeeze",
) -> vr.RewardOutput:
    """Normalised Levenshtein similarity of the final answer with the nearest accepted answer, 0 below the threshold.

    Range 0 to 1; never abstains. The mean of it over a dataset is ANLS. Case does not count, nor do composed and
    decomposed letters differ (NFC).

    Args:
        completion: The answer.
        solution: The accepted answer, or a list of them, or the JSON text of a list.
        threshold: The greatest distance that earns something, as a share of the longer text.
        boundary: `exclusive` pays distances less than the threshold (the paper); `inclusive` pays similarities of at
            least the threshold (the scripts of DocVQA and MP-DocVQA): at 0.5 they differ on a half-right answer.
        whitespace: `squeeze` makes each run one space; `keep` compares them, as MP-DocVQA does.

    Source: ANLS of ST-VQA and DocVQA (Biten et al., arXiv 1907.00490; Mathew et al., arXiv 2007.00398).

    >>> anls(vr.Completion("<answer>Coca-Cola</answer>"), ["Coca Cola", "Coca Cola Company"]).score
    0.8888888888888888
    >>> anls(vr.Completion("Pepsi"), "Coca Cola").score
    0.0
    >>> anls(vr.Completion("Pepsi, Fanta, Sprite, Coca Cola, Tonic"), "Coca Cola").score  # a hack: every brand
    0.0
    """

    def measure(answer: str, reference: str) -> float:
        return anls_score(answer, [reference], threshold=threshold, boundary=boundary, whitespace=whitespace)

    return best(completion, solution, composed, measure)
