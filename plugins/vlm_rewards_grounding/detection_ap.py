"""`grounding/detection_ap`: COCO's average precision of one answer, with its loopholes shut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards_grounding.detections import Detection, as_boxes
from vlm_rewards_grounding.formats.masks.reading import require_pycocotools
from vlm_rewards_grounding.frames.frame import Which, check_spaces, chosen
from vlm_rewards_grounding.metrics.average_precision import Gold, Predicted, coco_ap, coco_numbers, strict_ap
from vlm_rewards_grounding.pairs import Labels, Row, label_of, nearest_label, read_all, read_found, read_wanted
from vlm_rewards_grounding.preflight import BOX_TAGS, check_boxes
from vlm_rewards_grounding.references import Form


class CocoFigures:
    """COCO's numbers over the answers to many images; an answer that cannot be read found nothing.

    Takes the options of `detection_ap`, and reads as it does. Raises ValueError without pycocotools.
    """

    def __init__(
        self,
        *,
        space: str,
        reference: Form,
        reference_space: str,
        image: Which,
        labels: Labels,
        label_ratio: float,
        **_: Any,
    ) -> None:
        require_pycocotools("COCO's numbers")
        self._spaces, self._image = (space, reference, reference_space), image
        self._labels, self._ratio = labels, label_ratio
        self._images: list[tuple[Sequence[Detection], list[Gold]]] = []

    def add(self, completion: vr.Completion, solution: Any, context: vr.Context, images: vr.Images) -> None:
        """Count one image; not where its reference cannot be read."""
        row = Row(context, chosen(images, self._image), *self._spaces)
        try:
            gold = read_wanted(solution, row, labels=self._labels)
        except ValueError:
            return
        found = read_found(completion, row)
        items = [] if isinstance(found, vr.RewardOutput) else as_boxes(found.items)
        self._images.append((items, _wanted(gold, self._labels)))

    def result(self) -> dict[str, float]:
        """The twelve numbers by their names."""
        names = [item for _, gold in self._images for item in gold]
        return coco_numbers([(_ranked(items, names, self._ratio), gold) for items, gold in self._images])


@vr.reward(range=(0.0, 1.0), check=check_spaces, preflight=check_boxes, optional_tags=BOX_TAGS, figures=CocoFigures)
def detection_ap(
    completion: vr.Completion,
    solution: Any,
    context: vr.Context,
    images: vr.Images = (),
    *,
    space: str = "pixels",
    reference: Form = "xyxy",
    reference_space: str = "pixels",
    image: Which = 0,
    labels: Labels = "match",
    label_ratio: Annotated[float, vr.Field(gt=0, le=1)] = 1.0,
    measure: Literal["ap", "ap50", "ap75"] = "ap",
    protocol: Literal["strict", "coco"] = "strict",
) -> vr.RewardOutput:
    """Average precision of the predicted boxes over ten IoU thresholds, 0.5 to 0.95, and over classes.

    Range 0 to 1. The protocol `coco` is COCO's AP to 1e-9: it is blind to classes without a reference, to duplicates,
    and to all wrong boxes that rank behind the right ones, so a shotgun of boxes, or of confidences, earns 1. The
    protocol `strict` is the same average with no confidences (all boxes rank the same, wrong ones first), and classes
    that are predicted but not there count with an AP of 0: each wrong box costs, whatever its confidence, class or
    place in the text. When the reference is empty, an answer that says so (`none`, `[]`) earns 1 and any box 0. It
    abstains (`beyond_coverage`) where the parser cannot tell what the numbers mean.

    Args:
        completion: The answer.
        solution: The reference boxes, as for `grounding/detection_f1`. With `iscrowd` a box is a crowd: boxes inside
            it count neither way.
        context: Facts of the run.
        images: The row's images; the boxes lie in the one of `image`, whose size is read where a space needs it.
        space: A family (`qwen2_5_vl`) or what the answer's numbers mean (`per_1000`).
        reference: How a reference box is written: `xyxy`, `xywh` or `cxcywh`.
        reference_space: What its numbers mean.
        image: Which of the row's images both lie in: its number from 0 on, or `last`.
        labels: `match` makes each name (without case) a class; where no reference has one, or with `ignore`, all are of
            one class.
        label_ratio: How much alike two names have to be under `match`, as for `grounding/detection_f1`; an answer's
            name is that of the reference which is most alike.
        measure: The mean over the thresholds, or the value at 0.5 or 0.75.
        protocol: `strict` or `coco`. In `coco` a box without confidence has 1.0, and of equals the first goes first.

    Raises:
        ValueError: The options cannot be used; a config with them is refused before anything is scored.
        ColumnError: The image cannot be read.

    Source: COCO (Lin et al., arXiv 1405.0312) and `COCOeval` of pycocotools; as a reward, VLM-R1 (arXiv 2504.07615).

    >>> gold = [{"bbox": [0, 0, 20, 10], "label": "cat"}]
    >>> detection_ap(vr.Completion('[{"bbox_2d": [0, 0, 20, 10], "label": "cat"}]'), gold, vr.Context()).score
    1.0
    >>> detection_ap(vr.Completion('[{"bbox_2d": [0, 0, 20, 10], "label": "dog"}]'), gold, vr.Context()).score
    0.0
    >>> right, wrong = '"bbox_2d": [0, 0, 20, 10], "label": "cat"', '"bbox_2d": [9, 9, 40, 40], "label": "cat"'
    >>> doubt = vr.Completion(f'[{{{right}, "score": 1.0}}, {{{wrong}, "score": 0.0}}]')
    >>> detection_ap(doubt, gold, vr.Context()).score  # a hack: a second guess without confidence, free in COCO
    0.5
    """
    row = Row(context, chosen(images, image), space, reference, reference_space)
    pair = read_all(completion, solution, row, labels=labels)
    if isinstance(pair, vr.RewardOutput):
        return pair
    found, gold = pair
    if not found.boxes:
        return vr.RewardOutput.unparseable(found.reason or "no box after the reasoning")
    references = _wanted(gold, labels)
    if not references:
        return vr.RewardOutput.bad_reference("the reference holds no box")
    predicted = _ranked(found.items, references, label_ratio)
    if protocol == "strict":
        # What was refused was predicted too, and nobody knows of what class.
        predicted += [Predicted((0.0, 0.0, 0.0, 0.0), references[0].label)] * found.rejected
    values = (strict_ap if protocol == "strict" else coco_ap)(predicted, references)
    if values is None:
        return vr.RewardOutput.bad_reference("the reference holds nothing but crowds")
    score = min(getattr(values, measure), 1.0)
    reason = f"{measure} {score:.2f} of {len(predicted)} boxes, {len(references)} in the reference"
    return vr.RewardOutput(score=score, reason=reason, details=values._asdict())


def _wanted(gold: Iterable[Detection], labels: Labels) -> list[Gold]:
    return [Gold(item.box, label_of(item) if labels == "match" else None, item.crowd) for item in gold if item.box]


def _ranked(items: Iterable[Detection], references: Iterable[Gold], ratio: float) -> list[Predicted]:
    """The boxes of an answer in the classes of references; in one for all where these have no names."""
    names = list(dict.fromkeys(item.label for item in references))
    named = any(name is not None for name in names)
    return [
        Predicted(
            item.box,
            nearest_label(label_of(item), names, ratio) if named else None,
            1.0 if item.score is None else item.score,
        )
        for item in items
        if item.box
    ]
