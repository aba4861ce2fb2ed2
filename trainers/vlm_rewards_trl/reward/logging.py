"""What a scored batch tells TRL's logs.

TRL averages the calls of `log_metric` over a logging step and over ranks, so a rate is logged as one 0 or 1 per row or
group, and nothing is logged for a term that no row was routed to.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import isfinite
from statistics import pstdev
from typing import Any

from vlm_rewards import Batch, ScoredBatch, ScoredTerm, Status
from vlm_rewards.scoring.term import Term

#: Columns that the table has anyhow, and values that a column of it holds as they are.
_TRLS, _PLAIN = {"step", "prompt", "completion", "advantage"}, (str | None, int | float | None)

#: The share of groups whose totals are all equal. TRL's own figure takes the noise of float32 for a difference.
FLAT_GROUPS = "zero_variance_rate"

LogMetric = Callable[[str, float], None]


def log_columns(
    scored: ScoredBatch, terms: Sequence[Term], batch: Batch, log_extra: Callable[[str, list[Any]], None]
) -> None:
    """Give TRL's table `<term>`, `<term>_reason` and what terms read, as JSON unless it is text or a number."""
    columns = batch.columns
    read = {reader.column for term in terms for reader in term.columns if reader is not None}
    read |= {term.when.column for term in terms if term.when is not None}
    for name in sorted(read & columns.keys() - scored.terms.keys() - _TRLS):
        values = columns[name]
        plain = any(all(isinstance(value, kind) for value in values) for kind in _PLAIN)
        log_extra(name, list(values) if plain else [_as_text(value) for value in values])
    for name, term in scored.terms.items():
        log_extra(name, list(term.values))
        log_extra(f"{name}_reason", list(term.outcomes.reasons))


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def log_metrics(
    scored: ScoredBatch, terms: Sequence[Term], groups: Sequence[Any] | None, log_metric: LogMetric, *, means: bool
) -> None:
    """Log every term's mean and spread, unless TRL does, and its rates; those over groups where groups are known.

    Of a gated term that is the share of rows that it was asked about, and of any the `metrics` among its details.
    """
    used = {term.name: term for term in terms}
    whole = defaultdict(set)
    for group, total in zip(groups or (), scored.totals, strict=False):
        whole[group].add(total)
    for totals in whole.values():
        log_metric(FLAT_GROUPS, float(len(totals - {None}) <= 1))
    for name, term in scored.terms.items():
        values = [value for value in term.values if value is not None] if means else []
        for value in values:
            log_metric(f"rewards/{name}/mean", value)
        if values:
            log_metric(f"rewards/{name}/std", pstdev(values))
        _log_rows(term, used[name], log_metric)
        times = sorted(time for time in term.outcomes.milliseconds if time is not None)
        if times:
            log_metric(f"rewards/{name}/p95_ms", times[int(0.95 * (len(times) - 1))])
        if groups is not None:
            _log_groups(scored, term, groups, log_metric)


def _log_rows(term: ScoredTerm, used: Term, log_metric: LogMetric) -> None:
    """Rates over the rows that the term is routed to, and what the reward itself measured."""
    held = term.outcomes
    for status, reason, details in zip(held.statuses, held.reasons, held.details, strict=True):
        rates = {"fault_rate": status is Status.FAILED, "abstain_rate": status is Status.ABSTAINED}
        if used.gate is not None:
            rates["asked_rate"] = used.was_asked(reason)
        told = (details or {}).get("metrics")
        for name, value in {**(told if isinstance(told, Mapping) else {}), **rates}.items() if status else ():
            with suppress(TypeError, ValueError, OverflowError):  # a reward may tell anything
                if isfinite(number := float(value)):
                    log_metric(f"rewards/{term.name}/{name}", number)


def _log_groups(scored: ScoredBatch, term: ScoredTerm, groups: Sequence[Any], log_metric: LogMetric) -> None:
    """Rates over the groups that the term is routed to: its route."""
    members: dict[Any, list[int]] = {}
    for row, status in enumerate(term.outcomes.statuses):
        if status is not None:
            members.setdefault(groups[row], []).append(row)
    for rows in members.values():
        abstained = sum(term.outcomes.statuses[row] is Status.ABSTAINED for row in rows)
        log_metric(f"rewards/{term.name}/mixed_abstention_rate", float(0 < abstained < len(rows)))
        totals = {scored.totals[row] for row in rows} - {None}
        log_metric(f"rewards/{term.name}/{FLAT_GROUPS}", float(len(totals) <= 1))
