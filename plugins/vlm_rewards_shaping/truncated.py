"""`shaping/truncated`: a completion that ended by itself."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_shaping.lengths import is_empty


def check_options(context: vr.Context) -> None:
    """Raise ValueError for a run that tells one of the two facts and not the other; offline neither is known."""
    has_limit = context.max_completion_tokens is not None
    if has_limit and not context.eos_token_ids:
        raise ValueError("the ids that end a completion are not known: pass `processing_class`")
    if context.eos_token_ids and not has_limit:
        raise ValueError("the limit of a completion is not known: pass `args` with max_completion_length")


@vr.reward(range=(-1.0, 0.0), check=check_options)
def truncated(completion: vr.Completion, context: vr.Context) -> float | vr.RewardOutput:
    """A completion that was not cut off at the limit of the run.

    Range -1 or 0: -1 where it has as many tokens as may be generated and the last one does not end it. Abstains where
    the token ids, the limit or the ids that end a completion are not known, as when a file is scored. An empty
    completion is unparseable.

    Args:
        completion: The answer.
        context: Holds `max_completion_tokens` and `eos_token_ids`.

    Source: the overlong penalty that DAPO starts from (arXiv 2503.14476, section 3.4).

    >>> run = vr.Context(max_completion_tokens=4, eos_token_ids=(2,))
    >>> truncated(vr.Completion("It is 7", token_ids=[5, 6, 7, 2]), run)
    0.0
    >>> truncated(vr.Completion("It is 7 or", token_ids=[5, 6, 7, 8]), run).reason
    'cut off at the limit'
    >>> truncated(vr.Completion("", token_ids=[2]), run).reason  # a hack: end at once
    'an empty completion'
    """
    if is_empty(completion):
        return vr.RewardOutput.unparseable("an empty completion")
    limit, ids = context.max_completion_tokens, completion.token_ids
    if ids is None or limit is None or not context.eos_token_ids:
        return vr.RewardOutput.abstained("the token ids, the limit or the ids that end a completion are not known")
    if len(ids) >= limit and ids[-1] not in context.eos_token_ids:
        return vr.RewardOutput(score=-1.0, reason="cut off at the limit")
    return 0.0
