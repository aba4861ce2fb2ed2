"""The layers of a decision: each says right, wrong, or leaves it to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vlm_rewards.answers import with_point
from vlm_rewards_math.equality.collections import matched
from vlm_rewards_math.equality.comparison import Comparison, Policy
from vlm_rewards_math.equality.rules import RULES
from vlm_rewards_math.letters import SEVERAL, rivals
from vlm_rewards_math.options import choice, letter, letters, option_text
from vlm_rewards_math.parsing.nodes import Node, walk
from vlm_rewards_math.parsing.normalise import normalise, tight
from vlm_rewards_math.parsing.numbers import number
from vlm_rewards_math.parsing.parser import read
from vlm_rewards_math.parsing.units import phrase
from vlm_rewards_math.parsing.words import date, same_words, spelled, time

__all__ = ["Decision", "decide"]

_HARD = frozenset(("int", "lim", "sum", "prod", "diff", "matrix", "det", "prime"))
_SEVERAL = frozenset(("tuple", "matrix", "union", "intersection", "difference", "set_builder", "chain"))
MAX_HARD = 120
_CHOSEN = ("(", "\\text", *"ABCDEFGHIJ")


class Decision(NamedTuple):
    """What was decided, by which layer, on which two texts; a score of None says that no layer could."""

    score: float | None
    layer: str
    gold: str
    given: str
    hard: bool = False
    empty: bool = False


def decide(
    reference: str, answer: str, policy: Policy, *, options: Sequence[str] | None = None, partial: bool = False
) -> Decision:
    """Whether an answer equals a reference.

    Args:
        reference: The reference, as it was written.
        answer: The final answer, as it was extracted.
        policy: What counts as the same.
        options: The options of a multiple choice question.
        partial: Whether part of a list earns part of the score.
    """
    gold, given = normalise(reference), normalise(answer)
    if not given:
        return Decision(None, "empty", gold, given, empty=True)
    if gold == given or tight(gold) == tight(given):
        return Decision(1.0, "equal_text", gold, given)
    for layer in (_numbers, _chosen, _listed, _spelled, _dates_and_times):
        verdict, name = layer(gold, given, policy, options)
        if verdict is not None:
            return Decision(float(verdict), name, gold, given)
    return _parsed(gold, given, policy, partial=partial)


_Layer = tuple[bool | None, str]


def _numbers(gold: str, given: str, policy: Policy, _options: Sequence[str] | None) -> _Layer:
    """Two numbers without per cent; where a decimal differs, it may yet be a rounded one."""
    want, have = number(gold), number(given)
    if want is None or have is None or gold[-1] == "%" or given[-1] == "%":
        return None, ""
    exact = "." not in gold and "." not in given and not (policy.absolute or policy.relative)
    return (want == have if exact or want == have else None), "exact_number"


def _spelled(gold: str, given: str, _policy: Policy, _options: Sequence[str] | None) -> _Layer:
    """A number beside one in words."""
    want, have = number(gold), number(given)
    if (want is None) == (have is None):
        return None, ""
    word = spelled(given if have is None else gold)
    return (None if word is None else word == (have if want is None else want)), "text"


def _dates_and_times(gold: str, given: str, _policy: Policy, _options: Sequence[str] | None) -> _Layer:
    """Two times of day, or two dates."""
    times = time(gold), time(given)
    if None not in times:
        return times[0] == times[1], "time"
    days = date(gold), date(given)
    return (days[0] == days[1] if days[0] and days[1] else None), "date"


def _chosen(gold: str, given: str, policy: Policy, options: Sequence[str] | None) -> _Layer:
    """A reference that is a letter, or an answer that is one where the reference is what an option says."""
    wanted = letter(gold)
    if wanted is None and not options:
        return None, ""
    said = choice(given)
    if wanted is None:
        text = option_text(options or (), said.name) if said is not None and said.name != SEVERAL else None
        return (None if text is None else decide(gold, text, policy).score == 1.0), "choice"
    if said is not None:
        return said.name == wanted and not rivals(said.text, wanted), "choice"
    text = option_text(options, wanted) if options else None
    return bool(text) and decide(text or "", given, policy).score == 1.0, "choice"


def _listed(gold: str, given: str, _policy: Policy, _options: Sequence[str] | None) -> _Layer:
    """Several options: the same ones, in any order."""
    wanted = letters(gold)
    said = letters(given) if wanted else None
    return (None if said is None else wanted == said), "choice"


def _parsed(gold: str, given: str, policy: Policy, *, partial: bool) -> Decision:
    if same_words(gold, given):
        return Decision(1.0, "text", gold, given)
    want, have = read(gold), read(given)
    if want is None or have is None:
        return Decision(0.0, "text", gold, given)
    comparison = Comparison(policy, f"{gold}\n{given}", RULES)
    verdict, layer = comparison.ruling(want, have)
    if not verdict and (other := _other_readings(comparison, gold, given, want, have)):
        verdict, layer = True, other
    if verdict is None:
        hard = any(node.head in _HARD for node in walk(want)) and len(gold) + len(given) <= MAX_HARD * 4
        return Decision(None, "undecided", gold, given, hard=hard)
    if not verdict and partial and want.head in ("list", "set") and have.head not in ("tuple", "matrix"):
        hits, wanted, had = matched(comparison, want, have)
        return Decision(hits / max(wanted, had), "partial", gold, given)
    return Decision(float(verdict), layer, gold, given)


def _other_readings(comparison: Comparison, gold: str, given: str, want: Node, have: Node) -> str | None:
    """The layer by which another reading is the same; None where none is.

    Read otherwise are an answer behind its letter, a decimal comma, commas that separate items and not thousands, and
    beside a unit letters that may be one.
    """
    chosen = choice(given) if given.startswith(_CHOSEN) else None
    pairs: list[tuple[Node | None, Node | None]] = []
    if chosen is not None and chosen.text and chosen.name != SEVERAL:
        pairs.append((want, read(normalise(chosen.text))))
    if "," in gold:
        pairs.append((_commas(gold, have, is_reference=True), have))
    if "," in given:
        pairs.append((want, _commas(given, want, is_reference=False)))
    if "qty" in (want.head, have.head):
        pairs += [(want, _measured(given)), (_measured(gold), have)]
    for one, other in pairs:
        if one is not None and other is not None:
            verdict, layer = comparison.ruling(one, other)
            if verdict:
                return layer
    return None


def _commas(text: str, other: Node, *, is_reference: bool) -> Node | None:
    """A text with commas as a list, beside a list; or with a decimal comma, beside one value.

    A reference `1,2` is a list, so that 1.2 does not equal it; only a unit behind it makes it a number.
    """
    if other.head in ("list", "set"):
        listed = read(text.replace(",", ", "))
        return listed if listed is not None and listed.head in ("list", "set") else None
    pointed = None if other.head in _SEVERAL else with_point(text)
    return None if pointed is None or (is_reference and pointed[-1].isdecimal()) else read(pointed)


def _measured(text: str) -> Node | None:
    """A number and letters, which may be unknowns, read as a quantity: `45C`, `5m^2`, `9 N m`; None for other texts."""
    rest = text.lstrip("-0123456789., ")
    amount = text[: len(text) - len(rest)].strip()
    return read(f"{amount} \\text{{{rest}}}") if amount and rest and phrase(rest) is not None else None
