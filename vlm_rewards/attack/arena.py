"""Rows to attack on, and what completions earn there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vlm_rewards.attack.values import KINDS, kind, parsed
from vlm_rewards.preflight.declared import as_json
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.scoring.term import Term
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.context import Context

__all__ = ["Arena", "arenas", "invented"]

_REFERENCES = ("solution", "answer", "gold", "target", "label", "reference", "ground_truth", "expected")
_NO_REFERENCES = {"options", "choices", "prompt", "question", "images", "image", "numbers", "group_id"}
_TOGETHER = 4096


@dataclass
class Arena:
    """Rows that the same terms read.

    Args:
        name: What it is called in the report.
        route: The name that it shares with the other kinds of made-up rows.
        scorer: What scores.
        terms: The terms that the rows are routed to.
        rows: The columns of each row.
        references: The value of each row; None where no term reads one.
        base: Folder that relative paths of pictures start from.
        step: The training step.
    """

    name: str
    route: str
    scorer: Scorer
    terms: Sequence[Term]
    rows: Sequence[Mapping[str, Any]]
    references: Sequence[Any]
    base: Path | None = None
    step: int = 0
    known: dict[tuple[int, str, str], float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grouped = any(term.normalize or term.info.mode is Mode.GROUP for term in self.scorer.terms)
        self.low, self.high = self._end(0), self._end(1)

    @property
    def is_text(self) -> bool:
        """Whether the references are texts and numbers."""
        return not isinstance(self.references[0], list | dict)

    def _end(self, end: int) -> float:
        """The least or the greatest total; of normalised scores, in a group of two halves."""
        ends = {term.name: (-1.0, 1.0) if term.normalize else term.clip or term.info.range for term in self.terms}
        parts = {term.name: (ends[term.name][end], term.weight.at(self.step), True) for term in self.terms}
        return self.scorer.combine.value(parts) or 0.0

    def batch(self, plays: Sequence[tuple[int, str]], size: int = 1) -> Batch:
        """Completions of rows, in groups of a size."""
        rows = [{**self.rows[row], "completion": text} for row, text in plays]
        made = Batch.from_rows(rows, context=Context(step=self.step), base=self.base)
        return replace(made, group_keys=[index // size for index in range(len(rows))])

    def score(self, plays: Iterable[tuple[int, str, str]]) -> None:
        """Score completions on rows; where a group counts, as one half of it beside another completion."""
        todo = [play for play in dict.fromkeys(map(self._key, plays)) if play not in self.known]
        size = 4 if self.grouped else 1
        for start in range(0, len(todo), _TOGETHER):
            part = todo[start : start + _TOGETHER]
            texts = [(row, text) for row, one, other in part for text in (one, one, other, other)[:size]]
            totals = self.scorer.score(self.batch(texts, size)).totals
            self.known |= dict(zip(part, totals[::size], strict=True))

    def share(self, row: int, text: str, beside: str = "") -> float | None:
        """What a completion that was scored earned, as a share of the range."""
        total = self.known[self._key((row, text, beside))]
        return total if total is None else (total - self.low) / ((self.high - self.low) or 1.0)

    def _key(self, play: tuple[int, str, str]) -> tuple[int, str, str]:
        return play if self.grouped else (*play[:2], "")

    def declared(self, row: int, known: Sequence[Any]) -> list[Mapping[str, Any]]:
        """What the rewards have a row attacked with by a policy that knows these values."""
        found: list[Mapping[str, Any]] = []
        batch = self.batch([(row, "")])
        for term in self.terms:
            reading = as_json(Reading.of(term, batch))
            if term.asked is not None and reading["rows"]:
                found += term.asked.strategies({**reading, **reading["rows"][0], "known": list(known)})
        return found


def arenas(scorer: Scorer, rows: Sequence[Mapping[str, Any]], base: Path | None = None) -> Iterator[Arena]:
    """The rows of a dataset, those with the same terms and the same form of reference together."""
    found: dict[str, Arena] = {}
    batch = Batch.from_rows([{**row, "completion": ""} for row in rows])
    routed = [range(len(rows)) if term.when is None else term.when.rows(batch) for term in scorer.terms]
    for index, row in enumerate(rows):
        terms = [term for term, places in zip(scorer.terms, routed, strict=True) if index in places]
        column = next((column for term in terms if (column := _reference(term, list(row)))), None)
        value = parsed(row.get(column)) if column else None
        name = ", ".join([*(term.name for term in terms), *([kind(value)] if isinstance(value, list | dict) else [])])
        arena = found.setdefault(name, Arena(name, name, scorer, terms, [], [], base))
        arena.rows, arena.references = [*arena.rows, row], [*arena.references, value]
    yield from found.values()


def invented(scorer: Scorer) -> Iterator[Arena]:
    """Rows that are made up: some of each kind, for each route."""
    routes = [term.when for term in scorer.terms if term.when is not None]
    ways = [{route.column: value} for route in routes if not route.negated for value in route.values]
    readers = (reader for term in scorer.terms for reader in term.columns if reader is not None)
    columns = {*_REFERENCES, *(reader.column for reader in readers)} - _NO_REFERENCES
    for way in ways or [{route.column: "other" for route in routes}]:
        for name, values in KINDS.items():
            beside = {"prompt": "What is it?", **({"options": KINDS["text"][:4]} if name == "letter" else {}), **way}
            rows = [{**dict.fromkeys(columns, value), **beside} for value in values]
            if not any(term.check_columns(list(rows[0])) for term in scorer.terms):
                told = ", ".join(map(str, way.values()))
                yield from (replace(arena, name=f"{told} {name}".strip(), route=told) for arena in arenas(scorer, rows))


def _reference(term: Term, names: Sequence[str]) -> str | None:
    """The column that a term reads its reference from."""
    pairs = zip(term.info.columns, term.columns, strict=True)
    held = {
        one.name: reader.column for one, reader in pairs if reader and one.name not in {*term.depends, *_NO_REFERENCES}
    }
    held = {name: name for name in names} if term.info.mode is Mode.TRL else held
    known = (*_REFERENCES, *(column.name for column in term.info.columns if column.required))
    return next((held[name] for name in known if held.get(name) in names), None)
