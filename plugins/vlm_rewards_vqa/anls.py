"""`vqa/anls`: nearly the accepted text, as in reading documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import vlm_rewards as vr
from vlm_rewards_vqa.references import best
from vlm_rewards_vqa.text.normalise import composed
from vlm_rewards_vqa.text.overlap import edit_distance

Boundary = Literal["exclusive", "inclusive"]
Whitespace = Literal["squeeze", "keep"]


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
        whitespace: `squeeze` makes each run one space; `keep` compares them, and gives an empty answer and
            `none` 0, as MP-DocVQA does.

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

    return best(completion, solution, composed, measure, named=f"alike, above the threshold {threshold:g},")


def anls_score(
    prediction: str,
    references: Sequence[str],
    *,
    threshold: float = 0.5,
    boundary: Boundary = "exclusive",
    whitespace: Whitespace = "squeeze",
) -> float:
    """Normalised Levenshtein similarity with the nearest reference, 0 where they differ too much; 0 to 1.

    Args:
        prediction: The answer.
        references: Accepted answers.
        threshold: As for `vqa/anls`.
        boundary: As for `vqa/anls`.
        whitespace: As for `vqa/anls`.

    >>> anls_score("Cola", ["Coca Cola"]), anls_score("ab", ["abcd"]), anls_score("ab", ["abcd"], boundary="inclusive")
    (0.0, 0.0, 0.5)
    """
    texts = (text.lower() for text in (prediction, *references))
    given, *wanted = (" ".join(text.split()) if whitespace == "squeeze" else text.strip() for text in texts)
    if whitespace == "keep" and given in ("", "none"):
        return 0.0
    return max((_similarity(given, text, threshold, boundary) for text in wanted), default=0.0)


def _similarity(given: str, wanted: str, threshold: float, boundary: Boundary) -> float:
    longer = max(len(given), len(wanted)) or 1
    # The lengths alone differ by so much that nothing can be earned: no work for an answer of any length.
    if abs(len(given) - len(wanted)) / longer > max(threshold, 1 - threshold):
        return 0.0
    distance = edit_distance(given, wanted) / longer
    similarity = 1 - distance
    close = distance < threshold if boundary == "exclusive" else similarity >= threshold
    return similarity if close else 0.0
