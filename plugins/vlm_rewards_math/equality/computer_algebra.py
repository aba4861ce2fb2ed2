"""The last resort: computer algebra decides what no layer of this pack can. It runs in a killable worker only.

This is the one module of the packs that imports sympy. Raw text never gets there: the trees of our own parser are
turned into expressions node by node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy  # here and not in a function: importing it is start-up of the worker, not time of its first item

import vlm_rewards as vr
from vlm_rewards_math.parsing.nodes import Node
from vlm_rewards_math.parsing.parser import read

__all__ = ["grade"]


def grade(args: dict[str, Any]) -> vr.RewardOutput:
    """Whether two plain texts are equal expressions.

    Args:
        args: `gold` and `given`, plain texts that the parser can read, and `details` of the outcome.
    """
    want, have = read(args["gold"]), read(args["given"])
    details = args.get("details", {})
    if want is None or have is None:
        return vr.RewardOutput(score=0.0, reason="fallback", details=details)
    try:
        equal = _equal(_Built().of(want), _Built().of(have))
    except (NotImplementedError, KeyError, TypeError, ValueError, AttributeError):
        return vr.RewardOutput.abstained("beyond computer algebra", **details)
    return vr.RewardOutput(score=float(equal), reason="fallback", details=details)


def _equal(want: Any, have: Any) -> bool:
    difference = sympy.simplify(want.doit() - have.doit())
    if difference.is_zero is not None:
        return bool(difference.is_zero)
    return bool(difference.equals(0))


class _Built:
    """Expressions from trees; KeyError for a node that has none."""

    def of(self, node: Node) -> Any:
        """The expression of a tree."""
        if node.head in ("num", "dec"):
            value = node.value if node.head == "num" else node.value[0]
            return sympy.Rational(value.numerator, value.denominator)
        if node.head == "sym":
            constants = {"e": sympy.E, "i": sympy.I}
            return constants.get(node.value) or sympy.Symbol(node.value)
        if node.head == "const":
            return {"pi": sympy.pi, "inf": sympy.oo}[node.value]
        if node.head in ("sum", "prod"):
            return self.series(node)
        if node.head == "int":
            return self.integral(node)
        if node.head == "lim":
            body, target = node.args
            return sympy.Limit(self.of(body), self.of(target.args[0]), self.of(target.args[1]))
        if node.head == "diff":
            return sympy.Derivative(self.of(node.args[0]), sympy.Symbol(node.value))
        return self.functions()[node.head](*(self.of(part) for part in node.args))

    def series(self, node: Node) -> Any:
        body, low, high = node.args
        bounds = (self.of(low.args[0]), self.of(low.args[1]), self.of(high))
        return (sympy.Sum if node.head == "sum" else sympy.Product)(self.of(body), bounds)

    def integral(self, node: Node) -> Any:
        body, low, high = node.args
        name = sympy.Symbol(node.value[0]) if len(node.value) == 1 else None
        if name is None:
            raise KeyError("int")
        if low.head == "nothing":
            return sympy.Integral(self.of(body), name)
        return sympy.Integral(self.of(body), (name, self.of(low), self.of(high)))

    def functions(self) -> dict[str, Callable[..., Any]]:
        names = (
            *("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"),
            *("sinh", "cosh", "tanh", "coth", "asinh", "acosh", "atanh", "exp", "sqrt", "root", "log"),
            *("factorial", "binomial", "floor", "gcd", "lcm"),
        )
        return {name: getattr(sympy, name) for name in names} | {
            "+": sympy.Add,
            "*": sympy.Mul,
            "/": lambda above, below: above / below,
            "ratio": lambda above, below: above / below,
            "^": sympy.Pow,
            "neg": lambda value: -value,
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
