"""What a model is asked about: an answer with its prompt and its pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Item", "cleaned", "conversation"]


@dataclass(frozen=True)
class Item:
    """One answer: its text, its prompt as a text or as messages, and the pictures of its row in RGB."""

    text: str
    prompt: Any
    images: tuple[Image, ...]

    def as_json(self) -> dict[str, Any]:
        """What is sent to a server, with pictures as PNG in base64."""
        return {"text": self.text, "prompt": self.prompt, "images": [_encoded(image) for image in self.images]}

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Item:
        """What a server is sent."""
        from PIL import Image

        images = (Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB") for text in held["images"])
        return cls(str(held["text"]), held["prompt"], tuple(images))


def _encoded(image: Image) -> str:
    image.save(file := io.BytesIO(), "PNG", compress_level=1)
    return base64.b64encode(file.getvalue()).decode()


def cleaned(text: str, tokens: Iterable[str]) -> str:
    """A text in which no token of a model stands that its template alone may set, and that can be encoded.

    >>> cleaned("a <im<image>age>", ["<image>"])
    'a <im age>'
    """
    text = text.encode("utf-8", "replace").decode()
    for token in tokens:
        text = text.replace(token, " ")
    return text


def conversation(item: Item, text: str, tokens: Iterable[str]) -> list[dict[str, Any]]:
    """A prompt, with all pictures before its first question, and a text of the assistant's after it."""
    tokens = list(tokens)
    turns = item.prompt if isinstance(item.prompt, list) else [{"role": "user", "content": item.prompt or ""}]
    said = [{"role": turn["role"], "content": [_text(cleaned(_read(turn["content"]), tokens))]} for turn in turns]
    asked = next((turn for turn in said if turn["role"] == "user"), said[0])
    asked["content"] = [*({"type": "image"} for _ in item.images), *asked["content"]]
    return [*said, {"role": "assistant", "content": [_text(cleaned(text, tokens))]}]


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _read(content: Any) -> str:
    """The text of a turn, which may stand in parts beside its pictures."""
    parts = content if isinstance(content, list) else [content or ""]
    return "".join(part if isinstance(part, str) else str(part.get("text") or "") for part in parts)
