r"""`doc/formula`: a formula as it stands on a page."""

from __future__ import annotations

import string
from collections import Counter

import vlm_rewards as vr
from vlm_rewards_doc.texts import judged

MAX_CHARS = 1000
_LOOKS = ("\\left", "\\right", "\\displaystyle", "\\limits", "\\quad", "\\,", "\\;", "\\!", "\\:", "\\ ", "~", "&")
_SAME = (
    *((look, " ") for look in _LOOKS),
    *(("\\leq", "≤"), ("\\geq", "≥"), ("\\neq", "≠"), ("\\le", "≤"), ("\\ge", "≥"), ("\\ne", "≠")),
    *(("\\dfrac", "\\frac"), ("\\tfrac", "\\frac")),
)


@vr.reward(range=(0.0, 1.0))
def formula(completion: vr.Completion, solution: str) -> vr.RewardOutput:
    r"""The answer is the formula of the reference, however its LaTeX is written.

    Range 0 or 1; never abstains. The answer is the last `<answer>` block, or else all that follows the reasoning: one
    formula in `$..$`, `$$..$$`, `\(..\)` or `\[..\]`, or bare. It is right where it is the same but for spaces and
    looks, or where it has the same letters and relations and `math/answer` takes the two for equal: `\frac12 x` is
    `x/2`, and 0.5 is no answer to an integral. What only computer algebra could decide is wrong. Several formulas or
    over 1,000 characters are unparseable.

    Source: in the place of CDM (Wang et al., arXiv 2409.03643), which compares renderings and needs TeX.

    >>> formula(vr.Completion("$$E = m c^{2}$$"), "E=mc^2").score
    1.0
    >>> formula(vr.Completion("\\[x/2 + 1\\]"), "1 + \\frac{x}{2}").score
    1.0
    >>> formula(vr.Completion("$x = 5$"), "5").score  # a hack: what is meant, not what stands there
    0.0
    """
    return judged(completion, solution, _only, _only, lambda *both: (float(equal_formulas(*both)), ""))


def formulas(text: str) -> list[str]:
    """The formulas of a text, each without its marks."""
    for mark in ("$$", "\\[", "\\]", "\\(", "\\)"):
        text = text.replace(mark, "$")
    return [part.strip() for part in text.split("$")[1::2]]


def equal_formulas(given: str, wanted: str) -> bool:
    """Whether two formulas without marks are the same, by their text or by `math/answer`."""
    from vlm_rewards_math import answer

    if len(given) > MAX_CHARS:
        return False
    one, other = _read(given), _read(wanted)
    if one == other or one[1:] != other[1:]:
        return one == other
    outcome = answer(vr.Completion(f"\\boxed{{{given}}}"), wanted)
    return isinstance(outcome, vr.RewardOutput) and outcome.score == 1.0


def _only(text: str) -> str:
    """The one formula of a text. Raises ValueError where there is not one."""
    found = formulas(text) or [text]
    if len(found) > 1 or not 0 < len(found[0]) <= MAX_CHARS:
        raise ValueError(f"there is not one formula of at most {MAX_CHARS} characters")
    return found[0]


def _read(formula: str) -> tuple[str, frozenset[str], Counter[str]]:
    """A formula without spaces, looks and braces around one sign; its letters but those of commands; its relations."""
    for looks, means in _SAME:
        formula = formula.replace(looks, means)
    first, *parts = formula.split("\\")
    bare = first + "".join(part.lstrip(string.ascii_letters) for part in parts)
    tight = "".join(formula.split())
    for sign in set(tight) - set("{}\\"):
        tight = tight.replace(f"{{{sign}}}", sign)
    return tight, frozenset(filter(str.isalpha, bare)), Counter(sign for sign in bare if sign in "<=>≤≥≠")
