"""Where the reasoning of a completion ends and its response starts."""

from functools import lru_cache

from vlm_rewards.answers.languages import lowered

_Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=64)
def _by_first_sign(delimiters: _Pairs) -> tuple[tuple[str, tuple[tuple[str, _Pairs], ...]], ...]:
    """Delimiters in lower case, by the first sign and the longest word of one: most texts hold none of these."""
    found: dict[str, dict[str, dict[tuple[str, str], None]]] = {}
    for opening, closing in delimiters:
        pair = lowered(opening), lowered(closing)
        for tag in pair:
            words = "".join(sign if sign.isalpha() else " " for sign in tag).split()
            for first in {tag[:1], tag[:1].upper()}:
                known = found.setdefault(first, {}).setdefault(max(words, key=len, default=tag), {})
                known[pair] = None
    return tuple((first, tuple((word, tuple(held)) for word, held in here.items())) for first, here in found.items())


def split_reasoning(text: str, delimiters: _Pairs, *, opened: bool = False) -> tuple[str | None, str]:
    """The reasoning, None without any, and the response behind it; the prompt may have opened the reasoning."""
    lower, close, opening, after = "", -1, "", 0
    held: list[tuple[str, str]] = []
    for first, words in _by_first_sign(delimiters):
        if first not in text:
            continue
        lower = lower or lowered(text)
        tail = lower[after:]  # the last delimiter that closes counts: what stands before one is read no more
        for word, pairs in words:
            if word in tail:
                held += pairs
                for start_tag, end_tag in pairs:
                    if (at := tail.rfind(end_tag)) >= 0:
                        close, opening = after + at, start_tag
                        after = close + len(end_tag)
                        tail = lower[after:]
    reopened = bool(held) and any([start_tag in lower[after:] for start_tag, _ in held])  # noqa: C419 - a list is faster
    if close < 0:
        return (text, "") if opened or reopened else (None, text)
    start = lower.find(opening, 0, close)
    reasoning = text[start + len(opening) if start >= 0 else 0 : close]
    # Reasoning that opens again and never ends leaves no answer behind it.
    return reasoning, "" if reopened else text[after:]
