"""Rows to attack on, and what completions earn there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vlm_rewards.errors import PackError
from vlm_rewards.preflight.attack.plays import TEXTS
from vlm_rewards.preflight.attack.references import FAMILY, made_up
from vlm_rewards.preflight.attack.values import kind, parsed
from vlm_rewards.preflight.declared import as_json
from vlm_rewards.preflight.reading import Reading
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import pass_on_interrupt, raised
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.context import Context

#: A row, a completion, and one that stands beside it in its group.
Play = tuple[int, str, str]

_REFERENCES = ("solution", "answer", "gold", "target", "label", "reference", "ground_truth", "expected")
_NO_REFERENCES = {"options", "choices", "prompt", "question", "images", "image", "numbers", "group_id"}

#: What `strategies` gets.
_GIVEN = "it gets plain values, and of an image its size: where an answer shows in pixels alone, use --honest COLUMN"


class Arena:
    """Rows with their references that the same terms read, at a training step."""

    def __init__(self, name: str, scorer: Scorer, terms: Sequence[Term], base: Path | None, step: int) -> None:
        self.name = self.route = name
        self.scorer, self.terms, self.base, self.step = scorer, terms, base, step
        self.rows: list[Mapping[str, Any]] = []
        self.values: list[Any] = []
        self.grouped = any(term.compares for term in terms)
        self.low, self.high = self._end(0), self._end(1)
        self._known: dict[Play, float | None] = {}

    @property
    def is_text(self) -> bool:
        """Whether the references are texts and numbers."""
        return not isinstance(self.values[0], list | dict)

    def _end(self, end: int) -> float:
        """The least or the greatest total; of normalised scores, in a group of two halves."""
        ends = {term.name: (-1.0, 1.0) if term.normalize else term.clip or term.info.range for term in self.terms}
        parts = {term.name: (ends[term.name][end], term.weight.at(self.step), True) for term in self.terms}
        return self.scorer.combine.value(parts) or 0.0

    def shares(self, plays: Iterable[Play]) -> list[float | None]:
        """What completions earn as shares of the range; where a group counts, beside another."""
        asked = [play if self.grouped else (*play[:2], "") for play in plays]
        todo = [play for play in dict.fromkeys(asked) if play not in self._known]
        size = 2 if self.grouped else 1
        for start in range(0, len(todo), 4096):
            part = todo[start : start + 4096]
            texts = [(row, text) for row, one, other in part for text in (one, other)[:size]]
            totals = self.scorer.score(self._batch(texts, size)).totals[::size]
            spread = (self.high - self.low) or 1.0
            self._known |= {
                play: total if total is None else (total - self.low) / spread
                for play, total in zip(part, totals, strict=True)
            }
        return [self._known[play] for play in asked]

    def _batch(self, texts: Sequence[tuple[int, str]], size: int) -> Batch:
        rows = [{**self.rows[row], "completion": text} for row, text in texts]
        made = Batch.from_rows(rows, context=Context(step=self.step), base=self.base)
        return replace(made, group_keys=[index // size for index in range(len(rows))])

    def add(self, values: Sequence[Any]) -> None:
        """Put rows behind the others, each like the first but for its reference."""
        first, held = self.rows[0], self.values[0]
        self.rows += [{name: one if parsed(kept) == held else kept for name, kept in first.items()} for one in values]
        self.values += values

    def declared(self, row: int, known: Sequence[Any]) -> list[Mapping[str, Any]]:
        """What the rewards have a row attacked with by a policy that knows these values."""
        found: list[Mapping[str, Any]] = []
        for term in self.terms:
            reading = as_json(Reading.of(term, self._batch([(row, "")], 1)))
            if term.asked is not None and reading["rows"]:
                try:
                    plays = term.asked.strategies({**reading, **reading["rows"][0], "known": list(known)})
                    found += [{"word": str(play["word"])} if "word" in play else _declared(play) for play in plays]
                except BaseException as error:
                    pass_on_interrupt(error)
                    what = f"the `strategies` of reward {term.validator.who} {raised(error)}"
                    raise PackError(f"rewards.{term.name}: {what}; {_GIVEN}.") from error
        return found

    def unread(self) -> list[str]:
        """The columns that no reward reads: one of them may hold the honest answers."""
        read = {reader.column for term in self.terms for reader in term.columns if reader is not None}
        read |= {term.when.column for term in self.terms if term.when is not None} | _NO_REFERENCES
        return [
            name for name, value in self.rows[0].items() if name not in read and isinstance(value, str | int | float)
        ]


def arenas(
    scorer: Scorer, rows: Sequence[Mapping[str, Any]], base: Path | None, step: int, honest: str | None = None
) -> Iterator[Arena]:
    """The rows of a dataset, those with the same terms and the same form of reference, or `honest` column, together."""
    found: dict[str, Arena] = {}
    batch = Batch.from_rows([{**row, "completion": ""} for row in rows])
    routed = [range(len(rows)) if term.when is None else term.when.rows(batch) for term in scorer.terms]
    for index, row in enumerate(rows):
        terms = [term for term, places in zip(scorer.terms, routed, strict=True) if index in places]
        column = honest or next((column for term in terms if (column := _reference(term, list(row)))), None)
        value = parsed(row.get(column)) if column else None
        name = ", ".join([*(term.name for term in terms), *([kind(value)] if isinstance(value, list | dict) else [])])
        arena = found.setdefault(name, Arena(name, scorer, terms, base, step))
        arena.rows.append(row)
        arena.values.append(value)
    yield from found.values()


def invented(scorer: Scorer, step: int) -> Iterator[Arena]:
    """Rows that are made up: some of each kind, for each route."""
    routes = [term.when for term in scorer.terms if term.when is not None]
    ways = [{route.column: value} for route in routes if not route.negated for value in route.values]
    readers = (reader for term in scorer.terms for reader in term.columns if reader is not None)
    columns = {*_REFERENCES, *(reader.column for reader in readers)} - _NO_REFERENCES
    references = made_up()
    for way in ways or [{route.column: "other" for route in routes}]:
        for name, values in references.items():
            beside = {"prompt": "What is it?", "image": TEXTS["picture"], **way}
            beside |= {"options": references["text"][::FAMILY][:4]} if name == "letter" else {}
            rows = [{**dict.fromkeys(columns, value), **beside} for value in values[:: 2 * FAMILY]]
            if not any(term.check_columns(list(rows[0])) for term in scorer.terms):
                for arena in arenas(scorer, rows, None, step):
                    arena.route = ", ".join(map(str, way.values()))
                    arena.name = arena.route if arena.values[0] is None else f"{arena.route} {name}".strip()
                    yield arena


def _declared(play: Mapping[str, Any]) -> Mapping[str, Any]:
    """A play as a reward declares it; docs/is-it-gameable.md says what each key means."""
    return {"name": str(play["name"]), "text": str(play["text"]), "honest": play.get("honest", False) is True}


def _reference(term: Term, names: Sequence[str]) -> str | None:
    """The column that a term reads its reference from."""
    pairs = zip(term.info.columns, term.columns, strict=True)
    held = {one.name: reader.column for one, reader in pairs if reader and one.name not in term.depends}
    held = {name: name for name in names} if term.info.mode is Mode.TRL else held
    known = (*_REFERENCES, *(column.name for column in term.info.columns if column.required))
    return next((held[name] for name in known if held.get(name) in names and name not in _NO_REFERENCES), None)
