"""How like a picture the drawing is."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr
from vlm_rewards_svg.drawing import draw, likeness
from vlm_rewards_svg.reading import RefusedError, read

#: How far the proportions of the view box may be from those of the picture.
SLACK = 0.02


@vr.reward(range=(0.0, 1.0))
def similarity(
    completion: vr.Completion,
    images: list[vr.ImageRef],
    *,
    size: Annotated[int, vr.Field(ge=16, le=512)] = 128,
    edges: Annotated[float, vr.Field(ge=0, le=1)] = 0.5,
    view_box: tuple[float, float, float, float] | None = None,
    fonts: tuple[str, ...] = (),
) -> vr.RewardOutput:
    """The SVG of the answer, drawn, looks like the first picture of the row.

    The score is (1 - `edges`) times the share of the picture's colours that is explained, and `edges` times that of
    its edges; an evenly coloured drawing earns 0, and so does a view box other than `view_box`, or by default one with
    other proportions than the picture. What the allow-list refuses is unparseable.

    Args:
        completion: The answer, which holds one SVG.
        images: The picture.
        size: Both are compared as squares of so many pixels.
        edges: The weight of edges.
        view_box: What the view box must be: x, y, width and height.
        fonts: Files of fonts; without any, text is not drawn.

    Source: after the image reward of RLRF (arXiv 2505.20793).
    """
    if not images:
        return vr.RewardOutput.bad_reference("the row has no picture")
    try:
        drawing = read(completion.response)
        drawn = draw(drawing, size, fonts)
    except RefusedError as error:
        return vr.RewardOutput.unparseable(str(error))
    picture = vr.in_rgb(images[0].open())
    width, height = picture.size
    _, _, wide, high = drawing.box
    same = drawing.box == view_box if view_box else abs(wide * height - high * width) <= SLACK * high * width
    if not same:
        return vr.RewardOutput(score=0.0, reason=f"view_box: {drawing.box} does not hold a picture of {width}x{height}")
    pixels, lines = likeness(drawn, picture.resize((size, size)))
    return vr.RewardOutput(
        score=(1 - edges) * pixels + edges * lines, details={"pixels": round(pixels, 4), "edges": round(lines, 4)}
    )
