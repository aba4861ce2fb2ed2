"""Bars with intervals, one small chart per figure, drawn as SVG inside the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from vlm_rewards.report.html import Html, tag
from vlm_rewards.report.statistics import Estimate
from vlm_rewards.report.summary import Summary

__all__ = ["charts"]

_WIDTH, _ROW, _LABEL, _VALUE = 470, 26, 175, 54


def charts(summary: Summary, colours: Mapping[str, str]) -> Html:
    """A chart per term, one of the totals and one per k, with a bar per model and way of answering."""
    figures: list[tuple[str, dict[str, Estimate | None]]] = [
        ("total reward", {column.name: column.total for column in summary.columns})
    ]
    figures += [(name, {column.name: column.terms.get(name) for column in summary.columns}) for name in summary.terms]
    figures += [(f"pass@{k}", {column.name: column.pass_at.get(k) for column in summary.columns}) for k in summary.ks]
    first = summary.modes[0] if summary.modes else ""
    painted = {
        column.name: (colours[column.model], 1.0 if column.mode == first else 0.55) for column in summary.columns
    }
    return tag("div", *(_chart(name, bars, painted) for name, bars in figures if any(bars.values())), class_="charts")


def _chart(name: str, bars: Mapping[str, Estimate | None], colours: Mapping[str, tuple[str, float]]) -> Html:
    there = {label: bar for label, bar in bars.items() if bar is not None}
    low = min(0.0, *(bar.low for bar in there.values()))
    high = max(0.0, *(bar.high for bar in there.values()))
    top = _round_up(max(high, -low)) or 1.0
    low, high = (-_round_up(-low) if low < 0 else 0.0), (top if high > 0 else 0.0)
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return round(_LABEL + (value - low) / span * (_WIDTH - _LABEL - _VALUE), 1)

    parts = [
        part for place, (label, bar) in enumerate(there.items()) for part in _bar(label, bar, place, colours[label], at)
    ]
    height = len(there) * _ROW
    axis = tag("line", x1=at(0), x2=at(0), y1=0, y2=height, stroke="#c6cbd2")
    ends = [
        tag("text", f"{value:g}", x=at(value), y=height + 14, text_anchor="middle", class_="axis")
        for value in sorted({low, 0.0, high})
    ]
    drawing = tag("svg", axis, *parts, *ends, viewBox=f"0 0 {_WIDTH} {height + 18}", role="img", aria_label=name)
    return tag("figure", tag("figcaption", name), drawing)


def _bar(label: str, bar: Estimate, place: int, colour: tuple[str, float], at: Callable[[float], float]) -> list[Html]:
    middle = place * _ROW + _ROW / 2
    left, right = sorted((at(0), at(bar.mean)))
    shown = label if len(label) <= 25 else f"{label[:13]}…{label[-11:]}"  # both model and mode tell bars apart
    fill, opacity = colour
    size = {"width": round(right - left, 1), "height": 18}
    whisker: dict[str, str | float] = {"stroke": "#16191d", "stroke_width": 1.4}
    ends = (bar.low, bar.high)
    return [
        tag("text", shown, x=_LABEL - 8, y=middle + 4, text_anchor="end"),
        tag("rect", x=left, y=middle - 9, **size, rx=2, fill=fill, fill_opacity=opacity),
        tag("line", x1=at(bar.low), x2=at(bar.high), y1=middle, y2=middle, **whisker),
        *(tag("line", x1=at(end), x2=at(end), y1=middle - 4, y2=middle + 4, **whisker) for end in ends),
        tag("text", f"{bar.mean:.3f}", x=_WIDTH, y=middle + 4, text_anchor="end", class_="value"),
    ]


def _round_up(value: float) -> float:
    """The next number of one or two digits that an axis may end at."""
    if value <= 0 or not math.isfinite(value):
        return 0.0
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * unit >= value * (1 - 1e-9))
