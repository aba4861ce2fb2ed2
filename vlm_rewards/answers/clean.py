"""Take off an answer what says nothing: emphasis, quotes, a reason, the end of its sentence, full-width forms."""

from vlm_rewards.answers.languages import joined, lowered, merged, starts_with

MAX_END_TOKENS = 8
MAX_WRAPPERS = 6
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_STYLES = ("text", "textbf", "mathrm", "mathbf", "mathit", "textit", "emph")
_WRAPPERS = {  # by the last character
    **{end: ((start, end),) for start, end in zip("'\"“‘«「『【<*`", "'\"”’»」』】>*`", strict=True)},
    "}": tuple((f"\\{style}{{", "}") for style in _STYLES),
    ")": (("\\(", "\\)"),),
    "]": (("\\[", "\\]"), ("[", "]")),
    "$": (("$$", "$$"), ("$", "$")),
    "_": (("__", "__"), ("_", "_")),
}
_TAGS = tuple(f"<{end}{style}>" for style in ("b", "i", "u", "strong", "em") for end in ("", "/"))
_DRESSES = (frozenset("*<"), frozenset("*< ,"))  # signs without which an answer that ends in a word is clean; in prose
_UNCLOSED = frozenset('*_`"”')
_STOPS = " \n\ufe0f:;,!"


def without_end_tokens(text: str, tokens: tuple[str, ...]) -> str:
    """A text without the end tokens of chat templates, and the spaces around them, at its end."""
    text = text.rstrip()
    for _ in range(MAX_END_TOKENS):
        if not text.endswith(tokens):
            break
        text = next(text.removesuffix(token) for token in tokens if text.endswith(token)).rstrip()
    return text


def clean(text: str, languages: tuple[str, ...] = (), *, prose: bool) -> str:
    """An answer without what only dresses it; in prose the end of its sentence and a clause of reason are not of it."""
    text = text.strip() if text.isascii() else text.translate(_HALF).strip()
    if text[-1:].isalnum() and text.isascii() and _DRESSES[prose].isdisjoint(text):
        return text
    text = _without_emphasis(text).strip()
    while prose and text and _is_ornament(text[0]):
        text = text[1:].lstrip()
    words = merged(languages, ascii_only=text.isascii())
    if prose and not (text[:1].isalpha() and text.startswith(", which is", 1)):  # `A, which is cat` says which
        text = _before(text, words.reasons)
    for _ in range(MAX_WRAPPERS):
        before = text
        text = _unwrapped(_without_stop(text, prose=prose))
        if prose:
            text = _without_ending(text, words.endings)
        if text == before:
            break
    return text


def without_lead(text: str, languages: tuple[str, ...] = ()) -> str:
    """A sentence from the first word on that only this answer says."""
    lower, at = lowered(text), 0
    words = merged(languages, ascii_only=text.isascii())
    for _ in range(MAX_WRAPPERS):
        after = at + len(starts_with(lower, at, words.leads) or starts_with(lower, at, words.nouns))
        while after > at and text[after : after + 1] and text[after] in " ,:，：\t":
            after += 1
        if after in (at, len(text)):
            break
        at = after
    return text[at:]


def _without_emphasis(text: str) -> str:
    """The text without tags of style and `**`, but not where it is a power: `10**3`."""
    for tag in _TAGS if "<" in text else ():
        text = text.replace(tag, "")
    first, *rest = text.split("**")
    for part in rest:
        first += ("**" if first[-1:].isalnum() and part[:1].isalnum() else "") + part
    return first


def _before(text: str, words: tuple[str, ...]) -> str:
    """A text up to the first of some words that stands alone."""
    lower, end = lowered(text), len(text)
    for word in [word for word in words if word in lower]:
        at = lower.find(word, 1, end)
        if at > 0 and not joined(lower[at - 1], word[0]) and starts_with(lower, at, (word,)):
            end = at
    return text[:end].rstrip(" ,;(，") if end < len(text) else text


def _without_stop(text: str, *, prose: bool) -> str:
    end = len(text)
    while prose and end and (text[end - 1] in _STOPS or _is_ornament(text[end - 1])):
        end -= 1
    bare = text[:end].rstrip("。।｡ ")
    word = bare[-20:].rpartition(" ")[2] if bare[-1:] == "." else ""
    is_abbreviation = "." in word[:-1].rstrip(".") and word.replace(".", "").isalpha()
    return bare if is_abbreviation else bare.rstrip(". ")


def _is_ornament(sign: str) -> bool:
    return "\u2600" <= sign <= "\u27bf" or "\U0001f000" <= sign < "\U00020000"  # above are rare ideographs


def _unwrapped(text: str) -> str:
    for opening, closing in _WRAPPERS.get(text[-1:], ()):
        if len(text) > 2 and text.startswith(opening) and text.endswith(closing, len(opening)):
            inside = text[len(opening) : -len(closing)]
            if opening not in inside and closing not in inside and (opening != "[" or "," not in inside):
                return inside.strip()
    last, before = text[-1:], text[:-1]
    is_length = last == '"' and before[-1:].isdecimal()  # 6"
    is_lone = last in _UNCLOSED and last not in before.rstrip(last) and not is_length
    return before.rstrip(last + " ") if is_lone else text


def _without_ending(text: str, endings: tuple[str, ...]) -> str:
    lower = lowered(text)
    if not lower.endswith(endings):
        return text
    ending = next(ending for ending in endings if lower.endswith(ending))  # the longest stands first
    before = text[: -len(ending)]
    return before.rstrip() if before and not joined(before[-1], ending[0]) else text
