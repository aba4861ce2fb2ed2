"""Models of three kinds with random weights and a tokenizer of bytes: made here, as small as they get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPProcessor,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3ForSequenceClassification,
    Gemma3Processor,
    Gemma3TextConfig,
    PreTrainedTokenizerFast,
    SiglipVisionConfig,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

SIDE = 28
SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
TEMPLATE = """\
{%- for message in messages -%}
{{- '<|' + message['role'] + '|>' -}}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}{{- '<start_of_image>' -}}{%- else -%}{{- part['text'] -}}{%- endif -%}
{%- endfor -%}
{%- if message['role'] == 'assistant' -%}{{- '<|end|>' -}}{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""


def _tokenizer(*special: str, **named: str) -> PreTrainedTokenizerFast:
    marks = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", *special]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={token: at for at, token in enumerate([*marks, *letters])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(marks)
    if not named:  # CLIP reads a text off at the mark of its end
        tokenizer.post_processor = processors.TemplateProcessing(single="$A <|end|>", special_tokens=[("<|end|>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        **({"extra_special_tokens": named} if named else {}),
    )


def clip(folder: Path) -> str:
    """A CLIP."""
    torch.manual_seed(0)
    tokenizer = _tokenizer()
    ends = {"bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
    text = {"vocab_size": len(tokenizer), "max_position_embeddings": 32, **ends, **SMALL}
    config = CLIPConfig(
        text_config=text, vision_config={"image_size": SIDE, "patch_size": 14, **SMALL}, projection_dim=8
    )
    pictures = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return _saved(CLIPModel(config), CLIPProcessor(image_processor=pictures, tokenizer=tokenizer), folder)


def gemma3(folder: Path, *, head: bool) -> str:
    """A vision-language model, or a reward model with a head of one number."""
    torch.manual_seed(0)
    marks = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = _tokenizer(*marks.values(), **marks)
    processor = Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer=tokenizer,
        image_seq_length=1,
        chat_template=TEMPLATE,
    )
    text = Gemma3TextConfig(
        vocab_size=len(tokenizer),
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=16_384,
        layer_types=["full_attention"],
        pad_token_id=0,
        eos_token_id=1,
        **SMALL,
    )
    config = Gemma3Config(
        text_config=text,
        vision_config=SiglipVisionConfig(image_size=SIDE, patch_size=14, vision_use_head=False, **SMALL),
        mm_tokens_per_image=1,
        boi_token_index=tokenizer.convert_tokens_to_ids(marks["boi_token"]),
        eoi_token_index=tokenizer.convert_tokens_to_ids(marks["eoi_token"]),
        image_token_index=tokenizer.convert_tokens_to_ids(marks["image_token"]),
        **({"num_labels": 1, "pad_token_id": 0} if head else {}),
    )
    made = Gemma3ForSequenceClassification if head else Gemma3ForConditionalGeneration
    return _saved(made(config), processor, folder)


def _saved(model: Any, processor: Any, folder: Path) -> str:
    for weight in model.parameters():  # some are zero, and none may be
        torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)
