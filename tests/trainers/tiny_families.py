"""Models of the families that write boxes, each in its own architecture, as small as it gets.

The processors read pictures without torchvision. Those of Qwen-VL and InternVL also want a reader of videos, which
transformers only has with torchvision: theirs here are the library's own without that part.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import (
    GemmaConfig,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLProcessor,
    InternVLVisionConfig,
    PaliGemmaConfig,
    PaliGemmaForConditionalGeneration,
    PaliGemmaProcessor,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2Config,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLProcessor,
    Qwen3VLForConditionalGeneration,
    Qwen3VLMoeForConditionalGeneration,
    Qwen3VLProcessor,
)

from tests.trainers.tiny_models import (
    HIDDEN,
    PATCH,
    SIDE,
    TEMPLATE,
    save_model,
    tiny_gemma3,
    tiny_llava,
    tiny_text,
    tiny_tokenizer,
    tiny_vision,
)

_SEEN = ("<|vision_start|>", "<|vision_end|>", "<|video_pad|>")
_QWEN_MARKS = ("<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>")
_INTERN_MARKS = ("<ref>", "</ref>", "<box>", "</box>")
_ROPE = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}


def _without_videos(kind: Any) -> Any:
    """A class of processors as it is, but for its reader of videos."""

    def start(
        self: Any, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None, **others: Any
    ) -> None:
        kind.__init__(self, image_processor, tokenizer, chat_template=chat_template, **others)

    return type(kind.__name__, (kind,), {"__init__": start})


def _qwen_processor(kind: Any, patch: int, *, most: int) -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return _without_videos(kind)(
        image_processor=Qwen2VLImageProcessorPil(
            patch_size=patch, size={"shortest_edge": (2 * patch) ** 2, "longest_edge": most}
        ),
        tokenizer=tiny_tokenizer("<|image_pad|>", *_SEEN, *_QWEN_MARKS),
        chat_template=TEMPLATE.replace("PICTURE", "<|vision_start|><|image_pad|><|vision_end|>"),
    )


def _qwen_ids(tokenizer: Any) -> dict[str, int]:
    names = {
        "image_token_id": "<|image_pad|>",
        "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    return {name: tokenizer.convert_tokens_to_ids(token) for name, token in names.items()}


def _qwen2_vl() -> tuple[Any, Any]:
    processor = _qwen_processor(Qwen2VLProcessor, PATCH, most=8 * 28 * 28)
    config = Qwen2VLConfig(
        text_config={**tiny_text(processor.tokenizer), "rope_parameters": _ROPE},
        vision_config={"depth": 1, "embed_dim": HIDDEN, "hidden_size": HIDDEN, "num_heads": 2, "mlp_ratio": 1},
        **_qwen_ids(processor.tokenizer),
    )
    return Qwen2VLForConditionalGeneration(config), processor


def _qwen2_5_vl() -> tuple[Any, Any]:
    processor = _qwen_processor(Qwen2_5_VLProcessor, PATCH, most=8 * 28 * 28)
    vision = {
        "depth": 1,
        "hidden_size": HIDDEN,
        "intermediate_size": HIDDEN,
        "out_hidden_size": HIDDEN,
        "num_heads": 2,
        "window_size": 56,
        "fullatt_block_indexes": [0],
    }
    config = Qwen2_5_VLConfig(
        text_config={**tiny_text(processor.tokenizer), "rope_parameters": _ROPE},
        vision_config=vision,
        **_qwen_ids(processor.tokenizer),
    )
    return Qwen2_5_VLForConditionalGeneration(config), processor


def _qwen3_vl(kind: Any = Qwen3VLForConditionalGeneration, **text: Any) -> tuple[Any, Any]:
    processor = _qwen_processor(Qwen3VLProcessor, 16, most=8 * 32 * 32)
    shared = {**tiny_text(processor.tokenizer), "head_dim": HIDDEN // 2}
    del shared["bos_token_id"]
    vision = {
        "depth": 1,
        "hidden_size": HIDDEN,
        "intermediate_size": HIDDEN,
        "out_hidden_size": HIDDEN,
        "num_heads": 2,
        "num_position_embeddings": 16,
        "deepstack_visual_indexes": [0],
    }
    config = kind.config_class(
        text_config={**shared, **text, "rope_parameters": {**_ROPE, "mrope_interleaved": True}},
        vision_config=vision,
        **_qwen_ids(processor.tokenizer),
    )
    return kind(config), processor


def tiny_mixture() -> tuple[Any, Any]:
    """Qwen3-VL with four experts, two of which work on a token."""
    experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": HIDDEN}
    return _qwen3_vl(Qwen3VLMoeForConditionalGeneration, **experts)


def _internvl() -> tuple[Any, Any]:
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    marks = {"start_image_token": "<img>", "end_image_token": "</img>", "video_token": "<video>"}
    tokenizer = tiny_tokenizer(
        "<IMG_CONTEXT>", *marks.values(), *_INTERN_MARKS, context_image_token="<IMG_CONTEXT>", **marks
    )
    processor = _without_videos(InternVLProcessor)(
        image_processor=GotOcr2ImageProcessorPil(size={"height": SIDE, "width": SIDE}, max_patches=2),
        tokenizer=tokenizer,
        image_seq_length=1,
        chat_template=TEMPLATE.replace("PICTURE", "<IMG_CONTEXT>"),
    )
    vision = InternVLVisionConfig(
        hidden_size=HIDDEN,
        intermediate_size=HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=PATCH,
    )
    config = InternVLConfig(
        text_config=Qwen2Config(**tiny_text(tokenizer)),
        vision_config=vision,
        image_token_id=processor.image_token_id,
        image_seq_length=1,
    )
    return InternVLForConditionalGeneration(config), processor


def _paligemma() -> tuple[Any, Any]:
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    tokenizer = tiny_tokenizer("<image>", "<|begin|>", begin="<|begin|>")
    tokenizer.bos_token = "<|begin|>"
    images = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    images.image_seq_length = (SIDE // PATCH) ** 2
    processor = PaliGemmaProcessor(  # adds <loc0000> and the like to the tokenizer
        image_processor=images, tokenizer=tokenizer, chat_template=TEMPLATE.replace("PICTURE", "<image>")
    )
    config = PaliGemmaConfig(
        text_config=GemmaConfig(**tiny_text(tokenizer), head_dim=8),
        vision_config=tiny_vision(),
        image_token_index=processor.image_token_id,
        projection_dim=HIDDEN,
        hidden_size=HIDDEN,
        vocab_size=len(tokenizer),
    )
    return PaliGemmaForConditionalGeneration(config), processor


BOX_FAMILIES = {
    "qwen2_vl": _qwen2_vl,
    "qwen2_5_vl": _qwen2_5_vl,
    "qwen3_vl": _qwen3_vl,
    "internvl": _internvl,
    "gemma3": tiny_gemma3,
    "paligemma": _paligemma,
    "molmo": tiny_llava,
}
"""What builds a model and its processor; Molmo stands in LLaVA's architecture.

Transformers has no class for Molmo, and its Molmo2 reads pictures with torchvision only.
"""


def build_family(family: str, folder: Path) -> Any:
    """Save a model of a family, and return its processor."""
    return save_model(BOX_FAMILIES[family], folder)
