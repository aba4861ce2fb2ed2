r"""Whether LaTeX shows anything; read by its characters, in one pass."""

import string

from vlm_rewards.text.visible import is_visible

_LETTERS = frozenset(string.ascii_letters)
_SYNTAX = frozenset("\\{}$~^_&,;:")
_SILENT = frozenset(  # commands that show nothing alone: spaces, settings, and what only dresses its argument
    f"\\{name}"
    for name in (
        *(",", ";", ":", "!", ">", " ", "\t", "\n", "(", ")", "[", "]", "\\", "/", "-"),
        *("quad", "qquad", "enspace", "enskip", "thinspace", "medspace", "thickspace", "negthinspace", "negmedspace"),
        *("negthickspace", "nobreakspace", "space", "hfil", "hfill", "vfil", "vfill", "hss", "relax", "null", "empty"),
        *("strut", "mathstrut", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "limits", "nolimits"),
        *("par", "noindent", "newline", "linebreak", "allowbreak", "nobreak", "centering", "protect", "nonumber"),
        *("notag", "rm", "bf", "it", "sf", "tt", "bfseries", "itshape", "normalfont", "tiny", "scriptsize"),
        *("footnotesize", "small", "normalsize", "large", "Large", "LARGE", "huge", "Huge", "text", "mbox", "mathrm"),
    )
)
_HIDES = {  # how many arguments of a command are not shown
    **dict.fromkeys(("\\phantom", "\\hphantom", "\\vphantom", "\\hspace", "\\vspace", "\\mspace", "\\label"), 1),
    **dict.fromkeys(("\\color", "\\textcolor", "\\begin", "\\end", "\\index", "\\class"), 1),
    **dict.fromkeys(("\\rule", "\\setlength"), 2),
}
_TAKES_LENGTH = frozenset({"\\kern", "\\mkern", "\\hskip", "\\mskip", "\\vskip"})
_LENGTH = frozenset(string.ascii_lowercase + string.digits + "+-.")


def shows(text: str) -> bool:
    r"""Whether a text shows more than white space once LaTeX has drawn it; white letters are not seen.

    A command with arguments shows what they show; one without shows itself, unless it is a space or a setting.

    >>> shows("\\text{7}"), shows("\\pi"), shows("\\{\\}"), shows("\\color{red} 7")
    (True, True, True, True)
    >>> shows("\\text{}"), shows("\\phantom{7}"), shows("\\quad"), shows("$ $"), shows("\\rule{0pt}{0pt}")
    (False, False, False, False, False)
    """
    pieces = _pieces(text)
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if piece in _HIDES:
            white = "color" in piece and pieces[at : at + 7] == list("{white}")
            at = len(pieces) if white else _behind_arguments(pieces, at, _HIDES[piece])
        elif piece in _TAKES_LENGTH:
            at += pieces[at : at + 1] == [" "]
            while at < len(pieces) and pieces[at] in _LENGTH:
                at += 1
        elif len(piece) > 1:
            if piece not in _SILENT and pieces[at : at + 1] not in (["{"], ["["]):
                return True
        elif piece not in _SYNTAX and is_visible(piece):
            return True
    return False


def _pieces(text: str) -> list[str]:
    """The commands and the other characters of a text."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        end = at + 1
        if text[at] == "\\":
            while text[end : end + 1] in _LETTERS:
                end += 1
            end = max(end, at + 2)
        pieces.append(text[at:end])
        at = end
    return pieces


def _behind_arguments(pieces: list[str], at: int, count: int) -> int:
    """Where the arguments of a command end, its star and options with them; what never closes goes on to the end."""
    while count and at < len(pieces):
        depth = 0
        opening, closing = "[]" if pieces[at] == "[" else "{}"
        count -= not (pieces[at] in ("[", "*") or pieces[at].isspace())
        while at < len(pieces):
            depth += (pieces[at] == opening) - (pieces[at] == closing)
            at += 1
            if depth <= 0:
                break
    return at
