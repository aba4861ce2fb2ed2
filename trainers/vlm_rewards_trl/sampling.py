"""Let a model answer the prompts of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["answers"]


def answers(
    model: str | Path,
    dataset: Dataset,
    *,
    temperature: float = 0.0,
    max_tokens: int,
    batch_size: int = 64,
    seed: int = 0,
) -> list[str]:
    """One answer per row, as TRL would decode it.

    Args:
        model: Name on the hub, or folder.
        dataset: Rows with conversational `prompt`s and, if they have pictures, `images` or `image`.
        temperature: 0 for greedy decoding; else samples from the whole distribution at this temperature.
        max_tokens: Where an answer is cut, in tokens.
        batch_size: Rows per call of the model.
        seed: Seed of the samples.
    """
    import torch
    from tqdm.auto import tqdm
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from trl.data_utils import prepare_multimodal_messages

    processor = AutoProcessor.from_pretrained(model, padding_side="left")
    network = AutoModelForImageTextToText.from_pretrained(model, dtype="auto", device_map=None).eval()
    if torch.accelerator.is_available():
        network = network.to(torch.accelerator.current_accelerator())
    how: dict[str, Any] = {"do_sample": False}
    if temperature > 0:
        how = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    written: list[str] = []
    torch.manual_seed(seed)
    label = f"{Path(model).name}, {'sampled' if temperature else 'greedy'}"
    for start in tqdm(range(0, len(dataset), batch_size), desc=label, unit="batch"):
        rows = [dataset[index] for index in range(start, min(start + batch_size, len(dataset)))]
        pictures = [_pictures(row) for row in rows]
        prompts = [
            prepare_multimodal_messages(row["prompt"], images=images)
            for row, images in zip(rows, pictures, strict=True)
        ]
        texts = [
            processor.apply_chat_template(prompt, add_generation_prompt=True, tokenize=False) for prompt in prompts
        ]
        given: dict[str, Any] = {"images": pictures} if any(pictures) else {}
        inputs = processor(text=texts, padding=True, return_tensors="pt", **given).to(network.device)
        with torch.inference_mode():
            ids = network.generate(**inputs, max_new_tokens=max_tokens, **how)
        written += processor.batch_decode(ids[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return written


def _pictures(row: dict[str, Any]) -> list[Any]:
    if row.get("images") is not None:
        return list(row["images"])
    return [] if row.get("image") is None else [row["image"]]
