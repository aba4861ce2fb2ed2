"""Models with random weights and a tokenizer of bytes, to try rewards files without a download: they know nothing."""

from __future__ import annotations

from typing import Any

__all__ = ["build"]

SIDE = 28
SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
ENDS = {"bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
MARKS = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
TEMPLATE = """\
{%- for message in messages -%}
{{- '<|' + message['role'] + '|>' -}}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}{{- '<start_of_image>' -}}{%- else -%}{{- part['text'] -}}{%- endif -%}
{%- endfor -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""


def build(kind: str) -> tuple[Any, Any]:
    """A model and its processor, as a reward of that name uses them; always with the same weights."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, processor = _clip() if kind == "similarity" else _gemma3(head=kind == "reward")
        for weight in model.parameters():  # some are zero, and none may be
            torch.nn.init.normal_(weight, std=0.3)
    return model, processor


def _tokenizer(**named: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    marks = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", *named.values()]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={token: at for at, token in enumerate([*marks, *letters])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(marks)
    if not named:  # CLIP reads a text off at the mark of its end
        tokenizer.post_processor = processors.TemplateProcessing(single="$A <|end|>", special_tokens=[("<|end|>", 1)])
    extra = {"extra_special_tokens": named} if named else {}
    ends = {"pad_token": marks[0], "eos_token": marks[1]}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **ends, **extra)


def _clip() -> tuple[Any, Any]:
    from transformers import CLIPConfig, CLIPModel, CLIPProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = _tokenizer()
    config = CLIPConfig(
        text_config={"vocab_size": len(tokenizer), "max_position_embeddings": 32, **ENDS, **SMALL},
        vision_config={"image_size": SIDE, "patch_size": 14, **SMALL},
        projection_dim=8,
    )
    pictures = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return CLIPModel(config), CLIPProcessor(image_processor=pictures, tokenizer=tokenizer)


def _gemma3(*, head: bool) -> tuple[Any, Any]:
    import transformers
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    tokenizer = _tokenizer(**MARKS)
    processor = transformers.Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer=tokenizer,
        image_seq_length=1,
        chat_template=TEMPLATE,
    )
    text = {"vocab_size": len(tokenizer), "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 16_384}
    config = transformers.Gemma3Config(
        text_config={**text, "layer_types": ["full_attention"], **ENDS, **SMALL},
        vision_config={"image_size": SIDE, "patch_size": 14, "vision_use_head": False, **SMALL},
        mm_tokens_per_image=1,
        boi_token_index=tokenizer.convert_tokens_to_ids(MARKS["boi_token"]),
        eoi_token_index=tokenizer.convert_tokens_to_ids(MARKS["eoi_token"]),
        image_token_index=tokenizer.convert_tokens_to_ids(MARKS["image_token"]),
        **({"num_labels": 1, "pad_token_id": 0} if head else {}),
    )
    name = "Gemma3ForSequenceClassification" if head else "Gemma3ForConditionalGeneration"
    return getattr(transformers, name)(config), processor
