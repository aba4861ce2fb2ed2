"""Options that need to know the model, when no model is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec

__all__ = ["check_options"]


def check_options(terms: Sequence[Term]) -> Iterator[Finding]:
    """A finding for each term, composed without a context, whose options its reward refuses without one."""
    for term in terms:
        error = _refusal(term, Context())
        where = f"rewards.{term.name}.params"
        if error is not None and not isinstance(error, ValueError):
            what = f"the `check` of {term.validator.who} raised {explain(error)}"
            yield Finding(Severity.ERROR, f"rewards.{term.name}.use", what, "report it to the pack's author")
        elif error is not None and _refusal(term, _SOME_RUN) is None:
            fix = "give --model, so that this can be checked; or correct the options"
            yield Finding(Severity.WARNING, where, str(error), fix)
        elif error is not None:
            yield Finding(Severity.ERROR, where, str(error), "correct the options")


# Whatever a reward may want to know: options that it refuses here too are wrong for every run.
_SOME_RUN = Context(
    max_steps=1000,
    group_size=8,
    max_completion_tokens=1024,
    eos_token_ids=(0,),
    frame=FrameSpec(factor=28, min_pixels=3136, max_pixels=802816),
)


def _refusal(term: Term, context: Context) -> Exception | None:
    try:
        if term.spec.check is not None:
            term.spec.check(context, **term.instance.params)
    except Exception as error:  # noqa: BLE001 - a broken check is a broken pack
        return error
    return None
