"""Options that need to know the model, when no model is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vlm_rewards.context import Context
from vlm_rewards.errors import explain
from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.term import Term

__all__ = ["check_options"]


def check_options(terms: Sequence[Term]) -> Iterator[Finding]:
    """A finding for each term whose options its reward refuses while nothing is known of the run.

    Args:
        terms: The terms of a file that was composed without a context.
    """
    for term in terms:
        if term.spec.check is None:
            continue
        try:
            term.spec.check(Context(), **term.instance.params)
        except ValueError as error:
            fix = "give --model, so that this can be checked; or correct the options"
            yield Finding(Severity.WARNING, f"rewards.{term.name}.params", str(error), fix)
        except Exception as error:  # noqa: BLE001 - a broken check is a broken pack
            what = f"the `check` of {term.boundary.who} raised {explain(error)}"
            yield Finding(Severity.ERROR, f"rewards.{term.name}.use", what, "report it to the pack's author")
