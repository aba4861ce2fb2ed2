"""Groups that the layout of a batch would split across ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring.term import Term

__all__ = ["check_layout"]


def check_layout(terms: Sequence[Term], *, num_generations: int, rows_per_rank: int) -> Iterator[Finding]:
    """A finding for each term that looks at whole groups, when ranks do not hold whole groups.

    Args:
        terms: The terms of the file.
        num_generations: Completions of one prompt.
        rows_per_rank: Completions that one rank scores at once.
    """
    if rows_per_rank % num_generations == 0:
        return
    for term in terms:
        if term.normalize or term.spec.mode is Mode.GROUP:
            cause = "`normalize: group`" if term.normalize else f"{term.full_name}, a group reward,"
            yield Finding(
                Severity.ERROR,
                f"rewards.{term.name}",
                f"{cause} needs whole groups, and {rows_per_rank} rows per rank split groups of {num_generations}",
                "make the rows per rank a multiple of the generations, or remove the term",
            )
