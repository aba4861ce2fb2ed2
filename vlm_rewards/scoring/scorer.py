"""The Scorer: route, check references, gate, evaluate, apply policies, clip, weight and combine.

For each term and row the order is: `when` (from the row alone) -> reference -> gate -> evaluate -> status -> clip ->
normalise -> weight -> combine. Routes and references depend on the prompt only, so what they leave out is the same for
every completion of a group and cancels in the advantage; everything that depends on the completion keeps a number.
"""

from __future__ import annotations

import copy
import logging
import operator
import statistics
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Self

from vlm_rewards.answers.marks import AnswerMarks
from vlm_rewards.errors import ColumnError, ScoringError
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.combine import Node, parts_of
from vlm_rewards.scoring.evaluate import evaluate
from vlm_rewards.scoring.explanation import Explanation
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import pass_on_interrupt
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.output import Status
from vlm_rewards.types.results import Outcomes, ScoredBatch, ScoredTerm
from vlm_rewards.workers.together import start

logger = logging.getLogger(__name__)

# Below it a spread is rounding, and dividing by it would make a signal out of noise.
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores batches under one config; made by `vlm_rewards.load_scorer`.

    Args:
        terms: The terms, each after the term that gates it.
        order: Names of the terms in the order of the config.
        combine: How the terms of a row become its total.
        max_chars: Longer completions are unparseable, in characters.
        hook: Observers of the packs in use.
        watching: The packs with hooks that watch, and whether they were imported into this process to do so.
        marks: The marks that the rewards file sets for every batch; None leaves each batch its own.
    """

    terms: Sequence[Term]
    order: Sequence[str]
    combine: Node
    max_chars: int = 65_536
    hook: Any = None
    watching: Mapping[str, bool] = field(default_factory=dict)
    marks: AnswerMarks | None = None

    @property
    def compares(self) -> bool:
        """Whether a term looks at whole groups."""
        return any(term.compares for term in self.terms)

    def check_columns(self, names: Iterable[str]) -> None:
        """Raise ColumnError, with every problem at once, unless a dataset with these columns can be scored."""
        have = list(names)
        problems = [str(problem) for term in self.terms for problem in term.check_columns(have)]
        if problems:
            raise ColumnError("\n".join(problems))

    def score(self, batch: Batch) -> ScoredBatch:
        """Score a batch; one without rows needs no columns.

        Raises:
            ColumnError: A column that a term needs is missing from the batch.
            ScoringError: A reward failed under `on_error: fail`.
        """
        if len(batch):
            self.check_columns(batch.columns)
        batch = batch if self.marks is None else batch.read_with(self.marks)
        unreadable = self.unreadable(batch)
        done: dict[str, ScoredTerm] = {}
        unscored_rows = [False] * len(batch)
        errors: list[str] = []
        started: dict[str, Future[tuple[Outcomes, float]]] = {}
        for term in self.terms:
            waits = term.info.is_async
            started[term.name] = start(self._timed, term, batch, unreadable, started, aside=waits)
        for term in self.terms:
            outcomes, milliseconds = started[term.name].result()
            values = _values(term, outcomes, unscored_rows, errors)
            if term.normalize and values:
                _normalize(values, batch.groups)
            weight = term.weight.at(batch.context.step)
            done[term.name] = ScoredTerm(term.name, term.full_name, weight, outcomes, values, milliseconds)
        scored = ScoredBatch(self._totals(done, unscored_rows), {name: done[name] for name in self.order})
        self._notify(scored)
        if errors:
            more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
            raise ScoringError(f"Scoring stops because of `on_error: fail`: {errors[0]}{more}.")
        return scored

    def explain(self, rows: Mapping[str, Any] | Batch, at: int = 0) -> Explanation:
        """Why a row earns what it does: printed it is text, in a notebook a page with the images.

        Args:
            rows: A row with its `completion`; or a batch, for folders of images, and for rewards that compare rows.
            at: Which row of the batch.

        Raises:
            ColumnError, ScoringError: As `score` does.
        """
        batch = rows if isinstance(rows, Batch) else Batch.from_rows([rows])
        batch = batch if self.marks is None else batch.read_with(self.marks)
        terms = sorted(self.terms, key=lambda term: self.order.index(term.name))
        return Explanation(batch, at, self.score(batch), terms, self.combine)

    def outcomes(self, batch: Batch) -> Outcomes:
        """The outcomes of the only term, without a total and without observers, which the asking process has.

        Raises:
            ColumnError: A column that the term needs is missing from the batch.
        """
        self.check_columns(batch.columns)
        return self._outcomes(self.terms[0], batch, self.unreadable(batch), {})

    def close(self) -> None:
        """Close the instances of rewards that hold state; one that fails to close keeps no other open."""
        for term in self.terms:
            try:
                if term.instance is not None:
                    term.instance.close()
            except BaseException as error:
                pass_on_interrupt(error)
                logger.exception("Reward %s failed to close.", term.validator.who)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def unreadable(self, batch: Batch) -> dict[int, str]:
        """Rows whose completion no reward may see, with the reason."""
        rows = {}
        for row, completion in enumerate(batch.completions):
            if completion.problem is not None:
                rows[row] = completion.problem
            elif len(completion.text) > self.max_chars:
                rows[row] = f"too_long: {len(completion.text)} characters, at most {self.max_chars} are read"
        return rows

    def _timed(
        self, term: Term, batch: Batch, unreadable: dict[int, str], started: dict[str, Future[tuple[Outcomes, float]]]
    ) -> tuple[Outcomes, float]:
        """The outcomes of a term after those that it looks at, and the milliseconds that they took."""
        done = {name: started[name].result()[0] for name in term.dependencies()}
        begin = perf_counter()
        return self._outcomes(term, batch, unreadable, done), (perf_counter() - begin) * 1000

    def _outcomes(self, term: Term, batch: Batch, unreadable: dict[int, str], done: dict[str, Outcomes]) -> Outcomes:
        outcomes = Outcomes.empty(len(batch))
        rows: Sequence[int] = range(len(batch)) if term.when is None or not len(batch) else term.when.rows(batch)
        arguments, bad = term.read(batch, rows, lambda name, row: done[name].output(row))
        for row, reason in bad.items():
            outcomes.set(row, Status.BAD_REFERENCE, reason)
        calls = Calls(term, batch, rows, arguments)
        if not (bad or unreadable or term.dependencies()):
            evaluate(calls, outcomes)
            return outcomes
        open_positions = []
        for position, row in enumerate(rows):
            if row in bad:
                continue
            broken = next((name for name in term.depends.values() if done[name].statuses[row] is Status.FAILED), None)
            if row in unreadable:
                outcomes.set(row, Status.UNPARSEABLE, unreadable[row])
            elif broken is not None:
                outcomes.set(row, Status.FAILED, f"depends_failed: {broken}")
            elif term.gate is None or term.check_gate(done[term.gate.term], row, outcomes):
                open_positions.append(position)
        evaluate(calls.select(open_positions) if len(open_positions) < len(rows) else calls, outcomes)
        return outcomes

    def _totals(self, done: dict[str, ScoredTerm], unscored_rows: Sequence[bool]) -> list[float | None]:
        terms = [done[name] for name in self.combine.terms()]
        if self.combine.is_flat_sum and self.combine.clip is None and not any(None in term.values for term in terms):
            weights = [term.weight for term in terms]  # what `Node.value` gives, without a look at each part
            return [sum(map(operator.mul, row, weights)) for row in zip(*(term.values for term in terms), strict=True)]
        totals: list[float | None] = [None] * len(unscored_rows)
        for row, unscored in enumerate(unscored_rows):
            if not unscored:
                totals[row] = self.combine.value(parts_of(done, row))
        return totals

    def _notify(self, scored: ScoredBatch) -> None:
        if self.hook is None:
            return
        try:
            for term in scored.terms.values():
                if failed := term.outcomes.statuses.count(Status.FAILED):
                    self.hook.vlm_rewards_reward_failed(
                        term=term.name,
                        reward=term.reward,
                        reason=term.outcomes.reasons[term.outcomes.statuses.index(Status.FAILED)] or "",
                        count=failed,
                    )
            if self.hook.vlm_rewards_batch_scored.get_hookimpls():
                self.hook.vlm_rewards_batch_scored(batch=copy.deepcopy(scored))  # who watches may not change a score
        except BaseException as error:
            pass_on_interrupt(error)
            logger.exception("An observer of a pack failed; the scores are not touched by it.")


def _values(term: Term, outcomes: Outcomes, unscored_rows: list[bool], errors: list[str]) -> list[float | None]:
    """What each row counts; rows that get no total are marked, and errors that stop scoring are listed."""
    if term.clip is None and outcomes.statuses.count(Status.SCORED) == len(unscored_rows):
        return list(outcomes.scores)
    values: list[float | None] = [None] * len(unscored_rows)
    for row, status in enumerate(outcomes.statuses):
        if status is None:
            continue
        effect = term.effect(status, outcomes.scores[row])
        values[row] = effect.value
        if effect.unscored:
            unscored_rows[row] = True
        if effect.stop:
            errors.append(f"term '{term.name}', row {row}: {outcomes.reasons[row]}")
    return values


def _normalize(values: list[float | None], groups: Sequence[Any]) -> None:
    """Take the mean off each group and divide by its standard deviation; a group without spread becomes 0."""
    members: dict[Any, list[int]] = {}
    for row, value in enumerate(values):
        if value is not None:
            members.setdefault(groups[row], []).append(row)
    for rows in members.values():
        held = [value for row in rows if (value := values[row]) is not None]
        mean, spread = statistics.fmean(held), statistics.pstdev(held)
        for row, value in zip(rows, held, strict=True):
            values[row] = (value - mean) / spread if spread > _LEAST_SPREAD else 0.0
