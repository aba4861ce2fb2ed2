"""A Qwen3-VL of 1.3 million weights, and pictures whose digits are too small for it to read without a zoom tool."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from examples.zoom.zoom import Zoom
from vlm_rewards_digits.images import load_scans

if TYPE_CHECKING:
    from PIL.Image import Image

#: Sides in pixels: of what the model sees of any picture, of a picture, and of one of its 3 x 3 regions.
SEEN, SIDE, REGION = 24, 144, 48

QUESTION = "Which digit?"
CALL = '<tool_call>{"name": "zoom", "arguments": {"region": %d}}</tool_call>'
ANSWER = "\\boxed{%d}"

_PAD, _END, _IMAGE = "<|endoftext|>", "<|im_end|>", "<|image_pad|>"
_ROLES = ("<|user|>", "<|assistant|>", "<|tool|>")
_CALLS = ("<tool_call>", "</tool_call>")
_SEEN = ("<|vision_start|>", "<|vision_end|>", "<|video_pad|>")

#: Calls and turns of tools are written, the beginning of a conversation stays as it is when turns follow, and what an
#: assistant wrote is marked for the loss.
TEMPLATE = """\
{%- macro written(content) -%}
{%- if content is string -%}{{- content -}}{%- else -%}
{%- for part in content -%}
{%- if part['type'] == 'image' -%}{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}{%- else -%}{{- part['text'] -}}
{%- endif -%}{%- endfor -%}{%- endif -%}
{%- endmacro -%}
{%- for message in messages -%}
{{- '<|' + message['role'] + '|>' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}
{{- written(message['content'] or '') -}}
{%- for call in message['tool_calls'] or [] -%}
{{- '<tool_call>{"name": "' + call['function']['name'] + '", "arguments": ' -}}
{{- call['function']['arguments'] | tojson -}}{{- '}</tool_call>' -}}
{%- endfor -%}
{{- '<|im_end|>' -}}
{%- endgeneration -%}
{%- else -%}
{{- written(message['content']) -}}{{- '<|im_end|>' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""

#: How the calls in an answer are read; `start_anchor` must be what opens a turn of the assistant in this template,
#: else the calls of earlier turns would be read, and executed, once more.
RESPONSE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|assistant|>",
    "fields": {
        "tool_calls": {
            "open": "<tool_call>",
            "close_pattern": r"</tool_call>\s*",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close_pattern": r"<\|im_end\|>\s*", "content": "text"},
    },
}


def draw(rng: random.Random, split: Any) -> tuple[Image, int, int]:
    """A picture with one scan of a digit, that digit, and the region (1..9) in whose middle it lies.

    The region is slightly grey: a model must learn where to look, and nothing else in the small picture tells it.
    """
    import numpy as np
    from PIL import Image as PILImage

    digit, region = rng.randrange(10), rng.randrange(9)
    scans = load_scans(split)[digit]
    scan = scans[rng.randrange(len(scans))]
    canvas = np.zeros((SIDE, SIDE), dtype=np.uint8)
    top, left = (place * REGION for place in divmod(region, 3))
    canvas[top : top + REGION, left : left + REGION] = 48
    middle = (REGION - 8) // 2
    box = slice(top + middle, top + middle + 8), slice(left + middle, left + middle + 8)
    canvas[box] = np.maximum(canvas[box], scan)
    return PILImage.fromarray(canvas).convert("RGB"), digit, region + 1


def rows(count: int, *, split: Any, seed: int) -> dict[str, list[Any]]:
    """Rows to train or test on: prompt, picture, solution and, for a look at the runs, the region."""
    rng = random.Random(f"{seed} {split}")
    drawn = [draw(rng, split) for _ in range(count)]
    return {
        "prompt": [[{"role": "user", "content": QUESTION}] for _ in drawn],
        "image": [picture for picture, _, _ in drawn],
        "solution": [str(digit) for _, digit, _ in drawn],
        "region": [region for _, _, region in drawn],
    }


def demonstration(rng: random.Random, split: Any, share: float) -> dict[str, Any]:
    """A conversation that ends with the right answer, after a look through the tool in so many of all."""
    picture, digit, region = draw(rng, split)
    asked = [{"type": "image", "image": picture}, {"type": "text", "text": QUESTION}]
    turns: list[dict[str, Any]] = [{"role": "user", "content": asked}]
    if rng.random() < share:
        tool = Zoom()
        tool.reset(image=picture)
        call = {"type": "function", "function": {"name": "zoom", "arguments": {"region": region}}}
        turns.append({"role": "assistant", "content": [], "tool_calls": [call]})
        turns.append({"role": "tool", "name": "zoom", "content": tool.zoom(region)})
    turns.append({"role": "assistant", "content": [{"type": "text", "text": ANSWER % digit}]})
    return {"messages": turns, "images": []}


def build(seed: int = 0) -> tuple[Any, Any]:
    """The model with random weights, and its processor."""
    import torch
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    processor = _processor()
    tokenizer = processor.tokenizer
    ids = {
        "image_token_id": _IMAGE,
        "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "head_dim": 32,
        "max_position_embeddings": 256,
        "tie_word_embeddings": True,
        "initializer_range": 0.1,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [8, 4, 4],
            "mrope_interleaved": True,
        },
    }
    vision = {
        "depth": 1,
        "hidden_size": 128,
        "intermediate_size": 384,
        "out_hidden_size": 128,
        "num_heads": 4,
        "patch_size": 4,
        "spatial_merge_size": 2,
        "num_position_embeddings": (SEEN // 4) ** 2,
        "deepstack_visual_indexes": [],
        "initializer_range": 0.1,
    }
    config = Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        tie_word_embeddings=True,
        **{name: tokenizer.convert_tokens_to_ids(token) for name, token in ids.items()},
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen3VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model, processor


def _processor() -> Any:
    """A processor that shows the model any picture as 24 x 24 pixels: 3 x 3 tokens of 8 x 8 pixels."""
    from transformers import Qwen3VLProcessor
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    class WithoutVideos(Qwen3VLProcessor):  # type: ignore[misc]  # the reader of videos needs torchvision
        def __init__(
            self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None, **others: Any
        ) -> None:
            Qwen3VLProcessor.__init__(self, image_processor, tokenizer, chat_template=chat_template, **others)

    WithoutVideos.__name__ = Qwen3VLProcessor.__name__
    images = Qwen2VLImageProcessorPil(
        patch_size=4,
        merge_size=2,
        size={"shortest_edge": SEEN**2, "longest_edge": SEEN**2},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    images.return_tensors = "pt"  # of tensors TRL knows which belong to which prompt
    return WithoutVideos(image_processor=images, tokenizer=_tokenizer(), chat_template=TEMPLATE)


def _tokenizer() -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = [_PAD, _END, _IMAGE, *_ROLES, *_SEEN]
    tokenizer = Tokenizer(models.BPE())
    pieces = Regex(r"\d|[^\d]+")  # digits stand alone
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pieces, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    call = CALL.removeprefix(_CALLS[0]).removesuffix(_CALLS[1])
    texts = [text % digit for text in (call, ANSWER) for digit in range(10)]
    tokenizer.train_from_iterator([QUESTION, *texts], trainer)
    tokenizer.add_tokens([AddedToken(tag, special=False, normalized=False) for tag in _CALLS])
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=_PAD,
        eos_token=_END,
        extra_special_tokens=[_IMAGE, *_ROLES, *_SEEN],
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    made.response_template = RESPONSE
    return made
