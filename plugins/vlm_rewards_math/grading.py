"""The layers of a decision: each says right, wrong, or leaves it to the next."""

import string
from operator import itemgetter
from typing import NamedTuple

from vlm_rewards.answers import Options, find_choice, with_point
from vlm_rewards_math.equality.collections import matched
from vlm_rewards_math.equality.comparison import Comparison, Policy
from vlm_rewards_math.equality.rules import RULES
from vlm_rewards_math.parsing.nodes import Node, walk
from vlm_rewards_math.parsing.normalise import normalise, tight
from vlm_rewards_math.parsing.parser import number, read
from vlm_rewards_math.parsing.units import phrase
from vlm_rewards_math.parsing.words import date, remainder, same_words, span, spelled, time

_HARD = frozenset(("int", "lim", "sum", "prod", "diff", "matrix", "det", "prime"))
_SEVERAL = frozenset(("tuple", "matrix", "union", "intersection", "difference", "set_builder", "chain"))
MAX_HARD = 120
MAX_OPTION_CHARS = 80
_NO_OPTIONS = Options()
_LETTERS = frozenset("ABCDEFGHIJ")
_SIGNS = frozenset("<>=+*/^_")
_FORMULA = frozenset("=+*<>^(")
_DECIMAL = frozenset("-.0123456789")


class Decision(NamedTuple):
    """What was decided, by which layer, on which two texts; a score of None says that no layer could."""

    score: float | None
    layer: str
    gold: str
    given: str
    hard: bool = False
    empty: bool = False


def decide(
    reference: str, answer: str, policy: Policy, *, options: Options = _NO_OPTIONS, partial: bool = False
) -> Decision:
    """Whether a final answer, as it was extracted, equals a reference, as it was written.

    With `options` it is that of a multiple choice question; with `partial`, part of a list earns part of the score.
    """
    gold, given = normalise(reference), normalise(answer)
    if not given:
        return Decision(None, "empty", gold, given, empty=True)
    if gold == given or tight(gold) == tight(given):
        return Decision(1.0, "equal_text", gold, given)
    for layer in (_numbers, _chosen, _dates_and_times):
        verdict, name = layer(gold, given, policy, options)
        if verdict is not None:
            return Decision(float(verdict), name, gold, given)
    return _parsed(gold, given, policy, partial=partial)


_Layer = tuple[bool | None, str]


def _numbers(gold: str, given: str, policy: Policy, _options: Options) -> _Layer:
    """Two numbers, one of them perhaps in words; a decimal may yet be rounded, or have a comma for a point."""
    want, have = number(gold), number(given)
    if want is None or have is None:
        word = spelled(given if have is None else gold) if want != have else None
        return (None if word is None else word in (want, have)), "text"
    written = gold + given
    exact = ("." not in written or _DECIMAL.issuperset(written)) and not (policy.absolute or policy.relative)
    return (want == have if exact or want == have else None), "exact_number"


def _dates_and_times(gold: str, given: str, _policy: Policy, _options: Options) -> _Layer:
    """Two times of day, two dates, or two quotients with their remainders."""
    if not _FORMULA.isdisjoint(gold) or number(gold) is not None:
        return None, ""
    for reader in (time, date, remainder, span):
        want = reader(gold)
        have = None if want is None else reader(given)
        if have is not None:
            return want == have, reader.__name__
    return None, ""


def _chosen(gold: str, given: str, policy: Policy, options: Options) -> _Layer:
    """A reference that is the letters of options or, where the options are known, what one of them says."""
    if not options.texts:
        if not _is_letters(gold):
            return None, ""
        one, other = (text.strip("(). ") for text in (gold, given))
        if len(one) == len(other) == 1 and other in string.ascii_uppercase:
            return one == other, "choice"

    def equal(option: str, text: str) -> bool:
        words = option.isalpha() or text.isalpha() or len(text) > MAX_OPTION_CHARS
        return not words and decide(option, text, policy).score == 1.0

    texts = [normalise(option) for option in options.texts]
    right, said = (find_choice(text, texts, labels=options.labels, equal=equal) for text in (gold, given))
    if not right.indices:
        return None, ""
    if said.indices or said.fault:
        same = [[texts[at] for at in chosen.indices] if texts else chosen.indices for chosen in (right, said)]
        return sorted(said.indices) == sorted(right.indices) or same[0] == same[1], "choice"
    return (False if texts and right.index is not None and gold != texts[right.index] else None), "choice"


def _is_letters(text: str) -> bool:
    """Whether a text is capital letters of options: `B`, `(B)`, `A, C`, `AC`."""
    if not _SIGNS.isdisjoint(text):
        return False
    bare = [sign for sign in text.replace("and", "").replace("\\text", "") if sign.isalnum()] if len(text) < 60 else ""
    return bool(bare) and _LETTERS.issuperset(bare) and len(set(bare)) == len(bare)


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
    """The layer by which another reading of ratios, indexes, letters, commas or units is the same; None without one."""
    pairs: list[tuple[Node | None, Node | None]] = []
    if ":" in gold + given:
        pairs.append((read(_ratio(gold)), read(_ratio(given))))
    if "_" in gold + given:
        pairs += [(_unindexed(want), have), (want, _unindexed(have))]
    if behind := _behind_letter(given):
        pairs.append((want, read(normalise(behind))))
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


def _ratio(text: str) -> str:
    return text.replace("\\text{ to }", ":").replace(" to ", ":")


def _unindexed(node: Node) -> Node | None:
    """The values `x_1 = 3, x_2 = -2` of one unknown as `x = 3, x = -2`; None for other trees."""
    named = node.head == "list" and all(part.head == "chain" and part.args[0].head == "sym" for part in node.args)
    names = [part.args[0].value.partition("_") for part in node.args] if named else []
    if len({name for name, _, _ in names}) != 1 or len(set(names)) < len(names) or not all(map(itemgetter(2), names)):
        return None
    unknown = Node("sym", (), names[0][0])
    return node._replace(args=tuple(part._replace(args=(unknown, *part.args[1:])) for part in node.args))


def _commas(text: str, other: Node, *, is_reference: bool) -> Node | None:
    """A text with commas as a list beside a list, or with a decimal comma; `1,2` as a reference is not a number."""
    if other.head in ("list", "set"):
        listed = read(text.replace(",", ", "))
        return listed if listed is not None and listed.head in ("list", "set") else None
    pointed = None if other.head in _SEVERAL else with_point(text)
    is_list = is_reference and text[-1].isdecimal() and text.partition(",")[0].lstrip("-").isdecimal()
    return None if pointed is None or is_list else read(pointed)


def _behind_letter(text: str) -> str:
    r"""What stands behind the letter of an option: `(C) \frac{1}{8}`, `\text{C. }12`; empty without one."""
    bare = (text.partition("{")[2] if text.startswith(("\\text", "\\math")) else text).lstrip("( ")
    rest = bare[1:].lstrip("} ")
    return rest[1:].lstrip("}):. ") if bare[:1] in _LETTERS and rest[:1] in tuple("):.") else ""


def _measured(text: str) -> Node | None:
    """A number and letters, which may be unknowns, read as a quantity: `45C`, `5m^2`, `9 N m`; None for other texts."""
    rest = text.lstrip("-0123456789., ")
    amount = text[: len(text) - len(rest)].strip()
    return read(f"{amount} \\text{{{rest}}}") if amount and rest and phrase(rest) is not None else None
