"""How the report looks: its style sheet, and one colour per model, told apart by colour-blind readers too."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["REFERENCE", "STYLE", "colours_of"]

#: Okabe and Ito's palette without black and yellow, darkest contrasts first.
_PALETTE = ("#8a8f98", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")

#: The box of the reference.
REFERENCE = "#111418"

STYLE = """
:root { color-scheme: light; --ink: #16191d; --quiet: #667080; --line: #e1e4e9; --ground: #f6f7f9; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 40px 32px 80px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 40px 0 12px; }
h3 { font-size: 12px; margin: 0 0 10px; color: var(--quiet); font-weight: 600; }
.quiet { color: var(--quiet); font-size: 13px; }
.wide { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.figures { width: 100%; }
.figures th, .figures td { padding: 8px 14px; text-align: right; vertical-align: top; white-space: nowrap; }
.figures th:first-child, .figures td:first-child { text-align: left; }
.figures thead th { font-size: 13px; color: var(--quiet); font-weight: 600; border-bottom: 1px solid var(--line); }
.figures .mode th { font-size: 12px; color: var(--quiet); background: var(--ground); padding: 4px 14px;
  font-weight: 600; }
.figures tbody tr + tr td { border-top: 1px solid var(--line); }
.figures td:first-child { font-weight: 600; }
.main { font-weight: 600; }
.interval { display: block; font-size: 11.5px; color: var(--quiet); font-weight: 400; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 16px; margin: 20px 0; }
figure { margin: 0; background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px 8px; }
figcaption { font-weight: 600; font-size: 13px; margin-bottom: 8px; }
figure svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, "Segoe UI", Arial, sans-serif; fill: var(--ink); }
svg .value { font-weight: 600; }
svg .axis { font-size: 10.5px; fill: var(--quiet); }
details { margin: 12px 0; }
summary { cursor: pointer; font-size: 13px; color: var(--quiet); }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 18px 20px; margin: 0 0 16px; }
.row { display: grid; grid-template-columns: 230px 1fr; gap: 24px; }
.image { position: relative; margin-bottom: 10px; line-height: 0; }
.image img { width: 100%; height: auto; border-radius: 4px; outline: 1px solid var(--line); }
.image.tiny img { image-rendering: pixelated; }
.image svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.missing { font-size: 12px; color: #a4260f; overflow-wrap: anywhere; }
.text, .solution { margin: 0 0 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.solution { font-size: 13px; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 16px; align-items: start; }
.answer { min-width: 0; }
.answer header { display: flex; gap: 6px; align-items: baseline; border-top: 3px solid; padding: 6px 0 6px; }
.total { margin-left: auto; font-weight: 600; font-variant-numeric: tabular-nums; }
pre { margin: 0 0 8px; padding: 10px 12px; background: var(--ground); border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere; max-height: 360px; overflow-y: auto;
  font: 12.5px/1.5 ui-monospace, Menlo, Consolas, monospace; }
.terms { font-size: 12.5px; }
.terms td { padding: 1px 12px 1px 0; vertical-align: top; overflow-wrap: break-word; }
.terms td.quiet { overflow-wrap: anywhere; }
.number { text-align: right; }
@media (max-width: 760px) { .row { grid-template-columns: 1fr; } main { padding: 24px 16px; } }
@media print { body { background: #fff; } section, figure { break-inside: avoid; } pre { max-height: none; } }
"""


def colours_of(models: Sequence[str]) -> dict[str, str]:
    """The colour of each model; the first, the one that the others are compared to, is grey."""
    palette = _PALETTE if len(models) > 1 else _PALETTE[1:]
    return {model: palette[index % len(palette)] for index, model in enumerate(models)}
