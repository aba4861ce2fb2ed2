r"""Take off what changes only the looks of an answer, and nothing that could make two answers one.

Whatever separates is replaced by a space, never by nothing: `4\,2` must not become 42.
"""

import unicodedata
from functools import lru_cache

from vlm_rewards_math.parsing.chinese import with_signs
from vlm_rewards_math.parsing.units import unit
from vlm_rewards_math.parsing.vocabulary import GREEK_LETTERS

MAX_WRAPPERS = 6  # `\text{\textbf{(B)}}` is real, twenty layers are an attack
_SHIFTED = {
    letter: (shift, plain)
    for shift, letters in (("^", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"), ("_", "₀₁₂₃₄₅₆₇₈₉₊₋ₙ"))
    for letter, plain in zip(letters, "0123456789+-n", strict=True)
}
_OVER = {"\u0307": "\\dot", "\u0305": "\\overline"}  # what combines with the digit before it
_SIGNS = "π∞√∛°º÷±∓≠∪∩∈∉∠△⌊⌋⌈⌉⟨⟩∫∑∏⇒→∧∨∅⌀∖"
_NAMES = (
    "pi infty surd cbrt degree degree div pm mp ne cup cap in notin angle triangle lfloor rfloor lceil rceil "
    "langle rangle int sum prod Rightarrow to land lor emptyset emptyset setminus"
)
_LETTERS: dict[str, str] = {
    **dict.fromkeys("−–—‐‑‒―﹣", "-"),
    **dict.fromkeys("﹪٪", "%"),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("×✕⨯", "\\times "),
    **dict.fromkeys("·⋅∙•", "\\cdot "),
    **dict.fromkeys("‘’′", "'"),
    **dict.fromkeys("“”″", '"'),
    **dict.fromkeys("≈≅≃", "\\approx "),
    **dict.fromkeys("≤⩽≦", "\\le "),
    **dict.fromkeys("≥⩾≧", "\\ge "),
    # What is not seen still separates: `4<zero width>2` is not 42.
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00a0\u2009\u202f\u2002\u2003\u2006\u2007\u2008\u200a\u3000", " "),
    **{letter: f"\\{name} " for letter, name in GREEK_LETTERS.items()},
    **{sign: f"\\{name} " for sign, name in zip(_SIGNS, _NAMES.split(), strict=True)},
    "℃": "\\degree C",
    "℉": "\\degree F",
    **dict(zip("ℝℤℕℚℂ", "RZNQC", strict=True)),
    **dict(zip("。､、∶", ".,,:", strict=True)),
    "＄": "\\$",
    "…": "...",
    "‰": "/1000 ",
    **{chr(0x2460 + at): f"({at + 1})," for at in range(20)},  # the numbers of statements, in circles
}
# What is said of the rounding of a value, and what more may be said with it.
_PLACES = frozenset(("nearest", "sf", "dp", "fig", "figs", "figures", "places", "decimals"))
_ROUNDING = _PLACES | {"approx", "approximately", "rounded"}
_BESIDE = "correct to the a about sig significant figure digits decimal place whole number one two three four"
_ROUNDED = _ROUNDING | {"", *_BESIDE.split(), "tenth", "hundredth", "thousandth"}
_DOMAINS = ("\\in ", "\\in\\", "\\ge")
_CHINESE = ("精确到", "保留")
_REMARKS = ("(", " correct ", " rounded ", " to ", " ", *_CHINESE)

_REPLACED = (
    (",\\! ", ","),
    ("per cent", "percent"),
    ("\\!", ""),  # a negative space: nothing is seen
    ("{,}", ","),
    *((f"\\{space}", " ") for space in (",", ";", ":", " ", ">", "quad", "qquad", "nobreak", "/", "-")),
    *((space, " ") for space in ("~", '\\"', "\\text{ }", "\\displaystyle", "\\textstyle")),
    *((degree, "\\degree ") for degree in ("^{\\circ}", "^\\circ", "^ \\circ", "^{\\degree}", "^\\degree", "^{o}")),
    ("\\textdegree", "\\degree "),
    ("\\textdollar", "\\$"),
    ("\\cdotp", "."),
    *((f"US{dollar}", dollar) for dollar in ("\\$", "$")),
    *((f"{word}.", word) for word in ("Rs", "approx", "sq", "cu")),
    (" in base ", "_"),
    *((sign, "\\ne ") for sign in ("!=", "\\not=")),
    *(("<=", "\\le "), (">=", "\\ge "), ("\\not\\in", "\\notin ")),
    ("**", "^"),
    *((f"{x}10^", "\\times 10^") for x in (" x ", "x")),
)
_WHOLE = dict.fromkeys(("all real numbers", "all reals", "全体实数", "任意实数", "\\mathbb{r}"), "R")
_SIGNS_APART = frozenset(("=", "(", ")", ".", "\\%", "%", "^"))
_STYLES = ("text", "textbf", "textit", "textrm", "mathrm", "mathbf", "mbox", "boxed", "fbox", "bf", "displaystyle")
_TEXTS = tuple(f"\\{style}{{" for style in _STYLES)
_BRACKETS = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("$", "$"), ("**", "**"), ("`", "`"), ('"', '"'))


@lru_cache(maxsize=512)
def normalise(text: str) -> str:
    r"""A text without dollars, wrappers of style, a full stop, and spaces that mean nothing.

    >>> normalise("$\\text{(B)}$."), normalise("36°"), normalise("\\boxed{ \\dfrac {1} {2} }"), normalise("2√3")
    ('(B)', '36\\degree', '\\dfrac {1} {2}', '2\\surd 3')
    >>> normalise("4\\,2"), normalise("10⁻³")
    ('4 2', '10^{-3}')
    """
    if text.isalnum() and text.isascii():
        return text
    if not text.isascii():
        text = _ascii(text)
    if "\\\\" in text and ("\\\\begin" in text or "\\begin" not in text):
        text = text.replace("\\\\", "\\")  # escaped twice, as in JSON within JSON
    text = unwrapped(text)
    if not text.isalnum():
        # Not across a line break of a matrix, whose second backslash does not begin a command.
        text = "\\\\".join(map(_replaced, text.split("\\\\"))) if "\\\\" in text else _replaced(_unspaced(text))
    text = unwrapped(without_remark(text))
    return _WHOLE.get(text.casefold(), text)


def _unspaced(text: str) -> str:
    r"""LaTeX as recognisers write it, with spaces around every sign, without them: `12 \mathrm { ~ c m } ^ { 2 }`."""
    if " " not in text:
        return text
    words = text.split() if " / " not in text else []  # `1 2 / 5` may be a mixed number
    apart = all(len(word) == 1 or word[0] == "\\" for word in words) and not _SIGNS_APART.isdisjoint(words)
    if not apart and not any(mark in text for mark in (" { ", "^{ ", "_{ ")):
        return text
    text = f" {tight(text.replace('~', ' ')).replace(' . ', '.')} "
    return "".join(sign for at, sign in enumerate(text) if sign != " " or not _are_lone(text, at))


def _are_lone(text: str, at: int) -> bool:
    """Whether a space stands between two letters, or two digits, that have no others beside them."""
    before, pair, after = text[at - 2 : at - 1], text[at - 1 : at] + text[at + 1 : at + 2], text[at + 2 : at + 3]
    is_pair = len(pair) == 2 and (pair.isalpha() or pair.isdecimal())
    return is_pair and before != "\\" and not any(map(str.isalnum, before + after))


def without_remark(text: str) -> str:
    """A value without what is said behind it of its rounding, or of where it holds: `3.14 (to 3 s.f.)`.

    >>> without_remark("3.14 (approx.)"), without_remark("3.14 to 2 d.p."), without_remark("f(3)")
    ('3.14', '3.14', 'f(3)')
    """
    if " " not in text and "(" not in text and text.isascii():
        return text
    named, _, domain = text.rpartition("(")
    if "=" in named and not named[-1].isalpha() and domain.endswith(")") and any(sign in domain for sign in _DOMAINS):
        return named.rstrip(" \\")  # `a_n = 2n (n \\in N)`
    for opening in _REMARKS:
        value, _, remark = text.partition(opening)
        said = [word.lstrip("0123456789") for word in remark.strip(")}$ ").casefold().replace(".", "").split()]
        is_known = bool(said) and said[0] in _ROUNDED and all(word in _ROUNDED or unit(word) for word in said)
        rounds = is_known and not (_PLACES if "" in said else _ROUNDING).isdisjoint(said)  # `5 to 7 rounded` is a range
        if value and remark and (rounds or opening in _CHINESE):
            return value.removesuffix("\\text{").rstrip(" ,(")
    return text


def _replaced(text: str) -> str:
    for looks, means in _REPLACED:
        if looks in text:
            text = text.replace(looks, means)
    return text


def unwrapped(text: str) -> str:
    r"""The inside of dollars, `\(..\)`, `\text{..}` and their like, without a full stop behind it."""
    for _ in range(MAX_WRAPPERS):
        if text[:1].isalnum() and text[-1:].isalnum():
            break
        before = text
        text = text.strip()
        if text and not text.strip("$. "):
            return ""
        if text.endswith((".", ",", ";", ":")) and not text.endswith(("p.m.", "a.m.", "P.M.", "A.M.", "...", "right.")):
            text = text[:-1].rstrip()
        for opening, closing in _BRACKETS:
            width = len(opening)
            if len(text) > 2 * width and text.startswith(opening) and text.endswith(closing):
                inside = text[width:-width]
                if opening not in inside:
                    text = inside
                    break
        if text.endswith("}"):
            text = _unstyled(text)
        if text == before:
            break
    return text


def _unstyled(text: str) -> str:
    r"""The inside of `\text{..}` where its braces hold the whole; `{..}` alone may be a set, so it stays."""
    for opening in _TEXTS:
        if text.startswith(opening):
            inside = text[len(opening) : -1]
            return inside if _balanced(inside) else text
    return text


def _balanced(text: str) -> bool:
    r"""Whether no brace closes that was not opened here."""
    depth = 0
    for at, sign in enumerate(text):
        if sign in "{}" and text[at - 1 : at] != "\\":
            depth += 1 if sign == "{" else -1
            if depth < 0:
                return False
    return depth == 0


def tight(text: str) -> str:
    """Spaces only where they keep letters, digits, points or commas apart: `15x - 80` is `15x-80`, `4 2` is not 42."""
    words = text.split()
    if len(words) < 2:
        return "".join(words)
    parts = [words[0]]
    for word in words[1:]:
        if parts[-1][-1] not in _BREAKS and word[0] not in _BREAKS:
            parts.append(" ")
        parts.append(word)
    return "".join(parts)


_BREAKS = frozenset("+-*/=^_()[]{}<>|\\")


def _ascii(text: str) -> str:
    parts: list[str] = []
    raised = ""
    for letter in with_signs(text):
        shift, plain = _SHIFTED.get(letter, ("", ""))
        if shift and shift == raised:
            parts.insert(-1, plain)
        elif shift:
            parts += [shift + "{", plain, "}"]
        elif letter in _OVER and parts and parts[-1].isdecimal():
            parts[-1] = f"{_OVER[letter]}{{{parts[-1]}}}"
        else:
            parts.append(letter if letter < "\x80" else _LETTERS.get(letter) or _folded(letter))
        raised = shift
    return "".join(parts)


def _folded(letter: str) -> str:
    """A digit or a fraction of any script in ASCII; other letters as they are."""
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(letter) == "No":
        shown = unicodedata.normalize("NFKC", letter)
        top, slash, bottom = shown.partition("\u2044")
        if slash and top.isascii() and bottom.isascii():
            return f"\\frac{{{top}}}{{{bottom}}}"
    if "\uff01" <= letter <= "\uff5e":  # full width forms of ASCII
        return chr(ord(letter) - 0xFEE0)
    return letter
