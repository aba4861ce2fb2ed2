"""Where the reasoning of a completion ends and its response starts."""

from __future__ import annotations

from functools import lru_cache

from vlm_rewards.answers.languages import lowered

__all__ = ["split_reasoning"]


@lru_cache(maxsize=64)
def _hints(delimiters: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The fewest words of which every delimiter holds one, so that most texts are searched for no delimiter."""
    tags = [tag.lower() for pair in delimiters for tag in pair]
    runs = ["".join(sign if sign.isalpha() else " " for sign in tag).split() or [tag] for tag in tags]
    words = {max(run, key=len) for run in runs}
    return tuple(sorted(word for word in words if not any(other in word for other in words - {word})))


def split_reasoning(
    text: str, delimiters: tuple[tuple[str, str], ...], *, opened: bool = False
) -> tuple[str | None, str]:
    """The reasoning, None without any, and the response behind it; the prompt may have opened the reasoning."""
    lower = lowered(text)
    if not any([hint in lower for hint in _hints(delimiters)]):  # noqa: C419 - a list is faster
        return (text, "") if opened else (None, text)
    close, opening, after = -1, "", 0
    delimiters = tuple((start_tag.lower(), end_tag.lower()) for start_tag, end_tag in delimiters)
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
