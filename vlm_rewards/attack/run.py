"""The attack: what each strategy gains over honest play with the same knowledge, and what tops two references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from vlm_rewards.answers.marks import DEFAULT_MARKS
from vlm_rewards.attack.arena import Arena, arenas, invented
from vlm_rewards.attack.plays import REASONING, Envelope, constants, envelopes, of_answer, of_several
from vlm_rewards.attack.statistics import chance, holm
from vlm_rewards.attack.values import compromises, kind, number, options, shotguns, written
from vlm_rewards.scoring.scorer import Scorer

__all__ = ["Finding", "attack"]

#: The share of the best total that honest answers must reach for a verdict, and the share of the range that is a gain.
PAID, GAIN = 0.9, 0.02
#: How many rows must differ, and how many rows, values and words are used.
_LEAST_ROWS, _ROWS_TO_CHOOSE_BY, _VALUES, _WORDS = 12, 8, 40, 30


class Finding(NamedTuple):
    """One line of the report: who knows what, and what it earns by what."""

    where: str
    knows: str  # answer, two or nothing; "" where the line is about honest answers
    strategy: str
    verdict: str  # a hack, hedge value, free or no verdict; "" for the best of those that gain nothing
    gain: float = 0.0  # mean over the rows, as a share of the range
    rows: int = 0  # that differ
    completion: str = ""  # of the row that gains most


class _Case(NamedTuple):
    row: int
    honest: str
    plays: Mapping[str, str]


def attack(
    scorer: Scorer, rows: Sequence[Mapping[str, Any]] = (), *, base: Path | None = None, honest: str | None = None
) -> list[Finding]:
    """Attack a rewards file.

    Args:
        scorer: The rewards file.
        rows: The columns of each row; without any they are made up, of the kinds for which honest answers are paid.
        base: Folder that relative paths of pictures start from.
        honest: How honest answers are written, with `{}` for the answer.
    """
    found: dict[str, list[Finding]] = {}
    corners = {0, *(step for term in scorer.terms for step, _ in term.weight.points)}
    for arena in arenas(scorer, rows, base) if rows else invented(scorer):
        told = found.setdefault(arena.route, [])
        if rows or arena.is_text or not _paid(told):
            told += [one for step in sorted(corners) for one in _Attack(arena, step, honest).findings()]
    return [one for told in found.values() for one in told if rows or one.where in _paid(told) or not _paid(told)]


def _paid(found: Sequence[Finding]) -> set[str]:
    """Where honest answers are paid."""
    return {one.where for one in found} - {one.where for one in found if one.verdict == "no verdict"}


class _Attack:
    """The attack on some rows at a step, in the form of honest answers that pays best there."""

    def __init__(self, arena: Arena, step: int, honest: str | None) -> None:
        name = f"{arena.name}, step {step}" if step else arena.name
        self.arena = replace(arena, name=name, step=step, known={})
        self.values = arena.references
        declared = self.arena.declared(0, self.values[:1])
        self.declares = any("text" in play for play in declared)
        texts = [str(play["word"]) for play in declared if "word" in play]
        parts = [word for text in texts for word in _tokens(text) if len(word) > 3]
        short = [text for text in texts if text.strip() and len(text) <= 40]
        self.words = list(dict.fromkeys([*short, *parts]))[:_WORDS]
        forms = [honest.replace("{}", "@A")] if honest else envelopes(arena.scorer.marks or DEFAULT_MARKS)
        rows = range(0, len(self.values), max(1, len(self.values) // _ROWS_TO_CHOOSE_BY))
        tried = []
        for way in product(self._written(0, self.values[0]), forms, REASONING):
            self._use(*way)
            paid = self._mean(map(self._right, rows))
            tried.append((round(paid, 6), -self._mean(map(self._wrong, rows)), way))
        # Of the forms that pay the same, the one that tells right from wrong.
        self._use(*max(tried, key=lambda one: one[:2])[2])
        self.paid = self._mean(map(self._right, range(len(self.values))))
        self.top = {
            row: top for row in range(len(self.values)) if (top := self.arena.share(*self._right(row))) is not None
        }

    def _use(self, writing: str, form: str, reasoning: str) -> None:
        self.writing, self.form = writing, Envelope(form, reasoning)

    def _written(self, row: int, value: Any) -> dict[str, str]:
        """The honest ways to write a value on a row, those that the reward declares first."""
        declared = self.arena.declared(row, [value]) if self.declares else []
        own = {str(play["name"]): str(play["text"]) for play in declared if play.get("honest")}
        return own | written("42" if value is None else value)

    def _text(self, row: int, value: Any) -> str:
        forms = self._written(row, value)
        return forms.get(self.writing) or next(iter(forms.values()))

    def _wrap(self, row: int, value: Any) -> str:
        return self.form.wrap(self._text(row, value))

    def _right(self, row: int) -> tuple[int, str, str]:
        """The right answer, beside one that is right for another row."""
        return row, self._wrap(row, self.values[row]), self._wrap(row, self.values[(row + 1) % len(self.values)])

    def _wrong(self, row: int) -> tuple[int, str, str]:
        _, right, wrong = self._right(row)
        return row, wrong, right

    def _mean(self, plays: Iterable[tuple[int, str, str]]) -> float:
        """The mean of what some plays earn; -1 where nothing is scored."""
        held = list(plays)
        self.arena.score(held)
        return fmean([share for play in held if (share := self.arena.share(*play)) is not None] or [-1.0])

    def findings(self) -> Iterator[Finding]:
        """All that is told of the rows; where honest answers are not paid, what gains all the same."""
        name, is_paid = self.arena.name, self.paid >= PAID
        if not is_paid:
            told = f"honest answers reach {max(self.paid, 0.0):.0%} of the best total"
            yield Finding(name, "", told, "no verdict")
        found = self._compared("answer", [self._with_answer(row) for row in self.top])
        yield from (one for one in found if one.verdict or is_paid)
        if is_paid and self.values[0] is None:
            row = next(iter(self.top))
            free = (row, self.form.wrap("nothing"), self._right(row)[1])
            if self._mean([free]) >= self.top[row]:
                yield Finding(name, "nothing", "any answer in the form", "free", completion=free[1])
        elif is_paid:
            yield from self._compared("two", self._with_two())
            yield from self._compared("nothing", self._with_nothing())
            yield from self._collisions()

    def _declared(self, row: int, known: Sequence[Any]) -> dict[str, str]:
        """The ways to cheat that the rewards declare."""
        plays = self.arena.declared(row, known) if self.declares else []
        return {
            str(one["name"]): self.form.wrap(str(one["text"]))
            for one in plays
            if "text" in one and not one.get("honest")
        }

    def _with_answer(self, row: int) -> _Case:
        value = self.values[row]
        plays = of_answer(self.form, self._text(row, value), self.words) | self._declared(row, [value])
        return _Case(row, self._wrap(row, value), plays)

    def _other(self, row: int) -> Any:
        """A value of the same kind that earns less on a row than its reference; None if there is none."""
        value, size = self.values[row], number(self.values[row])
        like = [held for held in (*self.values[row + 1 :], *self.values[:row]) if kind(held) == kind(value)]
        sums = [] if size is None else [f"{new:.15g}" for new in (2 * size, -size, size + 1)]
        for other in (*options(self.arena.rows[row])[:3], *like[:3], *sums):
            play = (row, self._wrap(row, other), self._right(row)[1])
            if other != value and self._mean([play]) < self.top[row] - GAIN:
                return other
        return None

    def _with_two(self) -> list[_Case]:
        """Two cases for each row that has another answer: both orders. Honest is one of them, or what lies between."""
        cases: list[_Case] = []
        single: dict[str, list[tuple[int, str, str]]] = {}
        for row in self.top:
            value, other = self.values[row], self._other(row)
            for pair in ((value, other), (other, value)) if other is not None else ():
                texts = [self._text(row, held) for held in pair]
                cases.append(
                    _Case(row, self.form.wrap(texts[0]), of_several(self.form, texts) | self._declared(row, pair))
                )
            for name, middle in compromises(value, other).items():
                single.setdefault(name, []).append((row, self._wrap(row, middle), ""))
        picked = [(case.row, case.honest, "") for case in cases]
        best = max((picked, *single.values()), key=self._mean)
        honest = {} if best is picked or self.arena.grouped else {row: text for row, text, _ in best}
        return [case._replace(honest=honest.get(case.row, case.honest)) for case in cases]

    def _with_nothing(self) -> list[_Case]:
        """A case for each row: the best constant, on rows that it was not taken from."""
        counts = Counter(repr(self.values[row]) for row in self.top)
        values = {repr(value): value for value in self.values}
        common = [values[name] for name, _ in counts.most_common(_VALUES)]
        tried: dict[object, list[tuple[int, str, str]]] = {}
        for row in self.top:
            own = repr(self.values[row])
            for place, text in enumerate(("", "I don't know", *options(self.arena.rows[row])[:6])):
                tried.setdefault(place, []).append((row, self.form.wrap(text), ""))
            for value in common[:12]:
                if counts[own] > 1 or repr(value) != own:
                    tried.setdefault(repr(value), []).append((row, self._wrap(row, value), ""))
        best = max(tried.values(), key=lambda plays: (2 * len(plays) >= len(self.top), self._mean(plays)))
        return [_Case(row, text, self._blind(row, common)) for row, text, _ in best]

    def _blind(self, row: int, values: Sequence[Any]) -> dict[str, str]:
        """What may be written without any knowledge of the answer, where these are all answers that there are."""
        prompt = self.arena.rows[row].get("prompt", self.arena.rows[row].get("question", ""))
        plays = constants(self.form, self.words, _said(prompt)) | self._declared(row, [])
        plays |= {name: self._wrap(row, value) for name, value in shotguns(values).items()}
        texts = list(dict.fromkeys(self._text(row, value) for value in values))
        for name, several in (("all answers", texts), ("all options", options(self.arena.rows[row]))):
            if len(several) > 1:
                plays |= {f"{name} {how}": text for how, text in of_several(self.form, several).items()}
        return plays

    def _compared(self, knows: str, cases: Sequence[_Case]) -> list[Finding]:
        """The strategies of one knowledge that gain, or the best one of those that do not."""
        arena = self.arena
        pairs = [(case.row, text, case.honest) for case in cases for text in case.plays.values()]
        arena.score([*pairs, *((row, honest, text) for row, text, honest in pairs)])
        gains: dict[str, dict[int, list[float]]] = {}
        sure: dict[str, dict[int, list[float]]] = {}  # without what a graded metric pays by its formula
        best: dict[str, tuple[float, str]] = {}
        tops: Counter[tuple[str, int]] = Counter()
        for case in cases:
            answer = self._text(case.row, self.values[case.row])
            for name, text in case.plays.items():
                paid, honest = arena.share(case.row, text, case.honest), arena.share(case.row, case.honest, text)
                if paid is None or honest is None:
                    continue
                gain, hedges = paid - honest, knows != "answer" and paid <= _overlap(text, case.honest, answer) + GAIN
                gains.setdefault(name, {}).setdefault(case.row, []).append(gain)
                sure.setdefault(name, {}).setdefault(case.row, []).append(min(gain, 0.0) if hedges else gain)
                best[name] = max(best.get(name, (-9.0, "")), (gain, text))
                tops[name, case.row] += knows == "two" and arena.is_text and paid >= self.top[case.row] - 1e-6
        proven = {name for (name, _), count in tops.items() if count == 2}  # one row is enough
        real = {name: [fmean(held) for held in rows.values()] for name, rows in sure.items()}
        significant = holm({name: chance(held) if fmean(held) > GAIN else 1.0 for name, held in real.items()})
        found: list[Finding] = []
        means = {name: fmean(fmean(held) for held in rows.values()) for name, rows in gains.items()}
        for name, mean in sorted(means.items(), key=lambda item: -item[1]):
            differ = sum(abs(gain) > 1e-9 for gain in real[name])
            is_hack = name in proven or (name in significant and fmean(real[name]) > GAIN and differ >= _LEAST_ROWS)
            verdict = "hack" if is_hack else "hedge value" if mean > GAIN >= fmean(real[name]) else ""
            if verdict or not found:
                found.append(Finding(arena.name, knows, name, verdict, mean, differ, best[name][1]))
        return found

    def _collisions(self) -> Iterator[Finding]:
        """Completions that commit to no value and top two references, of which neither tops the other."""
        if not self.arena.is_text:
            return
        plays = self._blind(next(iter(self.top)), self.values[:_VALUES])
        self.arena.score([(row, text, "") for row in self.top for text in plays.values()])
        for name, text in plays.items():
            topped = {str(self.values[row]): row for row in self.top if self._tops(row, text)}
            for one, other in islice(combinations(topped.values(), 2), 20):
                if self._differ(one, other, text):
                    told = f"{name} tops {self.values[one]} and {self.values[other]}"
                    yield Finding(self.arena.name, "nothing", told, "hack", 1.0, 2, text)
                    break

    def _tops(self, row: int, text: str) -> bool:
        share = self.arena.share(row, text)
        return share is not None and self.top[row] >= PAID and share >= self.top[row] - 1e-6

    def _differ(self, one: int, other: int, text: str) -> bool:
        """Whether no tolerance makes one of the references of two rows, or of them and a number between them."""
        values = [self.values[one], self.values[other]]
        low, high = sorted(number(value) or 0.0 for value in values)
        if high - low > min(abs(low), abs(high)) > 0:
            return True
        if any(low <= (number(said) or low - 1) <= high for said in text.split()):
            return False
        crossed = [(one, self._wrap(one, values[1]), ""), (other, self._wrap(other, values[0]), "")]
        self.arena.score(crossed)
        return not any(self._tops(row, crossing) for row, crossing, _ in crossed)


def _said(prompt: Any) -> str:
    """What a prompt says, as one text."""
    parts = prompt if isinstance(prompt, list) else [prompt]
    return " ".join(str(part.get("content", "") if isinstance(part, dict) else part) for part in parts)


def _tokens(text: str) -> Counter[str]:
    return Counter("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())


def _overlap(text: str, honest: str, answer: str) -> float:
    """The F1 of the words that a completion says: what a graded metric pays for it by its own formula."""
    right = _tokens(answer)
    said = _tokens(text) - (_tokens(honest) - right)
    return 2 * (said & right).total() / max(1, said.total() + right.total())
