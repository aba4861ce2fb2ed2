"""Examine a dataset under a rewards file: columns, routes, references, and what each reward checks itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from vlm_rewards.preflight.declared import check_declared
from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.preflight.references import check_references
from vlm_rewards.preflight.routes import check_routes
from vlm_rewards.registry.decorator import RESERVED
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.scoring.term import Term
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec

Columns: TypeAlias = Mapping[str, Sequence[Any]]

#: Columns that TRL passes to every reward function itself; a dataset column of that name makes its call fail.
TRL_NAMES = ("prompts", "completions")

# How Qwen2-VL resizes by default: references do not depend on it, but a reward may refuse to work without a frame.
_STAND_IN = FrameSpec(factor=28, min_pixels=56 * 56, max_pixels=28 * 28 * 1280)


def examine(
    scorer: Scorer, columns: Columns, *, context: Context | None = None, base: Path | None = None, is_whole: bool = True
) -> Iterator[Finding]:
    """Every finding about a whole dataset or a part; images are what an ImageRef takes, paths start from `base`."""
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        yield Finding(Severity.ERROR, "data", "the dataset has no row", "choose another file, split or dataset")
        return
    yield from _check_names(scorer.terms, list(columns))
    facts = context or Context()
    facts = replace(facts, group_size=1, frame=facts.frame or _STAND_IN)
    batch = Batch([Completion("")] * rows, columns, facts, base=base)
    yield from check_routes(scorer.terms, batch, Severity.ERROR if is_whole else Severity.WARNING)
    # Under a reserved name a term gets something else, but it can be read all the same.
    names = [name for name in columns if name == "images" or name not in RESERVED]
    for term in scorer.terms:
        if not term.check_columns(names):
            reading = Reading.of(term, batch)
            findings, known = check_declared(reading)
            yield from findings
            yield from check_references(reading, known)


def _check_names(terms: Sequence[Term], names: Sequence[str]) -> Iterator[Finding]:
    """Columns that are missing, and columns whose name means something else."""
    for name in TRL_NAMES:
        if name in names:
            what = f"Dataset column '{name}' has the name of an argument that TRL gives to every reward itself"
            yield Finding(Severity.ERROR, "data", what, "rename the column")
    for term in terms:
        where = f"rewards.{term.name}"
        for what, fix in term.check_columns(names):
            yield Finding(Severity.ERROR, where, what, fix)
        for parameter, reader in zip(term.info.columns, term.columns, strict=True):
            if reader and not parameter.required and parameter.default != "None" and reader.column not in names:
                what = f"`{parameter.name}` reads a dataset column, and without one is always {parameter.default}"
                fix = "add the column; if it is an option, put `*` before it in the reward, and set it under `params`"
                yield Finding(Severity.WARNING, where, what, fix)
