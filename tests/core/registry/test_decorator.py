"""`@reward` and `from_trl`: what a signature declares, and every declaration that is refused."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import PackLoadError
from vlm_rewards.registry.decorator import ColumnParameter, Mode, RewardSpec, spec_of
from vlm_rewards.registry.info import RewardInfo


def declared(call: object) -> RewardSpec:
    spec = spec_of(call)
    assert spec is not None
    return spec


class TestNames:
    @pytest.mark.parametrize(
        ("written", "name"),
        [
            ("Fluency", "fluency"),
            ("TextOverlap", "text_overlap"),
            ("HTMLTable", "html_table"),
            ("Top5Answers", "top5_answers"),
            ("plain", "plain"),
            ("snake_case", "snake_case"),
        ],
    )
    def test_a_class_has_its_name_in_small_letters(self, written: str, name: str) -> None:
        call = type(written, (), {"__call__": lambda self, completion: 1.0})
        assert declared(vr.reward(range=(0, 1))(call)).name == name
        assert declared(vr.reward(range=(0, 1), name="other")(call)).name == "other"

    def test_a_reward_without_its_range_says_what_to_write(self) -> None:
        def any_(completion: vr.Completion) -> float:
            return 1.0

        for declare in (vr.reward, vr.reward()):
            with pytest.raises(PackLoadError, match=r"Reward 'any_'.*like range=\(0\.0, 1\.0\)"):
                declare(any_)  # type: ignore[arg-type]


class TestFunctions:
    def test_the_signature_is_the_contract(self) -> None:
        def overlap(
            completion: vr.Completion, solution: str, images: vr.Images = (), *, threshold: float = 0.5, must: int
        ) -> float:
            """Overlap of two things.

            More about it.
            """
            return 1.0

        spec = declared(vr.reward(range=(0, 1))(overlap))
        assert (spec.name, spec.range, spec.mode) == ("overlap", (0.0, 1.0), Mode.ONE)
        assert spec.columns == (ColumnParameter("solution"), ColumnParameter("images", ()))
        assert [column.required for column in spec.columns] == [True, False]
        assert [option.name for option in spec.params] == ["threshold", "must"]
        assert (RewardInfo.of(spec).summary, spec.is_class, spec.is_async, spec.pure) == (
            "Overlap of two things.",
            False,
            False,
            True,
        )
        assert spec.call is spec.target is overlap

    def test_the_function_is_returned_unchanged_and_stays_callable(self) -> None:
        def half(completion: vr.Completion) -> float:
            return 0.5

        marked = vr.reward(range=(0, 1))(half)
        assert marked is half
        assert marked(vr.Completion("x")) == 0.5

    @pytest.mark.parametrize(
        ("function", "mode"),
        [
            (lambda completion: 0.0, Mode.ONE),
            (lambda completions: [0.0], Mode.BATCH),
            (lambda group: [0.0], Mode.GROUP),
        ],
    )
    def test_the_first_parameter_tells_what_a_call_sees(self, function: Callable[..., Any], mode: Mode) -> None:
        assert declared(vr.reward(range=(0, 1), name="any")(function)).mode is mode

    def test_name_pure_and_check_are_kept(self) -> None:
        def check(context: vr.Context) -> None: ...

        def judged(completion: vr.Completion) -> float:
            return 0.0

        spec = declared(vr.reward(range=(-1, 1), name="judge", pure=False, check=check)(judged))
        assert (spec.name, spec.pure, spec.check, spec.range) == ("judge", False, check, (-1.0, 1.0))

    def test_async_functions_are_known_as_such(self) -> None:
        async def judged(completion: vr.Completion) -> float:
            return 0.0

        assert declared(vr.reward(range=(0, 1))(judged)).is_async

    def test_a_partial_has_the_name_and_the_documentation_of_its_function(self) -> None:
        def close_to(target: int, completion: vr.Completion) -> float:
            """Near the target."""
            return 0.0

        spec = declared(vr.reward(range=(0, 1))(functools.partial(close_to, 7)))
        assert (spec.name, RewardInfo.of(spec).summary, spec.columns) == ("close_to", "Near the target.", ())


class TestClasses:
    def test_options_are_those_of_init_and_columns_those_of_call(self) -> None:
        class Lexicon:
            """Words that earn reward."""

            def __init__(self, *, words: int = 3) -> None:
                self.words = words

            def __call__(self, completions: list[vr.Completion], solution: list[str]) -> list[float]:
                return []

        spec = declared(vr.reward(range=(0, 1), name="lexicon")(Lexicon))
        assert (spec.name, spec.mode, spec.is_class) == ("lexicon", Mode.BATCH, True)
        assert spec.columns == (ColumnParameter("solution"),)
        assert [option.name for option in spec.params] == ["words"]
        assert spec.target is Lexicon.__call__

    def test_a_class_without_init_has_no_options(self) -> None:
        class Plain:
            async def __call__(self, completion: vr.Completion) -> float:
                return 0.0

        spec = declared(vr.reward(range=(0, 1), name="plain")(Plain))
        assert (spec.params, spec.is_async) == ((), True)

    def test_a_subclass_is_not_the_reward_that_its_base_is(self) -> None:
        @vr.reward(range=(0, 1), name="base")
        class Base:
            def __call__(self, completion: vr.Completion) -> float:
                return 0.0

        class Derived(Base): ...

        assert spec_of(Base) is not None
        assert spec_of(Derived) is None


class TestRefused:
    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (lambda: 0.0, "the first parameter is 'nothing'; name it 'completion' (one)"),
            (lambda answer: 0.0, "the first parameter is 'answer'; name it 'completion' (one), 'completions'"),
            (lambda solution, completion: 0.0, "the first parameter is 'solution'"),
            (lambda trl: 0.0, "the first parameter is 'trl'"),
            (lambda *, completion: 0.0, "the first parameter is 'nothing'"),
            (lambda *completions: 0.0, "the parameter `*completions` hides which columns it reads"),
            (lambda completion, **columns: 0.0, "the parameter `**columns` hides which columns it reads"),
            (lambda completions, **kwargs: 0.0, "wrap a function of TRL's convention with `from_trl`"),
        ],
    )
    def test_a_bad_signature_says_what_to_write(self, function: Callable[..., Any], message: str) -> None:
        with pytest.raises(PackLoadError) as caught:
            vr.reward(range=(0, 1), name="odd")(function)
        assert str(caught.value).startswith("Reward 'odd': ")
        assert message in str(caught.value)

    @pytest.mark.parametrize(
        ("range_", "message"),
        [
            ((0, float("inf")), "is not finite and rising"),
            ((float("-inf"), 0), "is not finite and rising"),
            ((float("nan"), 1), "is not finite and rising"),
            ((1, 0), "is not finite and rising"),
            ((1, 1), "is not finite and rising"),
            ((0, 1, 2), "is not a pair of numbers"),
            ((0,), "is not a pair of numbers"),
            ("ab", "is not a pair of numbers"),
            (None, "is not a pair of numbers"),
            (1, "is not a pair of numbers"),
            ((0, 10**400), "is not a pair of numbers"),
        ],
    )
    def test_a_bad_range_is_shown_with_the_fix(self, range_: Any, message: str) -> None:
        def odd(completion: vr.Completion) -> float:
            return 0.0

        for declare in (lambda: vr.reward(range=range_)(odd), lambda: vr.from_trl(odd, range=range_)):
            with pytest.raises(PackLoadError) as caught:
                declare()
            assert str(caught.value).startswith("Reward 'odd': range=")
            assert message in str(caught.value)
            assert str(caught.value).endswith("give two finite numbers, the lower one first, like range=(0.0, 1.0).")

    def test_a_spec_made_by_hand_is_checked_too(self) -> None:
        with pytest.raises(PackLoadError, match="not finite"):
            RewardSpec("odd", (0, float("inf")), call=print, mode=Mode.ONE, columns=())

    def test_a_class_without_call_is_refused(self) -> None:
        class NoCall: ...

        with pytest.raises(PackLoadError, match=r"the class has no `__call__`; define `__call__\(self, completion"):
            vr.reward(range=(0, 1), name="odd")(NoCall)

    def test_positional_options_of_a_class_are_refused(self) -> None:
        class Positional:
            def __init__(self, words: int = 3) -> None: ...

            def __call__(self, completion: vr.Completion) -> float:
                return 0.0

        with pytest.raises(PackLoadError, match=r"write `__init__\(self, \*, \.\.\.\)`"):
            vr.reward(range=(0, 1), name="odd")(Positional)

    def test_options_on_the_call_of_a_class_are_refused(self) -> None:
        class Mixed:
            def __call__(self, completion: vr.Completion, *, words: int = 3) -> float:
                return 0.0

        with pytest.raises(PackLoadError, match=r"`__call__` takes the options \['words'\]; .* belong to `__init__`"):
            vr.reward(range=(0, 1), name="odd")(Mixed)


class TestFromTrl:
    def test_the_function_is_wrapped_with_its_name_and_range(self) -> None:
        def close_to(prompts: list[Any], completions: list[Any], **kwargs: Any) -> list[float]:
            """Near the target."""
            return []

        spec = vr.from_trl(close_to, range=(0, 2))
        assert (spec.name, spec.range, spec.mode, spec.call) == ("close_to", (0.0, 2.0), Mode.TRL, close_to)
        assert (spec.columns, spec.params, spec.pure, RewardInfo.of(spec).summary) == (
            (),
            (),
            False,
            "Near the target.",
        )
        assert vr.from_trl(close_to, range=(0, 2), name="near").name == "near"
        assert spec_of(spec) is spec

    def test_partials_and_callable_objects_have_a_name(self) -> None:
        class Near:
            def __call__(self, **kwargs: Any) -> list[float]:
                return []

        assert vr.from_trl(functools.partial(print, 1), range=(0, 1)).name == "print"
        assert vr.from_trl(Near(), range=(0, 1)).name == "Near"

    def test_the_function_itself_is_not_marked(self) -> None:
        def near(**kwargs: Any) -> list[float]:
            return []

        vr.from_trl(near, range=(0, 1))
        assert spec_of(near) is None


def test_nothing_else_is_a_reward() -> None:
    assert spec_of(print) is None
    assert spec_of(object()) is None
    assert spec_of("math/answer") is None


def test_a_default_of_empty_means_required() -> None:
    assert ColumnParameter("solution", inspect.Parameter.empty).required
    assert not ColumnParameter("solution", None).required


def test_outputs_are_the_parameters_that_get_the_outcome_of_another_term() -> None:
    @vr.reward(range=(0.0, 1.0))
    def shaped(completion: vr.Completion, of: vr.RewardOutput | None, other: str, images: vr.Images) -> float:
        return 0.0

    spec = spec_of(shaped)
    assert spec is not None
    assert RewardInfo.of(spec).outputs == ("of",)
    assert RewardInfo.of(vr.from_trl(lambda **_: [0.0], range=(0.0, 1.0), name="plain")).outputs == ()
