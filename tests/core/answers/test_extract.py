"""The one rule of order: which text of a completion is its final answer, and where it stood."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import vlm_rewards as vr
from tests.core.types.test_completion import PIECES, model_texts
from vlm_rewards.answers import (
    NUMERIC,
    SHORT,
    STATED,
    AnswerMarks,
    Source,
    answer_block,
    extract_answer,
    find_choice,
    reference_answer,
)
from vlm_rewards.testing.measure import grows_linearly

STATEMENTS = [
    # boxes
    ("\\boxed{17}", "17", "box"),
    ("So it is $\\boxed{\\frac{3}{8}}$.", "\\frac{3}{8}", "box"),
    ("\\fbox{17}", "17", "box"),
    ("\\boxed 9", "9", "box"),
    ("\\boxed{\\boxed{4}}", "4", "box"),
    ("\\boxed{3} and \\boxed{8}", "3, 8", "box"),
    ("\\boxed{3}, \\boxed{3}", "3", "box"),
    ("u = \\boxed{3}, v = \\boxed{8}", "u = 3, v = 8", "box"),
    ("(a) \\boxed{3}\n(b) \\boxed{8}", "3, 8", "box"),
    ("\\boxed{3}. Then the rest: \\boxed{8}", "8", "box"),
    ("<|begin_of_box|>17<|end_of_box|>", "17", "box"),
    ("\\boxed{\\text{left}}", "left", "box"),
    ("\\boxed{\\text{The answer is } 17}", "17", "box"),
    ("\\boxed{\\textbf{Answer: } 17}", "17", "box"),
    ("\\boxed{Answer: 17}", "17", "box"),
    ("\\boxed{\\text{The length is } 17 \\text{ m}}", "17 \\text{ m}", "box"),
    ("\\boxed{5!}", "5!", "box"),
    ("\\boxed{17}\n\nTell me if you want to see question 3 too!", "17", "box"),
    ("\\boxed{17}\n\nFinal Answer", "17", "box"),
    ("\\boxed{17}\nThe answer is in the box that you see above.", "17", "box"),
    ("Write it in \\boxed{}. The answer is 17.", "17", "anchor"),
    ("**Answer**\n\\[\n\\boxed{17}\n\\]", "17", "box"),
    # tags
    ("<answer>17</answer>", "17", "tag"),
    ("<ANSWER> 17 </ANSWER>", "17", "tag"),
    ("<Answer>red</aNSWER> I hope so.", "red", "tag"),
    ("<answer>1</answer> or <answer>17</answer>", "17", "tag"),
    ("<answer>17", "17", "tag"),
    ("\\boxed{17}</answer>\n\nIt is red", "17", "box"),
    ("<answer>It is \\boxed{17}</answer>", "17", "box"),
    ("<answer>The answer is 17.</answer>", "17", "anchor"),
    ("\\boxed{3} <answer>17</answer>", "17", "tag"),
    ("<answer>3</answer> \\boxed{17}", "17", "box"),
    ("<answer>3</answer> No, the answer is 17.", "17", "anchor"),
    ("<answer></answer>", "", "tag"),
    ("<answer>red<|im_end|></answer>", "red", "tag"),
    ("<answer>*red*</answer>", "red", "tag"),
    ("<answer>U.S.</answer>", "U.S.", "tag"),
    # JSON
    ('{"answer": "17"}', "17", "json"),
    ('{"answer": 17, "confidence": 0.5}', "17", "json"),
    ('{"thoughts": "the answer is 3", "answer": "17"}', "17", "json"),
    ('{"ANSWER": 17.50}', "17.50", "json"),
    ('```json\n{\n  "final_answer": "left",\n  "why": "x"\n}\n```', "left", "json"),
    ('Here it is:\n{"choice": "C"}', "C", "json"),
    ('{"answer": [17]}', "17", "json"),
    ('{"answer": ["red", "blue"]}', "red, blue", "json"),
    ('{"answer": true}', "true", "json"),
    ('{"answer": {"x": "1"}}', '{"x": "1"}', "json"),
    ('{"answer": "It is \\\\boxed{17}"}', "17", "json"),
    ('{"answer": "3"}\nNo, the answer is 17.', "17", "anchor"),
    ("{'answer': 'left', 'sure': True}", "left", "anchor"),
    ("{'answer': 17}", "17", "anchor"),
    # hashes
    ("6 * 3 = 18\n#### 18", "18", "hashes"),
    ("#### 18\nThis follows since 6 * 3 = 18.", "18", "hashes"),
    ("#### left", "left", "hashes"),
    ("#### Conclusion\nThe answer is 18.", "18", "anchor"),
    # announcements
    ("The answer is 17.", "17", "anchor"),
    ("the ANSWER is: 17", "17", "anchor"),
    ("Final Answer: 17", "17", "anchor"),
    ("**Final Answer:** 17", "17", "anchor"),
    ("**Answer: 17**", "17", "anchor"),
    ("**Final Answer**\n\n17", "17", "anchor"),
    ("# Answer\nred", "red", "anchor"),
    ("***ANSWER***: ***red***", "red", "anchor"),
    ("Answer - 17", "17", "anchor"),
    ("Answer: -17", "-17", "anchor"),
    ("Answer → 17", "17", "anchor"),
    ("Answer = 17", "17", "anchor"),
    ("The answer is therefore 17.", "17", "anchor"),
    ("The correct answer to this question would be red.", "red", "anchor"),
    ("The answer is **red**, because the lamp is on.", "red", "anchor"),
    ("The answer is red, since it glows.", "red", "anchor"),
    ("The answer is 17!", "17", "anchor"),
    ("The answer is 17 😀", "17", "anchor"),
    ("The answer is 17...", "17", "anchor"),
    ("The answer is '17'.", "17", "anchor"),
    ("The answer is “red”.", "red", "anchor"),
    ("The answer is [17].", "17", "anchor"),
    ("The answer is [17, 18].", "[17, 18]", "anchor"),
    ("The answer is $17$.", "17", "anchor"),
    ("The answer is $x = 1.$ It is small.", "x = 1", "anchor"),
    ("The answer is St. Louis. It is a city.", "St. Louis", "anchor"),
    ("The answer is the U.S.", "U.S.", "anchor"),
    ("The answer is 3.5 m. It is long.", "3.5 m", "anchor"),
    ("The answer is red? No. The answer is blue.", "blue", "anchor"),
    ("The answer is 3. Wait, the answer is 17.", "17", "anchor"),
    ("It is 3. So the answer is \\boxed{17}.", "17", "box"),
    ("\\boxed{3}\nThe answer is 17.", "17", "anchor"),
    ("\\boxed{17}. Hmm, it is 3.", "17", "box"),
    ("The answer is 17<|im_end|>", "17", "anchor"),
    ("The answer is 17</s>\n<|endoftext|>", "17", "anchor"),
    ("red is the answer", "red", "whole"),
    # options
    ("I choose C.", "C", "anchor"),
    ("Thus I would select (C), the third.", "(C), the third", "anchor"),
    ("The best option is C.", "C", "anchor"),
    ("Option A says 3. The right choice: C", "C", "anchor"),
    ("It is 40, so it is option C.", "C", "anchor"),
    ("It is 40, which corresponds to C.", "C", "anchor"),
    ("option A is wrong.\nThe other fits", "The other fits", "last_line"),
    ("We pick x = 4 and get\n17", "17", "last_line"),
    # other languages
    ("答案：Ｃ。", "C", "anchor"),
    ("【答案】17", "17", "anchor"),
    ("所以答案是17。", "17", "anchor"),
    ("故选C。", "C", "anchor"),
    ("答案是C，因为它最大。", "C", "anchor"),
    ("答えは17です。", "17", "anchor"),
    ("정답은 17입니다.", "17", "anchor"),
    ("Die richtige Antwort lautet 17.", "17", "anchor"),
    ("Réponse finale : 17", "17", "anchor"),
    ("La respuesta correcta es 17.", "17", "anchor"),
    ("La risposta è 17.", "17", "anchor"),
    ("A resposta final é 17.", "17", "anchor"),
    ("Ответ: 17.", "17", "anchor"),
    ("الإجابة هي 17", "17", "anchor"),
    ("सही उत्तर 17 है।", "सही उत्तर 17", "whole"),
    ("उत्तर: 17 है।", "17", "anchor"),
    ("Het antwoord is dus 17.", "17", "anchor"),
    ("Odpowiedź: 17", "17", "anchor"),
    ("Cevap: 17", "17", "anchor"),
    ("Đáp án là 17.", "17", "anchor"),
    ("คำตอบคือ 17", "17", "anchor"),
    ("Jawabannya adalah 17.", "17", "anchor"),
    # nothing is stated
    ("red", "red", "whole"),
    ("**Red**", "Red", "whole"),
    ("`red`", "red", "whole"),
    ("（Ｃ）", "(C)", "whole"),
    ("red.<|eot_id|>", "red", "whole"),
    ("C\n\nThis is the one that fits the picture.", "C", "first_line"),
    ("I look at every option here.\n\nC", "C", "last_line"),
    ("Two are possible.\nB\nD", "B, D", "last_line"),
    ("```\nred\n```", "red", "whole"),
    ("> red", "red", "whole"),
    ("### red", "red", "whole"),
    ("The unanswered question is 3", "The unanswered question is 3", "whole"),
    ("<think>The answer is 3</think>red", "red", "whole"),
]

NUMBERS = [
    ("The answer is 17 people in the year 1999.", "17", "anchor"),
    ("The answer is 17 m, as step 3 shows.", "17 m", "anchor"),
    ("The answer is 17 - that is, 2 more than 15.", "17", "anchor"),
    ("The answer is 17, not 18.", "17", "anchor"),
    ("The answer is 17 — 3 more than 14.", "17", "anchor"),
    ("答：共有17平方米", "17平方米", "anchor"),
    ("We walk 3 times to get there, so all of it is then at 2,017.5m² in the end", "2,017.5", "last_number"),
    ("The answer is between 17 and 18.", "between 17 and 18", "anchor"),
    ("The answer is a square.", "square", "anchor"),
    ("Answer: there are 17 of these small red birds", "17", "anchor"),
    ("<answer>The width is 17, which is small.</answer>", "17", "tag"),
    ("#### 17, which is small", "17", "hashes"),
    ("17", "17", "whole"),
    ("= 17", "17", "whole"),
    ("17 - x", "17 - x", "whole"),
    ("17 - 18", "17 - 18", "whole"),
    ("17, x", "17, x", "whole"),
    ("> **17**", "17", "whole"),
    ("Hence 17.", "17", "whole"),
    ("She has 17.", "17", "whole"),
    ("We get 36.", "36", "whole"),
    ("In 1999.", "1999", "whole"),
    ("17 of them", "17", "whole"),
    ("That makes 17, which is the sum.", "17", "whole"),
    ("The speed is 17 km/h.", "17 km/h", "whole"),
    ("The curve is an ellipse.", "ellipse", "whole"),
    ("It is odd.", "odd", "whole"),
    ("x=17.", "x=17", "whole"),
    ("Total: 17", "17", "whole"),
    ("B: 17", "B: 17", "whole"),
    ('{"total": 17}', '{"total": 17}', "whole"),
    ("```\n17\n```", "17", "whole"),
    ("It's 17 or 18.", "17 or 18", "whole"),
    ("因此，x=17。", "x=17", "whole"),
    ("So $x = 3$ or $x = 4$.", "x = 3, x = 4", "last_formula"),
    ("We add 3 and 4 and then ten more, so all in all 17 is what we get.", "17", "last_number"),
    ("There it costs $5 and here it is $17 for all of us", "17", "last_number"),
    ("From all this it follows at once\nthat $y = -2$", "y = -2", "last_formula"),
    ("All of it fell by -17% in that one year", "-17%", "last_number"),
]


@pytest.mark.parametrize(("completion", "text", "source"), STATEMENTS)
def test_the_last_statement_is_the_answer(completion: str, text: str, source: str) -> None:
    found = vr.Completion(completion).final_answer
    assert found is not None
    assert (found.text, found.source.value) == (text, source)
    assert found.details() == {"answer": text, "source": source, "at": list(found.span)}


@pytest.mark.parametrize(("completion", "text", "source"), NUMBERS)
def test_numeric_sources_take_the_value_out_of_a_sentence(completion: str, text: str, source: str) -> None:
    found = extract_answer(vr.Completion(completion), sources=NUMERIC)
    assert found is not None
    assert (found.text, found.source.value) == (text, source)


@pytest.mark.parametrize("text", ["", "  \n", "</s>", "<think>The answer is 7</think>", "<think>7"])
def test_a_text_without_a_response_has_no_answer(text: str) -> None:
    assert vr.Completion(text).final_answer is None
    assert extract_answer(vr.Completion(text), sources=NUMERIC) is None


@pytest.mark.parametrize("text", ["red", "So it is 7\nor so", "\\boxed{}"])
def test_stated_sources_fall_back_on_nothing(text: str) -> None:
    assert extract_answer(vr.Completion(text), sources=STATED) is None


@pytest.mark.parametrize(("text", "closed"), [("\\boxed{7}", True), ("\\boxed{7", False), ("<answer>7", False)])
def test_an_answer_says_whether_it_closes(text: str, closed: bool) -> None:  # noqa: FBT001
    found = vr.Completion(text).final_answer
    assert found is not None
    assert (found.text, found.closed) == ("7", closed)


def test_sources_narrow_what_is_read() -> None:
    tagged = extract_answer(vr.Completion("<answer>3 + 4</s></answer>"), sources=(Source.BOX, Source.TAG))
    assert tagged is not None
    assert tagged.text == "3 + 4"
    completion = vr.Completion("\\boxed{3} The answer is 7.")
    assert (extract_answer(completion, sources=(Source.BOX,)) or ("",))[0] == "3"
    assert (extract_answer(completion, sources=(Source.ANCHOR,)) or ("",))[0] == "7"


def test_a_span_shows_where_the_answer_stood() -> None:
    for text in ("So \\boxed{17}.", "<answer>17</answer>", "The answer is 17", "x\n#### 17", "y\n17"):
        completion = vr.Completion(text)
        found = completion.final_answer
        assert found is not None
        assert completion.response[slice(*found.span)].strip() == "17"


def test_marks_of_a_run_replace_the_known_ones() -> None:
    marks = AnswerMarks(reasoning=(("[R]", "[/R]"),), answer=(("<final>", "</final>"),), languages=("zh",))
    read = vr.Completion("[R]<final>3</final>[/R]<FINAL>7</FINAL>", marks=marks)
    assert (read.reasoning, read.final_answer and read.final_answer.text) == ("<final>3</final>", "7")
    english = vr.Completion("答案是7。\nThe answer is 3.", marks=marks).final_answer
    assert english is not None
    assert english.text == "7"
    assert AnswerMarks.of(json.loads(json.dumps({"answer": marks.answer}))).answer == marks.answer


@pytest.mark.parametrize(("opening", "closing"), AnswerMarks().reasoning)
def test_an_answer_that_stands_only_in_the_reasoning_is_none(opening: str, closing: str) -> None:
    assert vr.Completion(f"{opening}The answer is 7.{closing}").final_answer is None
    assert vr.Completion(f"{opening}The answer is 7.").final_answer is None
    found = vr.Completion(f"{opening}The answer is 7.{closing}3").final_answer
    assert found is not None
    assert found.text == "3"


def test_the_view_of_the_tag_takes_any_letter_case() -> None:
    assert vr.Completion("<answer>3</answer> <Answer> 7 </ANSWER>").answer == "7"
    assert vr.Completion("<answer>7", marks=AnswerMarks(answer=(("[A]", "[/A]"),))).answer is None
    assert vr.Completion("[a]7[/A]", marks=AnswerMarks(answer=(("[A]", "[/A]"),))).answer == "7"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no language 'xx'"):
        AnswerMarks(languages=("en", "xx"))


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("[1, 2]", "[1, 2]"),
        ("so <answer>[1, 2]</answer>.", "[1, 2]"),
        ("so <Answer>\n[1, 2]\n</Answer>", "[1, 2]"),
        ("[1, 2]<|im_end|>", "[1, 2]"),
        ("<answer>[1, 2]", "[1, 2]"),
        ("<think><answer>3</answer></think> 4", "4"),
        ("```json\n[1, 2]\n```", "[1, 2]"),
        ("<answer>\n```\n1\n2\n```\n</answer>", "1\n2"),
        ("```\n1\n```\nor\n```\n2\n```", "```\n1\n```\nor\n```\n2\n```"),
    ],
)
def test_the_block_is_the_last_tag_or_the_response(text: str, block: str) -> None:
    assert answer_block(vr.Completion(text)) == block


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("17", "17"),
        (" \\(17\\) ", "17"),
        ("3 * 6 = 18\n#### 18", "18"),
        ("Because of this it is $\\boxed{18}$.", "18"),
        ("<think>3</think><answer>18</answer>", "18"),
        ("The answer is 18.", "18"),
        ("5!", "5!"),
        ("red and blue", "red and blue"),
        ("x + 1", "x + 1"),
    ],
)
def test_a_reference_is_what_it_states_or_all_of_it(text: str, answer: str) -> None:
    assert reference_answer(text) == answer


TEXTS = st.lists(
    st.sampled_from([*PIECES, *(text for text, _, _ in STATEMENTS), "answer", ": ", "####", '{"answer":', "$", "\n"]),
    max_size=12,
).map("".join)
SAYS_NOTHING = st.sampled_from(
    [
        " That is all.",
        "\nI am sure of it.",
        " Hmm.",
        "\n\nThanks for reading!",
        "\nNo wait, it was 3.",
        " Or 41.",
        " 42",
    ]
)


@given(model_texts | TEXTS)
def test_no_text_raises(text: str) -> None:
    completion = vr.Completion(text)
    for sources in (SHORT, NUMERIC, STATED):
        found = extract_answer(completion, sources=sources)
        if found is not None:
            assert found.source in sources
            assert 0 <= found.span[0] <= found.span[1] <= len(completion.response)
            find_choice(found.text, ["cat", "dog"])
    answer_block(completion)
    reference_answer(text)


@given(
    st.sampled_from(
        [row[0] for row in STATEMENTS if row[2] in ("box", "tag") and not row[0].endswith(("Answer", "above"))]
    ),
    SAYS_NOTHING,
)
@example("\\boxed{17}", ". No wait, it is 41.")
def test_what_follows_the_last_statement_without_stating_changes_nothing(text: str, more: str) -> None:
    if text == "<answer>17":  # what follows an open tag stands in it
        text += "</answer>"
    before, after = vr.Completion(text).final_answer, vr.Completion(text + more).final_answer
    assert before is not None
    assert after is not None
    assert (before.text, before.source) == (after.text, after.source)


@given(st.sampled_from([text for text, _, _ in STATEMENTS if "nswer>" not in text.lower() and "think" not in text]))
def test_a_wrapped_answer_is_the_same(text: str) -> None:
    bare, wrapped = (vr.Completion(form).final_answer for form in (text, f"<think>so</think><answer>{text}</answer>"))
    assert bare is not None
    assert wrapped is not None
    assert bare.text == wrapped.text
    assert wrapped.source == (bare.source if bare.source in STATED else Source.TAG)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "answer ",
            "the answer is ",
            "\\boxed{",
            "\\boxed{1} ",
            '\n{"answer":',
            '{"a":',
            "#### 1\n",
            "<answer>",
            "</s>",
        ),
        *(
            "$1 ",
            "1a ",
            "1,",
            " ",
            "\nB",
            "**",
            "答案",
            "选B ",
            "option ",
            "x!",
            "。",
            ". ",
            "İ",
            "x = \\boxed{1}, ",
            "9π",
        ),
    ],
)
@pytest.mark.parametrize("sources", [SHORT, NUMERIC])
def test_the_work_grows_with_the_text(piece: str, sources: tuple[Source, ...]) -> None:
    small, big = (piece * (size // len(piece)) for size in (5_000, 50_000))
    assert grows_linearly(lambda text: extract_answer(vr.Completion(text), sources=sources), small, big)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "The answer is > 7",
            "The answer is >7",
            "Answer: > 7",
            "7 or more",
            "The answer is 7 or more.",
            "It is 7 or more",
        ),
        *(
            "I doubt that the answer is 7",
            "I doubt that it is 7.",
            "It isn't 7",
            "I don't think it is 7",
            "It is not 7.",
        ),
    ],
)
def test_a_bound_or_a_doubt_is_no_number(text: str) -> None:
    answer = extract_answer(vr.Completion(text), sources=NUMERIC)
    assert answer is not None
    assert not answer.text.strip().replace(" or", "").isdecimal()


@pytest.mark.parametrize("text", ["Answer: => 7", "The answer -> 7", "Answer:\n> 7", "There are 7 left"])
def test_an_arrow_or_a_quotation_is_no_bound(text: str) -> None:
    answer = extract_answer(vr.Completion(text), sources=NUMERIC)
    assert answer is not None
    assert answer.text == "7"
