"""Completions built to hang, blow up, fool or take over a grader of mathematics.

`python -m tests.packs.math_hostile FOLDER CHARS` scores them with every reward of the pack, in FOLDER, and prints
one line of JSON for each: what came out and how many calls it took. It runs in a process of its own, so that a test can
stop it, and see what it left behind.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from cProfile import Profile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.packs.sample import Sample

__all__ = ["CAP", "REWARDS", "Hostile", "hostile", "scalable"]

CAP = 65_536
CANARY = "canary"

# No hostile text holds these answers: one that earns the top has fooled the grader.
REFERENCE = "\\frac{271828}{314159}"
OPTIONS = [*(f"$271.8281{n}$ kg" for n in range(22)), "a brown fox"]
REWARDS = [
    Sample("math/answer", f"\\boxed{{{REFERENCE}}}", {"solution": REFERENCE}),
    Sample("math/answer", "\\boxed{\\{271828, \\sqrt{x}\\}}", {"solution": "\\{271828, \\sqrt{x}\\}"}),
    Sample("math/choice", "\\boxed{W}", {"solution": "W", "options": OPTIONS}),
    Sample("math/numeric", "\\boxed{271.828}", {"solution": "271.828"}, {"decay": "exponential"}),
    Sample("math/expression", "\\boxed{271828-3}", {"solution": "271825", "numbers": [3, 271828]}, {"partial": 0.1}),
]


@dataclass(frozen=True)
class Hostile:
    """One completion and what it is meant to do."""

    name: str
    text: str


def boxed(text: str) -> str:
    return f"\\boxed{{{text}}}"


def nested(opening: str, inside: str, closing: str, depth: int) -> str:
    return opening * depth + inside + closing * depth


# -- families that scale: a name, and the inside of a box of about so many characters ---------------------------------


def _repeated(part: str) -> Callable[[int], str]:
    return lambda chars: part * (chars // len(part))


def _nested(opening: str, inside: str, closing: str) -> Callable[[int], str]:
    return lambda chars: nested(opening, inside, closing, max(1, chars // (len(opening) + len(closing))))


def _joined(part: str, between: str) -> Callable[[int], str]:
    return lambda chars: between.join([part] * max(1, chars // (len(part) + len(between))))


BRACKETS = {
    "parentheses": ("(", "2", ")"),
    "square brackets": ("[", "2", "]"),
    "braces": ("{", "2", "}"),
    "set braces": ("\\{", "2", "\\}"),
    "bars": ("|", "2", "|"),
    "sized parentheses": ("\\left(", "2", "\\right)"),
    "sized bars": ("\\left|", "2", "\\right|"),
    "floors": ("\\lfloor ", "2", "\\rfloor "),
    "angles": ("\\langle ", "2", "\\rangle "),
    "fractions below": ("\\frac{1}{", "2", "}"),
    "fractions above": ("\\frac{", "2", "}{3}"),
    "sums below": ("\\frac{1}{1+", "2", "}"),
    "roots": ("\\sqrt{", "2", "}"),
    "cube roots": ("\\sqrt[3]{", "2", "}"),
    "indices of roots": ("\\sqrt[", "2", "]{2}"),
    "powers": ("2^{", "2", "}"),
    "powers of brackets": ("(", "2", ")^2"),
    "powers in Python": ("2**(", "2", ")"),
    "subscripts": ("x_{", "2", "}"),
    "sines": ("\\sin(", "2", ")"),
    "logarithms": ("\\log(", "2", ")"),
    "bases of logarithms": ("\\log_{", "2", "}{3}"),
    "exponentials": ("\\exp(", "2", ")"),
    "factorials": ("(", "3", ")!"),
    "binomials above": ("\\binom{", "9", "}{2}"),
    "binomials below": ("\\binom{9}{", "2", "}"),
    "texts": ("\\text{", "2", "}"),
    "boxes": ("\\boxed{", "2", "}"),
    "bold": ("\\mathbf{", "2", "}"),
    "overlines": ("\\overline{", "2", "}"),
    "absolute values": ("\\left\\lvert ", "2", "\\right\\rvert "),
    "integrals": ("\\int_0^{", "2", "} x dx"),
    "sums": ("\\sum_{k=0}^{", "2", "} k"),
    "limits": ("\\lim_{x\\to ", "2", "} x"),
    "matrices": ("\\begin{pmatrix}", "2", "\\end{pmatrix}"),
    "cases": ("\\begin{cases}", "2", "\\end{cases}"),
    "minuses in brackets": ("-(", "2", ")"),
    "continued sums": ("(1+", "2", ")"),
    "intervals": ("[0,", "2", ")"),
    "answers": ("<answer>", "2", "</answer>"),
    "stacked dollars": ("$", "2", "$"),
}
FLOODS = [
    *("\\boxed{", "\\boxed", "\\frac{", "\\frac", "\\dfrac", "\\frac12", "^", "^2", "^{", "_", "_{", "!", "2!", "!!"),
    *("\\sqrt{", "\\sqrt", "\\sqrt2", "\\left(", "\\right)", "\\left", "\\text{", "\\text{a}", "\\\\", "\\", "&", "#"),
    *("{", "}", "(", ")", "[", "]", "|", "\\{", "\\}", "$", "$$", "\\(", "\\)", "%", "\\%", "°", "^\\circ"),
    *(
        "+",
        "-",
        "*",
        "/",
        "**",
        "//",
        "=",
        "==",
        "<",
        ">",
        "\\le",
        "\\pm",
        "\\cup",
        "\\times",
        ":",
        ";",
        ",",
        ".",
        "-+",
    ),
    *("1", "0", "9", "0.", ".0", "1e", "e9", "1,", ",000", "1 ", "x", "xy", "pi", "i", "e", "π", "√", "½", "²", "√2"),
    *("\\sin", "\\sin x", "\\log", "\\pi", "\\infty", "\\binom", "\\int", "\\sum", "\\lim", "\\begin{pmatrix}"),
    *(
        "answer is ",
        "The answer is 7. ",
        "Answer: ",
        "<answer>",
        "</answer>",
        "<think>",
        "A or ",
        "(A) ",
        "\\text{ or }",
    ),
    *(
        " ",
        "\n",
        "\t",
        "\u200b",
        "\u202e",
        "\ud800",
        "\0",
        "٤",
        "４",
        "𝟗",
        "é",
        "e\u0301",
        "👍🏽",
        "\u2062",
        "−",
        "×",
        "⁄",
    ),
    *("5 cm ", "\\text{ cm}", "kg", "m/s", "\\circ", "'", '"', "`", "~", "\\,", "\\!", "\\displaystyle ", "\\mathrm{"),
]
CHAINS = {
    "sum": ("x", "+"),
    "sum of different powers": ("x^{9}", "+"),
    "product of sums": ("(x+1)", ""),
    "product of differences": ("(x-y)", "*"),
    "quotient": ("x", "/"),
    "tower": ("9", "^"),
    "tower in Python": ("9", "**"),
    "equation": ("7", "="),
    "equation of variables": ("x=7", ","),
    "inequality": ("7", "<"),
    "set": ("7", ","),
    "union of intervals": ("[0,1)", "\\cup "),
    "plus-minus": ("1", "\\pm "),
    "either": ("41", " or "),
    "row of a matrix": ("7", "&"),
    "column of a matrix": ("7", "\\\\"),
    "sum of roots": ("\\sqrt{2}", "+"),
    "product of roots": ("\\sqrt{1+\\sqrt{2}}", ""),
    "sum of sines": ("\\sin(1)", "+"),
    "sum of fractions": ("\\frac{1}{7}", "+"),
    "sum of factorials": ("20!", "+"),
    "product of large numbers": ("99999999999999999999", "\\times "),
    "units": ("5 cm", " "),
    "ratio": ("7", ":"),
    "time": ("12:59", " "),
    "alternatives of letters": ("B", ", "),
    "per cent": ("7\\%", ","),
}


def scalable() -> dict[str, Callable[[int], str]]:
    """Families whose members may have any length: texts of about so many characters, by name."""
    return {
        **{f"nested {name}": _nested(*parts) for name, parts in BRACKETS.items()},
        **{f"flood of {part!a}": _repeated(part) for part in FLOODS},
        **{f"chain: {name}": _joined(*parts) for name, parts in CHAINS.items()},
    }


# -- single texts -----------------------------------------------------------------------------------------------------

HUGE = {
    **{
        f"power {text}": text for text in ("2^{100000000}", "9^{9^{9}}", "9^{9^{9^{9^9}}}", "9**9**9**9", "(9^9)^{9^9}")
    },
    **{f"power {text}": text for text in ("2^{-100000000}", "0.5^{99999999}", "(1+10^{-9})^{10^{9}}", "10^{10^{10}}")},
    **{
        f"power {text}": text
        for text in ("(-1)^{10^{99}}", "(-8)^{1/3}", "i^{10^{30}}", "0^{0}", "0^{-1}", "x^{x^{x^x}}")
    },
    **{
        f"factorial {text}": text for text in ("1000000!", "9!!!!!!!!", "(9!)!", "((9!)!)!", "(-1)!", "0.5!", "(10^9)!")
    },
    **{f"binomial {text}": text for text in ("\\binom{10^9}{5\\cdot 10^8}", "\\binom{99999}{49999}", "\\binom{-5}{3}")},
    **{f"binomial {text}": text for text in ("C_{1000000}^{500000}", "\\binom{10^{99}}{10^{98}}", "\\binom{x}{10^9}")},
    **{f"exponent {text}": text for text in ("1e999", "1e999999999", "-1e999", "1e-999999999", "1e" + "9" * 5000)},
    **{f"exponent {text}": text for text in ("7\\times 10^{999999999}", "1.5E+400000000", "10^{-10^{9}}")},
    **{f"no number {text}": text for text in ("NaN", "nan", "inf", "-Infinity", "\\infty", "\\infty-\\infty", "zoo")},
    **{
        f"no number {text}": text for text in ("1/0", "\\frac{0}{0}", "0/0", "\\log 0", "\\log(-1)", "\\tan(90^\\circ)")
    },
    **{f"no number {text}": text for text in ("\\frac{1}{x-x}", "0^0", "\\sqrt{-1}", "\\frac{\\infty}{\\infty}")},
    "digits": "9" * 60_000,
    "digits below": "1/" + "7" * 60_000,
    "decimals": "0." + "7" * 60_000,
    "zeros": "0" * 60_000 + "1",
    "zeros behind": "1." + "0" * 60_000,
    "thousands": "1" + ",000" * 15_000,
    "digits in a power": "2^{" + "9" * 60_000 + "}",
    "digits in a factorial": "9" * 5000 + "!",
    "digits in a root": "\\sqrt{" + "9" * 60_000 + "}",
    "a repeating decimal": "0.\\overline{" + "123456789" * 6000 + "}",
    "a root of a large degree": "\\sqrt[999999999]{2}",
    "a large index": "x_{" + "9" * 60_000 + "}",
    "a large expansion": "(x+y+z+1)^{9999}",
    "a difference of expansions": "(x+1)^{999}-(1+x)^{999}",
    "a sum to infinity": "\\sum_{k=0}^{\\infty} \\frac{\\sin(k^k)}{k!}",
    "a large sum": "\\sum_{k=1}^{10^{12}} k^{k}",
    "a large product": "\\prod_{k=1}^{10^9} k!",
    "an integral": "\\int_{-\\infty}^{\\infty} e^{-x^2} \\sin(x^{x}) dx",
    "a limit": "\\lim_{n\\to\\infty} \\left(1+\\frac{1}{n}\\right)^{n^{n}}",
    "an iterated function": "\\sin" * 200 + "(1)",
    "a large angle": "\\sin(10^{100000})",
    "an angle near a pole": "\\tan(" + "1.5707963267948966" * 100 + ")",
    "a root of a prime product": "\\sqrt{" + "*".join(str(n) for n in range(2, 4000)) + "}",
    "nested roots of primes": "\\sqrt{2+\\sqrt{3+\\sqrt{5+\\sqrt{7+\\sqrt{11+\\sqrt{13+\\sqrt{17}}}}}}}",
    "many roots": "+".join(f"\\sqrt{{{n}+\\sqrt{{{n + 1}}}}}" for n in range(2, 400)),
    "many variables": "+".join(f"x_{{{n}}}y_{{{n}}}" for n in range(3500)),
    "a greatest common divisor": "\\gcd(10^{10^{9}}, 6)",
    "a remainder": "7^{7^{7^{7}}} \\pmod{10}",
    "a number in another base": "1" * 5000 + "_{2}",
    "a matrix of many columns": "\\begin{pmatrix}" + "1&" * 20_000 + "1\\end{pmatrix}",
    "a matrix of many rows": "\\begin{bmatrix}" + "1\\\\" * 15_000 + "1\\end{bmatrix}",
    "a square matrix": "\\begin{pmatrix}" + "\\\\".join(["&".join("1" * 90)] * 90) + "\\end{pmatrix}",
    "a determinant": "\\det\\begin{pmatrix}" + "\\\\".join(["&".join("1" * 50)] * 50) + "\\end{pmatrix}",
    "a matrix to a power": "\\begin{pmatrix}1&1\\\\1&0\\end{pmatrix}^{10^{9}}",
    "a list of lists": "[" + ",".join(["[1,2,3]"] * 8000) + "]",
    "a large set": "\\{" + ",".join(str(n) for n in range(10_000)) + "\\}",
    "a large set of roots": "\\{" + ",".join(f"\\sqrt{{{n}}}" for n in range(5000)) + "\\}",
    "a set of sets": "\\{" * 20 + ",".join("1" * 500) + "\\}" * 20,
    "a range of the integers": "\\{1, 2, \\ldots, 10^{100}\\}",
    "many signs": "\\pm 1" * 30,
    "sums of signs": "+".join(["\\pm 1"] * 60),
    "many intervals": "\\cup ".join(f"({n},{n + 1})" for n in range(4000)),
    "backward intervals": "(\\infty, -\\infty) \\cup [9, 1]",
    "a chain of inequalities": "<".join(str(n) for n in range(5000)),
    "an equation of high degree": "x^{99999}-x+1=0",
    "an equation in many unknowns": "+".join(f"a_{{{n}}}" for n in range(3000)) + "=0",
    "many dates": "01/02/2003 " * 4000,
    "a clock": "99:99:99.999999999",
    "units to a power": "5 m^{999999999}",
    "many units": "5 kg m s A K mol cd " * 2000,
    "mixed numbers": "1 1/2 " * 9000,
}

CODE = [
    "__import__('os').system('touch canary')",
    "__import__('pathlib').Path('canary').touch()",
    "open('canary','w').close()",
    "exec(\"open('canary','w')\")",
    "eval(\"open('canary','w')\")",
    "(lambda: open('canary','w'))()",
    "[open('canary','w') for _ in [0]]",
    "f\"{open('canary','w')}\"",
    "{open('canary','w')}",
    "{{open('canary','w')}}",
    "{0.__class__.__init__.__globals__[os].system(touch canary)}",
    "().__class__.__base__.__subclasses__()[104].load_module('os').system('touch canary')",
    "Symbol('x').func(open('canary','w'))",
    "sympify(\"open('canary','w')\")",
    "lambdify((), \"open('canary','w')\")()",
    "N(\"open('canary','w')\")",
    "Function('f')(open('canary','w'))",
    "\\operatorname{open}('canary','w')",
    "\\text{__import__('os').system('touch canary')}",
    "\\mathrm{open}(\\text{'canary'}, \\text{'w'})",
    "\\input{/etc/passwd}",
    "\\write18{touch canary}",
    "\\immediate\\write18{touch canary}",
    "\\openout0=canary",
    "\\def\\x{\\x\\x}\\x",
    "\\newcommand{\\a}{\\a\\a}\\a",
    "\\csname @@input\\endcsname /etc/passwd",
    "$(touch canary)",
    "`touch canary`",
    "; touch canary #",
    "| touch canary",
    "import os; os.system('touch canary')",
    "\\\\n__import__('os').system('touch canary')",
    "%(x)s %n %s {0} {} ${HOME}",
    "c__builtin__\neval\n(S\"open('canary','w')\"\ntR.",
    "!!python/object/apply:os.system ['touch canary']",
    "<script>alert(1)</script>",
    "'; DROP TABLE rewards; --",
    "\\boxed{\\unicode{x39}}",
    "1 if open('canary','w') else 2",
    "int('9'*10**9)",
    "range(10**18).__len__()",
    "'9'*10**10",
    "[0]*10**11",
    "sum(range(10**12))",
    "while True: pass",
    "exit()",
    "raise SystemExit",
    "1;2;3",
    "x:=7",
]

FOOLS = [
    *(
        "41 \\text{ or } 42",
        "41 = 42",
        "x",
        "y=x",
        "\\text{any real number}",
        "\\text{see above}",
        "\\ldots",
        "?",
        "...",
    ),
    *(
        "",
        " ",
        "{}",
        "\\,",
        "$$",
        "\\text{}",
        "\\phantom{7}",
        "[]",
        "()",
        "\\{\\}",
        "\\emptyset",
        "None",
        "null",
        "True",
    ),
    *(
        "\u202e82.172",
        "2\u200b7\u200b1",
        "２７１",
        "𝟐𝟕𝟏",
        "٢٧١",
        "२७१",
        "二百七十一",
        "ⅭⅭ",
        "①",
        "²⁷¹",
        "27\u03071",
        "2⁄3",
    ),
    *("Ω", "Α", "В", "Ｗ", "ｗ", "𝐖", "Ⓦ", "🅆", "\u0430", "W\u0336", "А or В", "\u2066W\u2069 or A", "W̶"),
    *("A\\text{ or }W", "A, B, C, W", "W?", "not W", "W or X", "(A)(W)", "AW", "W2"),
    *("\\text{the reference}", "solution", "gold", "answer", "\\text{correct}", "1.0", "reward=1", "score: 1.0"),
]

WHOLE = {
    "nothing": "",
    "only reasoning": "<think>" + boxed(REFERENCE) + "</think>",
    "reasoning that never ends": "<think>" + boxed(REFERENCE),
    "the right answer taken back by another": boxed(REFERENCE) + " No: " + boxed("7"),
    "boxes of all small numbers": " ".join(boxed(str(n)) for n in range(4000)),
    "answers of all small numbers": " ".join(f"The answer is {n}." for n in range(2500)),
    "all letters": " ".join(f"({chr(65 + n % 26)})" for n in range(10_000)),
    "letters stated in turn": "".join(f"The answer is {chr(65 + n % 22)}.\n" for n in range(3000)),
    "final answer and a tail": "final answer " + "a" * 60_000,
    "answer tags inside each other": nested("<answer>", "7", "</answer>", 3800),
    "boxes inside each other": nested("\\boxed{", "7", "}", 8000),
    "a box that never closes": "\\boxed{" + "7" * 60_000,
    "dollars": "$7$" * 20_000,
    "numbers in prose": "it is 7 or 8, " * 4600,
    "lines": "7\n" * 30_000,
    "braces, then a box": "{" * 30_000 + boxed("7"),
    "a box, then braces": boxed("7") + "}" * 30_000,
    "backslashes before a box": "\\" * 30_001 + boxed("7"),
    "commands that are none": "".join(f"\\c{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(10_000)),
    "one word": "x" * CAP,
    "one digit": "7" * CAP,
}


def hostile(chars: int = CAP - 600) -> Iterator[Hostile]:
    """All of them; the families at about so many characters, and in a box at a length that graders still read."""
    for name, family in scalable().items():
        yield Hostile(f"{name}, long", family(chars))
        yield Hostile(f"{name}, boxed", boxed(family(900)))
    for group, texts in (
        ("huge", HUGE),
        ("code", {text: text for text in CODE}),
        ("fool", {text: text for text in FOOLS}),
    ):
        for name, text in texts.items():
            yield Hostile(f"{group}: {name[:60]}", boxed(text))
            yield Hostile(f"{group}: {name[:60]}, said", f"The answer is {text}")
    for name, text in WHOLE.items():
        yield Hostile(f"whole: {name}", text)


class Calls:
    """Counts the calls, of Python and of C, inside a `with` block: work that is the same on every machine."""

    def __init__(self) -> None:
        self.profile = Profile()

    def __enter__(self) -> Self:
        self.profile.enable()
        return self

    def __exit__(self, *_: object) -> None:
        self.profile.disable()

    @property
    def count(self) -> int:
        return sum(entry.callcount for entry in self.profile.getstats())


def main() -> None:
    """Score all of them in the folder and at the length that the command line names."""
    os.chdir(Path(sys.argv[1]))
    for case in hostile(int(sys.argv[2])):
        for index, sample in enumerate(REWARDS):
            with Calls() as calls:
                (output,) = sample.score(case.text)
            line = {"reward": index, "use": sample.use, "name": case.name, "calls": calls.count, "score": output.score}
            print(json.dumps({**line, "status": output.status, "reason": output.reason}), flush=True)


if __name__ == "__main__":
    main()
