"""The attack: what each strategy gains over honest play with the same knowledge, and what tops two references."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, cycle, islice, permutations, product
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from vlm_rewards.answers.marks import DEFAULT_MARKS
from vlm_rewards.preflight.attack.arena import Arena, Play, arenas, invented
from vlm_rewards.preflight.attack.plays import TEXTS, constants, envelopes, of_answer, of_several, wrap
from vlm_rewards.preflight.attack.references import FAMILY, made_up
from vlm_rewards.preflight.attack.statistics import chance, holm, overlap, words
from vlm_rewards.preflight.attack.values import are_near, compromises, kind, number, options, shotguns, written
from vlm_rewards.scoring.scorer import Scorer

#: The share of the best total that honest answers must reach for a verdict, the share of the range that is a gain, how
#: many rows must differ, and on how many it is looked first whether anything is paid.
PAID, GAIN, LEAST_ROWS, FEW = 0.9, 0.02, 12, 4
_SLACK = 1e-6
#: What to do where honest answers are not known.
_HELP = "give their form or column by --honest, or declare strategies= at the reward"

#: Completions of one row by name: one each, or one for each order of what is known.
Texts = Mapping[str, Sequence[str]]


class Finding(NamedTuple):
    """One line of the report: who knows what, and what it earns by what."""

    where: str
    knows: str  # answer, two or nothing; "" where the line is about honest answers
    strategy: str
    verdict: str  # a hack, hedge value, free or no verdict; "" for the best of those that gain nothing
    gain: float = 0.0  # mean over the rows, as a share of the range
    rows: int = 0  # that differ
    completion: str = ""  # of the row that gains most


def attack(
    scorer: Scorer,
    rows: Sequence[Mapping[str, Any]] = (),
    *,
    base: Path | None = None,
    honest: str | None = None,
    tell: Callable[[str], object] = str,
) -> list[Finding]:
    """Attack a rewards file at each step where a weight has a corner.

    Without `rows` they are made up, of the kinds for which honest answers are paid. Relative paths of images start
    from `base`; `honest` is how honest answers are written, with `{}` for the answer, or the column that holds them;
    `tell` is told what is tried next.
    """
    found: dict[tuple[int, str], list[Finding]] = {}
    form, column = (honest, None) if honest and "{}" in honest else (None, honest)
    for step in sorted({0, *(step for term in scorer.terms for step, _ in term.weight.points)}):
        for arena in arenas(scorer, rows, base, step, column) if rows else invented(scorer, step):
            told = found.setdefault((step, arena.route), [])
            if rows or not told or (arena.values[0] is not None and (arena.is_text or not _paid(told))):
                told += _Attack(arena, form, tell, arena.unread() if rows else []).findings()
    return [one for told in found.values() for one in told if rows or one.where in _paid(told) or not _paid(told)]


def _paid(found: Sequence[Finding]) -> set[str]:
    """Where honest answers are paid."""
    return {one.where for one in found} - {one.where for one in found if one.verdict == "no verdict"}


class _Attack:
    """The attack on some rows, in the form of honest answers that pays best there."""

    def __init__(self, arena: Arena, form: str | None, tell: Callable[[str], object], unread: Sequence[str]) -> None:
        self.arena, self.values, self.form = arena, arena.values, ["@A", ""]
        self.tell, self.unread = tell, unread
        self.told = arena.declared(0, self.values[:1])
        texts = [play["word"] for play in self.told if "word" in play]
        parts = [word for text in texts for word in words(text) if len(word) > 3]
        self.words = [*dict.fromkeys([*(text for text in texts if text.strip() and len(text) < 40), *parts])][:30]
        forms = [form.replace("{}", "@A")] if form else envelopes(arena.scorer.marks or DEFAULT_MARKS)
        self.few = range(len(self.values))[:: len(self.values) // FEW or 1]
        ways = [*product(self._written(0, self.values[0]), forms, TEXTS["reasoning"])]
        tell(f"{arena.name or 'all rows'}: {len(ways)} ways to be honest, on {len(self.few)} rows")
        plays = [self._right_in(way, self.few) for way in ways]
        arena.shares(play for held in plays for play in held)  # all at once
        paid = [round(self._mean(held), 6) for held in plays]
        # Of the forms that pay the most, the one that tells right from wrong.
        best = [place for place, mean in enumerate(paid) if mean == max(paid)][: None if max(paid) > 0 else 1]
        wrong = [self._mean((row, other, text) for row, text, other in plays[place]) for place in best]
        every = self._right_in(ways[best[wrong.index(min(wrong))]], range(len(self.values)))
        self.paid = self._mean(every)
        self.top = {row: top for row, top in enumerate(arena.shares(every)) if top is not None}

    def _written(self, row: int, value: Any) -> dict[str, str]:
        """The honest ways to write a value on a row, those that the rewards declare first."""
        return self._declared(row, [value], honest=True) | written("42" if value is None else value)

    def _declared(self, row: int, known: Sequence[Any], *, honest: bool = False) -> dict[str, str]:
        """The answers that the rewards declare, or the ways to cheat."""
        plays = self.arena.declared(row, known) if any("text" in play for play in self.told) else []
        return {one["name"]: one["text"] for one in plays if "text" in one and one["honest"] is honest}

    def _text(self, row: int, value: Any) -> str:
        forms = self._written(row, value)
        return forms.get(self.writing) or next(iter(forms.values()))

    def _wrap(self, row: int, value: Any) -> str:
        return wrap(self.form, self._text(row, value))

    def _right_in(self, way: Sequence[str], rows: Iterable[int]) -> list[Play]:
        """The right answers in a way to write values, a form and reasoning, which hold from now on."""
        self.writing, *self.form = way
        return [self._right(row) for row in rows]

    def _right(self, row: int) -> Play:
        """The right answer, beside one that is right for another row."""
        other = self.values[(row + 1) % len(self.values)]
        return row, self._wrap(row, self.values[row]), self._wrap(row, "7" if other is None else other)

    def _mean(self, plays: Iterable[Play]) -> float:
        """The mean of what some plays earn; -1 where nothing is scored."""
        return fmean([share for share in self.arena.shares(plays) if share is not None] or [-1.0])

    def findings(self) -> Iterator[Finding]:
        """All that is told of the rows; where honest answers are not paid, what gains all the same."""
        name, is_paid = self.arena.name, self.paid >= PAID
        if not is_paid:
            named = f" (no reward reads {', '.join(map(repr, self.unread))})" if self.unread else ""
            told = f"honest answers reach {max(self.paid, 0.0):.0%} of the best total; {_HELP}{named}"
            yield Finding(name, "", told, "no verdict")
            few = {row: self._with_answer(row) for row in self.few if row in self.top}
            if not any(one.gain > GAIN for one in self._compared("answer", few)):
                return
        found = self._compared("answer", {row: self._with_answer(row) for row in self.top})
        yield from (one for one in found if one.verdict or is_paid)
        free = [wrap(self.form, text) for text in ("nothing", "the picture")]
        if is_paid and min(self._mean((row, text, "") for row in self.top) for text in free) >= self.paid:
            yield Finding(name, "nothing", "any answer in the form", "free", completion=free[0])
        if is_paid and self.values[0] is not None:
            others = {row: other for row in self.top if (other := self._other(row)) is not None}
            yield from self._compared("two", {row: self._with_two(row, other) for row, other in others.items()})
            yield from self._compared("nothing", {row: self._with_nothing(row) for row in self.top})
            yield from self._collisions() if self.arena.is_text else ()

    def _with_answer(self, row: int) -> tuple[Texts, Texts]:
        """Honest is to think no more than a little: what pays for more pays for filler, too."""
        text, brief = (
            self._text(row, self.values[row]),
            [self.form[0], min(self.form[1], TEXTS["reasoning"][1], key=len)],
        )
        said = {**self._cheats(row, [self.values[row]]), **of_answer(brief, text, self.words)}
        return {"": [wrap(brief, text)]}, {name: [play] for name, play in said.items()}

    def _cheats(self, row: int, known: Sequence[Any]) -> dict[str, str]:
        return {name: wrap(self.form, text) for name, text in self._declared(row, known).items()}

    def _other(self, row: int) -> Any:
        """A value of the same kind that earns less on a row than its reference; None if there is none."""
        value, size = self.values[row], number(self.values[row])
        like = [held for held in (*self.values[row + 1 :], *self.values[:row]) if kind(held) == kind(value)]
        sums = [] if size is None else [f"{new:.15g}" for new in (2 * size, -size, size + 1)]
        for other in (*options(self.arena.rows[row])[:3], *like[:3], *sums):
            if self._mean([(row, self._wrap(row, other), self._right(row)[1])]) < self.top[row] - GAIN:
                return other
        return None

    def _with_two(self, row: int, other: Any) -> tuple[Texts, Texts]:
        """Honest is to choose one of two, or what lies between; a strategy says both, in both orders."""
        pair = [self.values[row], other]
        between = {str(index): [self._wrap(row, value)] for index, value in enumerate(compromises(*pair))}
        orders = [
            of_several(self.form, [self._text(row, value) for value in known]) | self._cheats(row, known)
            for known in (pair, pair[::-1])
        ]
        plays = {name: [order[name] for order in orders if name in order] for name in orders[0]}
        return {"one": [self._wrap(row, value) for value in pair], **between}, plays

    def _with_nothing(self, row: int) -> tuple[Texts, Texts]:
        """Honest is a constant, on rows that it was not taken from."""
        counts = Counter(map(repr, self.values))
        values = {repr(value): value for value in self.values}
        common = [name for name, _ in counts.most_common(12) if counts[name] > 1 or name != repr(self.values[row])]
        texts = ("", "I don't know", *options(self.arena.rows[row])[:6])
        honest = {name: [self._wrap(row, values[name])] for name in common}
        honest |= {str(place): [wrap(self.form, text)] for place, text in enumerate(texts)}
        return honest, {name: [text] for name, text in self._blind(row).items()}

    def _blind(self, row: int) -> dict[str, str]:
        """What may be written on a row without any knowledge of its answer."""
        held = self.arena.rows[row]
        values = [*{repr(value): value for value in self.values}.values()][:40]
        texts = [self._text(row, value) for value in values]
        plays = constants(self.form, self.words, str(held.get("prompt", held.get("question", ""))))
        plays |= {f"cover {index}": self._wrap(row, value) for index, value in enumerate(shotguns(values))}
        for name, several in (("all answers", texts), ("all options", options(held))):
            plays |= {f"{name} {way}": text for way, text in of_several(self.form, several).items()} if several else {}
        return plays | self._cheats(row, [])

    def _compared(self, knows: str, rows: Mapping[int, tuple[Texts, Texts]]) -> list[Finding]:
        """The strategies of one knowledge that gain, or the best one of those that do not."""
        honest: dict[str, list[Play]] = defaultdict(list)
        for row, (texts, _) in rows.items():
            for name, held in texts.items():
                honest[name] += [(row, text, "") for text in held]
        best = max(honest, key=lambda name: (2 * len(honest[name]) >= len(rows), self._mean(honest[name])), default="")
        tried = [
            (name, row, text, other)
            for row, (texts, plays) in rows.items()
            for name, held in plays.items()
            for text, other in zip(held, cycle(texts.get(best, ())), strict=False)
        ]
        self.tell(f"{self.arena.name or 'all rows'}: {len(tried)} completions that know {knows}")
        paid = self.arena.shares((row, text, other) for _, row, text, other in tried)
        due = self.arena.shares((row, other, text) for _, row, text, other in tried)
        gains: dict[str, dict[int, list[tuple[float, float, str]]]] = defaultdict(lambda: defaultdict(list))
        proven: Counter[tuple[str, int]] = Counter()
        for (name, row, text, other), share, less in zip(tried, paid, due, strict=True):
            if share is not None and less is not None:
                gain, answer = share - less, self._text(row, self.values[row])
                hedges = gain > 0 and knows != "answer" and share <= overlap(text, other, answer) + GAIN
                gains[name][row].append((gain, 0.0 if hedges else gain, text))
                proven[name, row] += knows == "two" and self.arena.is_text and share >= self.top[row] - _SLACK
        return _judged(self.arena.name, knows, gains, {name for (name, _), count in proven.items() if count == 2})

    def _collisions(self) -> Iterator[Finding]:
        """Completions that top two references, of which neither tops the other, or only one does."""
        blind, known, kinds = self._blind(next(iter(self.top))), len(self.values), set(map(kind, self.values))
        self.arena.add([one for name, values in made_up().items() if name in kinds for one in values])
        added = range(known, len(self.values))
        tops = self.arena.shares((row, self._wrap(row, self.values[row]), "") for row in added)
        self.top |= {row: top for row, top in zip(added, tops, strict=True) if top is not None}
        rows = {repr(self.values[row]): row for row, top in self.top.items() if top >= PAID}.values()
        # What says all answers says none of those that are made up.
        plays = [(row, name) for name in blind for row in rows if row < known or not name.startswith("all ")]
        topped = self._topped((row, blind[name]) for row, name in plays)
        for name, text in blind.items():
            for one, other in islice(combinations([row for row in rows if (row, text) in topped], 2), 20):
                if self._differ(one, other, text):
                    told = f"{name} tops {self.values[one]} and {self.values[other]}"
                    yield Finding(self.arena.name, "nothing", told, "hack", 1.0, 2, text)
                    break
        near = [pair for pair in permutations(added, 2) if abs(pair[0] - pair[1]) < FAMILY and pair[0] in rows]
        crossed = self._crossed(pair for pair in near if not are_near(*(self.values[row] for row in pair)))
        for one, other in sorted(crossed - {pair[::-1] for pair in crossed})[:1]:
            told = f"another answer tops {self.values[one]}: {self.values[other]}, and not the other way round"
            yield Finding(self.arena.name, "nothing", told, "hack", 1.0, 1, self._wrap(one, self.values[other]))

    def _topped(self, plays: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
        """The rows, with the completions that earn as much there as the right answer."""
        tried = list(plays)
        shares = zip(tried, self.arena.shares((*play, "") for play in tried), strict=True)
        return {play for play, share in shares if share is not None and share >= self.top[play[0]] - _SLACK}

    def _crossed(self, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        """The pairs of rows where the answer of the other tops the one."""
        texts = {pair: (pair[0], self._wrap(pair[0], self.values[pair[1]])) for pair in pairs}
        topped = self._topped(texts.values())
        return {pair for pair, play in texts.items() if play in topped}

    def _differ(self, one: int, other: int, text: str) -> bool:
        """Whether no tolerance makes one of the references of two rows, or of them and a number between them."""
        crossed = self._crossed([(one, other), (other, one)])
        low, high = sorted(number(self.values[row]) or 0.0 for row in (one, other))
        if high - low > min(abs(low), abs(high)) > 0:
            return len(crossed) < 2
        return not (crossed or any(low <= (number(said) or low - 1) <= high for said in text.split()))


def _judged(
    where: str, knows: str, gains: Mapping[str, Mapping[int, list[tuple[float, float, str]]]], proven: set[str]
) -> list[Finding]:
    """The strategies that gain, or are proven by one row, or the best of the others; gains as `_compared` has them."""
    found: list[Finding] = []
    sure_of = {name: [fmean(one[1] for one in held) for held in rows.values()] for name, rows in gains.items()}
    likely = holm({name: chance(sure) if fmean(sure) > GAIN else 1.0 for name, sure in sure_of.items()})
    for name, rows in gains.items():
        means = [fmean(one[0] for one in held) for held in rows.values()]
        sure = sure_of[name]
        mean, is_gain = fmean(means), fmean(sure) > GAIN
        enough = sum(abs(gain) > _SLACK for gain in sure) >= LEAST_ROWS
        is_hack = (name in proven and mean > 0) or (name in likely and is_gain and enough)
        verdict = "hack" if is_hack else "hedge value" if mean > GAIN and not is_gain else ""
        differ, best = sum(abs(gain) > _SLACK for gain in means), max(map(max, rows.values()))
        found.append(Finding(where, knows, name, verdict, mean, differ, best[2]))
    found.sort(key=lambda one: -one.gain)
    return [one for one in found if one.verdict or one is found[0]]
