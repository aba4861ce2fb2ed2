"""Where the reasoning of a completion ends and its response starts."""

from __future__ import annotations

from functools import lru_cache

from vlm_rewards.answers.languages import lowered

__all__ = ["split_reasoning"]


_Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=64)
def _lowered(delimiters: _Pairs) -> tuple[_Pairs, frozenset[str]]:
    """Delimiters in lower case, and the two characters that each starts with: most texts hold none."""
    pairs = tuple((lowered(opening), lowered(closing)) for opening, closing in delimiters)
    return pairs, frozenset(tag[:2] for pair in pairs for tag in pair)


def split_reasoning(text: str, delimiters: _Pairs, *, opened: bool = False) -> tuple[str | None, str]:
    """The reasoning, None without any, and the response behind it; the prompt may have opened the reasoning."""
    (pairs, starts), lower, close, opening, after = _lowered(delimiters), lowered(text), -1, "", 0
    if not any([start in lower for start in starts]):  # noqa: C419 - a list is faster
        return (text, "") if opened else (None, text)
    tail = lower
    for start_tag, end_tag in pairs:
        if end_tag in tail:
            close, opening = lower.rfind(end_tag), start_tag
            after = close + len(end_tag)
            tail = lower[after:]
    reopened = any([start_tag in tail for start_tag, _ in pairs])  # noqa: C419 - a list is faster
    if close < 0:
        return (text, "") if opened or reopened else (None, text)
    start = lower.find(opening, 0, close)
    reasoning = text[start + len(opening) if start >= 0 else 0 : close]
    # Reasoning that opens again and never ends leaves no answer behind it.
    return reasoning, "" if reopened else text[after:]
