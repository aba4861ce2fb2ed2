"""What is told of all answers of a model beside their mean: which are right, and the `figures` that rewards declare."""

from __future__ import annotations

import logging
from typing import Any

from vlm_rewards import Batch, Completion, ScoredRow, Scorer, Status
from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import did_you_mean, explain

logger = logging.getLogger(__name__)


class Success:
    """Tells right answers from wrong ones, as gates do: by the raw score of terms.

    What is asked for is a term, and the score from which on it counts as right (the top of its range by default). Else
    every term that counts for a row, with a weight above 0, must reach the top of its range. Raises ConfigError for a
    term that is not there.
    """

    def __init__(self, scorer: Scorer, asked: tuple[str, float | None] | None = None) -> None:
        tops = {term.name: term.info.range[1] for term in scorer.terms}
        if asked is None:
            steps = {term.name: term.weight.points[-1][1] for term in scorer.terms}
            self._least = {name: top for name, top in tops.items() if steps[name] > 0}
            return
        name, least = asked
        if name not in tops:
            known = ", ".join(scorer.order)
            raise ConfigError(f"'{name}' is not a term of the rewards file; it has {known}.{did_you_mean(name, tops)}")
        self._least = {name: tops[name] if least is None else least}

    @property
    def rule(self) -> str:
        """What counts as right, in a sentence."""
        needed = " and ".join(f"{name} scores at least {least:g}" for name, least in self._least.items())
        return f"Right is an answer where {needed}; terms of other tasks do not matter." if needed else ""

    def of(self, row: ScoredRow) -> bool | None:
        """Whether the answer is right; None when no term can tell: faults, abstentions, terms of other rows."""
        outputs = [(row.terms[name], least) for name, least in self._least.items() if name in row.terms]
        if any(output.status in {Status.BAD_REFERENCE, Status.FAILED} for output, _ in outputs):
            return None
        judged = [(output, least) for output, least in outputs if output.status is not Status.ABSTAINED]
        return all(output.score is not None and output.score >= least for output, least in judged) if judged else None


class Overall:
    """Collects the answers of models for the terms whose rewards count over all of them; gates mean nothing here.

    Rows whose reference or image cannot be read are left out, and answers that no reward may see count as empty. A
    term that fails, or runs in a worker, has no figures, and a warning says why.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._terms = {term.name: term for term in scorer.terms if term.info.has_figures}
        self._made: dict[str, dict[str, Any]] = {}

    def add(self, model: str, batch: Batch) -> None:
        """Count answers of a model."""
        for name, term in list(self._terms.items()):
            try:
                self._add(term, model, batch)
            except Exception as error:  # noqa: BLE001 - an evaluation is worth more than a figure
                self._fail(name, error)

    def result(self) -> dict[str, dict[str, dict[str, float]]]:
        """The figures by term, model and name."""
        found: dict[str, dict[str, dict[str, float]]] = {}
        for name in list(self._terms):
            try:
                found[name] = {model: dict(made.result()) for model, made in self._made.get(name, {}).items()}
            except Exception as error:  # noqa: BLE001 - as above
                self._fail(name, error)
        return {name: models for name, models in found.items() if models}

    def _add(self, term: Term, model: str, batch: Batch) -> None:
        made = self._made.setdefault(term.name, {})
        if model not in made:
            if term.instance is None or (figures := term.instance.spec.figures) is None:
                raise ConfigError("its reward runs in a worker; write `isolation: inline` in the term")
            made[model] = figures(**term.params)
        unreadable = self._scorer.unreadable(batch)
        rows, arguments = (reading := Reading.of(term, batch)).without(reading.bad)
        for row, *values in zip(rows, *arguments, strict=True):
            completion = Completion("") if row in unreadable else batch.completions[row]
            try:
                made[model].add(completion, *values)
            except ColumnError:
                continue

    def _fail(self, name: str, error: Exception) -> None:
        del self._terms[name]
        logger.warning("The term '%s' has no figures over all rows: %s", name, explain(error))
