"""The graders that `math/answer` is measured against, on the same pairs."""

from __future__ import annotations

import logging
import string
import warnings
from collections.abc import Callable

__all__ = ["Grader", "math_verify", "mathruler", "trl_accuracy"]

#: Right, wrong, or None for no verdict.
Grader = Callable[[str, str], bool | None]


def _cold() -> None:
    """Forget what one peer has parsed before the other, which is built on it, is measured."""
    from math_verify.parser import parse_expr_cached, parse_latex_cached
    from sympy.core.cache import clear_cache

    parse_expr_cached.cache_clear()
    parse_latex_cached.cache_clear()
    clear_cache()


def math_verify() -> Grader:
    """Math-Verify with the reference between dollars, as its manual asks, and read as a letter too where it is one."""
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig, parse, verify

    _cold()
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    mathematics = [LatexExtractionConfig(), ExprExtractionConfig()]
    letters = [StringExtractionConfig(strings=tuple(string.ascii_uppercase[:10]))]

    def right(reference: str, completion: str) -> bool:
        gold = parse(reference if "$" in reference or "\\boxed" in reference else f"${reference}$", mathematics)
        if reference.strip("()") not in string.ascii_uppercase[:10]:
            return bool(verify(gold, parse(completion, mathematics)))
        return bool(verify([*gold, *parse(reference, letters)], parse(completion, [*mathematics, *letters])))

    return right


def mathruler() -> Grader:
    """mathruler as its trainers call it: what is boxed, or the whole answer where nothing is."""
    from mathruler.grader import extract_boxed_content, grade_answer

    def right(reference: str, completion: str) -> bool:
        boxed = extract_boxed_content(completion)
        return bool(grade_answer(completion if boxed == "None" else boxed, reference))

    return right


def trl_accuracy() -> Grader:
    """`trl.rewards.accuracy_reward` as a trainer calls it: the reference as the dataset has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trl.rewards import accuracy_reward

    _cold()

    def right(reference: str, completion: str) -> bool | None:
        (score,) = accuracy_reward([[{"role": "assistant", "content": completion}]], [reference])
        return None if score is None else score == 1.0

    return right
