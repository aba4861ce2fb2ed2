"""`grounding/mask_iou`, `grounding/dice` and `grounding/point_in_mask`: the right pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import vlm_rewards as vr
from vlm_rewards.answers import answer_block
from vlm_rewards_grounding.formats.masks.reading import KEYS, find_mask, read_mask, require_pycocotools
from vlm_rewards_grounding.formats.masks.rle import Runs, inside, mask_areas
from vlm_rewards_grounding.formats.numbers import is_list
from vlm_rewards_grounding.frames.frame import Size, Which, check_spaces, chosen, frame_of
from vlm_rewards_grounding.frames.presets import preset_of
from vlm_rewards_grounding.pairs import BoxAnswer, Row, last_point, no_point, read_found
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.reference_keys import sorted_keys
from vlm_rewards_grounding.typed import reads, to_builtin

_READ = (*KEYS, "counts", "size")


def check_options(context: vr.Context, *, space: str = "pixels", **_: object) -> None:
    """Raise ValueError when the space cannot be used, or when pycocotools is not installed."""
    check_spaces(context, space=space)
    require_pycocotools()


@vr.reward(range=(0.0, 1.0), check=check_options, preflight=check_boxes, optional_tags=BOX_TAGS)
def mask_iou(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    image: Which = 0,
) -> vr.RewardOutput:
    """Intersection over union of the predicted and the reference mask, in pixels.

    Range 0 to 1; never abstains. A mask is JSON: COCO's run lengths `{"size": [h, w], "counts": ..}`, one polygon, or a
    list of polygons, which are joined. Run lengths must add up to the image, and corners beyond it are moved to its
    edge. Pixels are set as pycocotools sets them.

    Args:
        completion: The answer.
        solution: The reference mask, in the same forms, in pixels.
        context: Facts of the run.
        images: The row's images; the mask lies in the one of `image`, whose size polygons need.
        space: A family or what the numbers of the answer's polygons mean (`per_1000`).
        image: Which of the row's images both lie in: its number from 0 on, or `last`.

    Raises:
        ValueError: The options cannot be used, or pycocotools (the extra `masks`) is not there; a config is refused.
        ColumnError: The image cannot be read.

    Source: IoU of masks as in COCO (Lin et al., arXiv 1405.0312), and pycocotools.

    >>> gold = {"size": [2, 3], "counts": [0, 4, 2]}
    >>> mask_iou(vr.Completion('{"size": [2, 3], "counts": [0, 4, 2]}'), gold, vr.Context()).score
    1.0
    >>> mask_iou(vr.Completion('{"size": [2, 3], "counts": [2, 4]}'), gold, vr.Context()).score
    0.3333333333333333
    >>> mask_iou(vr.Completion('{"size": [2, 3], "counts": [0, 999]}'), gold, vr.Context()).reason  # a hack: too long
    'the runs of the mask cover 999 pixels of an image of 6'
    """
    row = Row(context, chosen(images, image), space)
    return _compared(completion, solution, row, lambda one, other, shared: shared / (one + other - shared))


@vr.reward(range=(0.0, 1.0), check=check_options, preflight=check_boxes, optional_tags=BOX_TAGS)
def dice(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    image: Which = 0,
) -> vr.RewardOutput:
    """Dice coefficient of the predicted and the reference mask: twice the shared pixels over the pixels of both.

    Range 0 to 1; never abstains. Reads what `grounding/mask_iou` reads.

    Args:
        completion: The answer.
        solution: The reference mask: run lengths or polygons, in pixels.
        context: Facts of the run.
        images: The row's images; the mask lies in the one of `image`, whose size polygons need.
        space: A family or what the numbers of the answer's polygons mean (`per_1000`).
        image: Which of the row's images both lie in: its number from 0 on, or `last`.

    Raises:
        ValueError: The options cannot be used, or pycocotools (the extra `masks`) is not there; a config is refused.
        ColumnError: The image cannot be read.

    Source: Dice (1945), as in V-Net (Milletari et al., arXiv 1606.04797).

    >>> gold = {"size": [2, 3], "counts": [0, 4, 2]}
    >>> dice(vr.Completion('{"size": [2, 3], "counts": [0, 4, 2]}'), gold, vr.Context()).score
    1.0
    >>> dice(vr.Completion('{"size": [2, 3], "counts": [2, 4]}'), gold, vr.Context()).score
    0.5
    >>> dice(vr.Completion('{"size": [2, 3], "counts": [6]}'), gold, vr.Context()).reason  # a hack: an empty mask
    'an empty mask'
    """
    row = Row(context, chosen(images, image), space)
    return _compared(completion, solution, row, lambda one, other, shared: 2 * shared / (one + other))


def _compared(
    completion: vr.Completion, solution: Any, row: Row, measure: Callable[[int, int, int], float]
) -> vr.RewardOutput:
    """The outcome for two masks, by a measure of the pixels of the predicted one, of the reference, and of both."""
    try:
        reference, size = reference_mask(solution, row.images[0].size if row.images else None)
        frame = frame_of(row.context, row.images, space=row.space)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    if not any(reference[1::2]):
        return vr.RewardOutput.bad_reference("the reference mask is empty")
    try:
        value = find_mask(answer_block(completion), frame.preset)
        if value is None:
            return vr.RewardOutput.unparseable("no mask after the reasoning")
        mask, _ = read_mask(value, size, scale=frame.scale, preset=frame.preset)
    except ValueError as error:
        return vr.RewardOutput.unparseable(str(error))
    if not any(mask[1::2]):
        return vr.RewardOutput.unparseable("an empty mask")
    pixels, wanted, shared = mask_areas(mask, reference)
    reason = f"{shared} pixels of {pixels} are among the reference's {wanted}"
    details = {"pixels": pixels, "shared": shared}
    return vr.RewardOutput(score=measure(pixels, wanted, shared), reason=reason, details=details)


@reads(tuple[Runs, Size])
def reference_mask(solution: Any, size: Size | None) -> tuple[Runs, Size]:
    """The runs of a reference or of its JSON text, and the (width, height) of its image.

    Raises ValueError where it is not a mask, or a key of it is neither read nor bookkeeping.
    """
    value = find_mask(solution, preset_of("pixels")) if isinstance(solution, str) else to_builtin(solution)
    for item in value if is_list(value) else [value]:
        if isinstance(item, Mapping):
            sorted_keys(item, also=_READ)
    return read_mask(value, size)


@vr.reward(range=(0.0, 1.0), check=check_options, preflight=check_boxes, optional_tags=BOX_TAGS)
def point_in_mask(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    image: Which = 0,
    boxes: BoxAnswer = "refuse",
) -> vr.RewardOutput:
    """A point on a pixel of the reference mask.

    Range 0 or 1. The last point of the answer counts. It abstains (`beyond_coverage`) where the parser cannot tell what
    the numbers mean.

    Args:
        completion: The answer.
        solution: The reference mask: run lengths or polygons, in pixels.
        context: Facts of the run.
        images: The row's images; the point lies in the one of `image`, whose size is read where it is needed.
        space: A family (`molmo`) or what the answer's numbers mean (`per_1000`).
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        boxes: What a box means in place of a point: nothing (`refuse`), or its `centre`.

    Raises:
        ValueError: The options cannot be used, or pycocotools (the extra `masks`) is not there; a config is refused.
        ColumnError: The image cannot be read.

    Source: the pointing accuracy of Molmo (Deitke et al., arXiv 2409.17146).

    >>> gold = {"size": [2, 3], "counts": [0, 4, 2]}
    >>> point_in_mask(vr.Completion("(1.5, 0.5)"), gold, vr.Context()).score
    1.0
    >>> point_in_mask(vr.Completion("(2.5, 0.5)"), gold, vr.Context()).score
    0.0
    >>> point_in_mask(vr.Completion("[0, 0, 3, 2]"), gold, vr.Context()).reason  # a hack: a box around everything
    'a box where a point is asked for'
    """
    images = chosen(images, image)
    try:
        reference, (width, height) = reference_mask(solution, images[0].size if images else None)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    found = read_found(completion, Row(context, images, space))
    if isinstance(found, vr.RewardOutput):
        return found
    point = last_point(found, boxes=boxes)
    if point is None:
        return no_point(found)
    x, y = point
    on_image = 0 <= x < width and 0 <= y < height
    hit = on_image and inside(reference, column=int(x), row=int(y), height=height)
    reason = None if hit else f"({x:.5g}, {y:.5g}) is not on the reference mask"
    return vr.RewardOutput(score=float(hit), reason=reason, details={"point": [x, y]})
