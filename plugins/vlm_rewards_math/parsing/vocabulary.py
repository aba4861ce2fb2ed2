"""The words of the language of answers: LaTeX commands, functions and letters, each with the token it means."""

from vlm_rewards.text.number_words import SCALES

_TRIG = ("sin", "cos", "tan", "cot", "sec", "csc")
FUNCTIONS: dict[str, str] = {
    **{name: name for name in _TRIG},
    **{name + "h": name + "h" for name in _TRIG},
    **{f"{arc}{name}": "a" + name for name in _TRIG for arc in ("arc", "a")},
    **{f"{arc}{name}h": f"a{name}h" for name in _TRIG for arc in ("arc", "ar", "a")},
    **{name: name for name in ("ln", "log", "exp", "gcd", "lcm", "max", "min", "floor", "ceil", "abs", "det", "arg")},
    **{name: name for name in ("lg", "sgn", "factorial", "tr", "rank", "dim", "Re", "Im")},
    **dict(zip(("cosec", "tg", "ctg", "arctg"), ("csc", "tan", "cot", "atan"), strict=True)),
    **dict(zip(("sign", "ceiling", "binomial", "conjugate"), ("sgn", "ceil", "binom", "conj"), strict=True)),
    **dict(zip(("Abs", "Max", "Min", "re", "im"), ("abs", "max", "min", "Re", "Im"), strict=True)),
}
_SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega"
)
_CAPITAL = "Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega"
#: Greek letters that are unknowns, and the names of their commands; π is a number.
GREEK_LETTERS: dict[str, str] = {
    **dict(zip("αβγδεζηθικλμνξρστυφχψω", _SMALL.split(), strict=True)),
    **dict(zip("ΓΔΘΛΞΣΦΨΩ", _CAPITAL.split(), strict=True)),
    "ϕ": "phi",
    "ϑ": "theta",
}
GREEK = {
    *GREEK_LETTERS.values(),
    *("omicron", "Pi", "Upsilon", "varepsilon", "vartheta", "varphi", "varrho", "varsigma"),
    *("ell", "hbar", "aleph", "nabla", "partial"),
}
# `\left` and its like say how large a bracket is; the rest how text is set.
_SKIPPED = (
    "left right mleft mright big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle "
    "textstyle scriptstyle limits nolimits rm bf it sf tt boldmath mathstrut strut hfill hline nonumber notag "
    "normalsize large Large LARGE huge Huge small footnotesize scriptsize tiny bfseries itshape centering"
)
SKIPPED = frozenset(_SKIPPED.split())
# A word in another face, read as text; what stands under an accent is read as it is.
_TEXTS = (
    "text textbf textit textrm textsf texttt textnormal textsc mbox mathrm mathsf mathtt operatorname "
    "emph hbox texttimes underline unit"
)
TEXTS = frozenset(_TEXTS.split())
_ACCENTS = (
    "mathbf mathit mathbb mathcal mathfrak boldsymbol bm bold vec hat bar tilde widehat widetilde overrightarrow "
    "overleftarrow overline dot ddot boxed fbox pmb mathop mathord mathbin"
)
ACCENTS = frozenset(_ACCENTS.split())
COMMANDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("times", "cdot", "ast", "bullet", "star"), ("op", "*")),
    **dict.fromkeys(("div", "slash"), ("op", "/")),
    **dict.fromkeys(("le", "leq", "leqslant", "leqq"), ("rel", "<=")),
    **dict.fromkeys(("ge", "geq", "geqslant", "geqq"), ("rel", ">=")),
    **dict.fromkeys(("ne", "neq"), ("rel", "!=")),
    **dict.fromkeys(("approx", "simeq", "cong", "doteq", "thickapprox"), ("rel", "~")),
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), ("cmd", "frac")),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), ("cmd", "binom")),
    **dict.fromkeys(("int", "iint", "oint"), ("cmd", "int")),
    **dict.fromkeys(("lvert", "rvert", "vert", "mid"), ("bar", "|")),
    **dict.fromkeys(("lVert", "rVert", "Vert", "|", "parallel"), ("bar", "||")),
    **dict.fromkeys(("land", "wedge"), ("sep", "and")),
    **dict.fromkeys(("lor", "vee"), ("sep", "or")),
    **dict.fromkeys(("{", "lbrace"), ("open", "{")),
    **dict.fromkeys(("}", "rbrace"), ("close", "}")),
    "lbrack": ("open", "["),
    "rbrack": ("close", "]"),
    **dict.fromkeys(("lgroup", "lparen", "langle"), ("open", "(")),
    **dict.fromkeys(("rgroup", "rparen", "rangle"), ("close", ")")),
    **dict.fromkeys(("lceil", "ulcorner"), ("open", "ceil")),
    **dict.fromkeys(("rceil", "urcorner"), ("close", "ceil")),
    **dict.fromkeys(("lfloor", "llcorner"), ("open", "floor")),
    **dict.fromkeys(("rfloor", "lrcorner"), ("close", "floor")),
    **dict.fromkeys(("emptyset", "varnothing"), ("const", "empty")),
    **dict.fromkeys(("ldots", "dots", "cdots", "dotsc", "dotsb", "vdots"), ("dots", "")),
    **dict.fromkeys(("degree", "circ", "deg"), ("deg", "")),
    **dict.fromkeys(("mod", "bmod"), ("op", "mod")),
    **dict.fromkeys(("Rightarrow", "implies", "Longrightarrow", "therefore"), ("arrow", "")),
    **dict.fromkeys(("rightarrow", "to", "longrightarrow"), ("rel", "to")),
    "prime": ("op", "'"),
    **dict.fromkeys(("setminus", "backslash"), ("op", "difference")),
    **{name: ("rel", name) for name in ("in", "notin", "subset", "subseteq", "equiv", "sim", "propto", "perp")},
    **{name: ("op", name) for name in ("pm", "mp", "choose", "over", "%")},
    **{name: ("cmd", name) for name in ("sqrt", "cbrt", "pmod", "sum", "prod", "lim")},
    **{name: ("text", name) for name in ("angle", "triangle", "#", "&", "_")},
    "lt": ("rel", "<"),
    "gt": ("rel", ">"),
    "cup": ("op", "union"),
    "cap": ("op", "intersection"),
    "surd": ("cmd", "sqrt"),
    "infty": ("const", "inf"),
    "pi": ("const", "pi"),
    "$": ("money", "dollar"),
    "pounds": ("money", "gbp"),
    "euro": ("money", "euro"),
    "colon": ("op", ":"),
}
_CURRENCIES = "euro gbp yen rupee peso won dong ruble lira naira hryvnia shekel baht cent"
CURRENCY_CODES = (
    *("USD", "EUR", "GBP", "JPY", "CNY", "RMB", "INR", "PHP", "KRW", "VND", "RUB", "NGN", "UAH", "ILS", "THB", "CHF"),
    *("PLN", "IDR", "MYR", "KES", "AUD", "CAD", "NZD", "HKD", "SGD", "BRL", "MXN", "ZAR", "SEK", "NOK", "DKK"),
)
# The letters before `$` of dollars that are not those of the United States.
DOLLARS = {"A": "aud", "AU": "aud", "C": "cad", "CA": "cad", "HK": "hkd", "NZ": "nzd", "R": "brl", "S": "sgd"}
# What East Asian languages count with stands behind a number as `apples` does.
COUNTERS = frozenset(
    "个個人只隻次种種条條张張本件名块塊枚匹つ개명辆輛棵支朵页頁岁歲倍台位家所头頭株粒滴层層座户列组組对對双雙套批份"
    "瓶碗盒箱袋包罐桶车班级届轮盘局场首篇封段节排行栋间架艘发颗顆串束群队门道题步句字项笔片面扇堆把根口"
)
SIGNS: dict[str, tuple[str, str]] = {
    **{sign: ("op", sign) for sign in "+-*/^_!%:'"},
    **{sign: ("open", sign) for sign in "(["},
    **{sign: ("close", sign) for sign in ")]"},
    **{sign: ("sep", sign) for sign in ",;"},
    "{": ("open", "group"),
    "}": ("close", "group"),
    "|": ("bar", "|"),
    **{sign: ("rel", sign) for sign in "=<>"},
    "&": ("cell", "&"),
    **{sign: ("money", name) for sign, name in zip("€£¥₹₱₩₫₽₺₦₴₪฿¢", _CURRENCIES.split(), strict=True)},
    **{sign: ("text", sign) for sign in COUNTERS},
    "度": ("deg", ""),
    "￥": ("money", "yuan"),
    "百": ("scale", "100"),
    "千": ("scale", "1000"),
    "万": ("scale", "10000"),
    "亿": ("scale", "100000000"),
}
# What a bare word means, where it is not a function: `12*pi`, `oo`, `x and y`.
WORDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("pi", "Pi"), ("const", "pi")),
    **dict.fromkeys(("oo", "inf", "infinity", "Infinity", "infty"), ("const", "inf")),
    **{name: ("cmd", name) for name in ("sqrt", "cbrt", "frac")},
    **{name: ("sep", name) for name in ("and", "or")},
    **{name: ("op", name) for name in ("union", "mod", "choose")},
    **{name: ("scale", str(value)) for name, value in ({"dozen": 12, "hundred": 100} | SCALES).items()},
    "root": ("cmd", "sqrt"),
    **dict.fromkeys(("degrees", "degree", "deg"), ("deg", "")),
    **dict.fromkeys(("percent", "pct", "percents"), ("op", "%")),
    **dict.fromkeys(("minus", "negative"), ("op", "-")),
    **dict.fromkeys(("about", "approximately", "approx", "roughly"), ("rel", "~")),
    **{code: ("money", code.lower()) for code in CURRENCY_CODES},
    "Rs": ("money", "rupee"),
    "Ksh": ("money", "shilling"),
}
# Commands that models and scripts glue to the letter behind them (`\vertx`), and those seen with two backslashes.
GLUED = ("lbrace", "rbrace", "lvert", "rvert", "vert", "lbrack", "rbrack", "lfloor", "lceil", "cdot", "times", "pi")
# Functions that stand glued to unknowns: `xsin`, `2pir`.
GLUED_FUNCTIONS = ("sqrt", "sin", "cos", "tan", "log", "exp", "pi", "ln")
# Words that take back, widen or change what they stand beside.
NEGATIONS = {
    *("not", "never", "neither", "nor", "except", "or", "any", "wrong", "incorrect", "maybe", "perhaps"),
    *("possibly", "doubled", "tripled", "halved"),
}
