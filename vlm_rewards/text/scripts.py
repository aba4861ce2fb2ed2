"""The writing systems of a text, by counting its letters.

A letter's script stands in its Unicode name (`CYRILLIC SMALL LETTER A`), so no table of ranges is kept. Each
distinct character is looked up once, and counting is one pass.
"""

import unicodedata
from collections import Counter
from collections.abc import Container
from functools import lru_cache

_SCRIPTS = frozenset(
    {"arabic", "armenian", "bengali", "bopomofo", "cyrillic", "devanagari", "ethiopic", "georgian", "greek", "gujarati"}
    | {"gurmukhi", "han", "hangul", "hebrew", "hiragana", "kannada", "katakana", "khmer", "lao", "latin", "malayalam"}
    | {"mongolian", "myanmar", "oriya", "sinhala", "tamil", "telugu", "thai", "tibetan"}
)

_CODES = {
    "arabic": "ar fa ur ps ug",
    "armenian": "hy",
    "bengali": "bn as",
    "cyrillic": "ru uk bg be mk kk ky tg",
    "devanagari": "hi mr ne",
    "ethiopic": "am ti",
    "georgian": "ka",
    "greek": "el",
    "gujarati": "gu",
    "gurmukhi": "pa",
    "han": "zh",
    "hebrew": "he yi",
    "kannada": "kn",
    "khmer": "km",
    "lao": "lo",
    "latin": "en de fr es it pt nl sv da no nb nn fi is pl cs sk sl hr hu ro et lv lt tr az vi id ms tl sw ca eu gl ga",
    "malayalam": "ml",
    "myanmar": "my",
    "oriya": "or",
    "sinhala": "si",
    "tamil": "ta",
    "telugu": "te",
    "thai": "th",
    "tibetan": "bo",
}

#: The scripts that each language is written in, by its ISO 639-1 code.
LANGUAGES = {
    **{code: frozenset({script}) for script, codes in _CODES.items() for code in codes.split()},
    "ja": frozenset({"han", "hiragana", "katakana"}),
    "ko": frozenset({"hangul", "han"}),
    "sr": frozenset({"cyrillic", "latin"}),
    "uz": frozenset({"cyrillic", "latin"}),
}

_SPELLED = (
    "ar arabic, de german, en english, es spanish, fr french, hi hindi, id indonesian, it italian, ja japanese, "
    "ko korean, nl dutch, pl polish, pt portuguese, ru russian, sv swedish, th thai, tr turkish, vi vietnamese, "
    "zh chinese"
)
_NAMES = {name: code for code, name in map(str.split, _SPELLED.split(","))}

# The words of a name that tell the script.
_WORDS = {**{script: script for script in _SCRIPTS}, "cjk": "han", "ideographic": "han"}

# Tags and commands of the form, which are Latin in every language.
_MARKUP = ("<think>", "</think>", "<answer>", "</answer>", "\\boxed")


def check_language(language: str) -> None:
    """Raise ValueError for what is neither a code nor a script."""
    if language not in LANGUAGES and language not in _SCRIPTS:
        raise ValueError(
            f"language {language!r} is neither an ISO 639-1 code that is known here ({', '.join(sorted(LANGUAGES))}) "
            f"nor a script ({', '.join(sorted(_SCRIPTS))}){language_hint(language, LANGUAGES)}"
        )


def language_hint(word: object, known: Container[str]) -> str:
    """` (did you mean 'en'?)` for the name or another spelling of a known code; else an empty text.

    >>> language_hint("English", ["en"]), language_hint("zh-CN", ["zh"]), language_hint("Elvish", ["en"])
    (" (did you mean 'en'?)", " (did you mean 'zh'?)", '')
    """
    bare = str(word).lower().partition("-")[0]
    code = _NAMES.get(bare, bare)
    return f" (did you mean {code!r}?)" if code in known else ""


def scripts_of(language: str) -> frozenset[str]:
    """The scripts of a language code, or the script itself.

    >>> sorted(scripts_of("ja")), sorted(scripts_of("greek"))
    (['han', 'hiragana', 'katakana'], ['greek'])
    """
    return LANGUAGES.get(language, frozenset({language}))


def letters(text: str) -> Counter[str]:
    r"""How many letters of each script a text has; tags and `\boxed` are taken out first.

    >>> sorted(letters("<think>да</think> ok 7!").items())
    [('cyrillic', 2), ('latin', 2)]
    """
    for markup in _MARKUP:
        text = text.replace(markup, " ")
    counts: Counter[str] = Counter()
    for letter, times in Counter(text).items():
        if letter.isalpha():
            counts[_script(letter)] += times
    return counts


def share(counts: Counter[str], scripts: frozenset[str]) -> float:
    """The part of the letters that is of some scripts; there is at least one letter.

    >>> share(letters("да ok"), frozenset({"latin"}))
    0.5
    """
    return sum(counts[script] for script in scripts) / counts.total()


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    # Wide and styled letters are named after their style, and stand for plain ones.
    plain = unicodedata.normalize("NFKC", letter)[0]
    words = unicodedata.name(plain, "").lower().replace("-", " ").split()
    return next((_WORDS[word] for word in words if word in _WORDS), "other")
