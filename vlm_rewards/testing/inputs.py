"""What a reward is tried with: examples as rows, and hostile and long texts that are made from the good answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

#: Odd texts; each is also tried in the place of the number or word of the good answer, before it and after it.
ODD = (
    *("", " ", "\n", "\0", "\ud800", "\u202eabc\u202c", "\u200b", "شكرا ٤٢", "４２", "½", "👍🏽", "e\u0301", "ı"),
    *("nan", "inf", "-inf", "1e400", "1e999999999", "-1", "0", "1/0", "0.1", "1,000", "%s {0} {x}", "null", "true"),
    *("<", "</", "<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "\\boxed{}", "\\", "$", "(", "[", "{"),
    *('"', "[]", "{}", "[1, 2]", "\\frac{1}{0}", "a" * 9000, "9" * 5000, "-" * 3000, "[" * 5000, "(" * 5000),
    *("{" * 5000, '{"a":' * 5000, " The Answer. "),
)
#: What long texts repeat, beside the good answer and its parts.
FLOODS = ("a", "7", " ", "\n", "a ", "1,", "[", "{", "(", "<", "\\", '"', "<think>", "</think>", "<answer>", "\\boxed{")


def rows_of(examples: Any, columns: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Examples as rows: one or several texts, messages or completions, or rows that hold one as `completion`."""
    is_chat = isinstance(examples, list) and any("role" in item for item in examples if isinstance(item, Mapping))
    several = examples if isinstance(examples, list | tuple) and not is_chat else [examples]
    is_row = [isinstance(item, Mapping) and "completion" in item for item in several]
    return [{**columns, **(item if row else {"completion": item})} for item, row in zip(several, is_row, strict=True)]


def forms(text: str) -> dict[str, Any]:
    """The same answer in every other form in which completions come."""
    from PIL import Image

    half = len(text) // 2
    last = {"role": "assistant", "content": [{"type": "text", "text": part} for part in (text[:half], text[half:])]}
    shown = [{"type": "image", "image": Image.new("RGB", (4, 3))}, {"type": "text", "text": "a picture"}]
    calls = [{"type": "function", "function": {"name": "look", "arguments": "{}"}}]
    tools = [{"role": "assistant", "content": None, "tool_calls": calls}, {"role": "tool", "content": shown}, last]
    return {"as a message": [{"role": "assistant", "content": text}], "in blocks": [last], "after a tool": tools}


def hostile(good: str) -> Iterator[str]:
    """Texts that a policy may write: odd ones, and the good answer with odd parts or out of shape."""
    for odd in ODD:
        yield from (odd, _filled(good, odd), good + odd, odd + good)
    half = len(good) // 2
    yield from (good * 2, f"{good}\n" * 40, good.upper(), good[:half], good[half:], good[::-1], "a " * 32_000)


def floods(good: str, chars: int) -> Iterator[str]:
    """Texts that repeat something, or say nothing twice, up to a length and a little more."""
    numbers = " ".join(map(str, range(10_000, 10_000 + chars // 6)))
    yield from (numbers, _filled(good, numbers))
    for piece in dict.fromkeys(filter(None, [*FLOODS, *_parts(good), good])):
        yield piece * (chars // len(piece)) + "!"
        yield _filled(good, piece * (chars // 4 // len(piece)) + "!")


def _parts(text: str) -> list[str]:
    """A text cut into its tags, and its words and numbers and what stands between them."""
    cut: list[str] = []
    for piece in text.replace("<", "\0<").replace(">", ">\0").split("\0"):
        cut += [piece] if piece.startswith("<") else ("".join(run) for _, run in groupby(piece, str.isalnum))
    return cut


def _filled(good: str, odd: str) -> str:
    """The good answer with something odd for each of its numbers, or its longest word where it has none."""
    cut = _parts(good)
    words = [part for before, part in zip(["", *cut], cut, strict=False) if part.isalnum() and before[-1:] != "\\"]
    wanted = {word for word in words if word.isdigit()} or {max(words, key=len, default="")}
    return "".join(odd if part in wanted else part for part in cut)
