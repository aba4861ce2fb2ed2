r"""Every word of the language of answers means what it says: each has a case here that fails without it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vlm_rewards_math.parsing.lexer import tokens
from vlm_rewards_math.parsing.nodes import Node, Unreadable, integer
from vlm_rewards_math.parsing.parser import parse
from vlm_rewards_math.parsing.units import unit


def each(table: dict[str, str]) -> list[tuple[str, str]]:
    """Each name of a table with its meaning."""
    return [(name, meaning) for meaning, names in table.items() for name in names.split()]


X, Y = Node("sym", (), "x"), Node("sym", (), "y")
TRIGONOMETRIC = ("sin", "cos", "tan", "cot", "sec", "csc")
FUNCTIONS = {
    **{head: head for head in TRIGONOMETRIC},
    **{f"{head}h": f"{head}h" for head in TRIGONOMETRIC},
    **{f"a{head}": f"arc{head} a{head}" for head in TRIGONOMETRIC},
    **{f"a{head}h": f"arc{head}h ar{head}h a{head}h" for head in TRIGONOMETRIC},
    "csc": "csc cosec",
    "tan": "tan tg",
    "cot": "cot ctg",
    "atan": "arctan atan arctg",
    "sgn": "sgn sign",
    "ceil": "ceil ceiling",
    "binom": "binomial",
    "abs": "abs Abs",
    "max": "max Max",
    "min": "min Min",
    "Re": "re Re",
    "Im": "im Im",
    "conj": "conjugate",
    "log10": "lg",
    **{name: name for name in ("ln", "log", "exp", "gcd", "lcm", "floor", "det", "arg", "factorial", "tr", "rank")},
    "dim": "dim",
}


@pytest.mark.parametrize(("name", "head"), each(FUNCTIONS))
def test_functions_are_called_by_their_names(name: str, head: str) -> None:
    assert parse(f"{name}(x)") == parse(f"\\{name}(x)") == Node(head, (X,))


RELATIONS = {
    "<=": "le leq leqslant leqq",
    ">=": "ge geq geqslant geqq",
    "!=": "ne neq",
    "~": "approx simeq cong doteq thickapprox",
    "to": "rightarrow to longrightarrow",
    "<": "lt",
    ">": "gt",
    **{name: name for name in ("in", "notin", "subset", "subseteq", "equiv", "sim", "propto", "perp")},
}


@pytest.mark.parametrize(("name", "sign"), each(RELATIONS))
def test_relations_stand_between_their_sides(name: str, sign: str) -> None:
    assert parse(f"x\\{name} y") == Node("chain", (X, Y), (sign,))


OPERATIONS = {
    "*": "times cdot ast bullet star",
    "/": "div slash",
    "mod": "mod bmod",
    "binom": "choose",
    "union": "cup",
    "intersection": "cap",
    "difference": "setminus backslash",
    "ratio": "colon",
}


@pytest.mark.parametrize(("name", "head"), each(OPERATIONS))
def test_operations_stand_between_their_operands(name: str, head: str) -> None:
    assert parse(f"x\\{name} y") == Node(head, (X, Y))


def quantity(value: int, name: str) -> Node:
    return Node("qty", (integer(value),), unit(name))


LIST = Node("list", (X, Y))
COMMANDS = [
    *((f"\\{name}{{x}}{{y}}", Node("/", (X, Y))) for name in ("frac", "dfrac", "tfrac", "cfrac")),
    *((f"\\{name}{{x}}{{y}}", Node("binom", (X, Y))) for name in ("binom", "dbinom", "tbinom")),
    *(
        (f"\\{name} x dx", Node("int", (X, Node("nothing"), Node("nothing")), ("x",)))
        for name in ("int", "iint", "oint")
    ),
    ("\\lvert x\\rvert", Node("abs", (X,))),
    ("\\vert x\\mid", Node("abs", (X,))),
    ("\\lVert x\\rVert", Node("abs", (X,))),
    ("\\Vert x\\|", Node("abs", (X,))),
    ("\\parallel x\\parallel", Node("abs", (X,))),
    *((f"x\\{name} y", LIST._replace(value="and")) for name in ("land", "wedge")),
    *((f"x\\{name} y", LIST._replace(value="or")) for name in ("lor", "vee")),
    *((text, Node("set", (X, Y))) for text in ("\\{x,y\\}", "\\lbrace x,y\\rbrace")),
    ("\\lbrack x,y\\rbrack", Node("tuple", (X, Y), "[]")),
    *((text, Node("tuple", (X, Y), "()")) for text in ("\\lgroup x,y\\rgroup", "\\lparen x,y\\rparen")),
    ("\\langle x,y\\rangle", Node("tuple", (X, Y), "()")),
    *((text, Node("ceil", (X,))) for text in ("\\lceil x\\rceil", "\\ulcorner x\\urcorner")),
    *((text, Node("floor", (X,))) for text in ("\\lfloor x\\rfloor", "\\llcorner x\\lrcorner")),
    *((f"\\{name}", Node("const", (), "empty")) for name in ("emptyset", "varnothing")),
    *(
        (f"x, \\{name}", Node("list", (X, Node("text", (), "..."))))
        for name in ("ldots", "dots", "cdots", "dotsc", "dotsb", "vdots")
    ),
    *((f"x\\{name}", Node("deg", (X,))) for name in ("degree", "circ")),
    *((f"\\{name} x", X) for name in ("Rightarrow", "implies", "Longrightarrow", "therefore")),
    ("f\\prime", Node("sym", (), "f'")),
    ("\\pm x", Node("pm", (X,))),
    ("\\mp x", Node("mp", (X,))),
    *((f"\\{name} x", Node("sqrt", (X,))) for name in ("sqrt", "surd")),
    ("\\cbrt x", Node("root", (X, integer(3)))),
    ("x \\equiv y \\pmod{5}", Node("chain", (X, Y, integer(5)), ("equiv", "pmod"))),
    ("\\sum_1^2 x", Node("sum", (X, integer(1), integer(2)))),
    ("\\prod_1^2 x", Node("prod", (X, integer(1), integer(2)))),
    ("\\lim_{y} x", Node("lim", (X, Y))),
    ("\\infty", Node("const", (), "inf")),
    ("\\pi", Node("const", (), "pi")),
    *((f"\\{name} x", Node("named", (X,), name)) for name in ("angle", "triangle")),
    ("x\\%", Node("pct", (X,))),
    *((f"\\{sign}", Node("text", (), sign)) for sign in "#&_"),
    ("\\$5", quantity(5, "dollar")),
    ("\\pounds 5", quantity(5, "gbp")),
    ("\\euro 5", quantity(5, "euro")),
]


@pytest.mark.parametrize(("text", "expected"), COMMANDS)
def test_commands_are_read(text: str, expected: Node) -> None:
    assert parse(text) == expected


SIGNED = (
    *(("€", "euro"), ("£", "gbp"), ("¥", "yen"), ("₹", "rupee"), ("₱", "peso"), ("₩", "won"), ("₫", "dong")),
    *(("₽", "ruble"), ("₺", "lira"), ("₦", "naira"), ("₴", "hryvnia"), ("₪", "shekel"), ("฿", "baht"), ("¢", "cent")),
)
SIGNS = [
    *((f"x{sign}y", Node(head, (X, Y))) for sign, head in (["+", "+"], ["*", "*"], ["/", "/"], [":", "ratio"])),
    ("x-y", Node("+", (X, Node("neg", (Y,))))),
    ("x^y", Node("^", (X, Y))),
    ("x_y", Node("sym", (), "x_y")),
    ("x!", Node("!", (X,))),
    ("x%", Node("pct", (X,))),
    ("x'", Node("sym", (), "x'")),
    ("(x,y)", Node("tuple", (X, Y), "()")),
    ("[x,y]", Node("tuple", (X, Y), "[]")),
    ("x;y", LIST),
    ("{x}", X),
    ("|x|", Node("abs", (X,))),
    *((f"x{sign}y", Node("chain", (X, Y), (sign,))) for sign in "=<>"),
    ("\\begin{matrix}x&y\\end{matrix}", Node("matrix", (Node("tuple", (X, Y), "[]"),))),
    *((f"{sign}5", quantity(5, name)) for sign, name in SIGNED),
    *((f"5{sign}", quantity(5, name)) for sign, name in (*SIGNED, ("元", "yuan"), ("円", "yen"), ("원", "won"))),
    *((f"5{sign}", parse("5 apples")) for sign in "个個人只次种種条條张張本件名块塊枚匹つ개명辆棵支朵页岁倍台"),
]


@pytest.mark.parametrize(("text", "expected"), SIGNS)
def test_signs_are_read(text: str, expected: Node) -> None:
    assert parse(text) == expected


# Codes of currencies, with a name or with the code itself.
CODES = (
    *(("USD", "dollars"), ("EUR", "euros"), ("GBP", "gbp"), ("JPY", "yen"), ("CNY", "yuan"), ("RMB", "yuan")),
    *(("INR", "rupees"), ("Rs", "rupees"), ("PHP", "pesos"), ("KRW", "won"), ("VND", "dong"), ("RUB", "rubles")),
    *(("NGN", "naira"), ("UAH", "hryvnia"), ("ILS", "shekels"), ("THB", "baht"), ("CHF", "francs"), ("PLN", "zloty")),
    *(("IDR", "rupiah"), ("MYR", "ringgit"), ("KES", "shillings"), ("Ksh", "shillings")),
    *((code, code.lower()) for code in ["AUD", "CAD", "NZD", "HKD", "SGD", "BRL", "MXN", "ZAR", "SEK", "NOK", "DKK"]),
)
DOLLARS = (
    *(
        ("A", "AUD"),
        ("AU", "AUD"),
        ("C", "CAD"),
        ("CA", "CAD"),
        ("HK", "HKD"),
        ("NZ", "NZD"),
        ("R", "BRL"),
        ("S", "SGD"),
    ),
)
WORDS = [
    *((f"x*{name}", "x*\\pi") for name in ("pi", "Pi")),
    *((name, "\\infty") for name in ("oo", "inf", "infinity", "Infinity", "infty")),
    *((f"{name}(x)", "\\sqrt{x}") for name in ("sqrt", "root")),
    ("cbrt(x)", "\\cbrt{x}"),
    ("frac{1}{2}", "1/2"),
    ("x and y", "x\\land y"),
    ("x or y", "x\\lor y"),
    ("x union y", "x\\cup y"),
    ("x mod y", "x\\bmod y"),
    ("x choose y", "\\binom{x}{y}"),
    ("2 dozen", "2*12"),
    ("2 hundred", "2*100"),
    ("2 thousand", "2*1000"),
    ("2 million", "2*1000000"),
    ("2 billion", "2*1000000000"),
    ("2 trillion", "2*1000000000000"),
    *((f"5\\text{{{name}}}", "5\\degree") for name in ("degrees", "degree", "deg")),
    *((f"2 {name}", "2\\%") for name in ("percent", "pct", "percents")),
    *((f"{name} 2", "-2") for name in ("minus", "negative")),
    *((f"{name} 2", "2") for name in ("about", "approximately", "approx", "roughly")),
    *((f"{code} 5", f"5 {name}") for code, name in CODES),
    *((f"{letters}$5", f"{code} 5") for letters, code in DOLLARS),
]


@pytest.mark.parametrize(("text", "same"), WORDS)
def test_bare_words_mean_their_signs(text: str, same: str) -> None:
    assert parse(text) == parse(same)


GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon phi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varepsilon vartheta varphi varrho "
    "varsigma ell hbar aleph nabla partial"
)


@pytest.mark.parametrize("name", GREEK.split())
def test_greek_letters_are_unknowns(name: str) -> None:
    assert parse(f"\\{name}") == Node("sym", (), name)


SKIPPED = (
    "left right mleft mright big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle "
    "textstyle scriptstyle limits nolimits rm bf it sf tt boldmath mathstrut strut hfill hline nonumber notag "
    "normalsize large Large centering"
)


@pytest.mark.parametrize("name", SKIPPED.split())
def test_what_says_only_how_text_is_set_is_skipped(name: str) -> None:
    assert parse(f"\\{name} x") == X


@pytest.mark.parametrize("name", ["left", "right", "mleft", "mright"])
def test_a_bracket_that_is_not_seen_is_skipped(name: str) -> None:
    assert parse(f"\\{name}. x") == X


TEXTS = (
    "text textbf textit textrm textsf texttt textnormal textsc mbox mathrm mathsf mathtt operatorname emph hbox "
    "texttimes underline unit"
)


@pytest.mark.parametrize("name", TEXTS.split())
def test_words_in_another_face_are_words(name: str) -> None:
    assert parse(f"5\\{name}{{miles per hour}}") == parse("5 mph")


ACCENTS = (
    "mathbf mathit mathbb mathcal mathfrak boldsymbol bm bold vec hat tilde widehat widetilde overrightarrow "
    "overleftarrow ddot boxed fbox pmb mathop mathord mathbin"
)


@pytest.mark.parametrize("name", ACCENTS.split())
def test_what_stands_under_an_accent_is_read_as_it_is(name: str) -> None:
    assert parse(f"\\{name}{{x}}") == X


@pytest.mark.parametrize("name", ["bar", "overline"])
def test_a_bar_is_read_over_one_unknown_only(name: str) -> None:
    assert parse(f"\\{name}{{x}}") == Node("sym", (), "bar x")
    assert parse(f"\\{name}{{AB}}") == parse("AB")
    assert parse(f"\\{name}{{12}}") == parse("12")


def test_a_derivative_by_a_dot_is_read_only_in_an_index() -> None:
    assert parse("x_{\\dot y}") == Node("sym", (), "x_doty")
    with pytest.raises(Unreadable):
        parse("\\dot{x}")


GLUED = [
    ("\\lbracex\\}", "\\{x\\}"),
    ("\\{x\\rbracey", "\\{x\\}y"),
    ("\\lvertx|", "|x|"),
    ("|x\\rverty", "|x|y"),
    ("\\vertx|", "|x|"),
    ("\\lbrackx,y]", "[x,y]"),
    ("[x,y\\rbrackz", "[x,y]z"),
    ("\\lfloorx\\rfloor", "\\lfloor x\\rfloor"),
    ("\\lceilx\\rceil", "\\lceil x\\rceil"),
    ("2\\cdotx", "2*x"),
    ("2\\timesx", "2*x"),
    ("\\pix", "\\pi x"),
]


@pytest.mark.parametrize(("text", "same"), GLUED)
def test_a_command_glued_to_a_letter_is_both(text: str, same: str) -> None:
    assert parse(text) == parse(same)


@pytest.mark.parametrize("joint", ["and", "or", ", and", ", or", "and,", "&", ",", ";", "and also"])
def test_words_between_items_separate_them(joint: str) -> None:
    node = parse(f"x\\text{{{joint}}}y")
    assert (node.head, node.args) == ("list", (X, Y))


@pytest.mark.parametrize(
    "word",
    ["not", "never", "neither", "nor", "except", "or", "any", "wrong", "incorrect", "maybe", "perhaps", "possibly"],
)
def test_words_that_take_back_are_not_read(word: str) -> None:
    for text in (f"42 \\text{{{word} so}}", f"\\text{{it is {word} so}}"):
        with pytest.raises(Unreadable):
            tokens(text)


@pytest.mark.parametrize("dots", [" repeating", "...", "\\ldots", "\\dots", "\\cdots"])
def test_digits_before_dots_repeat(dots: str) -> None:
    assert parse(f"0.33{dots}").value == Fraction(1, 3)


@pytest.mark.parametrize("name", ["sqrt", "sin", "cos", "tan", "log", "exp", "pi", "ln"])
def test_a_name_glued_to_a_function_is_a_factor(name: str) -> None:
    glued = parse(f"xab{name}" if name == "pi" else f"xab{name}(y)")
    assert glued == parse(f"x a b \\{name}" if name == "pi" else f"x a b \\{name}(y)")


@pytest.mark.parametrize("name", ["cases", "aligned", "align", "align*", "gathered", "split", "dcases", "rcases"])
def test_lines_side_by_side_are_a_list(name: str) -> None:
    assert parse(f"\\begin{{{name}}}x\\\\y\\end{{{name}}}") == LIST


@pytest.mark.parametrize("name", [*TRIGONOMETRIC, *(f"{name}h" for name in TRIGONOMETRIC)])
def test_the_power_minus_one_of_a_function_is_its_inverse(name: str) -> None:
    assert parse(f"\\{name}^{{-1}} x") == Node(f"a{name}", (X,))


@pytest.mark.parametrize(("low", "high"), ["()", "(]", "[)", "[]"])
def test_the_brackets_of_a_pair_may_differ(low: str, high: str) -> None:
    assert parse(f"{low}x,y{high}") == Node("tuple", (X, Y), low + high)


DOTS = Node("text", (), "...")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x\\ldots", Node("list", (X, DOTS))),
        ("x+meters", Node("+", (X, Node("text", (), "meters")))),
        ("\\degree", Node("deg", (integer(1),))),
        ("5€", quantity(5, "euro")),
        ("2\\vec{x}", Node("*", (integer(2), X))),
        ("x2", Node("*", (X, integer(2)))),
        ("x(y)", Node("*", (X, Y))),
        ("2|x|", Node("*", (integer(2), Node("abs", (X,))))),
        ("x\\begin{cases}y\\end{cases}", Node("*", (X, Y))),
        ("\\text{and} x", X),
        ("\\text{or} x", X),
        *((f"\\sin x {factor}", Node("sin", (parse(f"x*{factor}"),))) for factor in ("2", "y", "\\pi", "\\vec{y}")),
        *(
            (f"\\angle {what}", Node("named", (parse(what),), "angle"))
            for what in ("5", "x", "\\pi", "\\sin x", "\\frac12", "(x)", "\\vec{x}", "\\$5")
        ),
        ("\\angle \\begin{cases}y\\end{cases}", Node("named", (Y,), "angle")),
    ],
)
def test_a_token_is_read_by_what_stands_before_it(text: str, expected: Node) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("brackets", ["\\lbrace  \\rbrace ", "\\lbrack  \\rbrack ", "\\langle  \\rangle "])
def test_a_comma_within_brackets_separates_and_beyond_them_may_group(brackets: str) -> None:
    low, high = brackets.split(" ", 1)
    assert parse(f"{low} 1,234{high}").args == (integer(1), integer(234))
    assert parse(f"{low} x{high}+1,234").args[-1] == integer(1234)
