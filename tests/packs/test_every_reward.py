"""Laws of every reward that this distribution ships. A new reward needs a `Sample` in `<pack>/samples.py`, no more."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import math
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from tests.packs.sample import REGISTRY, Sample
from vlm_rewards.testing.conform import FIXES
from vlm_rewards.testing.measure import grows_linearly

SHIPPED = {
    found.full_name: found
    for found in REGISTRY.all()
    if not isinstance(found, tuple) and found.pack.distribution == "vlm-rewards"
}
MAX_CHARS = 65_536


SAMPLES: list[Sample] = [
    sample
    for pack in ("format", "grounding", "judge", "math", "shaping", "vqa")
    for sample in importlib.import_module(f"tests.packs.{pack}.samples").SAMPLES
]
#: One sample of each reward: its growth is measured, and the kit is held against it; against the others too, slowly.
LAST = {sample.use: sample for sample in SAMPLES}
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)
each_last_sample = pytest.mark.parametrize("sample", LAST.values(), ids=str)
each_reward = pytest.mark.parametrize("name", sorted(SHIPPED))

FRAGMENTS = [
    *("<think>", "</think>", "<answer>", "</answer>", "<thinking>", "◁think▷", "<", ">", "</"),
    *("\\boxed{", "\\boxed", "\\frac{1}{2}", "\\text{", "\\", "\\{", "\\}", "{", "}", "$", "^", "°", "%"),
    *("[", "]", "[1, 2, 3, 4]", '{"bbox_2d": [', "(", ")", ",", ", ", ":", '"', "'", "box_2d"),
    *("7", "0", "9" * 400, "1e999999999", "-", "+", ".", "/", "e", "NaN", "inf", "1e308", "1/0", "cat", "B"),
    *(" ", "\n", "\0", "\ud800", "\udfff", "\u202e", "\u200b", "٤٢", "４２", "½", "−", "ı", "ß", "é", "👍🏽", "🀄"),
]
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=())),  # lone surrogates too
    st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join),
    st.builds(lambda text, times: text * times, st.sampled_from(FRAGMENTS), st.integers(1, 500)),
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map(lambda parts: f"<answer>{''.join(parts)}</answer>"),
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map(lambda parts: f"\\boxed{{{''.join(parts)}}}"),
    st.lists(st.sampled_from(FRAGMENTS), min_size=4, max_size=4).map(lambda parts: f"[{','.join(parts)}]"),
)
any_input = settings(suppress_health_check=[HealthCheck.too_slow])


def test_every_shipped_reward_has_a_sample() -> None:
    assert {sample.use for sample in SAMPLES} == set(SHIPPED) != set()


#: Checks of the kit that are dear for each reward: the floods below measure growth, and the packs are listed once.
BELOW = {"growth", "imports"}


@pytest.mark.parametrize(
    "sample", [pytest.param(one, marks=() if LAST[one.use] is one else pytest.mark.slow) for one in SAMPLES], ids=str
)
def test_it_conforms(sample: Sample) -> None:
    sample.check(skip=BELOW)


@pytest.mark.slow
@each_last_sample
def test_its_growth_and_its_imports_conform(sample: Sample) -> None:
    sample.check(skip=FIXES.keys() - BELOW)


@each_sample
@given(text=ANY_TEXT)
@any_input
def test_any_text_gets_a_valid_outcome_inside_the_range_twice_the_same(sample: Sample, text: str) -> None:
    low, high = SHIPPED[sample.use].spec.range
    (output,) = sample.score(text)
    assert output.status not in (vr.Status.FAILED, vr.Status.BAD_REFERENCE), output.reason
    if output.score is not None:
        assert low <= output.score <= high
        assert math.isfinite(output.score)
    assert vr.RewardOutput.model_validate_json(output.model_dump_json()) == output
    if output.score is None or output.score < high:
        assert_explained(output)
    if SHIPPED[sample.use].spec.pure:
        assert sample.score(text) == [output]


def assert_explained(output: vr.RewardOutput) -> None:
    """A reason of a few words in one line; a code alone is none."""
    reason = output.reason or ""
    assert reason.isprintable()
    assert len(reason.split()) > 1, reason
    assert len(reason) <= 300


@each_sample
def test_an_answer_that_is_nearly_right_is_told_why_it_is_not(sample: Sample) -> None:
    _, high = SHIPPED[sample.use].spec.range
    numbers = ["7", "[1, 2, 3, 40]", "(1, 2)", "click(1, 2)", "00:01 - 00:03", "1/2 cm"]
    texts = [
        f"<answer>{text}</answer>" for text in (*numbers, "cat", "B", "no", "A, B", "| a |\n|---|\n| 1 |", '{"a": 1}')
    ]
    halves = [sample.best[: len(sample.best) * part // 8] for part in range(8)]
    floods = [flooded(flood, *AROUND[at % len(AROUND)], 400) for at, flood in enumerate(FLOODS)]
    for text in (*texts, *halves, f"{sample.best} or 3", *floods):
        (output,) = sample.score(text)
        if output.score is None or output.score < high:
            assert_explained(output)


@each_sample
@given(solution=st.one_of(ANY_TEXT, st.lists(st.floats() | st.integers() | ANY_TEXT, max_size=5), st.none()))
@any_input
def test_any_reference_is_used_or_refused_but_never_a_fault_of_the_grader(sample: Sample, solution: object) -> None:
    (output,) = sample.score(sample.best, solution=solution)
    assert output.status is not vr.Status.FAILED, output.reason


# -- work grows no faster than the text ------------------------------------------------------------------------------

FLOODS = [
    *("<think>", "</think>", "<answer>", "</answer>", "<answer></answer>", "<think></think>", "<", "</"),
    *("\\boxed{", "\\boxed{}", "\\boxed{7} ", "{", "}", "{}", "\\{", "\\", "\\text{", "\\left(", "\\frac{"),
    *("[", "]", "[]", "[[", "[1,2,3,4]", "[1,", "1,", "7", " ", "$", "a ", "٤", "\ud800", "bbox_2d", "\\!"),
    *("\u0301\u0316", "\ufdfa", "|", "a, ", '{"a":', "answer is ", "1, ", "(B) "),
    *("f(x) ", "f(1) ", "f('a') ", "{'a': 1} ", "(1,2),", "click(1,2) ", "a=1, ", "f(", "\\\\"),
]
AROUND = [("", ""), ("<think>hm</think><answer>", "</answer>"), ("\\boxed{", "}"), ("<answer>[", "]</answer>")]


def flooded(flood: str, before: str, after: str, chars: int) -> str:
    """An odd number of floods: an even number of backslashes is another text, one without an escape at its end."""
    times = (chars - len(before) - len(after)) // len(flood)
    return before + flood * ((times - 1) | 1) + after


def assert_linear(sample: Sample, flood: str, before: str, after: str, *, chars: int) -> None:
    big = flooded(flood, before, after, chars)
    small = flooded(flood, before, after, chars // 10)
    (output,) = sample.score(big)
    assert "too_long" not in (output.reason or "")  # the flood is read, not refused at the door
    assert grows_linearly(sample.score, small, big), (flood, before)


@each_last_sample
def test_ten_times_the_text_is_at_most_twelve_times_the_work(sample: Sample) -> None:
    floods = list(zip(FLOODS, itertools.cycle(AROUND), strict=False))
    for flood, (before, after) in floods[[*LAST].index(sample.use) % 2 :: 2]:  # the next reward is given the others
        assert_linear(sample, flood, before, after, chars=MAX_CHARS // 8)


@pytest.mark.slow
@each_last_sample
def test_ten_times_the_text_is_at_most_twelve_times_the_work_up_to_the_cap(sample: Sample) -> None:
    for flood, (before, after) in itertools.product(FLOODS, AROUND):
        assert_linear(sample, flood, before, after, chars=MAX_CHARS)


@pytest.mark.parametrize(
    "quadratic",
    [
        lambda text: re.findall("<answer>(.*?)</answer>", text),  # what peers do
        lambda text: [text[:at].count("[") for at in range(0, len(text), 8)],
    ],
)
def test_the_law_of_growth_catches_quadratic_work(quadratic: Callable[[str], object]) -> None:
    flood = "<answer>" * 100
    assert not grows_linearly(quadratic, flood, flood * 10)


# -- what an author writes -------------------------------------------------------------------------------------------


@each_reward
def test_the_docstring_says_what_how_much_from_where_and_what_a_hack_earns(name: str) -> None:
    spec = SHIPPED[name].spec
    doc = inspect.getdoc(spec.call) or ""
    assert SHIPPED[name].info.summary.endswith(".")
    assert "Range " in doc
    assert "bstain" in doc, "say when it abstains, or that it never does"
    assert "Source: " in doc
    told = [doc, inspect.getdoc(vars(spec.call)["__call__"]) or ""] if spec.is_class else [doc]
    args = "\n".join(one.partition("Args:\n")[2].partition("\n\n")[0] for one in told)
    parameters = [*inspect.signature(spec.target).parameters, *(parameter.name for parameter in spec.params)]
    missing = [parameter for parameter in parameters if parameter != "self" and f"    {parameter}: " not in args]
    assert missing == []
    assert doc.count("\n>>> ") >= 3, "one good, one bad and one hacking completion"
    assert "a hack" in doc.partition(">>> ")[2]


def packages() -> list[Path]:
    modules = {found.spec.target.__module__.partition(".")[0] for found in SHIPPED.values()}
    return [Path(str(importlib.import_module(module).__file__)).parent for module in sorted(modules)]


def test_listing_the_packs_imports_no_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import vlm_rewards as vr; registry = vr.Registry()\n"
        f"for name in {sorted({name.partition('/')[0] for name in SHIPPED})}: registry.load(name)\n"
        "found = {name.partition('.')[0] for name in sys.modules.keys() - before} - sys.stdlib_module_names\n"
        "print(sorted(name for name in found if name != 'pluggy' and not name.startswith('vlm_rewards')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", packages(), ids=lambda package: package.name)
def test_no_pack_hands_text_to_an_evaluator_or_a_backtracking_matcher(package: Path) -> None:
    banned = {"re", "regex", "pickle", "marshal", "sympy", "ast", "eval", "exec", "compile", "sympify", "parse_expr"}
    for file in package.rglob("*.py"):
        # The last resort of `math/answer` runs in a killable worker only, and builds expressions from trees, not text.
        allowed = {"sympy"} if file.parts[-2:] == ("equality", "computer_algebra.py") else set()
        for node in ast.walk(ast.parse(file.read_text())):
            assert (banned - allowed).isdisjoint(used(node)), f"{file.name}:{getattr(node, 'lineno', 0)}"


def used(node: ast.AST) -> set[str]:
    """The names that a node imports or calls."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0], *(alias.name for alias in node.names)}
    if isinstance(node, ast.Call):
        called: Any = node.func
        return {getattr(called, "id", getattr(called, "attr", ""))}
    return set()
