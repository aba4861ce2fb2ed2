"""The report: one HTML file without anything from outside, to open, to send, to keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vlm_rewards.report.charts import charts
from vlm_rewards.report.examples import side_by_side
from vlm_rewards.report.html import Html, tag
from vlm_rewards.report.records import AnsweredRow
from vlm_rewards.report.statistics import Estimate
from vlm_rewards.report.style import STYLE, colours_of
from vlm_rewards.report.summary import Column, Summary, summarise
from vlm_rewards.types.output import Status

__all__ = ["write_report"]

#: Even if a text were not escaped, nothing in the page could run or load.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(
    rows: Sequence[AnsweredRow],
    path: Path,
    *,
    title: str = "Rewards",
    note: str = "",
    base: Path | None = None,
    examples: int = 20,
    summary: Summary | None = None,
) -> None:
    """Write answers and their rewards as one HTML file.

    Args:
        rows: The scored answers.
        path: Where to.
        title: Heading of the page.
        note: A sentence under the table.
        base: Folder that paths of images start from; the working directory by default.
        examples: How many prompts to show with the answers to them.
        summary: The figures, when they are there already.
    """
    summary = summary or summarise(rows)
    colours = colours_of(summary.models)
    prompts = len({row.row for row in rows})
    shown = min(examples, prompts)
    body = [
        tag("h1", title),
        tag("p", f"{', '.join(summary.models)}: {len(rows)} answers to {prompts} prompts.", class_="quiet"),
        tag("h2", "Mean rewards"),
        _table(summary),
        tag("p", f"{_notes(summary)} {note}".strip(), class_="quiet"),
        charts(summary, colours),
        _faults(summary),
    ]
    if shown:
        about = f"The first {shown} of {prompts} prompts, in the order of the data. A dashed box is the reference's."
        body += [tag("h2", "Answers side by side"), tag("p", about, class_="quiet")]
        body += side_by_side(rows, colours, base=base or Path(), examples=examples)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width"),
        tag("title", title),
        tag("style", Html(STYLE)),
    )
    page = tag("html", head, tag("body", tag("main", *body)), lang="en")
    path.write_text(f"<!doctype html>\n{page}\n", encoding="utf-8")


def _notes(summary: Summary) -> str:
    notes = [
        f"In brackets: 95 % percentile bootstrap intervals over prompts (2,000 resamples, seed {summary.seed}).",
        "A prompt counts with the mean of the answers to it.",
    ]
    if summary.ks:
        notes.append("pass@k: the probability that one of k answers is right, by the unbiased estimator.")
    if any(column.difference for column in summary.columns):
        notes.append(f"Differences to {summary.models[0]} are paired by prompt; bold where the interval leaves out 0.")
    return " ".join(notes)


def _table(summary: Summary) -> Html:
    headings = ["model", *(name for column in summary.columns[:1] for name, _ in summary.figures(column))]
    head = tag("thead", tag("tr", *(tag("th", heading) for heading in headings)))
    lines = []
    for mode in summary.modes:
        if mode:
            lines.append(tag("tr", tag("th", mode, colspan=len(headings)), class_="mode"))
        lines += [_line(column, summary) for column in summary.columns if column.mode == mode]
    return tag("div", tag("table", head, tag("tbody", *lines), class_="figures"), class_="wide")


def _line(column: Column, summary: Summary) -> Html:
    cells = (
        _cell(figure, signed="−" in name, class_="number main" if name == "total" else "number")
        for name, figure in summary.figures(column)
    )
    return tag("tr", tag("td", column.model), *cells)


def _cell(figure: Estimate | None, *, signed: bool, class_: str) -> Html:
    if figure is None:
        return tag("td", "–", class_=class_)
    sign = "+" if signed else ""
    clear = signed and not figure.low <= 0 <= figure.high
    interval = tag("span", f"[{figure.low:{sign}.3f}, {figure.high:{sign}.3f}]", class_="interval")
    return tag("td", tag("b" if clear else "span", f"{figure.mean:{sign}.3f}"), interval, class_=class_)


def _faults(summary: Summary) -> Html | None:
    """Answers that were not plainly scored; nothing when all were."""
    lines = []
    for column in summary.columns:
        for name, counts in column.statuses.items():
            rare = ", ".join(f"{count} {status}" for status, count in counts.items() if status is not Status.SCORED)
            if rare:
                lines.append((column.name, name, rare, f"of {sum(counts.values())}"))
        if column.unscored:
            lines.append((column.name, "total", f"{column.unscored} without a total", f"of {column.answers}"))
    if not lines:
        return None
    table = tag("table", *(tag("tr", *(tag("td", cell) for cell in line)) for line in lines), class_="terms")
    return tag("details", tag("summary", "Answers that were not scored"), table)
