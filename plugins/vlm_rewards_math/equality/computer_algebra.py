"""The last resort: computer algebra decides what no layer of this pack can. It runs in a killable worker only.

This is the one module of the packs that imports sympy. Raw text never gets there: the trees of our own parser are
turned into expressions node by node.
"""

import operator
from collections.abc import Callable
from typing import Any

import sympy  # here and not in a function: importing it is start-up of the worker, not time of its first item

import vlm_rewards as vr
from vlm_rewards.text.messages import against
from vlm_rewards_math.parsing.nodes import Node, is_number
from vlm_rewards_math.parsing.parser import read


def grade(args: dict[str, Any]) -> vr.RewardOutput:
    """Whether two plain texts that the parser can read, `gold` and `given`, are equal; `details` are of the outcome."""
    want, have = read(args["gold"]), read(args["given"])
    details = {**args.get("details", {}), "layer": "fallback"}
    if want is None or have is None:
        return vr.RewardOutput(score=0.0, reason=against(args["given"], args["gold"]), details=details)
    try:
        equal = _equal(_built(want), _built(have))
    except (NotImplementedError, KeyError, TypeError, ValueError, AttributeError):
        return vr.RewardOutput.abstained("beyond computer algebra", **details)
    reason = None if equal else against(args["given"], args["gold"])
    return vr.RewardOutput(score=float(equal), reason=reason, details=details)


def _equal(want: Any, have: Any) -> bool:
    difference = sympy.simplify(want.doit() - have.doit())
    return bool(difference.equals(0) if difference.is_zero is None else difference.is_zero)


def _built(node: Node) -> Any:
    """The expression of a tree; KeyError for a node that has none."""
    if is_number(node):
        value = node.value if node.head == "num" else node.value[0]
        return sympy.Rational(value.numerator, value.denominator)
    if node.head == "sym":
        return {"e": sympy.E, "i": sympy.I}.get(node.value) or sympy.Symbol(node.value)
    if node.head == "const":
        return {"pi": sympy.pi, "inf": sympy.oo}[node.value]
    if node.head in ("sum", "prod"):
        body, low, high = node.args
        bounds = (*map(_built, low.args[:2]), _built(high))
        return (sympy.Sum if node.head == "sum" else sympy.Product)(_built(body), bounds)
    if node.head == "int":
        return _integral(node)
    if node.head == "lim":
        body, target = node.args
        return sympy.Limit(_built(body), *map(_built, target.args[:2]))
    if node.head == "diff":
        return sympy.Derivative(_built(node.args[0]), sympy.Symbol(node.value))
    return _FUNCTIONS[node.head](*map(_built, node.args))


def _integral(node: Node) -> Any:
    body, low, high = node.args
    if len(node.value) != 1:
        raise KeyError("int")
    name = sympy.Symbol(node.value[0])
    return sympy.Integral(_built(body), name if low.head == "nothing" else (name, _built(low), _built(high)))


_NAMES = (
    *("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"),
    *("sinh", "cosh", "tanh", "coth", "asinh", "acosh", "atanh", "exp", "sqrt", "root", "log"),
    *("factorial", "binomial", "floor", "gcd", "lcm"),
)
_FUNCTIONS: dict[str, Callable[..., Any]] = {name: getattr(sympy, name) for name in _NAMES} | {
    "+": sympy.Add,
    "*": sympy.Mul,
    "/": operator.truediv,
    "ratio": operator.truediv,
    "^": sympy.Pow,
    "neg": operator.neg,
    "ln": sympy.log,
    "abs": sympy.Abs,
    "ceil": sympy.ceiling,
    "max": sympy.Max,
    "min": sympy.Min,
    "binom": sympy.binomial,
    "!": sympy.factorial,
    "pct": lambda value: value / 100,
    "deg": lambda value: value * sympy.pi / 180,
}
