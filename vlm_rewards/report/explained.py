"""An explanation as HTML: the pictures with the boxes that were read, the steps, and the completion with its marks."""

from __future__ import annotations

from pathlib import Path

from vlm_rewards.report.images import Pictures, boxes_of, reference_boxes
from vlm_rewards.report.packed import readable
from vlm_rewards.scoring.explanation import Explanation

__all__ = ["html_of"]

_PAGE = """<div class="explained">
<style>
.explained pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.explained .image { position: relative; display: inline-block; line-height: 0; }
.explained .image svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.explained rect { fill: none; stroke: #d55e00; stroke-width: 2; vector-effect: non-scaling-stroke; }
.explained .rim { stroke: #fff; stroke-opacity: 0.7; stroke-width: 5; }
.explained .reference { stroke: #009e73; stroke-dasharray: 6 4; }
</style>
{% for place in places %}
{% if place is string %}
<p>{{ place }}</p>
{% else %}
<div class="image"><img src="{{ pictures.sources[place] }}" alt="">
<svg viewBox="0 0 {{ pictures.sizes[place][0] }} {{ pictures.sizes[place][1] }}" preserveAspectRatio="none">
{% for name, found in boxes if place == places[0] %}
{% for x1, y1, x2, y2 in found %}
{% for kind in ("rim", name) %}
<rect class="{{ kind }}" x="{{ x1 }}" y="{{ y1 }}" width="{{ x2 - x1 }}" height="{{ y2 - y1 }}"/>
{% endfor %}
{% endfor %}
{% endfor %}
</svg></div>
{% endif %}
{% endfor %}
<pre>{{ told }}</pre>
<pre>{% for piece, is_read in pieces -%}
{% if is_read %}<mark>{{ piece }}</mark>{% else %}{{ piece }}{% endif %}
{%- endfor %}</pre>
</div>
"""


def html_of(explanation: Explanation) -> str:
    """The explanation as a piece of a page, styles included; the box of a reference is dashed."""
    from jinja2 import Environment

    batch, row = explanation.batch, explanation.row
    references = [box for values in batch.columns.values() for box in reference_boxes(values[row])]
    pictures = Pictures(Path())
    environment = Environment(
        autoescape=True, finalize=lambda value: readable(value) if isinstance(value, str) else value, trim_blocks=True
    )
    return environment.from_string(_PAGE).render(
        pictures=pictures,
        places=[pictures.place(image) for image in batch.images[row]],
        boxes=[("answer", boxes_of(explanation.outputs)), ("reference", references)],
        told=explanation.told,
        pieces=explanation.pieces(most=4_000),
    )
