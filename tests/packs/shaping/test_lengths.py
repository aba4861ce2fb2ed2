"""Length rewards: each equal to its published formula, clamped, and in the unit that it says."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trl.rewards import get_soft_overlong_punishment

import vlm_rewards as vr
from tests.packs.sample import REGISTRY
from vlm_rewards.errors import ColumnError, ConfigError
from vlm_rewards_shaping import cosine_length, duplicate_boxes, group_length, length_window, soft_overlong, truncated

NOW = vr.Context()
RIGHT, WRONG = vr.RewardOutput(score=1.0), vr.RewardOutput(score=0.0)
VALUE = st.floats(-1, 1)


def of_tokens(count: int) -> vr.Completion:
    return vr.Completion("x" * (count + 1), token_ids=[5] * count)


def cosine(length: int, verdict: vr.RewardOutput | None = RIGHT, **options: Any) -> float:
    score = cosine_length(of_tokens(length), verdict, NOW, **options).score
    assert score is not None
    return score


# -- cosine_length ---------------------------------------------------------------------------------------------------

ENDS = ("correct_short", "correct_long", "wrong_short", "wrong_long", "exceeded")
OPTIONS = st.fixed_dictionaries(dict.fromkeys(ENDS, VALUE))


@given(length=st.integers(1, 3000), limit=st.integers(1, 1000), options=OPTIONS, right=st.booleans())
def test_cosine_length_is_the_formula_of_the_paper(
    *, length: int, limit: int, options: dict[str, float], right: bool
) -> None:
    def cos_fn(t: float, end: float, at_end: float, at_start: float) -> float:
        return at_end + 0.5 * (at_start - at_end) * (1 + math.cos(t * math.pi / end))

    kind = "correct" if right else "wrong"
    expected = cos_fn(length, limit, options[f"{kind}_long"], options[f"{kind}_short"])
    if length >= limit:
        expected = options["exceeded"]
    score = cosine(length, RIGHT if right else WRONG, max_length=limit, **options)
    assert score == pytest.approx(expected, abs=1e-12)
    low, high = sorted((options[f"{kind}_short"], options[f"{kind}_long"]))
    assert score == options["exceeded"] or low <= score <= high


@pytest.mark.parametrize(
    ("length", "right", "paper"),
    [
        *((1, True, 2.0), (7168, True, 1.5), (14335, True, 1.0)),
        *((1, False, -10), (7168, False, -5), (14335, False, 0.0)),
        *((14336, True, -10), (14336, False, -10), (28672, True, -10), (99999, False, -10)),
    ],
)
def test_ten_times_the_defaults_are_the_values_of_the_paper(length: int, *, right: bool, paper: float) -> None:
    score = cosine(length, RIGHT if right else WRONG, max_length=14336)
    assert 10 * score == pytest.approx(paper, abs=1e-5)


@given(st.integers(2, 500), st.data())
def test_a_longer_answer_earns_less_when_right_and_more_when_wrong_up_to_the_limit(
    limit: int, data: st.DataObject
) -> None:
    short, long = sorted(data.draw(st.tuples(st.integers(1, limit - 1), st.integers(1, limit - 1))))
    assert cosine(short, max_length=limit) >= cosine(long, max_length=limit)
    assert cosine(short, WRONG, max_length=limit) <= cosine(long, WRONG, max_length=limit)


@given(st.integers(1, 300), st.integers(0, 5000))
def test_beyond_the_limit_nothing_ever_rises_again(limit: int, more: int) -> None:
    assert cosine(limit + more, max_length=limit) == cosine(limit + more, WRONG, max_length=limit) == -1.0


@pytest.mark.parametrize(
    ("verdict", "status", "score"),
    [
        (vr.RewardOutput(score=1.0), "scored", 0.15),
        (vr.RewardOutput(score=0.99), "scored", -0.5),
        (vr.RewardOutput.unparseable("no box"), "scored", -0.5),
        (vr.RewardOutput.abstained("beyond_coverage"), "abstained", None),
        (vr.RewardOutput.bad_reference("empty"), "bad_reference", None),
        (vr.RewardOutput(status=vr.Status.FAILED), "abstained", None),
        (None, "abstained", None),
    ],
)
def test_an_unreadable_answer_is_wrong_and_an_undecided_one_is_neither(
    verdict: vr.RewardOutput | None, status: str, score: float | None
) -> None:
    output = cosine_length(of_tokens(50), verdict, NOW, max_length=100)
    assert output.status.value == status
    assert output.score == (None if score is None else pytest.approx(score))


@pytest.mark.parametrize("blank", [" ", "\n", "\u200b", "\u3164", " \t"])
@pytest.mark.parametrize("tokens", [True, False])
def test_blanks_lengthen_no_wrong_answer_and_shorten_no_right_one(blank: str, *, tokens: bool) -> None:
    def score(text: str, verdict: vr.RewardOutput) -> float:
        answer = vr.Completion(text, token_ids=[5] * len(text) if tokens else None)
        output = cosine_length(answer, verdict, NOW, max_length=200)
        assert output.score is not None
        return output.score

    padded = "8" + blank * 60
    assert score(padded, WRONG) == score("8", WRONG) == score(blank * 60 + "8", WRONG) < -0.9
    assert score(padded, RIGHT) < score("8", RIGHT)
    assert score("8" + blank * 200, WRONG) == score("8" + blank * 200, RIGHT) == -1.0  # beyond the limit, blanks or not


def test_what_is_right_is_told_by_at_least() -> None:
    half = vr.RewardOutput(score=0.5)
    assert cosine(50, half, max_length=100, at_least=0.5) > 0 > cosine(50, half, max_length=100)


# -- soft_overlong ---------------------------------------------------------------------------------------------------


def overlong(length: int, limit: int, cache: int) -> float:
    score = soft_overlong(of_tokens(length), NOW, max_length=limit, cache=cache).score
    assert score is not None
    return score


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 700))
def test_soft_overlong_is_equation_13_of_dapo(limit: int, cache: int, length: int) -> None:
    cache = min(cache, limit)
    if length <= limit - cache:
        expected = 0.0
    elif length <= limit:
        expected = ((limit - cache) - length) / cache
    else:
        expected = -1.0
    assert overlong(length, limit, cache) == expected
    assert overlong(length, limit, cache) == get_soft_overlong_punishment(limit, cache)([[5] * length])[0]


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 700))
def test_soft_overlong_never_rises_with_length(limit: int, cache: int, length: int) -> None:
    assert overlong(length + 1, limit, min(cache, limit)) <= overlong(length, limit, min(cache, limit))


# -- length_window ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 30), st.integers(1, 200))
def test_length_window_is_a_trapezoid(low: int, wide: int, margin: int, length: int) -> None:
    score = length_window(of_tokens(length), min_length=low, max_length=low + wide, margin=margin).score
    distance = min(abs(length - inside) for inside in range(low, low + wide + 1))
    expected = 1.0 if distance == 0 else 0.0 if distance >= margin else 1 - distance / margin
    assert score == pytest.approx(expected)


def test_length_window_may_be_open_at_the_top() -> None:
    assert length_window(of_tokens(10**5), min_length=5).score == 1.0
    assert length_window(of_tokens(4), min_length=5).score == 0.0


BLANK = st.text(" \n\t\u00a0\u200b\u200d\u2060\u3164\u2800\ufe0f\u00ad\u3000\0", min_size=1)


@given(st.lists(st.sampled_from(["seven", "七", "+"]), min_size=1, max_size=5), st.data(), st.integers(0, 99))
def test_what_a_reader_does_not_see_never_reaches_a_lower_bound(
    words: list[str], data: st.DataObject, more_tokens: int
) -> None:
    plain = " ".join(words)
    padded = data.draw(BLANK).join(["", *words, ""]) + data.draw(BLANK)
    bound = len(plain) + 1
    assert length_window(vr.Completion(padded), min_length=bound).score == 0.0
    bytes_bound = len(plain.encode()) + 1
    answer = vr.Completion(padded, token_ids=[5] * (bytes_bound + more_tokens))
    assert length_window(answer, min_length=bytes_bound).score == 0.0


def test_what_a_reader_does_not_see_still_counts_to_the_upper_bound() -> None:
    assert length_window(vr.Completion("7" + " " * 9), max_length=9).score == 0.0


# -- group_length ----------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=8))
def test_group_length_is_the_formula_of_kimi(members: list[tuple[int, bool]]) -> None:
    outputs = group_length([of_tokens(n) for n, _ in members], [RIGHT if right else WRONG for _, right in members])
    shortest, longest = min(n for n, _ in members), max(n for n, _ in members)
    for (length, right), output in zip(members, outputs, strict=True):
        x = 0.5 - (length - shortest) / (longest - shortest) if longest > shortest else 0.0
        assert output.score == (x if right else min(0.0, x))


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=2, max_size=6), st.randoms())
def test_group_length_knows_no_order_and_no_scale(members: list[tuple[int, bool]], random: Any) -> None:
    def scores(of: list[tuple[int, bool]], times: int = 1) -> list[float | None]:
        group = [of_tokens(length * times) for length, _ in of]
        return [output.score for output in group_length(group, [RIGHT if right else WRONG for _, right in of])]

    order = list(range(len(members)))
    random.shuffle(order)
    assert scores([members[i] for i in order]) == [scores(members)[i] for i in order]
    assert scores(members, 3) == pytest.approx(scores(members))


def test_group_length_leaves_empty_and_undecided_answers_out_of_the_pay() -> None:
    group = [vr.Completion(text) for text in ("", "xx", "xxxx", "xxxxxx")]
    outputs = group_length(group, [WRONG, RIGHT, vr.RewardOutput.abstained("beyond_coverage"), RIGHT])
    assert [output.status.value for output in outputs] == ["unparseable", "scored", "abstained", "scored"]
    assert [output.score for output in outputs] == [0.5 if i == 1 else -0.5 if i == 3 else None for i in range(4)]
    assert group_length([vr.Completion("")], [RIGHT])[0].status is vr.Status.UNPARSEABLE


def test_group_length_counts_one_unit_in_a_group() -> None:
    group = [vr.Completion("x", token_ids=[1] * 9), vr.Completion("xx")]
    assert [output.details.get("unit") for output in group_length(group, [RIGHT, RIGHT])] == ["characters"] * 2
    assert [output.score for output in group_length(group, [RIGHT, RIGHT])] == [0.5, -0.5]
    only_tokens = group_length(group, [RIGHT, RIGHT], unit="tokens")
    assert [output.score for output in only_tokens] == [0.0, None]


def test_a_group_in_a_config_gets_the_verdicts_of_its_own_answers() -> None:
    rewards = {
        "answer": {"use": "math/answer"},
        "short": {"use": "shaping/group_length", "depends": {"correct": "answer"}},
    }
    scorer = vr.load_scorer({"version": 1, "rewards": rewards}, registry=REGISTRY)
    texts = ["\\boxed{7}", "It is \\boxed{7}.", "\\boxed{8}", "It must be \\boxed{8}."]
    batch = vr.Batch.of(texts, solution=["7", "7", "7", "7"], group_id=[0, 0, 1, 1])
    assert list(scorer.score(batch).terms["short"].outcomes.scores) == [0.5, -0.5, 0.0, -0.5]


# -- truncated -------------------------------------------------------------------------------------------------------

RUN = vr.Context(max_completion_tokens=4, eos_token_ids=(2, 3))


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([5, 6, 7, 8], -1.0),
        ([5, 6, 7, 2], 0.0),
        ([5, 6, 7, 3], 0.0),
        ([5, 6, 7], 0.0),  # it ended early, by a stop string or an id that this run does not know
        ([5, 2], 0.0),
        ([5, 2, 7, 8], -1.0),
        ([5, 6, 7, 8, 9], -1.0),
    ],
)
def test_truncated_is_at_the_limit_without_an_end(ids: list[int], expected: float) -> None:
    output = truncated(vr.Completion("text", token_ids=ids), RUN)
    assert (output.score if isinstance(output, vr.RewardOutput) else output) == expected


@pytest.mark.parametrize(
    ("ids", "context"),
    [(None, RUN), ([5], vr.Context(eos_token_ids=(2,))), ([5], vr.Context(max_completion_tokens=1)), ([5], NOW)],
)
def test_truncated_abstains_where_a_fact_is_missing(ids: list[int] | None, context: vr.Context) -> None:
    output = truncated(vr.Completion("text", token_ids=ids), context)
    assert isinstance(output, vr.RewardOutput)
    assert output.status is vr.Status.ABSTAINED


@pytest.mark.parametrize(
    ("context", "fix"),
    [
        (vr.Context(max_completion_tokens=4), "processing_class"),
        (vr.Context(eos_token_ids=(2,)), "max_completion_length"),
        (RUN, None),
        (NOW, None),  # offline
    ],
)
def test_truncated_refuses_a_run_that_tells_half_of_the_facts(context: vr.Context, fix: str | None) -> None:
    config = {"version": 1, "rewards": {"it": {"use": "shaping/truncated"}}}
    if fix is None:
        vr.load_scorer(config, registry=REGISTRY, context=context)
        return
    with pytest.raises(ConfigError, match=fix):
        vr.load_scorer(config, registry=REGISTRY, context=context)


# -- units, and options that are refused -----------------------------------------------------------------------------

LENGTHS: dict[str, Any] = {
    "cosine_length": lambda answer, **options: cosine_length(answer, RIGHT, NOW, max_length=100, **options),
    "soft_overlong": lambda answer, **options: soft_overlong(answer, NOW, max_length=100, cache=9, **options),
    "length_window": lambda answer, **options: length_window(answer, max_length=100, **options),
    "group_length": lambda answer, **options: group_length([answer], [RIGHT], **options)[0],
}


@pytest.mark.parametrize("score", LENGTHS.values(), ids=LENGTHS)
def test_the_details_say_what_was_counted(score: Any) -> None:
    with_ids, without = vr.Completion("four", token_ids=[1, 2]), vr.Completion("four")
    details = [
        score(answer, unit=unit).details
        for unit, answer in itertools.product(("auto", "characters"), (with_ids, without))
    ]
    assert [(found["length"], found["unit"]) for found in details] == [
        (2, "tokens"),
        (4, "characters"),
        (4, "characters"),
        (4, "characters"),
    ]
    assert score(with_ids, unit="tokens").details["length"] == 2
    assert score(without, unit="tokens").status is vr.Status.ABSTAINED
    assert score(vr.Completion(" \n")).status is vr.Status.UNPARSEABLE
    in_field = vr.Completion("", reasoning_field="I was cut off")
    assert score(in_field).details["length"] == len("I was cut off")


@pytest.mark.parametrize("use", ["cosine_length", "soft_overlong"])
def test_the_limit_of_the_run_is_in_tokens_and_no_characters_compare_with_it(use: str) -> None:
    run = vr.Context(max_completion_tokens=4)

    def score(answer: vr.Completion, context: vr.Context = run) -> vr.RewardOutput:
        if use == "cosine_length":
            return cosine_length(answer, RIGHT, context)
        return soft_overlong(answer, context, cache=0)

    assert score(of_tokens(9)).score == -1.0
    assert score(vr.Completion("nine chars")).status is vr.Status.ABSTAINED
    assert score(of_tokens(9), NOW).status is vr.Status.ABSTAINED


@pytest.mark.parametrize(
    ("use", "params", "message"),
    [
        ("cosine_length", {}, "max_length"),
        ("cosine_length", {"unit": "characters"}, "max_length"),
        ("cosine_length", {"max_length": 9, "at_least": float("nan")}, "at_least"),
        ("soft_overlong", {"cache": 9}, "max_length"),
        ("soft_overlong", {"cache": 10, "max_length": 9}, "cache"),
        ("length_window", {}, "bound"),
        ("length_window", {"min_length": 9, "max_length": 8}, "window"),
    ],
)
def test_options_that_cannot_be_used_are_refused_with_the_config(
    use: str, params: dict[str, Any], message: str
) -> None:
    term = {"use": f"shaping/{use}", "params": params}
    if use == "cosine_length":
        term["depends"] = {"correct": "right"}
    with pytest.raises(ConfigError, match=message):
        vr.load_scorer({"version": 1, "rewards": {"right": {"use": "format/boxed"}, "it": term}}, registry=REGISTRY)


def test_a_cosine_without_a_verdict_says_what_is_missing() -> None:
    config = {"version": 1, "rewards": {"it": {"use": "shaping/cosine_length", "params": {"max_length": 9}}}}
    with pytest.raises(ColumnError, match="correct"):
        vr.load_scorer(config, registry=REGISTRY).score(vr.Batch.of(["7"]))


@pytest.mark.parametrize("text", ["\u200b", "\u200b" * 500, " \n\ufeff", "\x00", "\u3164", "\u2800"])
def test_what_nobody_sees_is_silence(text: str) -> None:
    for output in (
        soft_overlong(vr.Completion(text), NOW, max_length=100, cache=10),
        length_window(vr.Completion(text), min_length=1, max_length=100),
        duplicate_boxes(vr.Completion(text)),
    ):
        assert output.status is vr.Status.UNPARSEABLE
