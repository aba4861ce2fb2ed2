"""Models in this process: what they are loaded from, and what they say to a batch of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, ClassVar, Literal

from vlm_rewards_models.items import Item, cleaned, conversation
from vlm_rewards_models.tiny import build

__all__ = ["ENGINES", "QUESTION", "Device", "Dtype", "Engine"]

Device = Literal["auto", "cpu", "cuda", "mps"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]

#: After the question of VQAScore (arXiv 2404.01291).
QUESTION = 'Does this picture show "{answer}"? Please answer yes or no.'


class Engine:
    """A model of transformers with its processor.

    Args:
        model: A name of the hub, or a folder; `tiny` is one that is made here and knows nothing.
        revision: The branch, tag or commit of a name of the hub.
        device: Where it computes; `auto` is the first GPU where there is one.
        dtype: How its numbers are kept; `auto` is as they were saved.
        batch_size: How many answers it is given at a time.
        question: What `Agreement` asks, with `{answer}` in it.
    """

    kind: ClassVar[str]
    loader: ClassVar[str]

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        device: Device = "auto",
        dtype: Dtype = "auto",
        batch_size: int = 16,
        question: str = QUESTION,
    ) -> None:
        import torch
        import transformers

        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if model == "tiny":
            held, self.processor = build(self.kind)
        else:
            held = getattr(transformers, self.loader).from_pretrained(model, revision=revision, dtype=dtype)
            self.processor = transformers.AutoProcessor.from_pretrained(model, revision=revision)
        self.model = held.to(device).eval()
        self.tokenizer = self.processor.tokenizer
        tokens = {*self.tokenizer.get_added_vocab(), getattr(self.processor, "image_token", None)}
        self.tokens = sorted(filter(None, tokens), key=len, reverse=True)
        self.batch_size, self.question, self.lock = batch_size, question, Lock()

    def scores(self, items: Sequence[Item]) -> list[float]:
        """A number for each answer, which does not depend on the others but for the last bits."""
        import torch

        found: list[float] = []
        with self.lock, torch.inference_mode():
            for start in range(0, len(items), self.batch_size):
                found += self.ask(items[start : start + self.batch_size]).float().tolist()
        return found

    def ask(self, items: Sequence[Item]) -> Any:
        """A tensor with a number for each of a few answers."""
        raise NotImplementedError

    def read(self, conversations: Sequence[list[dict[str, Any]]], items: Sequence[Item], **how: Any) -> Any:
        """Conversations with the pictures of their answers, as the model takes them."""
        texts = [self.processor.apply_chat_template(turns, tokenize=False, **how) for turns in conversations]
        images = [list(item.images) for item in items]
        return self._moved(self.processor(text=texts, images=images, padding=True, return_tensors="pt"))

    def _moved(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs where the model is, pictures in its type."""
        kinds = {name: self.model.dtype if held.is_floating_point() else held.dtype for name, held in inputs.items()}
        return {name: held.to(self.model.device, kinds[name]) for name, held in inputs.items()}


class SimilarityEngine(Engine):
    """CLIP, SigLIP and their kin: the cosine of an answer and the first picture of its row."""

    kind, loader = "similarity", "AutoModel"

    def ask(self, items: Sequence[Item]) -> Any:
        """Cosines from -1 to 1; a picture that several answers share is seen once."""
        import torch

        pictures = {item.images[0].tobytes(): item.images[0] for item in items}
        places = {data: place for place, data in enumerate(pictures)}
        seen = self.processor.image_processor(list(pictures.values()), return_tensors="pt")
        most = min(self.tokenizer.model_max_length, self.model.config.text_config.max_position_embeddings)
        texts = [cleaned(item.text, self.tokens) for item in items]
        said = self.tokenizer(texts, padding="max_length", truncation=True, max_length=most, return_tensors="pt")
        shown = self.model.get_image_features(**self._moved(seen)).pooler_output
        told = self.model.get_text_features(**self._moved(said)).pooler_output
        shown = shown[[places[item.images[0].tobytes()] for item in items]]
        return torch.nn.functional.cosine_similarity(shown.float(), told.float())


class RewardEngine(Engine):
    """A model with a head of one number, which judges an answer to a prompt with pictures."""

    kind, loader = "reward", "AutoModelForSequenceClassification"

    def ask(self, items: Sequence[Item]) -> Any:
        """The number of the head, without bounds."""
        self.tokenizer.padding_side = "right"
        logits = self.model(**self.read([conversation(item, item.text, self.tokens) for item in items], items)).logits
        if logits.shape[-1] != 1:
            raise ValueError(f"the model gives {logits.shape[-1]} numbers to an answer; a reward model gives one")
        return logits[:, 0]


class AgreementEngine(Engine):
    """A vision-language model that is asked whether a picture shows what an answer says."""

    kind, loader = "agreement", "AutoModelForImageTextToText"

    def ask(self, items: Sequence[Item]) -> Any:
        """How likely `yes` is, of `yes` and `no`."""
        self.tokenizer.padding_side = "left"
        asked = [self.question.replace("{answer}", cleaned(item.text, self.tokens)) for item in items]
        pairs = zip(items, asked, strict=True)
        turns = [conversation(Item("", text, item.images), "", ())[:-1] for item, text in pairs]
        inputs = self.read(turns, items, add_generation_prompt=True)
        chances = self.model(**inputs, logits_to_keep=1).logits[:, -1].float().softmax(-1)
        yes, no = self._first("yes"), self._first("no")
        agreed, denied = (chances[:, sorted(one - other)].sum(-1) for one, other in ((yes, no), (no, yes)))
        return agreed / (agreed + denied).clamp_min(1e-12)

    def _first(self, word: str) -> set[int]:
        """The tokens that a word may begin with."""
        forms = (word, word.title(), f" {word}", f" {word.title()}")
        return {self.tokenizer.encode(form, add_special_tokens=False)[0] for form in forms}


ENGINES: Mapping[str, type[Engine]] = {one.kind: one for one in (AgreementEngine, RewardEngine, SimilarityEngine)}
