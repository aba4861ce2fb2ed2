"""Two runs over the same questions: paired differences, wins and losses, and what training would see of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeAlias

from vlm_rewards.report.records import AnsweredRow
from vlm_rewards.report.summary import Estimate, estimate, question_means

#: Two values this close are the same: sums of the same terms in another order differ by less.
_SAME = 1e-9

#: An answer of the first run, and one of the second to the same question.
Pair: TypeAlias = tuple[AnsweredRow, AnsweredRow]


@dataclass(frozen=True, slots=True)
class Figure:
    """What a term, or the total, is in both runs."""

    name: str  # the term, or `total`
    first: float | None  # mean of the first run
    second: float | None  # mean of the second run
    difference: Estimate | None  # second minus first, over the questions for which both count it
    wins: int  # questions for which the second is higher
    losses: int  # for which it is lower
    ties: int  # for which both are the same


@dataclass(frozen=True, slots=True)
class Groups:
    """What training on groups sees of two sets of totals for the same answers: their advantages."""

    groups: int  # questions with several answers that have totals in both runs
    reordered: int  # groups whose answers rank differently
    flat: tuple[int, int]  # groups without any difference, from which nothing is learned, by run
    answers: int  # in these groups
    turned: int  # answers that are above the mean of their group in one run and below it in the other


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs."""

    figures: Sequence[Figure]  # one per term of either, and the total
    questions: int  # how many are in both
    alone: tuple[int, int]  # how many only one of the runs has, by run
    pairs: Sequence[Pair]  # the first answers to each question in both whose totals differ, greatest difference first
    groups: Groups | None  # for the same answers under two rewards files, when there are several to a question


def compare_runs(first: Sequence[AnsweredRow], second: Sequence[AnsweredRow], *, seed: int = 0) -> Compared:
    """Compare two runs by question: the same group, else id, else number. `seed` is that of the intervals."""
    runs = (first, second)
    terms = list(dict.fromkeys(name for rows in runs for row in rows for name in row.values))
    means = [question_means(rows, terms) for rows in runs]
    by_question = [_by_question(rows) for rows in runs]
    both = [question for question in by_question[0] if question in by_question[1]]
    answers = [list(zip(by_question[0][question], by_question[1][question], strict=False)) for question in both]
    figures = [_figure(name or "total", means[0][name], means[1][name], seed) for name in (*terms, None)]
    pairs = [max(given, key=_distance) for given in answers]
    same = all(one.completion == other.completion for given in answers for one, other in given)
    return Compared(
        figures,
        questions=len(both),
        alone=(len(by_question[0]) - len(both), len(by_question[1]) - len(both)),
        pairs=sorted((pair for pair in pairs if _distance(pair) > _SAME), key=_distance, reverse=True),
        groups=_groups(answers) if same else None,
    )


def _by_question(rows: Sequence[AnsweredRow]) -> dict[str | int, list[AnsweredRow]]:
    found: dict[str | int, list[AnsweredRow]] = defaultdict(list)
    for row in rows:
        if row.skipped is None:
            found[row.question].append(row)
    return found


def _figure(name: str, first: Mapping[str | int, float], second: Mapping[str | int, float], seed: int) -> Figure:
    gains = [value - first[question] for question, value in second.items() if question in first]
    wins, losses = sum(value > _SAME for value in gains), sum(value < -_SAME for value in gains)
    one, other = (fmean(values.values()) if values else None for values in (first, second))
    return Figure(name, one, other, estimate(gains, seed=seed), wins, losses, len(gains) - wins - losses)


def _distance(pair: Pair) -> float:
    one, other = (row.total for row in pair)
    return 0.0 if one is None or other is None else abs(other - one)


def _groups(answers: Sequence[Sequence[Pair]]) -> Groups | None:
    found = [
        [(one.total, other.total) for one, other in given if one.total is not None and other.total is not None]
        for given in answers
    ]
    ranks = [tuple(map(_ranks, zip(*given, strict=True))) for given in found if len(given) > 1]
    turned = 0
    for given in found:
        middle = [sum(totals) / len(given) for totals in zip(*given, strict=True)]
        for totals in given:
            above, other = (total - mean for total, mean in zip(totals, middle, strict=True))
            turned += min(abs(above), abs(other)) > _SAME and (above > 0) != (other > 0)
    if not ranks:
        return None
    return Groups(
        len(ranks),
        reordered=sum(one != other for one, other in ranks),
        flat=(sum(not any(one) for one, _ in ranks), sum(not any(other) for _, other in ranks)),
        answers=sum(len(given) for given in found if len(given) > 1),
        turned=turned,
    )


def _ranks(totals: Sequence[float]) -> list[int]:
    """The place of each total, from 0; equal ones share theirs."""
    rounded = [round(total, 9) for total in totals]
    places = {total: place for place, total in enumerate(sorted(set(rounded)))}
    return [places[total] for total in rounded]
