"""Where the reasoning of a completion ends and its response starts."""

from __future__ import annotations

from functools import lru_cache

from vlm_rewards.answers.languages import lowered

__all__ = ["split_reasoning"]


_Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=64)
def _lowered(delimiters: _Pairs) -> tuple[_Pairs, tuple[str, ...]]:
    """Delimiters in lower case, and what one may start with, so that most texts are searched for no delimiter."""
    pairs = tuple((lowered(opening), lowered(closing)) for opening, closing in delimiters)
    starts = {(tag[:1], tag[1:2]) for pair in pairs for tag in pair}
    return pairs, tuple(
        {f + s for first, second in starts for f in (first, first.upper()) for s in (second, second.upper())}
    )


def split_reasoning(text: str, delimiters: _Pairs, *, opened: bool = False) -> tuple[str | None, str]:
    """The reasoning, None without any, and the response behind it; the prompt may have opened the reasoning."""
    pairs, starts = _lowered(delimiters)
    if not any([start in text for start in starts]):  # noqa: C419 - a list is faster
        return (text, "") if opened else (None, text)
    lower, close, opening, after = lowered(text), -1, "", 0
    for start_tag, end_tag in pairs:
        at = lower.rfind(end_tag)
        if at > close:
            close, opening, after = at, start_tag, at + len(end_tag)
    reopened = any([lower.find(start_tag, after) >= 0 for start_tag, _ in pairs])  # noqa: C419 - a list is faster
    if close < 0:
        return (text, "") if opened or reopened else (None, text)
    start = lower.find(opening, 0, close)
    reasoning = text[start + len(opening) if start >= 0 else 0 : close]
    # Reasoning that opens again and never ends leaves no answer behind it.
    return reasoning, "" if reopened else text[after:]
