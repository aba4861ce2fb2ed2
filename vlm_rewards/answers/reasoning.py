"""Where the reasoning of a completion ends and its response starts."""

from __future__ import annotations

from functools import lru_cache

from vlm_rewards.answers.languages import lowered

__all__ = ["split_reasoning"]

_Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=64)
def _lowered(delimiters: _Pairs) -> _Pairs:
    return tuple((lowered(start_tag), lowered(end_tag)) for start_tag, end_tag in delimiters)


def split_reasoning(text: str, delimiters: _Pairs, *, opened: bool = False) -> tuple[str | None, str]:
    """The reasoning, None without any, and the response behind it; the prompt may have opened the reasoning."""
    lower, close, opening, after = lowered(text), -1, "", 0
    pairs = [pair for pair in _lowered(delimiters) if pair[0][:1] in lower or pair[1][:1] in lower]
    for start_tag, end_tag in pairs:  # the last delimiter that closes counts
        if (at := lower.rfind(end_tag, after)) >= 0:
            close, opening, after = at, start_tag, at + len(end_tag)
    reopened = any([lower.find(start_tag, after) >= 0 for start_tag, _ in pairs])  # noqa: C419 - a list is faster
    if close < 0:
        return (text, "") if opened or reopened else (None, text)
    start = lower.find(opening, 0, close)
    reasoning = text[start + len(opening) if start >= 0 else 0 : close]
    # Reasoning that opens again and never ends leaves no answer behind it.
    return reasoning, "" if reopened else text[after:]
