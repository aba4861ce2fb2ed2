"""An explanation as HTML: the pictures with the boxes that were read, the steps, and the completion with its marks."""

from __future__ import annotations

from pathlib import Path

from vlm_rewards.report.images import Pictures, boxes_of, reference_boxes
from vlm_rewards.report.packed import readable
from vlm_rewards.scoring.explanation import Explanation


def html_of(explanation: Explanation) -> str:
    """The explanation as a piece of a page, styles included; the box of a reference is dashed."""
    from jinja2 import Environment, FileSystemLoader

    batch, row = explanation.batch, explanation.row
    references = [box for values in batch.columns.values() for box in reference_boxes(values[row])]
    pictures = Pictures(Path())
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=lambda value: readable(value) if isinstance(value, str) else value,
        trim_blocks=True,
    )
    return environment.get_template("explained.html").render(
        pictures=pictures,
        places=[pictures.place(image) for image in batch.images[row]],
        boxes=[("answer", boxes_of(explanation.outputs)), ("reference", references)],
        told=explanation.told,
        pieces=explanation.pieces(most=4_000),
    )
