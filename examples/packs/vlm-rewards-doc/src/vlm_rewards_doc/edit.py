"""`doc/edit`: how near a text is to another, by characters."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_doc.texts import judged


@vr.reward(range=(0.0, 1.0))
def edit(completion: vr.Completion, solution: str) -> vr.RewardOutput:
    r"""1 less the Levenshtein distance of the answer and the reference by the length of the longer.

    Range 0 to 1; never abstains. The answer is the last `<answer>` block, or else all that follows the reasoning. Both
    are taken in NFC, without a Markdown fence around all of them, and every run of white space is one space. An answer
    without text is unparseable.

    Source: the edit term of Infinity-Parser (Wang et al., arXiv 2506.03197), the normalised distance of OmniDocBench.

    >>> edit(vr.Completion("```\nA  page\n```"), "A page").score
    1.0
    >>> round(edit(vr.Completion("A cage"), "A page").score, 3)
    0.833
    >>> edit(vr.Completion("A page. " * 50), "A page").score < 0.02  # a hack: often
    True
    """
    return judged(completion, solution, str.split, str.split, _score)


def _score(given: list[str], wanted: list[str]) -> tuple[float, str]:
    from rapidfuzz.distance import Levenshtein

    one, other = " ".join(given), " ".join(wanted)
    distance, longer = Levenshtein.distance(one, other), max(len(one), len(other), 1)
    return 1 - distance / longer, f"{distance} edits in {longer} characters" if distance else ""
