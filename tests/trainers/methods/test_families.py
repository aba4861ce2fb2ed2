"""Every family trains on boxes: its own model, its own form, its own frame, on pictures of two shapes.

The models are random and tiny, but of the family's own architecture. Only Molmo's is not in transformers, so that its
form runs in LLaVA's; and Molmo writes points, so that it is paid for a point in the box.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from vlm_rewards import ScoredBatch, Status
from vlm_rewards_trl import Recipe, grpo, reward_function
from vlm_rewards_trl.methods import online
from vlm_rewards_trl.reward.context import frame_from
from vlm_rewards_trl.reward.function import RewardFunction

pytestmark = pytest.mark.filterwarnings("default")

Size = tuple[int, int]
Box = Sequence[float]

# Chosen so that the reference is made of whole numbers in every frame in which a family counts.
PICTURES: dict[str, Size] = {"wide": (224, 112), "tall": (56, 168)}
BOXES: dict[str, list[int]] = {"wide": [28, 56, 84, 84], "tall": [14, 84, 28, 126]}
UNITS: dict[str, Size] = {"thousandths": (1000, 1000), "bins": (1024, 1024), "percent": (100, 100)}


@dataclass(frozen=True)
class Family:
    """How a family answers.

    Args:
        unit: What it counts.
        wrong: What another family counts, or a model that was told wrongly.
        write: Its form.
        use: What it is paid for.
        dropped: Its marks are special tokens, which TRL drops before a reward sees the answer.
    """

    unit: str
    wrong: str
    write: Callable[[Box], str]
    use: str = "grounding/box_iou"
    dropped: bool = False


def whole(box: Box) -> list[int]:
    return [round(side) for side in box]


def tags_of_qwen2(box: Box) -> str:
    return "<|object_ref_start|>cat<|object_ref_end|><|box_start|>({},{}),({},{})<|box_end|>".format(*whole(box))


def json_of_qwen(box: Box) -> str:
    return f'```json\n[{{"bbox_2d": {whole(box)}, "label": "cat"}}]\n```'


def tags_of_internvl(box: Box) -> str:
    return f"<ref>cat</ref><box>[{whole(box)}]</box>"


def json_of_gemma3(box: Box) -> str:
    x1, y1, x2, y2 = whole(box)
    return f'[{{"box_2d": [{y1}, {x1}, {y2}, {x2}], "label": "cat"}}]'


def tokens_of_paligemma(box: Box) -> str:
    x1, y1, x2, y2 = whole(box)
    return "".join(f"<loc{side:04d}>" for side in (y1, x1, y2, x2)) + " cat"


def point_of_molmo(box: Box) -> str:
    return f'<point x="{(box[0] + box[2]) / 2}" y="{(box[1] + box[3]) / 2}" alt="cat">cat</point>'


FAMILIES = {
    "qwen2_vl": Family("thousandths", "resized", tags_of_qwen2, dropped=True),
    "qwen2_5_vl": Family("resized", "thousandths", json_of_qwen),
    "qwen3_vl": Family("thousandths", "resized", json_of_qwen),
    "internvl": Family("thousandths", "pixels", tags_of_internvl, dropped=True),
    "gemma3": Family("thousandths", "pixels", json_of_gemma3),
    "paligemma": Family("bins", "thousandths", tokens_of_paligemma),
    "molmo": Family("percent", "thousandths", point_of_molmo, use="grounding/point_in_box"),
}


def seen_by(processor: Any, size: Size) -> Size:
    """The size that the family's own processor gives a picture."""
    made = processor.image_processor(images=[Image.new("RGB", size)], return_tensors="pt")
    if "image_grid_thw" not in made:
        return tuple(made["pixel_values"].shape[:-3:-1])
    _, rows, columns = made["image_grid_thw"][0].tolist()
    patch = processor.image_processor.patch_size
    return columns * patch, rows * patch


def answer(name: str, unit: str, picture: str, processor: Any, *, swapped: bool = False) -> str:
    """The right box of a picture, counted in a unit and written in the family's form; swapped, x and y are."""
    size = PICTURES[picture]
    frame = {**UNITS, "pixels": size, "resized": seen_by(processor, size)}[unit]
    box = [side * frame[place % 2] / size[place % 2] for place, side in enumerate(BOXES[picture])]
    if swapped:
        box = [box[1], box[0], box[3], box[2]]
    return FAMILIES[name].write(box)


def rewards_of(name: str) -> dict[str, Any]:
    """A rewards file with one term: the family's boxes."""
    return {"version": 1, "rewards": {"box": {"use": FAMILIES[name].use, "params": {"space": name}}}}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Any]:
    """Name, folder of the model, and processor."""
    from tests.trainers.tiny_families import build_family

    folder = tmp_path_factory.mktemp(request.param)
    return request.param, folder, build_family(request.param, folder)


def test_the_frame_is_the_processors(family: tuple[str, Path, Any]) -> None:
    _, _, processor = family
    frame = frame_from(processor)
    resizes_by_area = hasattr(processor.image_processor, "merge_size")
    assert (frame is not None) == resizes_by_area
    if frame is not None:
        sizes = [*PICTURES.values(), (300, 20), (9, 31), (1000, 999)]
        assert [frame.resized(size) for size in sizes] == [seen_by(processor, size) for size in sizes]


def test_a_processor_with_the_same_settings_that_resizes_otherwise_has_no_frame() -> None:
    module = pytest.importorskip("transformers.models.glm4v.image_processing_pil_glm4v")
    assert frame_from(SimpleNamespace(image_processor=module.Glm4vImageProcessorPil())) is None


def test_the_right_numbers_of_another_frame_earn_less(family: tuple[str, Path, Any]) -> None:
    name, _, processor = family
    function, own = reward_function(rewards_of(name), processing_class=processor), FAMILIES[name].unit
    for picture, size in PICTURES.items():
        answers = {unit: answer(name, unit, picture, processor) for unit in (own, *UNITS, "pixels", "resized")}
        answers["swapped"] = answer(name, own, picture, processor, swapped=True)
        earned = function(
            ["Where is the cat?"] * len(answers),
            list(answers.values()),
            solution=[BOXES[picture]] * len(answers),
            images=[[Image.new("RGB", size)]] * len(answers),
        )
        assert [unit for unit, score in zip(answers, earned, strict=True) if score == 1.0] == [own], earned
        assert all(score is not None and 0 <= score <= 1 for score in earned)


def test_molmo_has_no_boxes_to_compare() -> None:
    box = {"use": "grounding/box_iou", "params": {"space": "molmo"}}
    function = reward_function({"version": 1, "rewards": {"box": box}})
    picture = [Image.new("RGB", (100, 100))]
    scored = function.score(["?"], [point_of_molmo([0, 0, 100, 100])], solution=[[0, 0, 100, 100]], images=[picture])
    assert scored.terms["box"].outcomes.statuses == [Status.UNPARSEABLE]
    assert scored.terms["box"].outcomes.reasons == ["a point where a box is asked for"]


def test_a_grpo_run_pays_the_familys_own_answer(
    family: tuple[str, Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, folder, processor = family
    monkeypatch.setattr(online, "load_processor", lambda _: processor)
    seen: list[tuple[list[str], list[list[int]], ScoredBatch]] = []
    plain = RewardFunction.score

    def watched(self: RewardFunction, prompts: Any, completions: Any, *args: Any, **kwargs: Any) -> ScoredBatch:
        scored = plain(self, prompts, completions, *args, **kwargs)
        seen.append(([turns[0]["content"] for turns in completions], kwargs["solution"], scored))
        return scored

    monkeypatch.setattr(RewardFunction, "score", watched)
    trainer = grpo(Recipe.read(recipe_of(name, folder, tmp_path)))
    plant_after_one_step(trainer, name, processor)
    before = {key: weight.clone() for key, weight in trainer.model.named_parameters()}
    trainer.train()

    assert trainer.state.global_step == 2
    sampled, planted = seen
    assert all(score is not None and 0 <= score <= 1 for score in sampled[2].totals)
    texts, solutions, scored = planted
    assert sorted(solutions) == sorted([*BOXES.values()] * 2)
    assert [score == 1.0 for score in scored.totals] == [True, False, True, False], (texts, scored.totals)
    written = {answer(name, FAMILIES[name].unit, picture, processor) for picture in PICTURES}
    assert (set(texts[::2]) != written) == FAMILIES[name].dropped
    after = dict(trainer.model.named_parameters())
    assert all(weight.isfinite().all() for weight in after.values())
    assert any((before[key] != weight).any() for key, weight in after.items())
    assert all(math.isfinite(log["loss"]) for log in trainer.state.log_history if "loss" in log)


def recipe_of(name: str, folder: Path, tmp_path: Path) -> dict[str, Any]:
    """A recipe of two steps over pictures of two shapes."""
    import datasets

    rows = {
        "prompt": [f"Where is the cat? {picture}" for picture in PICTURES],
        "image": [Image.new("RGB", size, "white") for size in PICTURES.values()],
        "solution": list(BOXES.values()),
    }
    datasets.Dataset.from_dict(rows).cast_column("image", datasets.Image()).to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "rewards.yaml").write_text(json.dumps(rewards_of(name)))
    return {
        "model": str(folder),
        "dataset": {"path": "parquet", "data_files": str(tmp_path / "rows.parquet")},
        "rewards": str(tmp_path / "rewards.yaml"),
        "output_dir": str(tmp_path / "out"),
        "training": {
            "max_steps": 2,
            "per_device_train_batch_size": 4,
            "num_generations": 2,
            "max_completion_length": 8,
            "learning_rate": 1e-3,
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
        },
    }


def plant_after_one_step(trainer: Any, name: str, processor: Any) -> None:
    """Let the model write once; after that it is given, in turn, the right box and that of another frame."""
    generate, tokenizer = trainer.model.generate, processor.tokenizer

    def planted(input_ids: torch.Tensor, **inputs: Any) -> torch.Tensor:
        if trainer.state.global_step == 0:
            sampled: torch.Tensor = generate(input_ids=input_ids, **inputs)
            return sampled
        answers = []
        for row, prompt in enumerate(tokenizer.batch_decode(input_ids)):
            picture = next(picture for picture in PICTURES if picture in prompt)
            unit = FAMILIES[name].wrong if row % 2 else FAMILIES[name].unit
            ids = tokenizer(answer(name, unit, picture, processor), add_special_tokens=False)["input_ids"]
            answers.append(torch.tensor([*ids, tokenizer.eos_token_id]))
        padded = torch.nn.utils.rnn.pad_sequence(answers, batch_first=True, padding_value=tokenizer.pad_token_id)
        return torch.cat([input_ids, padded], dim=1)

    trainer.model.generate = planted
