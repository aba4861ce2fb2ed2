"""What published format rewards take for form, and what nothing here takes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import vlm_rewards as vr
from vlm_rewards.answers import AnswerMarks
from vlm_rewards_format import answer_tag, boxed, json_value, max_one_answer, tag_count, think, think_answer

# The patterns as published: open-r1, TRL (`think_format_reward`), and the one most forks of R1-V and VLM-R1 carry.
OPEN_R1 = re.compile(r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$", re.DOTALL | re.MULTILINE)
TRL = re.compile(r"^<think>(?!.*<think>)(.*?)</think>.*$", re.DOTALL | re.MULTILINE)
R1_V = re.compile(r"<think>.*?</think>\s*<answer>.*?</answer>", re.DOTALL)

LOOSE = re.compile(r"<think>.*?</think>.*?<answer>.*?</answer>", re.DOTALL)  # the same in forks that allow text between

NOW = vr.Context()


def value(output: float | vr.RewardOutput) -> float | None:
    return output.score if isinstance(output, vr.RewardOutput) else output


@pytest.mark.parametrize(
    ("theirs", "trick"),
    [
        pytest.param(R1_V.fullmatch, "<think></think><answer>7</answer>", id="empty think"),
        pytest.param(OPEN_R1.match, "<think>\n\n</think>\n<answer>\n7\n</answer>", id="blank think"),
        pytest.param(R1_V.fullmatch, "<think>\u200b</think><answer>7</answer>", id="zero-width think"),
        pytest.param(R1_V.fullmatch, "<think>\u3164</think><answer>7</answer>", id="blank letter"),
        pytest.param(R1_V.fullmatch, "<think>\ufe0f</think><answer>7</answer>", id="lone variation selector"),
        pytest.param(R1_V.fullmatch, "<think>a</think><answer>\u2800</answer>", id="blank braille"),
        pytest.param(R1_V.fullmatch, "<think>a</think><answer></answer>", id="empty answer"),
        pytest.param(R1_V.fullmatch, "<think>a</think><answer>6</answer><answer>7</answer>", id="several answers"),
        pytest.param(OPEN_R1.match, "<think>\na\n</think>\n<answer>\n7\n</answer>\njunk", id="trailing junk"),
        pytest.param(R1_V.search, "junk <think>a</think><answer>7</answer>", id="leading junk"),
        pytest.param(LOOSE.fullmatch, "<think>a</think></think><answer>7</answer></answer>", id="extra closing tags"),
        pytest.param(R1_V.fullmatch, "<think>a</think><answer>6<answer>7</answer></answer>", id="nested answers"),
        pytest.param(R1_V.fullmatch, "<think>a<think>b</think></think><answer>7</answer>", id="nested think"),
        pytest.param(
            R1_V.fullmatch, "<think>a</think><answer>6</answer><think>b</think><answer>7</answer>", id="twice"
        ),
        pytest.param(R1_V.fullmatch, "<think>a<answer>6</answer></think><answer>7</answer>", id="answer in think"),
    ],
)
def test_what_a_published_pattern_takes_is_refused(theirs: Callable[[str], object], trick: str) -> None:
    assert theirs(trick) is not None
    assert value(think_answer(vr.Completion(trick), NOW)) == 0.0


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("<think></think>7", id="empty think"),
        pytest.param("<think>\n \n</think>7", id="blank think"),
        pytest.param("<think>a</think>", id="no answer"),
        pytest.param("<think>a</think>\u200b", id="invisible answer"),
        pytest.param("<think>a</think>7</think>", id="extra closing tag"),
    ],
)
def test_what_trl_takes_for_think_is_refused(trick: str) -> None:
    assert TRL.match(trick) is not None
    assert value(think(vr.Completion(trick), NOW)) == 0.0


ONE = "<think>a</think><answer>\\boxed{7}</answer>"
TRICKS = {
    "empty answer": "<think>a</think><answer> </answer>",
    "several answers": "<think>a</think><answer>6</answer><answer>7</answer>",
    "trailing junk": ONE + " or so",
    "extra closing tags": ONE + "</answer>",
    "nested answers": "<think>a</think><answer>6<answer>7</answer></answer>",
    "closing tag first": "<think>a</think></answer><answer>7</answer>",
    "answer in the reasoning": "<think>a<answer>7</answer></think>",
    "reasoning that never ends": "<think>a</think><answer>7</answer><think>",
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_answer_tag_refuses(trick: str) -> None:
    assert value(answer_tag(vr.Completion(trick))) == 0.0
    assert value(answer_tag(vr.Completion(ONE))) == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE, 1.0),
        ("so <answer>7</answer>\n", 1.0),
        ("<think><answer>6</answer></think><answer>7</answer>", 1.0),  # what the reasoning says is no answer
        ("7", 0.0),
        ("", 0.0),
        ("<answer>7", 0.0),
        ("7</answer>", 0.0),
        ("<answer>\u200b</answer>", 0.0),
    ],
)
def test_answer_tag_wants_one_block_that_ends_the_response(text: str, expected: float) -> None:
    assert value(answer_tag(vr.Completion(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 7.", 1.0),
        (ONE, 1.0),
        ("\\boxed{7}", 1.0),
        ("<think>\\boxed{6}? <answer>6</answer></think><answer>7</answer>", 1.0),
        ("\\boxed{7} <answer>7</answer>", 1.0),  # the same answer in both places
        ("\\boxed{\\boxed{7}}", 1.0),
        ("\\boxed{6} <answer>7</answer>", 0.0),
        ("<answer>7</answer> \\boxed{6}", 0.0),
        ("<answer>6</answer><answer>7</answer>", 0.0),
        ("<answer>6 <answer>7</answer>", 0.0),
        ("<answer>6</answer> 7</answer>", 0.0),
        ("<answer>\\boxed{6}\\boxed{7}</answer>", 0.0),
        ("\\boxed{6} or \\boxed{7}", 0.0),
        ("<think>hm</think>", None),
        ("\u200b", None),
    ],
)
def test_max_one_answer_counts_blocks_and_boxes(text: str, expected: float | None) -> None:
    assert value(max_one_answer(vr.Completion(text))) == expected


@pytest.mark.parametrize(
    "text",
    ["<answer>6</answer> <ANSWER>7</ANSWER>", r"\boxed{6} or \fbox{7}", "<|begin_of_box|>6<|end_of_box|> \\fbox{7}"],
)
def test_no_second_answer_hides_behind_another_mark_that_readers_take(text: str) -> None:
    assert value(max_one_answer(vr.Completion(text))) == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\boxed{7}</answer>", 1.0),  # the prompt may have opened the block
        ("It is \\boxed{7}.</ANSWER>", 1.0),
        ("7</answer> \\boxed{7}", 1.0),
        ("8</answer> \\boxed{7}", 0.0),
        ("So</Answer> it is \\boxed{7}", 0.0),
        ("</answer>\\boxed{7}", 0.0),
        ("\\boxed{7}</answer></answer>", 0.0),
    ],
)
def test_a_closing_tag_alone_ends_a_block_from_the_beginning_on(text: str, expected: float) -> None:
    assert value(max_one_answer(vr.Completion(text))) == expected


OTHER = AnswerMarks(
    reasoning=(("<plan>", "</plan>"), ("<x>", "</x>")), answer=(("<final>", "</final>"), ("<y>", "</y>"))
)


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("<plan>a</plan><final>7</final>", (1.0, 1.0, 1.0, 1.0, 1.0)),
        ("<think>a</think><answer>7</answer>", (0.0, 0.0, 0.0, 0.0, 1.0)),
        ("<x>a</x><y>7</y>", (0.0, 0.0, 0.0, 0.0, 1.0)),  # what is read is more than what is asked for
        ("<plan>a</plan><final>6</final><y>7</y>", (0.0, 1.0, 0.0, 1.0, 0.0)),
        ("<plan>a</plan><final>7</final><x>b</x>", (0.0, 0.0, 0.0, 1.0, None)),
    ],
)
def test_forms_are_those_of_the_marks(text: str, scores: tuple[float | None, ...]) -> None:
    form = vr.Completion(text, marks=OTHER)
    given = (think_answer(form, NOW), think(form, NOW), answer_tag(form), tag_count(form, NOW), max_one_answer(form))
    assert tuple(map(value, given)) == scores


@pytest.mark.parametrize("behind", ["<thinking>b</thinking>", "<reasoning>is it 7?", "[THINK]b[/THINK] "])
def test_reasoning_behind_the_block_is_no_answer(behind: str) -> None:
    assert value(think(vr.Completion(f"<think>a</think>{behind}"), NOW)) == 0.0


def test_an_answer_block_of_other_marks_is_what_strict_forms_read() -> None:
    assert value(json_value(vr.Completion("<final>[7]</final>", marks=OTHER))) == 1.0
    assert value(json_value(vr.Completion("<answer>[7]</answer>", marks=OTHER))) == 0.0


@pytest.mark.parametrize("fact", ["field", "prefilled"])
def test_think_takes_a_field_or_a_prefilled_opening_for_the_block(fact: str) -> None:
    if fact == "field":
        answer = vr.Completion.from_messages([{"role": "assistant", "content": "7", "reasoning_content": "3+4"}])
        empty = vr.Completion.from_messages([{"role": "assistant", "content": "", "reasoning_content": "3+4"}])
    else:
        answer = vr.Completion("3+4</think>7", starts_in_reasoning=True)
        empty = vr.Completion("3+4</think>", starts_in_reasoning=True)
    assert value(think(answer, NOW)) == 1.0
    assert value(think(empty, NOW)) == 0.0
    assert value(think(vr.Completion("3+4</think>7"), NOW, prefilled=True)) == 1.0
    assert value(think(vr.Completion("3+4</think>7"), NOW)) == 0.0


NOT_ONE_BOX = ("\\boxed{6} \\boxed{7}", "\\boxed{}", "\\boxed{7", "<think>\\boxed{7}</think>7")
NOT_JSON = ('{"a": 1} {"a": 2}', "[1] and more", "```json\n[1]\n``` more", "<answer>[1]</answer><answer>[2]</answer>")


@pytest.mark.parametrize(
    ("reward", "trick"), [*((boxed, trick) for trick in NOT_ONE_BOX), *((json_value, trick) for trick in NOT_JSON)]
)
def test_other_forms_refuse_several_answers_and_junk(
    reward: Callable[..., float | vr.RewardOutput], trick: str
) -> None:
    assert value(reward(vr.Completion(trick))) == 0.0


def test_tag_count_gives_a_flood_of_tags_no_more_than_none() -> None:
    assert tag_count(vr.Completion("<think></think><answer></answer>" * 2), NOW).score == 0.0
