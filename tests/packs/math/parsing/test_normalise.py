r"""What changes only the looks of an answer has one plain form, letter by letter and command by command."""

from __future__ import annotations

import unicodedata

import pytest

from vlm_rewards_math.parsing.normalise import MAX_WRAPPERS, normalise, tight

NAMES = (
    "infty div pm mp ne cup cap in notin angle triangle lfloor rfloor lceil rceil langle rangle int sum prod "
    "Rightarrow to land lor"
)
LOOKS = {
    "-": "−–—‐‑‒―﹣－",
    "%": "％﹪٪",
    "/": "⁄∕／",
    "\\times ": "×✕⨯",
    "\\cdot ": "·⋅∙•",
    "'": "‘’′",
    '"': "“”″",
    "\\approx ": "≈≅≃",
    "\\le ": "≤⩽≦",
    "\\ge ": "≥⩾≧",
    "\\emptyset ": "∅⌀",
    "\\setminus ": "∖",
    " ": "\u200b\u200c\u200d\u2060\ufeff\u00a0\u2009\u202f\u2002\u2003\u2006\u2007\u2008\u200a\u3000",
    "\\surd ": "√",
    "\\cbrt ": "∛",
    "\\degree ": "°º",
    "\\degree C": "℃",
    "\\degree F": "℉",
    "\\$": "＄",
    ",": "，､、",
    ".": "．。",
    "R": "ℝ",
    "Z": "ℤ",
    "N": "ℕ",
    "Q": "ℚ",
    "C": "ℂ",
    **{sign: chr(ord(sign) + 0xFEE0) for sign in ";:()[]{}=+<>!|"},
    **{f"\\{name} ": sign for sign, name in zip("∞÷±∓≠∪∩∈∉∠△⌊⌋⌈⌉⟨⟩∫∑∏⇒→∧∨", NAMES.split(), strict=True)},
}


@pytest.mark.parametrize(
    ("letter", "meaning"), [(letter, text) for text, letters in LOOKS.items() for letter in letters]
)
def test_a_letter_that_looks_different_is_its_plain_form(letter: str, meaning: str) -> None:
    assert normalise(f"2{letter}3") == f"2{meaning}3"


@pytest.mark.parametrize("letter", "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΣΦΨΩϕϑ")
def test_greek_letters_are_their_commands(letter: str) -> None:
    words = unicodedata.name(letter).replace("LAMDA", "LAMBDA").split()
    name = next(word for word in words if word not in ("GREEK", "SMALL", "CAPITAL", "LETTER"))
    assert normalise(f"2{letter}3") == f"2\\{name.capitalize() if 'CAPITAL' in words else name.lower()} 3"


@pytest.mark.parametrize("raised", ["⁰0", "¹1", "²2", "³3", "⁴4", "⁵5", "⁶6", "⁷7", "⁸8", "⁹9", "⁺+", "⁻-", "ⁿn"])
def test_raised_letters_are_powers(raised: str) -> None:
    assert normalise(f"x{raised[0]}") == f"x^{{{raised[1]}}}"


@pytest.mark.parametrize("lowered", ["₀0", "₁1", "₂2", "₃3", "₄4", "₅5", "₆6", "₇7", "₈8", "₉9", "₊+", "₋-", "ₙn"])
def test_lowered_letters_are_indices(lowered: str) -> None:
    assert normalise(f"x{lowered[0]}") == f"x_{{{lowered[1]}}}"


REPLACED = [
    ("1\\!2", "12"),
    ("1{,}2", "1,2"),
    *((f"1\\{space}2", "1 2") for space in (",", ";", ":", " ", ">", "quad", "qquad", "nobreak", "/", "-")),
    *((f"1{space}2", "1 2") for space in ("~", '\\"', "\\text{ }")),
    *((f"\\{style} x+1", "x+1") for style in ("displaystyle", "textstyle")),
    *(
        (f"5{sign}", "5\\degree")
        for sign in ("^{\\circ}", "^\\circ", "^ \\circ", "^{ \\circ }", "^{\\degree}", "^\\degree")
    ),
    *((f"5{sign}", "5\\degree") for sign in ("^{o}", "\\textdegree")),
    ("\\textdollar5", "\\$5"),
    ("1\\cdotp2", "1.2"),
    ("US\\$5", "\\$5"),
    ("US$5", "$5"),
    ("x!=2", "x\\ne 2"),
    ("x<=2", "x\\le 2"),
    ("x>=2", "x\\ge 2"),
    ("x\\not=2", "x\\ne 2"),
    ("x\\not\\in A", "x\\notin  A"),
    ("x**2", "x^2"),
]


@pytest.mark.parametrize(("text", "plain"), REPLACED)
def test_signs_and_commands_have_one_form(text: str, plain: str) -> None:
    assert normalise(text) == plain


STYLES = "text textbf textit textrm mathrm mathbf mbox boxed fbox bf displaystyle"


@pytest.mark.parametrize("style", STYLES.split())
def test_a_style_around_the_whole_is_taken_off(style: str) -> None:
    assert normalise(f"\\{style}{{so be it}}") == "so be it"


@pytest.mark.parametrize("around", ["\\( \\)", "\\[ \\]", "$$ $$", "$ $", "** **", "` `", '" "'])
def test_brackets_of_a_formula_are_taken_off(around: str) -> None:
    assert normalise(around.replace(" ", "so be it")) == "so be it"


@pytest.mark.parametrize("stop", ".,;:")
def test_a_stop_at_the_end_is_taken_off(stop: str) -> None:
    assert normalise(f"so be it{stop}") == "so be it"


@pytest.mark.parametrize("end", ["p.m.", "a.m.", "P.M.", "A.M.", "1, 2, ...", "\\right."])
def test_a_stop_that_belongs_to_the_end_stays(end: str) -> None:
    assert normalise(end) == end


@pytest.mark.parametrize("sign", "+-*/=^_()[]{}<>|\\")
def test_spaces_beside_a_sign_go(sign: str) -> None:
    assert tight(f"a {sign} b") == f"a{sign}b"


def test_so_many_styles_come_off_and_no_more() -> None:
    # Wrappers come off before and after the replacements: twice as many in all.
    most = 2 * MAX_WRAPPERS
    assert MAX_WRAPPERS == 6
    assert normalise("\\text{" * most + "x" + "}" * most) == "x"
    assert normalise("\\text{" * (most + 1) + "x" + "}" * (most + 1)) == "\\text{x}"
