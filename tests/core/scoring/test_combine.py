"""The algebra: what the terms of a row become, by tables and by laws."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.scoring.combine import Node, Op, Part

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf

OPS: tuple[Op, ...] = ("sum", "mean", "product", "min", "max", "first_applicable")


def parts_of(values: Sequence[float], weights: Sequence[float] | None = None) -> dict[str, Part]:
    weights = weights or [1.0] * len(values)
    return {f"t{n}": (value, weight, True) for n, (value, weight) in enumerate(zip(values, weights, strict=True))}


def combined(op: Op, parts: Mapping[str, Part]) -> float:
    value = Node(op, tuple(parts)).value(parts)
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        #                                        sum    mean   product min    max    first
        ([0.5, 0.2, 1.0], [1.0, 1.0, 1.0], [1.7, 1.7 / 3, 0.1, 0.2, 1.0, 0.5]),
        ([0.5], [1.0], [0.5] * 6),
        ([-1.0, 2.0], [1.0, 1.0], [1.0, 0.5, -2.0, -1.0, 2.0, -1.0]),
        ([0.0, 0.7], [1.0, 1.0], [0.7, 0.35, 0.0, 0.0, 0.7, 0.0]),
        # Weight 0: scored and logged, not counted.
        ([0.9, 0.4, 0.5], [0.0, 1.0, 1.0], [0.9, 0.45, 0.2, 0.4, 0.5, 0.4]),
        ([0.0, 0.4], [0.0, 1.0], [0.4] * 6),
        ([0.9, 0.4], [0.0, 0.0], [0.0] * 6),
    ],
)
def test_each_operation_by_a_table(values: list[float], weights: list[float], expected: list[float]) -> None:
    parts = parts_of(values, weights)

    assert [combined(op, parts) for op in OPS] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("op", "expected"), [("sum", 0.5 * 2 + 0.2 * 0.5 - 1.0 * 0.5), ("mean", (1.0 + 0.1 - 0.5) / 3.0)]
)
def test_weights_count_in_sums_and_means(op: Op, expected: float) -> None:
    assert combined(op, parts_of([0.5, 0.2, -1.0], [2.0, 0.5, 0.5])) == pytest.approx(expected)


def test_a_mean_whose_weights_cancel_is_0() -> None:
    assert combined("mean", parts_of([0.5, 0.2], [1.0, -1.0])) == 0.0


@pytest.mark.parametrize("op", OPS)
def test_what_is_not_there_is_left_out_and_a_row_without_anything_is_none(op: Op) -> None:
    node = Node(op, ("a", "b", Node(op, ("c", "d"))))

    assert node.value({}) is None
    assert node.value({"other": (1.0, 1.0, True)}) is None
    assert node.value({"b": (0.25, 1.0, True)}) == 0.25
    assert node.value({"c": (0.25, 1.0, True)}) == 0.25


def test_the_first_applicable_falls_past_abstentions_and_back_to_the_first() -> None:
    node = Node("first_applicable", ("a", "b", "c"))

    assert node.value({"a": (0.1, 1.0, False), "b": (0.2, 1.0, False), "c": (0.3, 1.0, True)}) == 0.3
    assert node.value({"a": (0.1, 1.0, False), "c": (0.3, 1.0, True)}) == 0.3
    assert node.value({"a": (0.1, 1.0, False), "b": (0.2, 1.0, False)}) == 0.1
    assert node.value({"b": (0.2, 1.0, False), "c": (0.3, 1.0, False)}) == 0.2


def test_nodes_are_clipped_weighed_and_named() -> None:
    inner = Node("sum", ("a", "b"), clip=(0.0, 1.0), weight=0.5, name="inner")
    deep = Node("max", ("c", Node("min", ("d", "e"), name="least")), weight=2.0, name="deep")
    root = Node("sum", (inner, deep, "f"), clip=(-1.0, 1.2))
    parts = {name: (value, 1.0, True) for name, value in zip("abcdef", [0.9, 0.9, 0.1, 0.3, 0.2, -0.1], strict=True)}

    assert inner.value(parts) == 1.0
    assert deep.value(parts) == 0.2
    assert Node("sum", (inner, deep, "f")).value(parts) == pytest.approx(0.5 * 1.0 + 2.0 * 0.2 - 0.1)
    assert root.value(parts | {"f": (9.0, 1.0, True)}) == 1.2
    assert root.value(parts | {"f": (-9.0, 1.0, True)}) == -1.0
    assert root.terms() == list("abcdef")
    assert [node.name for node in (root, inner, deep)] == [None, "inner", "deep"]
    assert not root.is_flat_sum
    assert Node("sum", ("a", "b")).is_flat_sum


def test_a_clip_does_not_make_a_number_of_a_row_without_one() -> None:
    assert Node("sum", ("a",), clip=(0.5, 1.0)).value({}) is None


numbers = st.floats(-100, 100)
some = st.lists(numbers, min_size=1, max_size=6)
NEAR = 1e-9


@given(some)
def test_the_mean_lies_between_least_and_greatest(values: list[float]) -> None:
    parts = parts_of(values)

    assert combined("min", parts) - NEAR <= combined("mean", parts) <= combined("max", parts) + NEAR


@given(some, st.data())
def test_a_mean_with_positive_weights_lies_between_least_and_greatest(values: list[float], data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.floats(0.01, 100), min_size=len(values), max_size=len(values)))

    mean = combined("mean", parts_of(values, weights))

    assert min(values) - NEAR <= mean <= max(values) + NEAR


@given(st.lists(st.tuples(numbers, numbers, st.floats(0.1, 10)), min_size=1, max_size=6), numbers, numbers)
def test_a_sum_is_linear(rows: list[tuple[float, float, float]], one: float, other: float) -> None:
    first, second, weights = (list(column) for column in zip(*rows, strict=True))
    mixed = [one * a + other * b for a, b in zip(first, second, strict=True)]

    expected = one * combined("sum", parts_of(first, weights)) + other * combined("sum", parts_of(second, weights))

    assert combined("sum", parts_of(mixed, weights)) == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(some, st.randoms(use_true_random=False), st.sampled_from(["sum", "mean", "min", "max", "product"]))
def test_the_order_of_terms_does_not_matter(values: list[float], random: Any, op: Op) -> None:
    parts = parts_of(values)
    names = list(parts)
    random.shuffle(names)

    other = Node(op, tuple(names)).value(parts)

    assert other == pytest.approx(combined(op, parts), rel=1e-12, abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=5), st.integers(0, 4), st.floats(0, 1), st.sampled_from(OPS[:5]))
def test_a_better_score_never_makes_a_worse_total(values: list[float], index: int, gain: float, op: Op) -> None:
    index %= len(values)
    better = [value + gain * (at == index) for at, value in enumerate(values)]

    assert combined(op, parts_of(better)) >= combined(op, parts_of(values)) - NEAR


def told(name: str, low: float = 0.0, high: float = 10.0) -> Any:
    """A reward that scores what the completion says of it: `a=0.5 b=none`."""

    @vr.reward(range=(low, high), name=name)
    def reward(completion: vr.Completion) -> float | None:
        said = dict(part.split("=") for part in completion.text.split())[name]
        if said == "fail":
            raise ValueError("told to")
        return None if said == "none" else float(said)

    return reward


REWARDS = [told("a"), told("b"), told("n", -1.0, 1.0)]
TERMS: dict[str, dict[str, Any]] = {name: {"use": f"lab/{name}"} for name in "abn"}


def terms_with(**changes: dict[str, Any]) -> dict[str, Any]:
    return {name: {**term, **changes.get(name, {})} for name, term in TERMS.items()}


def test_a_tree_of_the_config_is_what_is_computed(scorer_of: ScorerOf) -> None:
    inner = {"op": "first_applicable", "name": "answer", "terms": ["a", "b"], "weight": 2.0, "clip": [0, 3]}
    scorer = scorer_of(
        *REWARDS, terms=terms_with(n={"weight": 0.5}), combine={"op": "sum", "terms": [inner, "n"], "clip": [-10, 6]}
    )
    texts = ["a=1 b=2 n=1", "a=none b=2 n=-1", "a=none b=none n=0", "a=9 b=2 n=1", "a=fail b=2 n=0"]

    assert scorer.score(vr.Batch.of(texts)).totals == [2.5, 3.5, 0.0, 6.0, None]


@pytest.mark.parametrize("op", OPS)
def test_a_term_of_weight_0_is_scored_and_logged_and_counts_in_no_operation(scorer_of: ScorerOf, op: str) -> None:
    terms = terms_with(a={"weight": 0}, n={"clip": [0, 1]})

    scored = scorer_of(*REWARDS, terms=terms, combine=op).score(vr.Batch.of(["a=7 b=0.5 n=1", "a=0 b=0.5 n=1"]))

    assert scored.terms["a"].values == [7.0, 0.0]
    assert scored.totals[0] == scored.totals[1]
    assert scored.totals[0] == {"sum": 1.5, "mean": 0.75, "max": 1.0}.get(op, 0.5)


@pytest.mark.parametrize("op", ["product", "min", "max", "first_applicable"])
@pytest.mark.parametrize("weight", [0.5, 2.0, {"schedule": [[0, 0.0], [5, 1.0]]}])
def test_a_weight_outside_sums_and_means_is_refused_in_its_place(scorer_of: ScorerOf, op: str, weight: Any) -> None:
    terms = terms_with(a={"weight": weight}, n={"clip": [0, 1]})

    with pytest.raises(ConfigError, match=rf"rewards\.a\.weight.*combined by `{op}`, where a weight has no meaning"):
        scorer_of(*REWARDS, terms=terms, combine=op)


def test_the_weight_of_a_node_outside_sums_and_means_is_refused(scorer_of: ScorerOf) -> None:
    node = {"op": "sum", "name": "both", "terms": ["a", "b"], "weight": 2.0}

    with pytest.raises(ConfigError, match="'both' is combined by `max`"):
        scorer_of(*REWARDS, terms=TERMS, combine={"op": "max", "terms": [node, "n"]})


def test_a_product_of_what_can_be_negative_is_refused_unless_clipped(scorer_of: ScorerOf) -> None:
    with pytest.raises(ConfigError, match=r"rewards\.n\.use.*can score below 0.*combine it by sum, or clip it at 0"):
        scorer_of(*REWARDS, terms=TERMS, combine="product")

    scorer = scorer_of(*REWARDS, terms=terms_with(n={"clip": [0, 1]}), combine="product")

    assert scorer.score(vr.Batch.of(["a=2 b=3 n=0.5", "a=2 b=3 n=-0.5"])).totals == [3.0, 0.0]


@pytest.mark.parametrize(
    "change",
    [{"normalize": "group"}, {"on_abstain": -1.0}, {"on_error": -1.0}],
    ids=["normalized", "on_abstain", "on_error"],
)
def test_a_product_of_what_only_a_policy_makes_negative_is_refused_too(
    scorer_of: ScorerOf, change: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="below 0"):
        scorer_of(*REWARDS, terms=terms_with(n={"clip": [0, 1]}, a=change), combine="product")


def test_a_product_over_a_node_that_can_be_negative_is_refused_unless_clipped(scorer_of: ScorerOf) -> None:
    node: dict[str, Any] = {"op": "sum", "name": "both", "terms": ["b", "n"]}

    with pytest.raises(ConfigError, match="below 0"):
        scorer_of(*REWARDS, terms=TERMS, combine={"op": "product", "terms": ["a", node]})
    scorer_of(*REWARDS, terms=TERMS, combine={"op": "product", "terms": ["a", {**node, "clip": [0, 1]}]})


YAML = """version: 1
rewards:
  a: {use: lab/a}
  b: {use: lab/b}
  n: {use: lab/n}
combine:
  op: sum
  terms:
    - a
    - bb
    - {op: max, name: inner, terms: [a, zzz]}
"""


def test_unknown_double_and_missing_terms_are_reported_at_once_each_in_its_place(
    registry_of: Any, tmp_path: Any
) -> None:
    path = tmp_path / "rewards.yaml"
    path.write_text(YAML)

    with pytest.raises(ConfigError) as caught:
        vr.load_scorer(path, registry=registry_of(*REWARDS))

    text = str(caught.value)
    assert f"{path}: 5 problems" in text
    assert f"{path}:10:7" in text
    assert "'bb' is not a term; the terms are a, b, n. Did you mean 'b'?" in text
    assert f"{path}:11:41" in text
    assert "'zzz' is not a term" in text
    assert "the term 'a' stands in two places" in text
    assert "the term 'b' is not combined" in text
    assert "the term 'n' is not combined" in text


@pytest.mark.parametrize(
    ("combine", "message"),
    [
        ("average", "'sum', 'mean'"),
        ({"op": "sum", "terms": []}, "at least 1"),
        ({"op": "sum", "terms": [{"op": "max", "terms": ["a"]}]}, "name"),
        ({"op": "sum", "terms": [{"op": "max", "name": "m", "terms": []}]}, "at least 1"),
    ],
)
def test_a_combination_of_the_wrong_form_is_refused(scorer_of: ScorerOf, combine: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        scorer_of(*REWARDS, terms=TERMS, combine=combine)


def normalized(scorer_of: ScorerOf, values: Sequence[object], size: int) -> list[float | None]:
    reward = told("a", -1e9, 1e9)
    scorer = scorer_of(reward, terms={"a": {"use": "lab/a", "normalize": "group", "on_abstain": "drop"}})
    batch = vr.Batch.of([f"a={value}" for value in values], context=vr.Context(group_size=size))
    return list(scorer.score(batch).terms["a"].values)


def test_scores_are_normalized_inside_each_group(scorer_of: ScorerOf) -> None:
    values = [0, 2, 5, 5, 1, "none", 3, "fail"]

    given = normalized(scorer_of, values, 2)

    assert given == [-1.0, 1.0, 0.0, 0.0, 0.0, None, 0.0, None]
    given = normalized(scorer_of, values, 4)
    assert given[:4] == pytest.approx([value / math.sqrt(4.5) for value in (-3, -1, 2, 2)])
    assert given[4:] == [-1.0, None, 1.0, None]


@given(values=st.lists(st.integers(-1000, 1000), min_size=4, max_size=4), factor=st.sampled_from([2, 100, 0.5]))
def test_a_normalized_group_has_mean_0_and_does_not_feel_its_scale(values: list[int], factor: float) -> None:
    assume(len(set(values)) > 1)
    from vlm_rewards.scoring.scorer import _normalize

    given: list[float | None] = [float(value) for value in values]
    scaled: list[float | None] = [value * factor + 3.0 for value in values]
    for group in (given, scaled):
        _normalize(group, [0] * 4)

    assert given == pytest.approx(scaled, abs=1e-6)
    held = [value for value in given if value is not None]
    assert statistics.fmean(held) == pytest.approx(0.0, abs=1e-9)
    assert statistics.pstdev(held) == pytest.approx(1.0)
