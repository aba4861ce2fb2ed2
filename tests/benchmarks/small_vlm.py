"""The model of the digits in other sizes: the same builder, tokenizer recipe, processor and chat template."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Size:
    """Sizes of a model; pictures are squares of `side` pixels, read in patches of `patch`.

    `zero` is the grey that it sees as nothing: 0 is black, 1 is white.
    """

    hidden: int
    text_layers: int
    vision_layers: int
    heads: int
    side: int
    patch: int
    initializer_range: float
    zero: float = 0.5


def build(folder: Path, size: Size, *, texts: Iterable[str] | None = None, vocabulary: int = 384, seed: int = 0) -> int:
    """Save a model with random weights and its processor; the number of its parameters.

    Args:
        folder: Folder to save into.
        size: Its size.
        texts: What the tokenizer learns from; that of the digits stays without.
        vocabulary: Most tokens that it learns.
        seed: Seed of the weights.
    """
    import torch
    from transformers import AutoConfig, AutoProcessor, LlavaForConditionalGeneration

    from vlm_rewards_digits import build_model

    with tempfile.TemporaryDirectory() as digits:
        build_model(digits)
        processor, config = AutoProcessor.from_pretrained(digits), AutoConfig.from_pretrained(digits)
    if texts is not None:
        processor.tokenizer = processor.tokenizer.train_new_from_iterator(texts, vocabulary, show_progress=False)
    tokenizer = processor.tokenizer
    processor.patch_size = size.patch
    square = {"height": size.side, "width": size.side}
    processor.image_processor.size = processor.image_processor.crop_size = square
    processor.image_processor.image_mean = [size.zero] * 3

    text, vision = config.text_config, config.vision_config
    for part, layers in ((text, size.text_layers), (vision, size.vision_layers)):
        part.hidden_size, part.intermediate_size = size.hidden, 3 * size.hidden
        part.num_hidden_layers, part.num_attention_heads = layers, size.heads
        part.initializer_range = size.initializer_range
    text.num_key_value_heads, text.head_dim = size.heads, size.hidden // size.heads
    text.vocab_size, text.eos_token_id, text.pad_token_id = (
        len(tokenizer),
        tokenizer.eos_token_id,
        tokenizer.pad_token_id,
    )
    vision.image_size, vision.patch_size = size.side, size.patch
    config.image_token_index = tokenizer.convert_tokens_to_ids(processor.image_token)
    config.image_seq_length = (size.side // size.patch) ** 2
    config.initializer_range = size.initializer_range

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return sum(weights.numel() for weights in model.parameters())
