"""Batches: completions with their columns, from keywords or rows, and the groups they fall into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards.answers import AnswerMarks
from vlm_rewards.errors import ColumnError
from vlm_rewards.types.batch import opens_reasoning


class TestMaking:
    def test_columns_are_lists_and_lone_values_stand_for_every_row(self) -> None:
        batch = vr.Batch.of(["a", "b"], solution=["1", "2"], task="sum", limit=None)
        assert batch.columns == {"solution": ["1", "2"], "task": ["sum", "sum"], "limit": [None, None]}
        assert [completion.text for completion in batch.completions] == ["a", "b"]
        assert len(batch) == 2

    @pytest.mark.parametrize("name", ["solution", "prompt"])
    def test_a_column_of_another_length_is_refused(self, name: str) -> None:
        with pytest.raises(ColumnError) as caught:
            vr.Batch.of(["a", "b"], **{name: ["1", "2", "3"]})  # type: ignore[arg-type] # only context and base differ
        assert str(caught.value) == (f"Column '{name}' has 3 values for 2 completions; give one value per completion.")

    def test_completions_may_be_messages_or_anything(self) -> None:
        batch = vr.Batch.of([{"role": "assistant", "content": "a"}, 7, vr.Completion("c")])
        assert [completion.problem is None for completion in batch.completions] == [True, False, True]

    def test_an_empty_batch_is_one(self) -> None:
        assert len(vr.Batch.of([])) == 0

    def test_rows_give_their_columns_and_none_where_one_lacks_it(self) -> None:
        batch = vr.Batch.from_rows([{"completion": "a", "x": 1}, {"y": 2, "completion": "b"}])
        assert batch.columns == {"x": [1, None], "y": [None, 2]}
        assert [completion.text for completion in batch.completions] == ["a", "b"]

    def test_the_column_of_the_answer_may_have_another_name(self) -> None:
        batch = vr.Batch.from_rows([{"response": "a", "completion": 3}], completion="response")
        assert batch.columns == {"completion": [3]}
        assert batch.completions[0].text == "a"

    @pytest.mark.parametrize("name", ["context", "base", "completions", "cls", "columns", "answers", "self"])
    def test_a_column_may_have_any_name(self, name: str) -> None:
        assert vr.Batch.from_rows([{"completion": "a", name: "x"}]).columns == {name: ["x"]}

    def test_a_list_in_a_row_is_the_value_of_that_row(self) -> None:
        batch = vr.Batch.from_rows([{"completion": "a", "solution": [1, 2, 3, 4]}])
        assert batch.columns["solution"] == [[1, 2, 3, 4]]

    def test_a_row_without_an_answer_is_named(self) -> None:
        with pytest.raises(ColumnError) as caught:
            vr.Batch.from_rows([{"completion": "a"}, {"answer": "b", "x": 1}])
        assert str(caught.value) == (
            "Row 1 has no column 'completion'; its columns are answer, x. "
            "Name the column that holds the model's answer."
        )
        with pytest.raises(ColumnError, match="its columns are none"):
            vr.Batch.from_rows([{}])

    def test_context_and_base_are_passed_on(self, tmp_path: Path) -> None:
        context = vr.Context(step=3)
        for batch in (
            vr.Batch.of(["a"], context=context, base=tmp_path),
            vr.Batch.from_rows([{"completion": "a"}], context=context, base=tmp_path),
        ):
            assert (batch.context, batch.base) == (context, tmp_path)


class TestReasoning:
    @pytest.mark.parametrize(
        ("prompt", "opened"),
        [
            ("2 + 5?<think>", True),
            ("2 + 5?<think>\n", True),
            ("2 + 5?◁think▷", True),
            ("2 + 5?<thinking>\n\n", True),
            ("Use <think> tags.", False),
            ("2 + 5?<think></think>", False),
            ([{"role": "user", "content": "<think>"}], False),
            (None, False),
        ],
    )
    def test_a_prompt_may_open_the_reasoning(self, prompt: Any, *, opened: bool) -> None:
        assert opens_reasoning(prompt) is opened
        batch = vr.Batch.of(["a", "b"], prompt=[prompt, "plain"])
        assert [completion.starts_in_reasoning for completion in batch.completions] == [opened, False]

    def test_the_template_may_open_it_for_all(self) -> None:
        batch = vr.Batch.of(["a", "b"], context=vr.Context(reasoning_prefilled=True))
        assert all(completion.starts_in_reasoning for completion in batch.completions)

    def test_other_marks_are_given_to_all_of_it(self) -> None:
        marks = AnswerMarks(reasoning=(("<plan>", "</plan>"),), answer=(("<final>", "</final>"),))
        batch = vr.Batch.of(["a</plan><final>7</final>", "<answer>8</answer>"], prompt=["?<plan>", "?"])

        read = batch.read_with(marks)

        assert read.context.marks == marks
        assert [answer.reasoning for answer in read.completions] == ["a", None]
        assert [answer.answer for answer in read.completions] == ["7", None]
        assert batch.completions[0].answer is None
        assert read.read_with(marks) is read


class TestGroups:
    def test_groups_are_runs_of_the_group_size(self) -> None:
        assert vr.Batch.of(list("abcdef"), context=vr.Context(group_size=2)).groups == [0, 0, 1, 1, 2, 2]

    def test_a_column_tells_the_groups_wherever_they_stand(self) -> None:
        first, second, third, fourth = vr.Batch.of(list("abcd"), group_id=["x", "y", "x", None]).groups
        assert first == third
        assert len({first, second, fourth}) == 3

    def test_ids_that_only_differ_far_inside_are_different_groups(self) -> None:
        long = "x" * 500
        one, other = vr.Batch.of(["a", "b"], group_id=[f"{long}1{long}", f"{long}2{long}"]).groups
        assert one != other
        many = [*range(20)]
        one, other = vr.Batch.of(["a", "b"], group_id=[[*many, 1, *many], [*many, 2, *many]]).groups
        assert one != other

    def test_without_either_it_says_what_to_add(self) -> None:
        with pytest.raises(ColumnError, match=r"add a column 'group_id', or set the group size \(`num_generations`\)"):
            _ = vr.Batch.of(["a"]).groups

    def test_keys_that_are_given_come_first(self) -> None:
        batch = vr.Batch([vr.Completion("a"), vr.Completion("b")], {"group_id": [1, 2]}, group_keys=["x", "x"])
        assert batch.groups == ["x", "x"]


class TestPictures:
    def test_pictures_are_in_images_or_else_image(self, tmp_path: Path) -> None:
        both = vr.Batch.of(["a"], images=[["x.png", "y.png"]], image=["z.png"], base=tmp_path)
        assert [[ref.source for ref in row] for row in both.images] == [["x.png", "y.png"]]
        assert both.images[0][0].base == tmp_path
        assert [[ref.source for ref in row] for row in vr.Batch.of(["a"], image=["z.png"]).images] == [["z.png"]]

    def test_a_row_without_pictures_has_none(self) -> None:
        assert vr.Batch.of(["a", "b"]).images == [(), ()]
        assert vr.Batch.of(["a"], images=[None]).images == [()]

    def test_another_column_may_hold_them(self) -> None:
        batch = vr.Batch.of(["a"], images=["x.png"], crop=["c.png"])
        assert [ref.source for ref in batch.images_from("crop")[0]] == ["c.png"]
        assert batch.images_from("gone") == [()]


class TestOtherViews:
    def test_a_row_is_read_only(self) -> None:
        row: Any = vr.Batch.of(["a", "b"], x=[1, 2]).row(1)
        assert dict(row) == {"x": 2}
        with pytest.raises(TypeError):
            row["x"] = 3

    def test_trl_gets_its_own_arguments_when_there_are_some(self) -> None:
        batch = vr.Batch([vr.Completion("a")], {"x": [1]}, trl={"prompts": ["p"], "completions": ["raw"]})
        assert batch.trl_arguments == {"prompts": ["p"], "completions": ["raw"]}

    def test_and_ones_made_of_the_batch_otherwise(self) -> None:
        message = {"role": "assistant", "content": "b"}
        batch = vr.Batch.of([vr.Completion("a", token_ids=[1]), [message]], prompt=["p", "q"], x=[1, 2])
        assert batch.trl_arguments == {
            "prompts": ["p", "q"],
            "completions": ["a", [message]],
            "completion_ids": [[1], None],
            "x": [1, 2],
        }
        assert vr.Batch.of(["a"]).trl_arguments["prompts"] == [None]
