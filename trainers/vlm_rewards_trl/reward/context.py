"""The context of a run as plain numbers, read from a processor and from TRL's arguments."""

import math
from collections.abc import Iterator
from typing import Any

from vlm_rewards import Context, FrameSpec
from vlm_rewards.answers import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.types.batch import opens_reasoning


def context_from(processing_class: Any = None, args: Any = None, *, marks: AnswerMarks | None = None) -> Context:
    """The context of rewards by a processor or tokenizer, TRL's config and the marks, or else neutral defaults."""
    marks = marks or DEFAULT_MARKS
    return Context(
        group_size=getattr(args, "num_generations", None),
        world_size=getattr(args, "world_size", 1),
        max_completion_tokens=getattr(args, "max_completion_length", None),
        eos_token_ids=tuple(_ends(tokenizer_of(processing_class))),
        frame=frame_from(processing_class),
        reasoning_prefilled=_prefills(processing_class, marks),
        marks=marks,
    )


def _ends(tokenizer: Any) -> Iterator[int]:
    """What ends a completion for TRL: the end of a text, what the generation config adds, and the padding behind it."""
    found = [getattr(tokenizer, name, None) for name in ("eos_token_id", "pad_token_id")]
    if found[0] is not None and (place := getattr(tokenizer, "name_or_path", None)):
        from transformers import GenerationConfig

        try:
            ends = GenerationConfig.from_pretrained(place).eos_token_id
        except Exception:  # noqa: BLE001 - a tokenizer that stands in no model's folder
            ends = None
        found += ends if isinstance(ends, list) else [ends]
    yield from dict.fromkeys(token for token in found if token is not None)


def tokenizer_of(processing_class: Any) -> Any:
    """The tokenizer inside a processor; a tokenizer is returned as it is."""
    return getattr(processing_class, "tokenizer", processing_class)


def frame_from(processing_class: Any) -> FrameSpec | None:
    """How a processor of the Qwen2-VL kind resizes images; None for processors that resize otherwise.

    GLM-4V's has the same settings, but its limits count an image twice, as the two frames that it makes of it: so the
    processor is asked how many patches it would make.
    """
    images = getattr(processing_class, "image_processor", None)
    patch, merge = getattr(images, "patch_size", None), getattr(images, "merge_size", None)
    size = getattr(images, "size", None) or {}
    least = getattr(images, "min_pixels", None) or size.get("shortest_edge")
    most = getattr(images, "max_pixels", None) or size.get("longest_edge")
    if not (isinstance(patch, int) and isinstance(merge, int) and least and most):
        return None
    frame = FrameSpec(factor=patch * merge, min_pixels=int(least), max_pixels=int(most))
    count = getattr(images, "get_number_of_image_patches", None)
    if count is None:
        return frame
    side = math.isqrt(frame.max_pixels * 3 // 4)  # below the limit once, and above it twice
    patches = count(side, side, {})
    made = math.prod(patches) if isinstance(patches, tuple) else patches  # HunYuan-VL's says rows and columns
    return frame if made * patch**2 == math.prod(frame.resized((side, side))) else None


def _prefills(processing_class: Any, marks: AnswerMarks) -> bool:
    """Whether the chat template opens the reasoning at the end of the prompt."""
    if getattr(processing_class, "chat_template", None) is None:
        return False
    for content in ("?", [{"type": "text", "text": "?"}]):  # some templates take text, some only blocks
        try:
            prompt = processing_class.apply_chat_template(
                [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
            )
        except Exception:  # noqa: BLE001, S112 - templates raise what they like on content they do not know
            continue
        return opens_reasoning(prompt, marks)
    return False
