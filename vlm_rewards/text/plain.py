"""Texts without marks of style and formula."""

_STYLES = ("text", "textbf", "mathrm", "mathbf", "mathit", "boxed", "bf", "rm", "textit")
_BLANKS = ("\\$", "\\(", "\\)", "\\[", "\\]", "\\ ", "\\,", "\\;", "\\quad", "~", "$", "*", "`", '"', "“", "”")
_LOOKS = (
    *((f"\\{style}{{", "{") for style in _STYLES),
    *(
        (f"\\{side}{bracket}", bracket)
        for side, bracket in zip(("left", "left", "right", "right"), "([)]", strict=True)
    ),
    *((sign, " ") for sign in _BLANKS),
    *(("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("^{\\circ}", "°"), ("^\\circ", "°"), ("\\%", "%")),
    *(("、", ","), ("，", ","), ("\\!", ""), ("’", "'"), ("−", "-")),
)


def plain(text: str) -> str:
    r"""A text without marks of style and formula.

    >>> plain("$\\text{Paris}$ in  France")
    '{Paris} in France'
    """
    for looks, means in _LOOKS:
        text = text.replace(looks, means)
    return " ".join(text.split())
