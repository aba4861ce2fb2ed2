"""Let a model answer the prompts of a dataset."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vlm_rewards_trl.trl_compat import prompt_messages


class Answer(NamedTuple):
    """What a model wrote: the text as TRL would decode it, and its token ids up to the end of the turn."""

    text: str
    token_ids: list[int]


class Sampler:
    """A model that answers prompts, of a hub's name or a folder, or a LoRA; so many answers at a time."""

    def __init__(self, model: str | Path, *, processor: Any = None, batch_size: int = 64) -> None:
        import torch
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self.processor = processor or AutoProcessor.from_pretrained(model, padding_side="left")
        network = AutoModelForImageTextToText.from_pretrained(model, dtype="auto", device_map=None).eval()
        if torch.accelerator.is_available():
            kind = torch.accelerator.current_accelerator()
            assert kind is not None
            network = network.to(torch.device(kind.type, int(os.environ.get("LOCAL_RANK", "0"))))
        self.network, self.batch_size = network, batch_size
        ends = network.generation_config.eos_token_id
        own = self.processor.tokenizer.eos_token_id
        self._ends = {own, *(ends if isinstance(ends, list) else [ends])} - {None}

    def write(
        self,
        rows: Sequence[Mapping[str, Any]],
        *,
        temperature: float = 0.0,
        top_p: float = 1.0,
        max_tokens: int,
        k: int = 1,
        seed: int = 0,
    ) -> Iterator[list[Answer]]:
        """The answers to rows, batch by batch; the `k` answers to one row stand next to each other.

        Rows have conversational `prompt`s, and `images` or `image` if any. At temperature 0 decoding is greedy, else
        from the likeliest tokens of the total share `top_p`; an answer is cut at `max_tokens`.
        """
        import torch

        how: dict[str, Any] = {"do_sample": False}
        if temperature > 0:
            how = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": top_p}
        torch.manual_seed(seed)
        # Rows are repeated before they are processed: models disagree on how several images of a row are repeated.
        asked = [row for row in range(len(rows)) for _ in range(k)]
        for start in range(0, len(asked), self.batch_size):
            batch = [rows[row] for row in asked[start : start + self.batch_size]]
            yield self._answers(batch, max_new_tokens=max_tokens, **how)

    def _answers(self, rows: Sequence[Mapping[str, Any]], **how: Any) -> list[Answer]:
        import torch

        images = [images_in(row) for row in rows]
        texts = [prompt_text(self.processor, row["prompt"], given) for row, given in zip(rows, images, strict=True)]
        given: dict[str, Any] = {"images": images} if any(images) else {}
        inputs = self.processor(
            text=texts, padding=True, padding_side="left", add_special_tokens=False, return_tensors="pt", **given
        ).to(self.network.device)
        with torch.inference_mode():
            ids = self.network.generate(**inputs, **how)[:, inputs["input_ids"].shape[1] :]
        decoded = self.processor.batch_decode(ids, skip_special_tokens=True)
        return [Answer(text, self._ended(row)) for text, row in zip(decoded, ids.tolist(), strict=True)]

    def _ended(self, ids: list[int]) -> list[int]:
        """Token ids up to the end of the turn, without the padding behind it."""
        end = next((place for place, token in enumerate(ids, start=1) if token in self._ends), len(ids))
        return ids[:end]


def images_in(row: Mapping[str, Any]) -> list[Any]:
    """The images of a row, from `images` or `image`."""
    if row.get("images") is not None:
        return list(row["images"])
    return [] if row.get("image") is None else [row["image"]]


def prompt_text(processor: Any, prompt: Any, images: Sequence[Any] = ()) -> str:
    """The prompt as the chat template writes it for TRL, with the places of its images."""
    messages = prompt_messages(prompt, images)
    return str(processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))
