"""What a run's processor and arguments tell its rewards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from transformers import AutoProcessor, GenerationConfig

from vlm_rewards import Context, FrameSpec
from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import grpo
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.context import context_from, frame_from
from vlm_rewards_trl.reward.factory import reward_function

RESIZED = {"version": 1, "rewards": {"box": {"use": "grounding/box_iou", "params": {"space": "qwen2_5_vl"}}}}


def template(text: str) -> Any:
    return SimpleNamespace(chat_template="yes", apply_chat_template=lambda *_, **__: text, eos_token_id=5)


def qwen_processor() -> Any:
    module = pytest.importorskip("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl")
    return SimpleNamespace(image_processor=module.Qwen2VLImageProcessorPil())


def test_nothing_known_is_the_neutral_context() -> None:
    assert context_from() == Context()


def test_arguments_and_tokenizer_become_plain_numbers() -> None:
    args = SimpleNamespace(num_generations=8, max_completion_length=32, world_size=2)
    context = context_from(template("<|assistant|>"), args)
    assert (context.group_size, context.max_completion_tokens, context.world_size) == (8, 32, 2)
    assert context.eos_token_ids == (5,)
    assert not context.reasoning_prefilled


def test_what_ends_a_completion_is_what_trl_says_ends_it(tmp_path: Path, digits: dict[str, Path]) -> None:
    padded = SimpleNamespace(eos_token_id=5, pad_token_id=0)
    assert context_from(padded).eos_token_ids == (5, 0)
    assert context_from(SimpleNamespace(eos_token_id=5, pad_token_id=5)).eos_token_ids == (5,)
    assert context_from(SimpleNamespace(eos_token_id=5, pad_token_id=None, name_or_path="no/such")).eos_token_ids == (
        5,
    )

    processor = AutoProcessor.from_pretrained(digits["model"])
    processor.save_pretrained(tmp_path)
    GenerationConfig(eos_token_id=[processor.tokenizer.eos_token_id, 9]).save_pretrained(tmp_path)
    read = AutoProcessor.from_pretrained(tmp_path)
    assert set(context_from(read).eos_token_ids) == {read.tokenizer.eos_token_id, read.tokenizer.pad_token_id, 9}


def test_completions_are_cut_off_for_a_reward_where_they_are_for_trl(recipe: Callable[..., dict[str, Any]]) -> None:
    trainer = grpo(Recipe.read(recipe()))
    (function,) = trainer.reward_funcs
    assert set(function.context.eos_token_ids) == {
        *trainer.eos_token_ids,
        trainer.processing_class.tokenizer.pad_token_id,
    }


def test_a_template_may_open_the_reasoning_of_the_rewards_file() -> None:
    config: dict[str, Any] = {"version": 1, "rewards": {"f": {"use": "format/think_answer"}}}
    config["answers"] = {"reasoning": [["<plan>", "</plan>"]], "tags": [["<final>", "</final>"]]}
    function = reward_function(config, processing_class=template("<plan>"))
    completions = ["a</plan><final>7</final>", "a</think><answer>7</answer>"]
    assert function.context.reasoning_prefilled
    assert function(prompts=["?"] * 2, completions=completions) == [1.0, 0.0]
    assert not context_from(template("<plan>")).reasoning_prefilled


def test_a_template_that_opens_the_reasoning_is_seen() -> None:
    assert context_from(template("<|assistant|><think>\n")).reasoning_prefilled
    function = reward_function(
        {"version": 1, "rewards": {"f": {"use": "format/think_answer"}}}, processing_class=template("<think>")
    )
    assert function(prompts=["?"] * 2, completions=["a</think><answer>7</answer>", "7"]) == [1.0, 0.0]


def test_the_frame_of_a_qwen_processor_is_read_and_resizes_like_it() -> None:
    processor = qwen_processor()
    frame = frame_from(processor)
    assert isinstance(frame, FrameSpec)
    assert frame.factor == processor.image_processor.patch_size * processor.image_processor.merge_size
    from PIL import Image

    grid = processor.image_processor(images=[Image.new("RGB", (301, 203))], return_tensors="pt")["image_grid_thw"][0]
    patch = processor.image_processor.patch_size
    assert frame.resized((301, 203)) == (int(grid[2]) * patch, int(grid[1]) * patch)


def test_a_processor_that_resizes_otherwise_has_no_frame(digits: dict[str, Path]) -> None:
    assert frame_from(AutoProcessor.from_pretrained(digits["model"])) is None


def test_a_resized_space_without_a_frame_is_refused_before_training() -> None:
    with pytest.raises(ConfigError, match=r"space 'qwen2_5_vl'.*processing_class"):
        reward_function(RESIZED)
    assert reward_function(RESIZED, processing_class=qwen_processor())


def test_raw_text_keeps_special_tokens() -> None:
    config = {"version": 1, "rewards": {"f": {"use": "format/boxed"}}}
    tokenizer = SimpleNamespace(decode=lambda ids, skip_special_tokens: f"{list(ids)} {skip_special_tokens}")
    function = reward_function(config, processing_class=tokenizer)
    given = {"prompts": ["?"], "completions": ["plain"]}
    batch = function._batch({**given, "completion_ids": [[1, 2]]})
    assert batch.completions[0].raw_text == "[1, 2] False"
    assert reward_function(config)._batch({**given, "completion_ids": None}).completions[0].raw_text == "plain"
