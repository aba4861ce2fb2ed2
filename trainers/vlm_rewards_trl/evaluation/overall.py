"""Figures over all answers of a model, which no mean of scores gives: what rewards declare with `figures`."""

import logging
from typing import Any

from vlm_rewards import Batch, Completion, Scorer
from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain

logger = logging.getLogger(__name__)


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
