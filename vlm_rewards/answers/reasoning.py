"""Where the reasoning of a completion ends and its response starts."""

from __future__ import annotations

from functools import lru_cache

from vlm_rewards.answers.languages import lowered

__all__ = ["split_reasoning"]


@lru_cache(maxsize=64)
def _signs(delimiters: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """What a delimiter may start with, so that most texts are searched for no delimiter."""
    return tuple({form for pair in delimiters for tag in pair for form in (tag[:1].lower(), tag[:1].upper())})


def split_reasoning(
    text: str, delimiters: tuple[tuple[str, str], ...], *, opened: bool = False
) -> tuple[str | None, str]:
    """The reasoning, None without any, and the response behind it; the prompt may have opened the reasoning."""
    if not any([sign in text for sign in _signs(delimiters)]):  # noqa: C419 - a list is faster
        return (text, "") if opened else (None, text)
    lower, close, opening, after = lowered(text), -1, "", 0
    delimiters = tuple([(start_tag.lower(), end_tag.lower()) for start_tag, end_tag in delimiters])
    for start_tag, end_tag in delimiters:
        at = lower.rfind(end_tag)
        if at > close:
            close, opening, after = at, start_tag, at + len(end_tag)
    reopened = any([lower.find(start_tag, after) >= 0 for start_tag, _ in delimiters])  # noqa: C419 - a list is faster
    if close < 0:
        return (text, "") if opened or reopened else (None, text)
    start = lower.find(opening, 0, close)
    reasoning = text[start + len(opening) if start >= 0 else 0 : close]
    # Reasoning that opens again and never ends leaves no answer behind it.
    return reasoning, "" if reopened else text[after:]
