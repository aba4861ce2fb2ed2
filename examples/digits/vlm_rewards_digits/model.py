"""A vision-language model of 0.7 million parameters that loads like a large one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards_digits.images import CELL_SIDE, IMAGE_SIDE
from vlm_rewards_digits.tasks import sample_texts

if TYPE_CHECKING:
    from transformers import LlavaConfig, LlavaProcessor, PreTrainedTokenizerFast

#: Most tokens in all: 256 bytes, the added ones, and merges learned on the texts of the tasks (they may run out).
VOCABULARY = 384

_POSITIONS = 512

_IMAGE, _PAD, _END = "<image>", "<|pad|>", "<|end|>"
_ROLES = ("<|system|>", "<|user|>", "<|assistant|>")

# Not special: decoding with skip_special_tokens=True, as trainers do, must keep them for the rewards to see.
_TAGS = ("<think>", "</think>", "<answer>", "</answer>")

#: Chat template (Jinja); message contents are plain strings or lists of text and image blocks. The end of a turn comes
#: after the assistant's only: it is what fine-tuning has to learn to write, and the prompt with add_generation_prompt
#: stays a prefix of the whole conversation.
CHAT_TEMPLATE = """\
{%- for message in messages -%}
{{- '<|' + message['role'] + '|>' -}}
{%- if message['content'] is string -%}
{{- message['content'] -}}
{%- else -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' -%}{{- '<image>' -}}{%- elif part['type'] == 'text' -%}{{- part['text'] -}}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{%- if message['role'] == 'assistant' -%}{{- '<|end|>' -}}{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
"""


def build_model(path: str | Path, *, seed: int = 0) -> Path:
    """Build the model with random weights and its processor, and save both; the folder.

    `AutoProcessor.from_pretrained`, `AutoModelForImageTextToText.from_pretrained` and TRL's trainers load the folder
    like that of any other model. Neither network nor torchvision is needed.

    Args:
        path: Folder to save into; made if absent.
        seed: Seed of the weights. The random state of the caller is left as it was.
    """
    import torch
    from transformers import LlavaForConditionalGeneration

    path = Path(path)
    processor = _build_processor()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(_build_config(processor.tokenizer))
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.save_pretrained(path)
    processor.save_pretrained(path)
    return path


def _build_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer of at most `VOCABULARY` tokens, trained on the texts of the tasks; it pads on the left."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = [_PAD, _END, _IMAGE, *_ROLES]
    tokenizer = Tokenizer(models.BPE())
    # Digits stand alone, so that a number is read and written digit by digit whatever its neighbours. Words take the
    # space behind them and marks stay together (", " and '": ['): a written box must fit into 32 tokens.
    pieces = Regex(r"[\d.]|[A-Za-z_]+ ?|[^\d.A-Za-z_]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(pieces, "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(_TAGS),
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = sample_texts()
    for tag in _TAGS:
        texts = [text.replace(tag, " ") for text in texts]
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(tag, special=False, normalized=False) for tag in _TAGS])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=_PAD,
        eos_token=_END,
        extra_special_tokens=[_IMAGE, *_ROLES],
        padding_side="left",
        model_max_length=_POSITIONS,
        clean_up_tokenization_spaces=False,
    )


def _build_processor() -> LlavaProcessor:
    """A processor that turns each image into 9 image tokens, one for each cell."""
    from transformers import LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    side = {"height": IMAGE_SIDE, "width": IMAGE_SIDE}
    images = CLIPImageProcessorPil(
        # Images of another shape are squeezed, not cropped: whatever they show stays in view.
        size=side,
        crop_size=side,
        do_center_crop=False,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
    )
    return LlavaProcessor(
        image_processor=images,
        tokenizer=_build_tokenizer(),
        patch_size=CELL_SIDE,
        vision_feature_select_strategy="full",
        image_token=_IMAGE,
        chat_template=CHAT_TEMPLATE,
    )


def _build_config(tokenizer: PreTrainedTokenizerFast) -> LlavaConfig:
    """The configuration for a tokenizer: one vision patch for each cell, two text layers."""
    from transformers import LlamaConfig, LlavaConfig, SiglipVisionConfig

    shared: dict[str, Any] = {
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_attention_heads": 4,
        # The common 0.02 starts a model this narrow too quietly: it learned the text but not to see.
        "initializer_range": 0.1,
    }
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        num_hidden_layers=2,
        num_key_value_heads=4,
        max_position_embeddings=_POSITIONS,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **shared,
    )
    vision = SiglipVisionConfig(
        num_hidden_layers=1, image_size=IMAGE_SIDE, patch_size=CELL_SIDE, vision_use_head=False, **shared
    )
    return LlavaConfig(
        text_config=text,
        vision_config=vision,
        image_token_index=tokenizer.convert_tokens_to_ids(_IMAGE),
        image_seq_length=(IMAGE_SIDE // CELL_SIDE) ** 2,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        tie_word_embeddings=True,
        initializer_range=shared["initializer_range"],
    )
