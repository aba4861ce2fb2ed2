"""Options that need to know the model, when no model is given."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.scoring.term import Term
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec


def check_observers(watching: Mapping[str, bool]) -> Iterator[Finding]:
    """A note for each pack with hooks that watch: which are imported for that, and which do not run."""
    for namespace, imported in watching.items():
        what = f"the pack '{namespace}' is imported into the training process, where it may do anything"
        fix = "nothing to do, if you trust it"
        if not imported:
            what = f"the pack '{namespace}' has observers, which do not run: it stays out of the training process"
            fix = f"let it in with `observers: [{namespace}]`, if you want them and trust it"
        yield Finding(Severity.NOTE, "observers", what, fix)


def check_options(terms: Sequence[Term]) -> Iterator[Finding]:
    """A finding for each term, composed without a context, whose options its reward refuses without one."""
    for term in terms:
        told = _ask(term, Context())
        where = f"rewards.{term.name}.params"
        if "broken" in told:
            what = f"the `check` of {term.validator.who} raised {told['broken']}"
            yield Finding(Severity.ERROR, f"rewards.{term.name}.use", what, "report it to the pack's author")
        elif "refused" in told and "refused" not in _ask(term, _SOME_RUN):
            fix = "give --model, so that this can be checked; or correct the options"
            yield Finding(Severity.WARNING, where, told["refused"], fix)
        elif "refused" in told:
            yield Finding(Severity.ERROR, where, told["refused"], "correct the options")


# Whatever a reward may want to know: options that it refuses here too are wrong for every run.
_SOME_RUN = Context(
    max_steps=1000,
    group_size=8,
    max_completion_tokens=1024,
    eos_token_ids=(0,),
    frame=FrameSpec(factor=28, min_pixels=3136, max_pixels=802816),
)


def _ask(term: Term, context: Context) -> Mapping[str, Any]:
    try:
        return {} if term.asked is None else term.asked.options(context)
    except RuntimeError as error:  # a worker that died or hung over it
        return {"broken": f"no answer: {error}"}
