r"""`math/expression`: an arithmetic expression of given numbers that makes a target (countdown, the game of 24)."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

import vlm_rewards as vr
from vlm_rewards.answers import Source, extract_answer
from vlm_rewards_math.equality.arithmetic import MAX_DIGITS, evaluate, tokens
from vlm_rewards_math.parsing.lexer import Token

MAX_NUMBERS = 100
LIMIT = 10**MAX_DIGITS


@vr.reward(range=(0.0, 1.0))
def expression(
    completion: vr.Completion,
    solution: str,
    numbers: list[int],
    *,
    uses: Literal["each", "at_most"] = "each",
    partial: Annotated[float, vr.Field(ge=0, lt=1)] = 0.0,
) -> vr.RewardOutput:
    r"""An arithmetic expression that uses each given number exactly once and equals the target exactly.

    Range 0 to 1: 1 for the target, `partial` for another value made of the right numbers, 0 for other numbers; never
    abstains. The expression stands in the last `\boxed{}` or `<answer>` after the reasoning. It holds integers,
    `+ - * /` (or Unicode's signs, `\times`, `\cdot`, `\div`, `\frac{}{}`) and brackets, and nothing else: no powers,
    points, factorials, functions or digits glued together. `expression = target`, either way round, is read too; the
    target beside the sign counts as no use of a number. Values are exact fractions, so that 7.99999 is not 8.

    Args:
        completion: The answer.
        solution: The target, an integer, a decimal or a fraction `3/4`.
        numbers: The numbers to use, as integers; a number that is listed twice is used twice.
        uses: `each`: every number exactly once; `at_most`: some may be left out.
        partial: What a well-formed expression of the right numbers earns that has another value: at least 0, below 1.

    Source: the countdown task of TinyZero (https://github.com/Jiayi-Pan/TinyZero), whose grader evaluates the text as
    code with a tolerance of 1e-5, and pays 0.1 for any text between the tags.

    >>> expression(vr.Completion("<answer>(44 + 19) - 35</answer>"), "28", [19, 35, 44]).score
    1.0
    >>> expression(vr.Completion("<answer>44 - 19 + 35</answer>"), "28", [19, 35, 44], partial=0.1).score
    0.1
    >>> expression(vr.Completion("<answer>44+(19)-(35)*1</answer>"), "28", [19, 35, 44]).reason  # a hack: a free 1
    'other numbers than the given ones'
    """
    target = _target(solution)
    if target is None:
        return vr.RewardOutput.bad_reference("the target is not a number of at most 40 digits")
    if not 0 < len(numbers) <= MAX_NUMBERS or any(abs(number) >= LIMIT for number in numbers):
        return vr.RewardOutput.bad_reference(f"the numbers are not 1 to {MAX_NUMBERS} integers of at most 40 digits")
    found = extract_answer(completion, sources=(Source.BOX, Source.TAG))
    if found is None or not found.closed:
        return vr.RewardOutput.unparseable("no \\boxed{} or <answer> after the reasoning")
    details: dict[str, Any] = found.details()
    try:
        read = _one_side(tokens(found.text), target)
        if not _uses(read, numbers, uses=uses):
            return vr.RewardOutput(score=0.0, reason="other numbers than the given ones", details=details)
        value = evaluate(read)
    except ValueError as error:
        return vr.RewardOutput.unparseable(str(error), **details)
    details["value"] = str(value)
    if value != target:
        reason = f"another value: {value}, and the target is {target}"
        return vr.RewardOutput(score=partial, reason=reason, details=details)
    return vr.RewardOutput(score=1.0, details=details)


def _target(solution: str) -> Fraction | None:
    text = solution.strip()
    # `Fraction` reads decimals, exponents, underscores and every script; a target is plain, and short.
    if len(text) > 40 or not set("0123456789.-/").issuperset(text):
        return None
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _one_side(read: list[Token], target: Fraction) -> list[Token]:
    """Of `expression = target` the expression, of anything without an equals sign all of it."""
    signs = [token.kind for token in read]
    if "rel" not in signs:
        return read
    at = signs.index("rel")
    left, right = read[:at], read[at + 1 :]
    if "rel" in signs[at + 1 :]:
        raise ValueError("several equals signs")
    for side, other in ((left, right), (right, left)):
        is_number = [token.text for token in other if token.kind != "num"] in _BARE
        with contextlib.suppress(ValueError):
            if is_number and evaluate(other) == target:
                return side
    raise ValueError("an equation whose other side is not the target")


_BARE: tuple[list[str], ...] = ([], ["-"], ["/"], ["-", "/"])


def _uses(read: list[Token], numbers: Sequence[int], *, uses: Literal["each", "at_most"]) -> bool:
    # A minus is a sign of the expression: -3 among the numbers is used as -3 or as 3 with a minus before it.
    used = Counter(int(token.text) for token in read if token.kind == "num")
    given = Counter(abs(number) for number in numbers)
    return used == given if uses == "each" else bool(used) and used <= given
