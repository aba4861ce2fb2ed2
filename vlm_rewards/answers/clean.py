"""Take off an answer what says nothing: emphasis, quotes, a reason, the end of its sentence, full-width forms."""

from __future__ import annotations

from vlm_rewards.answers.languages import Language, lowered

__all__ = ["clean", "without_end_tokens", "without_lead"]

MAX_END_TOKENS = 8
MAX_WRAPPERS = 6
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_PAIRS = (
    *("**", "__", "``", "$$"),
    *("''", '""', "“”", "‘’", "「」", "『』", "<>", "*", "_", "`", "*_", "[]"),
)
_UNCLOSED = '*`"” '


def without_end_tokens(text: str, tokens: tuple[str, ...]) -> str:
    """A text without the end tokens of chat templates, and the spaces around them, at its end.

    >>> without_end_tokens("7</s>\\n<eos>", ("</s>", "<eos>"))
    '7'
    """
    text = text.rstrip()
    for _ in range(MAX_END_TOKENS):
        if not text.endswith(tokens):
            break
        text = next(text.removesuffix(token) for token in tokens if text.endswith(token)).rstrip()
    return text


def clean(text: str, languages: tuple[Language, ...], *, prose: bool) -> str:
    """An answer without what only dresses it.

    Args:
        text: The answer as it stood.
        languages: Those whose reasons and endings are known.
        prose: Whether it stood in a sentence, whose end, reason and exclamation mark are not part of it.

    >>> from vlm_rewards.answers.languages import LANGUAGES
    >>> clean("**Paris**, because of the tower.", LANGUAGES, prose=True), clean("（Ｂ）。", LANGUAGES, prose=True)
    ('Paris', '(B)')
    >>> clean("42!", LANGUAGES, prose=True), clean("4!", LANGUAGES, prose=False), clean("U.S.", LANGUAGES, prose=True)
    ('42', '4!', 'U.S.')
    """
    text = text.translate(_HALF).replace("**", "").strip() if not text.isascii() else text.replace("**", "").strip()
    if prose:
        text = _before_reason(text, languages)
    for _ in range(MAX_WRAPPERS):
        before = text
        text = _unwrapped(_without_stop(text, prose=prose))
        if prose:
            text = _without_ending(text, languages)
        if text == before:
            break
    return text


def without_lead(text: str, languages: tuple[Language, ...]) -> str:
    """A sentence from the first word on that only this answer says.

    >>> from vlm_rewards.answers.languages import LANGUAGES
    >>> without_lead("So it is 7", LANGUAGES), without_lead("therefore", LANGUAGES)
    ('7', 'therefore')
    """
    from vlm_rewards.answers.anchors import starts_with

    lower, at = lowered(text), 0
    for _ in range(MAX_WRAPPERS):
        leads = [word for language in languages if (word := starts_with(lower, at, language.leads))]
        after = at + len(max(leads, key=len, default=""))
        while after < len(text) and after > at and text[after] in " ,:，：\t":
            after += 1
        if after == at or after >= len(text):
            break
        at = after
    return text[at:]


def _before_reason(text: str, languages: tuple[Language, ...]) -> str:
    lower = lowered(text)
    end = len(text)
    for language in languages:
        for reason in language.reasons:
            at = lower.find(reason, 1, end)
            alone = at > 0 and (not reason[0].isalpha() or not lower[at - 1].isalnum() or reason[0] >= "\u0e00")
            if alone and not lower[at + len(reason) : at + len(reason) + 1].isalpha() or (alone and reason[-1] >= "\u0e00"):
                end = at
    return text[:end].rstrip(" ,;(，")


def _without_stop(text: str, *, prose: bool) -> str:
    bare = text.rstrip(" \t\r\n")
    while prose and bare and (bare[-1] >= "\U0001f000" or "\u2600" <= bare[-1] <= "\u27bf" or bare[-1] in "\ufe0f:;,!"):
        bare = bare[:-1].rstrip()
    if bare.endswith("."):
        word = bare.rpartition(" ")[2]
        abbreviation = "." in word[:-1].rstrip(".") and word.replace(".", "").isalpha()
        bare = bare if abbreviation else bare.rstrip(". ")
    return bare.rstrip("。।｡ ")


def _unwrapped(text: str) -> str:
    for pair in _PAIRS:
        opening, closing = pair[0], pair[-1]
        inside = text[1:-1]
        if len(text) > 2 and text[0] == opening and text[-1] == closing and opening not in inside and closing not in inside:
            return inside.strip() if opening not in "[" or "," not in inside else text
    return text[:-1].rstrip() if text[-1:] and text[-1] in _UNCLOSED and text[-1] not in text[:-1] else text


def _without_ending(text: str, languages: tuple[Language, ...]) -> str:
    lower = lowered(text)
    for language in languages:
        for ending in language.endings:
            if lower.endswith(ending) and len(text) > len(ending):
                before = text[: -len(ending)]
                if ending[0] >= "\u0e00" or before[-1] in " \u0964" or not before[-1].isalpha():
                    return before.rstrip()
    return text
