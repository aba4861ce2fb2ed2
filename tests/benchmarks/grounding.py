"""What reading and rewarding boxes costs, and how many development cases it gets right.

python -m tests.benchmarks.grounding --data ../shared/data/grounding

Speeds are CPU time, the fastest of some rounds, in one process; quote the ratios, not the times.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import functools
import io
import json
import pstats
import random
import re
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from PIL import Image

import vlm_rewards as vr
from tests.packs.grounding.metrics.test_metric_cases import METRICS, flat
from vlm_rewards_grounding import box_iou, detection_ap, detection_f1, parse_boxes
from vlm_rewards_grounding.detection_f1 import matched_overlaps
from vlm_rewards_grounding.detections import Detection
from vlm_rewards_grounding.frames.frame import PIXELS
from vlm_rewards_grounding.metrics.average_precision import Item, coco_ap, strict_ap
from vlm_rewards_grounding.metrics.boxes import Box
from vlm_rewards_grounding.parse import detect

BATCH = 512
COMPLETIONS = 4096
ROUNDS = 9
PICTURE = (1000, 800)
WORDS = ["the", "picture", "shows", "a", "man", "next to", "his", "dog", "so", "box", "must", "start", "left of", "it"]


def fastest(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU seconds of the fastest call: what other programs do on a busy machine can only add to it."""
    times = []
    for _ in range(rounds):
        start = process_time()
        call()
        times.append(process_time() - start)
    return min(times)


# -- cases -----------------------------------------------------------------------------------------------------------


def box_case(case: dict[str, Any]) -> bool:
    """Whether the boxes and points of a case are where one of its accepted answers has them."""
    accepted = [[item["xy"] for item in case["expected"]], *case["alternatives"]]
    try:
        found = parse_boxes(
            case["text"], format=case["family"], image_size=case["image_wh"], resized_size=case["resized_wh"]
        )
    except Exception:  # noqa: BLE001 - it counts as wrong, whatever it is
        return False
    return any(near(found, answer, case["tol_px"]) for answer in accepted)


def near(found: Sequence[Sequence[float]], expected: Sequence[Sequence[float]], tolerance: float) -> bool:
    """Whether two lists of shapes are the same within a tolerance in pixels."""
    return [len(shape) for shape in found] == [len(shape) for shape in expected] and all(
        abs(one - other) <= tolerance
        for shape, wanted in zip(found, expected, strict=True)
        for one, other in zip(shape, wanted, strict=True)
    )


def metric_case(case: dict[str, Any]) -> bool:
    """Whether a metric has the value of its reference library."""
    got, wanted = flat(METRICS[case["metric"]](case["input"])), flat(case["expected"])
    return len(got) == len(wanted) and all(
        abs(one - other) <= case["tol"] for one, other in zip(got, wanted, strict=True)
    )


def cases(folder: Path, pattern: str, passes: Callable[[dict[str, Any]], bool], kinds: Sequence[str] = ()) -> None:
    """Print how many cases pass, and which do not."""
    for file in sorted(folder.glob(pattern)):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        rows = [row for row in rows if not kinds or row["metric"] in kinds]
        wrong = [row["id"] for row in rows if not passes(row)]
        print(f"{file.name}: {len(rows) - len(wrong)} of {len(rows)}" + (f"; not {', '.join(wrong)}" if wrong else ""))


# -- speed -----------------------------------------------------------------------------------------------------------


def some_box(draw: random.Random) -> Box:
    x, y = draw.randrange(0, 800), draw.randrange(0, 600)
    return float(x), float(y), float(x + draw.randrange(20, 200)), float(y + draw.randrange(20, 200))


def moved(box: Box, draw: random.Random) -> Box:
    x, y = draw.randrange(-4, 5), draw.randrange(-4, 5)
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def completion(boxes: Sequence[Box], draw: random.Random, label: str = "cat") -> str:
    """An answer of 1.2 to 1.6 thousand characters: reasoning, then the boxes as JSON."""
    items = [{"bbox_2d": [int(side) for side in box], "label": label} for box in boxes]
    block = f"\n<answer>\n```json\n{json.dumps(items)}\n```\n</answer>"
    length = draw.randrange(1250, 1550) - len(block)
    reasoning = ""
    while len(reasoning) < length:
        reasoning += " ".join(draw.choices(WORDS, k=12)) + ". "
    return f"<think>{reasoning[:length]}</think>{block}"


def usual_way(text: str, gold: Sequence[float]) -> float:
    """A box by plain `json.loads`, and IoU, as rewards are usually written; every text here is one that it can read."""
    block = re.search(r"<answer>(.*?)</answer>", text, re.DOTALL)
    assert block is not None
    box = json.loads(block.group(1).replace("```json", "").replace("```", ""))[0]["bbox_2d"]
    left, top, right, bottom = max(box[0], gold[0]), max(box[1], gold[1]), min(box[2], gold[2]), min(box[3], gold[3])
    shared = max(0, right - left) * max(0, bottom - top)
    one = (box[2] - box[0]) * (box[3] - box[1])
    other = (gold[2] - gold[0]) * (gold[3] - gold[1])
    return float(shared / (one + other - shared))


def single_box(draw: random.Random) -> None:
    """A batch of one-box answers, eight to a prompt, through the Scorer, beside a box by hand."""
    gold = [box for _ in range(BATCH // 8) for box in [some_box(draw)] * 8]
    texts = [completion([moved(box, draw)], draw) for box in gold]
    context, image = vr.Context(), Image.new("1", PICTURE)
    base = fastest(lambda: [usual_way(text, box) for text, box in zip(texts, gold, strict=True)]) / BATCH
    print(f"box_iou, a batch of {BATCH} completions of {statistics.mean(map(len, texts)):.0f} characters:")
    print(f"  {'json.loads + IoU by hand':34} {base * 1e6:7.2f} microseconds each")
    for space in ("pixels", "qwen3_vl"):
        term = {"use": "grounding/box_iou", "params": {"space": space}}

        def score(term: dict[str, Any] = term) -> float:
            """CPU seconds of a batch that no Scorer has seen, with references that nobody has: both are remembered."""
            far = draw.random()
            columns: dict[str, Any] = {"solution": [[x1, y1, x2 + far, y2] for x1, y1, x2, y2 in gold]}
            with vr.load_scorer({"version": 1, "rewards": {"box": term}}) as scorer:
                batch = vr.Batch.of(texts, context=context, images=[[image]] * BATCH, **columns)
                start = process_time()
                scorer.score(batch)
                return process_time() - start

        took = min(score() for _ in range(ROUNDS)) / BATCH
        print(f"  {'the Scorer, space ' + space:34} {took * 1e6:7.2f}   {took / base:.1f} times that")
    alone = fastest(lambda: [box_iou(vr.Completion(text), box, context) for text, box in zip(texts, gold, strict=True)])
    print(f"  {'the reward alone':34} {alone / BATCH * 1e6:7.2f}")


def by_json(text: str) -> list[list[float]]:
    """The boxes of the JSON in a text: the list or mapping from its first bracket to its last."""
    read = json.loads(text[min(text.find(sign) % len(text) for sign in "[{") : max(map(text.rfind, "]}")) + 1])
    items = [read] if isinstance(read, dict) or isinstance(read[0], int) else read
    return [item["bbox_2d"] if isinstance(item, dict) else item for item in items]


def by_digits(text: str) -> list[list[float]]:
    """Each four numbers of a text."""
    sides = [float(digits) for digits in re.findall(r"\d+", text)]
    return [sides[at : at + 4] for at in range(0, len(sides), 4)]


#: A short answer as a family writes it, and how its boxes are read by hand.
SHORT: dict[str, tuple[str, Callable[[Any], str], Callable[[str], list[list[float]]]]] = {
    "JSON in a fence": ("qwen2_5_vl", lambda box: f'```json\n[{{"bbox_2d": {box}, "label": "cat"}}]\n```', by_json),
    "five boxes in a fence": (
        "qwen3_vl",
        lambda box: f"```json\n{json.dumps([{'bbox_2d': box, 'label': 'cat'}] * 5)}\n```",
        by_json,
    ),
    "JSON behind reasoning": (
        "qwen3_vl",
        lambda box: f'<think>The cat is left of the table, I see.</think><answer>{{"bbox_2d": {box}}}</answer>',
        by_json,
    ),
    "a list behind reasoning": ("per_1000", lambda box: f"<think>I see.</think><answer>{box}</answer>", by_json),
    "a list in a sentence": ("pixels", lambda box: f"The cat is at {box}.", by_json),
    "Qwen2-VL's tags": (
        "qwen2_vl",
        lambda box: "<|object_ref_start|>cat<|object_ref_end|><|box_start|>({},{}),({},{})<|box_end|>".format(*box),
        lambda text: by_digits(text.partition("<|box_start|>")[2]),
    ),
    "InternVL's tags": ("internvl", lambda box: f"<ref>cat</ref><box>[{box}]</box>", by_digits),
    "PaliGemma's tokens": ("paligemma", lambda box: "".join(f"<loc{side:04}>" for side in box) + " cat", by_digits),
}


def each(call: Callable[[str], object], texts: Sequence[str]) -> None:
    for text in texts:
        call(text)


def short_answers(draw: random.Random) -> None:
    """Short answers as families write them, beside the plain reading of the same text."""
    print(f"parse_boxes, a batch of {BATCH} short answers, microseconds each, by hand, and times that:")
    sums = [0.0, 0.0]
    for what, (family, write, read) in SHORT.items():
        texts = [write([int(side) for side in some_box(draw)]) for _ in range(BATCH)]
        parse = functools.partial(parse_boxes, format=family, image_size=PICTURE)
        assert all(len(parse(text)) == len(read(text)) for text in texts)
        took = [fastest(functools.partial(each, call, texts), 60) / BATCH for call in (parse, read)]
        sums = [one + other for one, other in zip(sums, took, strict=True)]
        print(f"  {what:32} {took[0] * 1e6:7.1f} {took[1] * 1e6:7.1f}   {took[0] / took[1]:.1f}")
    print(f"  {'all':32} {sums[0] * 1e6:7.1f} {sums[1] * 1e6:7.1f}   {sums[0] / sums[1]:.1f}")


def per(seconds: float) -> float:
    return seconds / COMPLETIONS * 1e6


def many_boxes(draw: random.Random) -> None:
    """F1 and AP of eight boxes against five."""
    gold = [[some_box(draw) for _ in range(5)] for _ in range(COMPLETIONS)]
    found = [[*(moved(box, draw) for box in boxes), *(some_box(draw) for _ in range(3))] for boxes in gold]
    texts = [completion(boxes, draw) for boxes in found]
    rows = list(zip(texts, gold, strict=True))
    context = vr.Context()
    pairs = [
        ([Detection(box) for box in boxes], [Detection(box) for box in wanted])
        for boxes, wanted in zip(found, gold, strict=True)
    ]
    scored = [
        ([Item(box, "cat", draw.random()) for box in boxes], [Item(box, "cat") for box in wanted])
        for boxes, wanted in zip(found, gold, strict=True)
    ]
    print(f"8 boxes, 5 references, {COMPLETIONS} completions, microseconds each:")
    lines: dict[str, Callable[[], object]] = {
        "parsing": lambda: [detect(vr.Completion(text), PIXELS) for text in texts],
        "matching and IoU": lambda: [matched_overlaps(*pair, labels="match") for pair in pairs],
        "detection_f1, all in": lambda: [detection_f1(vr.Completion(text), boxes, context) for text, boxes in rows],
        "COCO's AP": lambda: [coco_ap(*item) for item in scored],
        "strict AP": lambda: [strict_ap(*item) for item in scored],
        "detection_ap, all in": lambda: [detection_ap(vr.Completion(text), boxes, context) for text, boxes in rows],
    }
    took = {name: fastest(call, 5) for name, call in lines.items()}
    for name, seconds in took.items():
        print(f"  {name:32} {per(seconds):7.1f}")
    some, by_cocoeval = scored[:64], cocoeval()
    theirs = fastest(lambda: [by_cocoeval(*item) for item in some], 5) / len(some)
    assert all(abs(by_cocoeval(*item) - (coco_ap(*item) or (0.0,))[0]) < 1e-9 for item in some)
    for name in ("COCO's AP", "strict AP", "detection_ap, all in"):
        mine = took[name] / COMPLETIONS
        print(f"  COCOeval {theirs * 1e6:.0f}; {name} is {theirs / mine:.0f} times faster")


def cocoeval(package: str = "pycocotools") -> Callable[[Sequence[Item], Sequence[Item]], float]:
    """AP of one picture as the COCOeval of a package computes it."""
    if package == "pycocotools":
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    else:
        from faster_coco_eval import COCO
        from faster_coco_eval import COCOeval_faster as COCOeval

    def entry(item: Any, number: int) -> dict[str, Any]:
        x1, y1, x2, y2 = item.box
        place = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}
        extra = {"iscrowd": 0, "score": item.score}
        return {"id": number, "image_id": 1, "category_id": 1, **place, **extra}

    def evaluate(predicted: Sequence[Item], references: Sequence[Item]) -> float:
        with contextlib.redirect_stdout(io.StringIO()):
            tables = []
            for items in (references, predicted):
                table = COCO()
                entries = [entry(item, number + 1) for number, item in enumerate(items)]
                table.dataset = {
                    "images": [{"id": 1}],
                    "categories": [{"id": 1, "name": "thing"}],
                    "annotations": entries,
                }
                table.createIndex()
                tables.append(table)
            run = COCOeval(*tables, "bbox")
            run.evaluate()
            run.accumulate()
            run.summarize()
        return float(run.stats[0])

    return evaluate


def profile(draw: random.Random) -> None:
    """Where the time of F1 goes, by function."""
    gold = [[some_box(draw) for _ in range(5)] for _ in range(512)]
    texts = [
        completion([*(moved(box, draw) for box in boxes), *(some_box(draw) for _ in range(3))], draw) for boxes in gold
    ]
    context = vr.Context()
    with cProfile.Profile() as run:
        for text, boxes in zip(texts, gold, strict=True):
            detection_f1(vr.Completion(text), boxes, context)
    stats: Any = pstats.Stats(run)
    total = stats.total_tt
    print("where the time of detection_f1 goes (own time, under a profiler):")
    rows = sorted(stats.stats.items(), key=lambda row: -row[1][2])[:10]
    for (file, _, name), (_, calls, own, _, _) in rows:
        print(f"  {own / total:5.0%}  {calls / len(texts):6.1f} calls  {Path(file).stem}.{name}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with box_cases*.jsonl and metric_cases*.jsonl")
    parser.add_argument("--no-speed", action="store_true", help="only the cases")
    options = parser.parse_args()
    if options.data is not None:
        cases(options.data, "box_cases*.jsonl", box_case)
        cases(options.data, "metric_cases*.jsonl", metric_case, list(METRICS))
    if not options.no_speed:
        draw = random.Random(1)
        single_box(draw)
        short_answers(draw)
        many_boxes(draw)
        profile(draw)


if __name__ == "__main__":
    main()
