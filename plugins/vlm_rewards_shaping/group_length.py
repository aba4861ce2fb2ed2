"""`shaping/group_length`: short among the answers to the same prompt."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import Length, Unit, is_right, measure


@vr.reward(range=(-0.5, 0.5))
def group_length(
    group: list[vr.Completion], correct: list[vr.RewardOutput | None], *, at_least: float = 1.0, unit: Unit = "auto"
) -> list[vr.RewardOutput]:
    """A right answer that is shorter than the others to its prompt, and a wrong one that is not longer.

    Range -0.5 to 0.5: with x = 0.5 - (length - shortest) / (longest - shortest) over the group, a right answer earns
    x and a wrong one min(0, x); where all are of one length every answer earns 0. Abstains where the verdict does, and
    where `unit` is `tokens` and no token ids are known. Empty completions are unparseable, and nobody's shortest.

    Args:
        group: All answers to one prompt.
        correct: For each the outcome of the term that judges it, by `depends: {correct: TERM}`. An unparseable answer
            is wrong.
        at_least: The verdict's score from which an answer is right.
        unit: What lengths count; tokens only where the ids of the whole group are known. Details say which it was.

    Source: the length reward of Kimi k1.5 (arXiv 2501.12599, section 2.3.3).

    >>> right, wrong = vr.RewardOutput(score=1.0), vr.RewardOutput(score=0.0)
    >>> answers = [vr.Completion("It is 7."), vr.Completion("x" * 18), vr.Completion("x" * 28)]
    >>> [output.score for output in group_length(answers, [right, right, right])]
    [0.5, 0.0, -0.5]
    >>> [output.score for output in group_length(answers, [wrong, wrong, wrong])]
    [0.0, 0.0, -0.5]
    >>> answers[0] = vr.Completion(" ")
    >>> [output.score for output in group_length(answers, [wrong, right, right])]  # a hack: say nothing
    [None, 0.5, -0.5]
    """
    if unit == "auto" and any(completion.token_ids is None for completion in group):
        unit = "characters"
    lengths = [measure(completion, unit) for completion in group]
    counts = [length.count for length in lengths if isinstance(length, Length)]
    shortest, longest = min(counts, default=0), max(counts, default=0)
    outputs = []
    for length, verdict in zip(lengths, correct, strict=True):
        right = is_right(verdict, at_least)
        if isinstance(length, vr.RewardOutput):
            outputs.append(length)
        elif isinstance(right, vr.RewardOutput):
            outputs.append(right)
        else:
            x = 0.0 if longest == shortest else 0.5 - (length.count - shortest) / (longest - shortest)
            details = {**length.details(), "right": right, "shortest": shortest, "longest": longest}
            reason = f"{length.count} {length.unit} among {shortest} to {longest}, {'right' if right else 'not right'}"
            outputs.append(vr.RewardOutput(score=x if right else min(0.0, x), reason=reason, details=details))
    return outputs
