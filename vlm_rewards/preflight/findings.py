"""What a preflight found: one fault each, with its place and its fix."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

#: Up to this share of a term's rows may be unusable without an error: they are left out of training, and counted.
TOLERATED = 0.05

_ROWS_SHOWN = 8


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or one fact worth knowing."""

    severity: Severity  # an error keeps a run from learning what it should
    where: str  # the term as `rewards.NAME`, or what else it is about
    what: str
    fix: str


def about_rows(where: str, rows: Collection[int], among: int, what: str, fix: str) -> Finding:
    """A finding about rows of the data, by their positions from 0: an error, unless they are few of those looked at."""
    shown = ", ".join(map(str, sorted(rows)[:_ROWS_SHOWN])) + (", ..." if len(rows) > _ROWS_SHOWN else "")
    severity = Severity.ERROR if len(rows) > TOLERATED * among else Severity.WARNING
    return Finding(severity, where, f"{len(rows)} of {among} rows ({shown}): {what}", fix)
