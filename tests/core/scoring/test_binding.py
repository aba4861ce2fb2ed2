"""Binding: columns are validated by the annotation once per value, options likewise, instances live once."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from pydantic import AfterValidator, BaseModel, ValidationError

import vlm_rewards as vr
from vlm_rewards.errors import PackLoadError
from vlm_rewards.registry.decorator import RewardSpec, spec_of
from vlm_rewards.scoring.binding import ColumnReader, Instance, params_model, validate_params

Box = tuple[float, float, float, float]


class Region(BaseModel):
    label: str
    box: Box


@dataclass
class Point:
    x: int
    y: int


seen: list[str] = []


def _note(text: str) -> str:
    seen.append(text)
    return text.upper()


def _explode(value: object) -> object:
    raise KeyError("a validator of the pack")


Noted = Annotated[str, AfterValidator(_note)]
Exploding = Annotated[Any, AfterValidator(_explode)]


def spec_for(call: Callable[..., Any]) -> RewardSpec:
    spec = spec_of(vr.reward(range=(0, 1), name="any")(call))
    assert spec is not None
    return spec


def reader_of(call: Callable[..., Any], column: str = "gold") -> ColumnReader:
    spec = spec_for(call)
    return ColumnReader(spec, spec.columns[0], column)


def read(call: Callable[..., Any], values: list[Any] | None, rows: Sequence[int] | None = None) -> Any:
    return reader_of(call).read(values, range(len(values or ())) if rows is None else rows)


def wants_text(completion: vr.Completion, solution: str) -> float: ...  # type: ignore[empty-body]


def wants_box(completion: vr.Completion, solution: Box) -> float: ...  # type: ignore[empty-body]


def wants_regions(completion: vr.Completion, solution: list[Region]) -> float: ...  # type: ignore[empty-body]


def wants_point(completion: vr.Completion, solution: Point) -> float: ...  # type: ignore[empty-body]


def wants_number(completion: vr.Completion, solution: float = 7.0) -> float: ...  # type: ignore[empty-body]


def wants_anything(completion, solution) -> float: ...  # type: ignore[no-untyped-def, empty-body]  # noqa: ANN001


def wants_noted(completion: vr.Completion, solution: Noted) -> float: ...  # type: ignore[empty-body]


def wants_exploding(completion: vr.Completion, solution: Exploding) -> float: ...  # type: ignore[empty-body]


def wants_texts(completions: list[vr.Completion], solution: Sequence[str]) -> list[float]: ...  # type: ignore[empty-body]


def wants_some_texts(group: list[vr.Completion], solution: list[str] | None = None) -> list[float]: ...  # type: ignore[empty-body]


def wants_plain_list(completions: list[vr.Completion], solution: list) -> list[float]: ...  # type: ignore[empty-body, type-arg]


class TestReading:
    @pytest.mark.parametrize(
        ("call", "value", "result"),
        [
            (wants_text, "7", "7"),
            (wants_text, 7, "7"),
            (wants_text, 0.5, "0.5"),
            (wants_number, "0.5", 0.5),
            (wants_number, 3, 3.0),
            (wants_box, [0, 1, 2, 3], (0.0, 1.0, 2.0, 3.0)),
            (wants_box, "[0, 1, 2, 3]", (0.0, 1.0, 2.0, 3.0)),
            (wants_anything, {"a": object}, {"a": object}),
            (wants_point, {"x": 1, "y": "2"}, Point(1, 2)),
            (wants_regions, [{"label": "a", "box": [0, 0, 1, 1]}], [Region(label="a", box=(0, 0, 1, 1))]),
            (wants_regions, '[{"label": "a", "box": [0, 0, 1, 1]}]', [Region(label="a", box=(0, 0, 1, 1))]),
            (wants_texts, 7, "7"),
            (wants_some_texts, "7", "7"),
            (wants_plain_list, {"any": 1}, {"any": 1}),
        ],
    )
    def test_a_value_is_read_as_the_annotation_says(self, call: Callable[..., Any], value: Any, result: Any) -> None:
        assert read(call, [value]) == ([result], {})

    @pytest.mark.parametrize(
        ("call", "value", "problem"),
        [
            (wants_box, [0, 1, 2], "column 'gold' holds [0, 1, 2]: Field required"),
            (wants_box, "nowhere", "column 'gold' holds 'nowhere': Input should be a valid tuple"),
            (wants_box, "[0, 1, 2", "column 'gold' holds '[0, 1, 2': Input should be a valid tuple"),
            (wants_box, None, "column 'gold' holds None: Input should be a valid tuple"),
            (wants_text, None, "column 'gold' holds None: Input should be a valid string"),
            (wants_text, ["7"], "column 'gold' holds ['7']: Input should be a valid string"),
            (wants_number, "seven", "column 'gold' holds 'seven': Input should be a valid number"),
            (wants_anything, None, "column 'gold' is None"),
            (wants_exploding, "x", "column 'gold' holds 'x': KeyError: 'a validator of the pack'"),
            (wants_texts, None, "column 'gold' holds None: Input should be a valid string"),
        ],
    )
    def test_a_value_that_cannot_be_read_is_a_reason(self, call: Callable[..., Any], value: Any, problem: str) -> None:
        _, problems = read(call, [value])
        assert list(problems) == [0]
        assert problems[0].startswith(problem)

    def test_a_value_nested_too_deep_is_a_reason(self) -> None:
        deep: Any = []
        for _ in range(5_000):
            deep = [deep]
        values, problems = read(wants_box, [deep, [0, 1, 2, 3]])
        assert "RecursionError" in problems[0]
        assert (list(problems), values[1]) == ([0], (0.0, 1.0, 2.0, 3.0))

    def test_whole_numbers_of_a_column_with_gaps_are_texts_as_they_were_written(self) -> None:
        table = np.array([72, math.nan, -3])  # as pandas makes it of 72, None, -3
        for column in (table.tolist(), list(table)):
            values, problems = read(wants_text, column)
            assert (values[0], values[2]) == ("72", "-3")
            assert problems == {1: "column 'gold' holds None: Input should be a valid string"}
        assert read(wants_anything, [math.nan])[1] == {0: "column 'gold' is None"}
        assert read(wants_number, [np.int64(7), np.float32(0.5)]) == ([7.0, 0.5], {})

    def test_other_floats_are_texts_as_they_are(self) -> None:
        assert read(wants_text, [0.5, 72.25, 1e300])[0] == ["0.5", "72.25", "1e+300"]

    @pytest.mark.parametrize("kind", [int, float])
    def test_numbers_stay_numbers(self, kind: type) -> None:
        (value,), _ = read(wants_anything, [kind(7)])
        assert type(value) is kind

    def test_only_the_asked_rows_are_read_in_their_order(self) -> None:
        assert read(wants_number, [1, "bad", 3, 4], rows=[3, 0]) == ([4.0, 1.0], {})
        assert list(read(wants_number, [1, "bad", 3], rows=[2, 1])[1]) == [1]

    def test_every_distinct_value_is_validated_once(self) -> None:
        seen.clear()
        assert read(wants_noted, ["a", "b", "a", "a", "b"])[0] == ["A", "B", "A", "A", "B"]
        assert seen == ["a", "b"]

    def test_values_that_are_equal_but_of_another_type_are_not_one_value(self) -> None:
        assert read(wants_text, [1, 1.5, "1"])[0] == ["1", "1.5", "1"]
        assert list(read(wants_text, [1, True])[1]) == [1]

    def test_texts_that_are_written_alike_as_json_are_not_one_value(self) -> None:
        texts = ["a\nb", "a\\nb", '"a"', "a", '"a', "1"]
        assert read(wants_noted, texts)[0] == [text.upper() for text in texts]
        assert read(wants_text, [1, *texts])[0] == ["1", *texts]

    def test_none_keys_that_datasets_adds_are_dropped(self) -> None:
        value = [{"label": "a", "box": [0, 0, 1, 1], "score": None}]
        assert read(wants_anything, [value]) == ([[{"label": "a", "box": [0, 0, 1, 1]}]], {})
        assert read(wants_anything, [({"x": {"y": None, "z": 0}},)])[0] == [[{"x": {"z": 0}}]]

    def test_a_missing_optional_column_and_a_none_in_it_give_the_default(self) -> None:
        assert read(wants_number, None, rows=[0, 1]) == ([7.0, 7.0], {})
        assert read(wants_number, [None, 3]) == ([7.0, 3.0], {})
        assert read(wants_some_texts, ["a", None]) == (["a", None], {})

    def test_annotations_for_type_checkers_alone_do_not_matter_elsewhere(self) -> None:
        def picky(completion: NotThere, solution: str) -> NotThere: ...  # type: ignore[name-defined]  # noqa: F821

        assert read(picky, ["7"]) == (["7"], {})

    @pytest.mark.parametrize("hint", [vr.ImageRef, list[vr.ImageRef], vr.ImageRef | None])
    def test_a_picture_under_another_name_is_told_where_pictures_come(self, hint: Any) -> None:
        def looks(completion: vr.Completion, image: Any) -> float: ...  # type: ignore[empty-body]

        looks.__annotations__["image"] = hint
        with pytest.raises(PackLoadError, match=r"`image` cannot be an image; .* `images: list\[vr.ImageRef\]`"):
            read(looks, ["a.png"])

    @pytest.mark.parametrize("kind", ["completions", "group"])
    @pytest.mark.parametrize("hint", [str, int, dict[str, str], str | None, bytes, set[str]])
    def test_a_column_of_a_batch_is_a_list(self, kind: str, hint: Any) -> None:
        def many(completions: list[vr.Completion], solution: Any) -> list[float]: ...  # type: ignore[empty-body]
        def grouped(group: list[vr.Completion], solution: Any) -> list[float]: ...  # type: ignore[empty-body]

        function = many if kind == "completions" else grouped
        function.__annotations__["solution"] = hint
        with pytest.raises(PackLoadError, match=r"`solution` has a value for each completion .* write `list\[...\]`"):
            read(function, ["7"])

    @pytest.mark.parametrize(
        "hint",
        [
            *(list, Any, object, list[str], Sequence[str], Iterable[str], Collection[str], list[str] | None),
            *(tuple[str, ...], Annotated[list[str], "of words"]),
        ],
    )
    def test_what_holds_a_value_for_each_completion_is_read(self, hint: Any) -> None:
        def many(completions: list[vr.Completion], solution: Any) -> list[float]: ...  # type: ignore[empty-body]

        many.__annotations__["solution"] = hint
        assert read(many, ["7"]) == (["7"], {})

    def test_an_annotation_that_cannot_be_resolved_names_the_reward_and_the_fix(self) -> None:
        def picky(completion: vr.Completion, solution: NotThere) -> float: ...  # type: ignore[name-defined, empty-body]  # noqa: F821

        with pytest.raises(PackLoadError, match="Reward 'any': an annotation among solution cannot be resolved"):
            reader_of(picky)


class TestOptions:
    def test_unknown_options_are_refused(self) -> None:
        def tuned(completion: vr.Completion, *, limit: int = 3) -> float: ...  # type: ignore[empty-body]

        assert validate_params(spec_for(tuned), {}) == {"limit": 3}
        assert validate_params(spec_for(tuned), {"limit": "4"}) == {"limit": 4}
        with pytest.raises(ValidationError, match="extra_forbidden"):
            validate_params(spec_for(tuned), {"limits": 4})

    def test_an_option_without_default_is_required(self) -> None:
        def tuned(completion: vr.Completion, *, limit: int) -> float: ...  # type: ignore[empty-body]

        with pytest.raises(ValidationError, match="missing"):
            validate_params(spec_for(tuned), {})

    def test_an_option_without_annotation_takes_anything(self) -> None:
        def tuned(completion, *, limit=3) -> float: ...  # type: ignore[no-untyped-def, empty-body]  # noqa: ANN001

        assert validate_params(spec_for(tuned), {"limit": "x"}) == {"limit": "x"}

    def test_options_of_a_class_are_those_of_init(self) -> None:
        class Tuned:
            def __init__(self, *, limit: int = 3) -> None: ...

            def __call__(self, completion: vr.Completion) -> float: ...  # type: ignore[empty-body]

        assert validate_params(spec_for(Tuned), {"limit": 4}) == {"limit": 4}

    @pytest.mark.parametrize("name", ["schema", "json", "copy", "model_config", "model_dump", "_hidden", "self"])
    def test_an_option_may_have_any_name(self, name: str) -> None:
        scope: dict[str, Any] = {}
        exec(f"def tuned(completion, *, {name}: int = 3): ...", scope)
        assert validate_params(spec_for(scope["tuned"]), {name: "4"}) == {name: 4}

    def test_the_json_schema_has_the_names_of_the_options(self) -> None:
        def tuned(completion: vr.Completion, *, limit: int = 3) -> float: ...  # type: ignore[empty-body]

        schema = params_model(spec_for(tuned)).model_json_schema()
        assert schema["properties"]["limit"]["default"] == 3
        assert schema["additionalProperties"] is False

    def test_mutable_defaults_are_not_shared(self) -> None:
        def tuned(completion: vr.Completion, *, words: list[str] = []) -> float: ...  # type: ignore[empty-body]  # noqa: B006

        spec = spec_for(tuned)
        validate_params(spec, {})["words"].append("x")
        assert validate_params(spec, {}) == {"words": []}


class Stateful:
    log: ClassVar[list[str]] = []

    def __init__(self, *, name: str = "x") -> None:
        self.log.append(f"init {name}")

    def setup(self, context: vr.Context) -> None:
        self.log.append(f"setup {context.step}")

    def __call__(self, completion: vr.Completion) -> float:
        return 0.5

    def close(self) -> None:
        self.log.append("close")


class Stateless:
    def __call__(self, completion: vr.Completion) -> float:
        return 0.5


class TestInstance:
    @pytest.fixture(autouse=True)
    def _fresh_log(self) -> None:
        Stateful.log.clear()

    def test_a_function_is_called_with_its_options(self) -> None:
        instance = Instance(spec_for(wants_number), {"limit": 3})
        assert instance.get(vr.Context()) == (wants_number, {"limit": 3})
        instance.close()

    def test_a_class_is_built_and_set_up_once_and_only_when_called(self) -> None:
        instance = Instance(spec_for(Stateful), {"name": "judge"})
        assert Stateful.log == []
        first, options = instance.get(vr.Context(step=3))
        second, _ = instance.get(vr.Context(step=4))
        assert first is second
        assert options == {}
        assert Stateful.log == ["init judge", "setup 3"]

    def test_threads_share_one_instance(self) -> None:
        instance = Instance(spec_for(Stateful), {})
        threads = [threading.Thread(target=instance.get, args=(vr.Context(),)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Stateful.log == ["init x", "setup 0"]

    def test_close_is_called_once_and_the_next_call_builds_anew(self) -> None:
        instance = Instance(spec_for(Stateful), {})
        instance.close()
        instance.get(vr.Context())
        instance.close()
        instance.close()
        assert Stateful.log == ["init x", "setup 0", "close"]
        instance.get(vr.Context())
        assert Stateful.log[-2:] == ["init x", "setup 0"]

    def test_a_setup_that_fails_is_tried_again(self) -> None:
        class Flaky(Stateful):
            def setup(self, context: vr.Context) -> None:
                super().setup(context)
                if self.log.count("setup 0") == 1:
                    raise OSError("not yet")

        instance = Instance(spec_for(Flaky), {})
        with pytest.raises(OSError, match="not yet"):
            instance.get(vr.Context())
        assert instance.get(vr.Context())[0](vr.Completion("x")) == 0.5

    def test_setup_and_close_are_optional(self) -> None:
        instance = Instance(spec_for(Stateless), {})
        assert instance.get(vr.Context())[0](vr.Completion("x")) == 0.5
        instance.close()
