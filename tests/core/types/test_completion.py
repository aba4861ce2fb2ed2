"""Completion: what the text of a model is read as, and that no text breaks or slows the reading."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.testing.measure import grows_linearly

TAGS = ("<think>", "</think>", "<thinking>", "</thinking>", "◁think▷", "◁/think▷", "<answer>", "</answer>")
GLM = ("<|begin_of_box|>", "<|end_of_box|>")
PIECES = (*TAGS, *GLM, "\\boxed{", "\\boxed", "{", "}", "\\{", "\\}", "\\", "7", " ", "\n", "\x00", "\ud800", "é")

model_texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


def all_views(completion: vr.Completion) -> tuple[Any, ...]:
    return (
        completion.reasoning,
        completion.response,
        completion.answer,
        completion.boxed,
        completion.boxed_spans,
        completion.raw_text,
    )


class TestReadingMessages:
    def test_a_string_is_the_text(self) -> None:
        answer = vr.Completion.from_messages("7")
        assert (answer.text, answer.messages, answer.problem) == ("7", (), None)

    def test_a_completion_is_passed_through(self) -> None:
        answer = vr.Completion("7")
        assert vr.Completion.from_messages(answer) is answer

    def test_one_message_and_a_list_of_one_message_read_alike(self) -> None:
        message = {"role": "assistant", "content": "7"}
        assert vr.Completion.from_messages(message).text == vr.Completion.from_messages([message]).text == "7"

    def test_a_message_without_a_role_is_the_assistants(self) -> None:
        assert vr.Completion.from_messages([{"content": "7"}]).text == "7"

    def test_text_blocks_are_joined_and_pictures_carry_no_text(self) -> None:
        content = [
            {"type": "text", "text": "The box "},
            {"type": "image", "image": object()},
            "is ",
            {"type": "text", "text": "here."},
        ]
        assert vr.Completion.from_messages([{"role": "assistant", "content": content}]).text == "The box is here."

    def test_the_last_assistant_turn_is_the_answer_after_tool_calls(self) -> None:
        turns = [
            {"role": "assistant", "content": "I look it up.", "tool_calls": [{"name": "zoom"}]},
            {"role": "tool", "content": "a big 9"},
            {"role": "assistant", "content": "It is 7."},
            {"role": "user", "content": "Are you sure?"},
        ]
        answer = vr.Completion.from_messages(turns)
        assert answer.text == "It is 7."
        assert len(answer.messages) == 4

    def test_a_turn_that_only_calls_a_tool_is_an_empty_answer_not_a_problem(self) -> None:
        answer = vr.Completion.from_messages([{"role": "assistant", "content": None, "tool_calls": [{"name": "zoom"}]}])
        assert (answer.text, answer.problem) == ("", None)

    @pytest.mark.parametrize("field", ["reasoning_content", "thinking", "reasoning"])
    def test_reasoning_may_sit_in_a_field_of_the_message(self, field: str) -> None:
        answer = vr.Completion.from_messages([{"role": "assistant", field: "3 + 4", "content": "\\boxed{7}"}])
        assert (answer.reasoning, answer.response, answer.boxed) == ("3 + 4", "\\boxed{7}", "7")

    def test_a_reasoning_field_that_is_no_text_is_left_alone(self) -> None:
        answer = vr.Completion.from_messages([{"role": "assistant", "reasoning": {"effort": "low"}, "content": "7"}])
        assert (answer.reasoning, answer.response) == (None, "7")

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            (None, "unexpected completion None: neither text nor messages"),
            (7, "unexpected completion 7: neither text nor messages"),
            (b"7", "unexpected completion b'7': neither text nor messages"),
            (["7"], "unexpected completion ['7']: neither text nor messages"),
            ([], "no assistant turn among the messages"),
            ([{"role": "user", "content": "2 + 5?"}], "no assistant turn among the messages"),
            ([{"role": "assistant", "content": 7}], "unexpected content 7"),
            ([{"role": "assistant", "content": [7]}], "unexpected content [7]"),
        ],
    )
    def test_any_other_shape_is_a_completion_with_a_problem(self, value: object, problem: str) -> None:
        answer = vr.Completion.from_messages(value)
        assert (answer.text, answer.problem) == ("", problem)

    def test_raw_text_is_decoded_from_the_token_ids(self) -> None:
        def decode(ids: Any) -> str:
            return "".join(f"<{token}>" for token in ids)

        assert vr.Completion.from_messages("7", token_ids=[1, 2], decode=decode).raw_text == "<1><2>"
        assert vr.Completion.from_messages("7", token_ids=[1, 2]).raw_text == "7"
        assert vr.Completion.from_messages("7", decode=decode).raw_text == "7"


class TestReasoning:
    @pytest.mark.parametrize(
        ("text", "reasoning", "response"),
        [
            ("It is 7.", None, "It is 7."),
            ("<think>3 + 4</think>It is 7.", "3 + 4", "It is 7."),
            ("<thinking>3 + 4</thinking>It is 7.", "3 + 4", "It is 7."),
            ("◁think▷3 + 4◁/think▷It is 7.", "3 + 4", "It is 7."),
            ("Well. <think>3 + 4</think>It is 7.", "3 + 4", "It is 7."),
            ("<think></think>It is 7.", "", "It is 7."),
            # The last end counts, so that an answer inside a second block of reasoning is none.
            ("<think>a</think>7<think>b</think>8", "a</think>7<think>b", "8"),
            # Ended but not opened: the chat template opened it.
            ("3 + 4</think>It is 7.", "3 + 4", "It is 7."),
        ],
    )
    def test_all_before_the_last_end_is_reasoning(self, text: str, reasoning: str | None, response: str) -> None:
        answer = vr.Completion(text)
        assert (answer.reasoning, answer.response) == (reasoning, response)

    def test_reasoning_that_never_ends_leaves_no_response(self) -> None:
        answer = vr.Completion("<think>so the answer is \\boxed{7}")
        assert answer.response == ""
        assert answer.reasoning is not None
        assert "\\boxed{7}" in answer.reasoning
        assert answer.boxed is None

    def test_reasoning_that_opens_again_and_never_ends_leaves_no_response(self) -> None:
        answer = vr.Completion("<think>a</think>\\boxed{7}<think>or is it")
        assert (answer.reasoning, answer.response, answer.boxed) == ("a", "", None)

    def test_a_prefilled_think_makes_text_without_an_end_reasoning(self) -> None:
        answer = vr.Completion("so it is \\boxed{7}", starts_in_reasoning=True)
        assert (answer.reasoning, answer.response) == ("so it is \\boxed{7}", "")

    def test_a_prefilled_think_that_ends_leaves_the_rest_as_response(self) -> None:
        answer = vr.Completion("3 + 4</think>7", starts_in_reasoning=True)
        assert (answer.reasoning, answer.response) == ("3 + 4", "7")


class TestAnswer:
    @pytest.mark.parametrize(
        ("text", "answer"),
        [
            ("<answer> 7 </answer>", "7"),
            ("<answer></answer>", ""),
            ("<answer>6</answer><answer>7</answer>", "7"),
            ("<answer>6<answer>7</answer>", "7"),
            ("<answer>7</answer>8</answer>", "7</answer>8"),
            ("7</answer>", None),
            ("<answer>7", None),
            ("</answer><answer>", None),
            ("<think><answer>7</answer></think>", None),
            ("<think><answer>6</answer></think><answer>7</answer>", "7"),
        ],
    )
    def test_the_last_answer_block_after_the_reasoning_counts(self, text: str, answer: str | None) -> None:
        assert vr.Completion(text).answer == answer


class TestBoxed:
    @pytest.mark.parametrize(
        ("text", "boxed"),
        [
            (r"\boxed{7}", "7"),
            (r"\boxed{ 7 }", "7"),
            (r"\boxed{}", ""),
            (r"\boxed{6} or \boxed{7}", "7"),
            (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
            (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
            (r"\boxed{a \} b}", r"a \} b"),
            (r"\boxed{\boxed{7}}", r"\boxed{7}"),
            (r"{\boxed{7}}", "7"),
            (r"} \boxed{7}", "7"),
            (r"\boxed{7} {", "7"),
            (r"\boxed{7", None),
            (r"\boxed{7\}", None),
            (r"\boxed 7", None),
            (r"\fbox{7}", None),
            ("boxed{7}", None),
            # What was never closed is no box, and hides none.
            (r"\boxed{6 or \boxed{7}", "7"),
            (r"\boxed{7} and \boxed{8", "7"),
            (r"<think>\boxed{7}</think>", None),
            ("It is <|begin_of_box|> 7 <|end_of_box|>.", "7"),
            ("<answer>It is <|begin_of_box|>7<|end_of_box|></answer>", "7"),
            (r"\boxed{6} <|begin_of_box|>7<|end_of_box|>", "7"),
            (r"<|begin_of_box|>6<|end_of_box|> \boxed{7}", "7"),
            (r"<|begin_of_box|>x = \boxed{7}<|end_of_box|>", "7"),
            ("<|begin_of_box|>6 <|begin_of_box|>7<|end_of_box|>", "7"),
            ("<|begin_of_box|>7<|end_of_box|> 8<|end_of_box|>", "7"),
            ("<|begin_of_box|><|end_of_box|>", ""),
            ("<|begin_of_box|>7", None),
            ("7<|end_of_box|>", None),
            ("<|end_of_box|>7<|begin_of_box|>", None),
            ("<think><|begin_of_box|>7<|end_of_box|></think>", None),
        ],
    )
    def test_the_last_closed_box_after_the_reasoning_counts(self, text: str, boxed: str | None) -> None:
        assert vr.Completion(text).boxed == boxed

    def test_spans_are_the_insides_of_the_outermost_boxes(self) -> None:
        answer = vr.Completion(r"a \boxed{1} b \boxed{x\boxed{2}y} c")
        assert [answer.response[start:end] for start, end in answer.boxed_spans] == ["1", r"x\boxed{2}y"]

    @given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
    def test_spans_follow_each_other_and_are_balanced(self, text: str) -> None:
        answer = vr.Completion(text)
        end = 0
        for start, stop in answer.boxed_spans:
            inside = answer.response[start:stop]
            assert end < start <= stop
            end = stop
            if answer.response[:start].endswith(GLM[0]):
                assert answer.response.startswith(GLM[1], stop)
                assert not any(token in inside for token in GLM)
                continue
            assert answer.response[:start].endswith("\\boxed{")
            assert answer.response[stop] == "}"
            # A command in front of a brace takes its backslash: `\boxed{` opens, `\{` does not.
            plain = inside.replace("\\{", "").replace("\\}", "")
            assert plain.count("{") == plain.count("}")


class TestHostileText:
    @given(text=model_texts, opened=st.booleans())
    def test_no_text_raises(self, text: str, *, opened: bool) -> None:
        completion = vr.Completion(text, starts_in_reasoning=opened)
        all_views(completion)
        repr(completion)

    @given(model_texts)
    def test_the_response_is_the_end_of_the_text(self, text: str) -> None:
        assert text.endswith(vr.Completion(text).response)

    @given(
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary()),
            lambda inner: st.one_of(
                st.lists(inner, max_size=4),
                st.dictionaries(st.sampled_from(["role", "content", "text", "type"]), inner, max_size=4),
            ),
            max_leaves=12,
        )
    )
    def test_no_shape_raises(self, value: object) -> None:
        completion = vr.Completion.from_messages(value)
        all_views(completion)
        assert isinstance(completion.text, str)

    @pytest.mark.parametrize(
        ("head", "piece", "tail"),
        [
            *[
                ("", piece, "")
                for piece in (*TAGS, *GLM, "".join(GLM), "<answer", "</answer", "<", "\\", "\\boxed{", "\\boxed{}")
            ],
            *[
                ("\\boxed{", piece, "}")
                for piece in ("{", "}", "{}", "\\{", "\\}", "\\", "\\boxed{", "\\boxed{}", "}{")
            ],
            ("<answer>", "<answer>", "</answer>"),
            ("<answer>", "</answer>", ""),
            ("<think>", "</think><think>", "</think>"),
        ],
    )
    def test_the_work_grows_with_the_text_and_no_faster(self, head: str, piece: str, tail: str) -> None:
        count = 4_000 // len(piece)
        assert grows_linearly(views, head + piece * count + tail, head + piece * (10 * count) + tail)

    @pytest.mark.parametrize(("opening", "closing"), [("\\boxed{", "}"), ("<answer>", "</answer>")])
    def test_deep_nesting_is_linear_too(self, opening: str, closing: str) -> None:
        assert grows_linearly(views, opening * 500 + closing * 500, opening * 5000 + closing * 5000)


def views(text: str) -> tuple[Any, ...]:
    return all_views(vr.Completion(text))


def test_a_line_break_before_a_brace_does_not_escape_it() -> None:
    assert vr.Completion(r"\boxed{7\\}").boxed == r"7\\"
    assert vr.Completion(r"\boxed{\{7\}}").boxed == r"\{7\}"
    assert vr.Completion(r"\boxed {7}").boxed == "7"


def test_reasoning_in_a_field_leaves_the_whole_text_as_response_after_a_prefilled_prompt() -> None:
    turn = {"role": "assistant", "reasoning_content": "3+4", "content": "<answer>7</answer>"}
    answer = vr.Completion.from_messages([turn], starts_in_reasoning=True)
    assert (answer.reasoning, answer.response) == ("3+4", "<answer>7</answer>")


def test_an_empty_reasoning_field_is_no_reasoning() -> None:
    turn = {"role": "assistant", "reasoning_content": " ", "content": "<think>3+4</think>7"}
    assert vr.Completion.from_messages([turn]).reasoning == "3+4"
