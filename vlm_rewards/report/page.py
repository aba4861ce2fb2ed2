"""The report: one HTML file without anything from outside, to open, to work in, to send, to keep."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards.report.packed import Pictures, boxes_of, pack_rows, readable, reference_boxes
from vlm_rewards.report.records import AnsweredRow
from vlm_rewards.report.summary import Column, Summary, summarise
from vlm_rewards.scoring.explanation import Explanation
from vlm_rewards.types.output import Status

if TYPE_CHECKING:
    from jinja2 import Template

#: Even if a text were not escaped, nothing but the page's own script and style would count, and nothing could load.
_POLICY = "default-src 'none'; img-src data:; script-src '{}'; style-src '{}'"
_COLOURS, _BINS = 7, 20


def write_report(
    rows: Sequence[AnsweredRow],
    path: Path,
    *,
    title: str = "Rewards",
    note: str = "",
    base: Path | None = None,
    summary: Summary | None = None,
) -> None:
    """Write answers and their rewards as one HTML file that shows, sorts and filters all of them.

    Args:
        rows: The scored answers.
        path: Where to.
        title: Heading of the page.
        note: A sentence under the table.
        base: Folder that paths of images start from; the working directory by default.
        summary: The figures, when they are there already.
    """
    summary = summary or summarise(rows)
    folder = Path(__file__).parent
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    by_column: dict[tuple[str, str], list[AnsweredRow]] = defaultdict(list)
    for row in rows:
        by_column[row.model, row.mode].append(row)
    totals = {key: [row.total for row in given] for key, given in by_column.items()}
    values = {
        name: {key: [row.value(name) for row in given] for key, given in by_column.items()} for name in summary.terms
    }
    distributions = (histogram(name, held) for name, held in [*values.items(), ("total", totals)])
    colours = {model: (place + (len(summary.models) == 1)) % _COLOURS for place, model in enumerate(summary.models)}
    page = _template("page.html").render(
        title=title,
        policy=_POLICY.format(_source(script), _source(style)),
        style=style,
        script=script,
        summary=summary,
        rows=len(rows),
        prompts=len({row.question for row in rows}),
        tables=_tables(summary),
        notes=f"{_notes(summary)} {note}".strip(),
        statuses=[
            status for status in Status if any(status in c for one in summary.columns for c in one.statuses.values())
        ],
        colours=colours,
        histograms=[chart for chart in distributions if chart is not None],
        correlations={key: correlations(given, summary.terms) for key, given in by_column.items()},
        packed=pack_rows(rows, summary, base=base or Path()),
    )
    path.write_text(page, encoding="utf-8")


def html_of(explanation: Explanation) -> str:
    """An explanation as a piece of a page, styles included: images, steps and the completion with its marks.

    The boxes that were read are drawn; that of a reference is dashed.
    """
    batch, row = explanation.batch, explanation.row
    references = [box for values in batch.columns.values() for box in reference_boxes(values[row])]
    pictures = Pictures(Path())
    return _template("explained.html").render(
        pictures=pictures,
        places=[pictures.place(image) for image in batch.images[row]],
        boxes=[("answer", boxes_of(explanation.outputs)), ("reference", references)],
        told=explanation.told,
        pieces=explanation.pieces(most=4_000),
    )


def _template(name: str) -> Template:
    """A template of this folder, which escapes every text and shows it as a page can hold it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) or not isinstance(value, str) else readable(value),
    )
    return environment.get_template(name)


def _source(text: str) -> str:
    """What a policy calls a script or style inside the page."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _notes(summary: Summary) -> str:
    notes = [
        f"In brackets: 95 % percentile bootstrap intervals over prompts (2,000 resamples, seed {summary.seed}).",
        "A prompt counts with the mean of the answers to it; an answer with what the term counts for it.",
    ]
    if summary.ks:
        notes.append("pass@k: the probability that one of k answers is right, by the unbiased estimator.")
    if any(column.difference for column in summary.columns):
        notes.append(f"Differences to {summary.models[0]} are paired by prompt; bold where the interval leaves out 0.")
    return " ".join(notes)


def _tables(summary: Summary) -> Iterator[tuple[str, list[Column], list[Any]]]:
    """By mode: the columns, and for each figure its name, the ends of its scale, and each column's mean and gain."""
    for mode in summary.modes:
        columns = [column for column in summary.columns if column.mode == mode]
        figures = [
            (name, [(one.terms.get(name), one.differences.get(name)) for one in columns]) for name in summary.terms
        ]
        figures.append(("total", [(one.total, one.difference) for one in columns]))
        figures += [(f"pass@{k}", [(one.pass_at.get(k), None) for one in columns]) for k in summary.ks]
        lines = []
        for name, cells in figures:
            ends = [end for mean, _ in cells if mean is not None for end in (mean.low, mean.high)]
            if ends:
                lines.append((name, min(0.0, *ends), max(0.0, *ends), cells))
        yield mode, columns, lines


@dataclass(frozen=True, slots=True)
class Histogram:
    """Answers by value, in twenty steps from the lowest to the highest of any model."""

    name: str  # the term, or `total`
    low: float  # the lowest value
    high: float  # the highest
    counts: Mapping[tuple[str, str], Sequence[int]]  # by model and mode, how many answers are in each step


def histogram(name: str, values: Mapping[tuple[str, str], Sequence[float | None]]) -> Histogram | None:
    """The distribution of values by model and mode; None where there are none."""
    import numpy as np

    there = {key: [value for value in given if value is not None] for key, given in values.items()}
    every = [value for given in there.values() for value in given]
    if not every:
        return None
    low, high = min(every), max(every)
    counts = {
        key: np.histogram(given, _BINS, (low, high))[0].tolist() if high > low else [len(given)]
        for key, given in there.items()
        if given
    }
    return Histogram(name, low, high, counts)


def correlations(rows: Sequence[AnsweredRow], terms: Sequence[str]) -> list[list[float | None]]:
    """Pearson's correlation of every two terms where both count; None below three answers, or for a constant."""
    import numpy as np

    values = [[np.nan if (held := row.value(term)) is None else held for term in terms] for row in rows]
    table = np.array(values).reshape(len(rows), len(terms))
    found: list[list[float | None]] = [[None] * len(terms) for _ in terms]
    for one in range(len(terms)):
        for other in range(one + 1):
            both = table[:, [one, other]]
            both = both[~np.isnan(both).any(axis=1)]
            if len(both) >= 3 and np.ptp(both, axis=0).min() > 0:
                found[one][other] = found[other][one] = float(np.corrcoef(both.T)[0, 1])
    return found
