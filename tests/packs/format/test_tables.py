"""Each row of the pack's tables, and of the scripts it counts letters by, decides something; so does each limit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.text.scripts import check_language, letters
from vlm_rewards_format import boxed, language
from vlm_rewards_format.latex import shows
from vlm_rewards_format.schema import Exhausted, check_schema, problem_in, validator_of

SILENT = """
quad qquad enspace enskip thinspace medspace thickspace negthinspace negmedspace negthickspace nobreakspace space hfil
hfill vfil vfill hss relax null empty strut mathstrut displaystyle textstyle scriptstyle scriptscriptstyle limits
nolimits par noindent newline linebreak allowbreak nobreak centering protect nonumber notag rm bf it sf tt bfseries
itshape normalfont tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge text mbox mathrm
"""
NOTHING = [
    *(f"\\{name}" for name in [*SILENT.split(), *",;:!> \t\n()[]\\/-"]),
    *(f"\\{name}{{7}}" for name in ("phantom", "hphantom", "vphantom", "label", "color", "begin", "end", "index")),
    *(f"\\{name}{{1cm}}" for name in ("hspace", "vspace", "mspace", "hspace*", "class")),
    *(f"\\{name}1em" for name in ("kern", "mkern", "hskip", "mskip", "vskip")),
    *("\\kern -1.5em", "\\hskip 2pt"),
    *("\\rule{0pt}{0pt}", "\\rule[1ex]{0pt}{0pt}", "\\setlength{\\x}{0pt}", "\\phantom{{7}{8}}", "\\phantom 7"),
    *("\\color{white}7", "\\textcolor{white}{7}", "\\textcolor{red}{}", "\\frac{}{}", "\\sqrt{\\phantom{7}}"),
    *("{}", "~", "~ ~ ~", "$ $", "$$", "^{}_{}", "&", ",", "\u200b", "\\text{\u3164}", "\\text{ }", "\\mathbf{}"),
]


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_box_that_shows_nothing_is_empty(nothing: str) -> None:
    for inside in (nothing, f" {nothing}\\,{nothing}", f"\\textbf{{{nothing}}}"):
        output = boxed(vr.Completion(f"\\boxed{{{inside}}}")) if inside.count("{") == inside.count("}") else None
        assert not shows(inside)
        assert output is None or output.reason == "an empty box"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "something",
    [
        *("7", "\\pi", "\\infty", "\\emptyset", "\\{\\}", "\\%", "\\$", "-", "?", "七", "\\frac{1}{2}", "\\text{B}"),
        *("\\phantom{7}8", "\\phantom 78", "\\color{red} 7", "\\textcolor{red}{7}", "\\hspace*{1cm}7", "\\kern1em 7"),
        *("\\rule{0pt}{9pt}7", "\\quad 7", "\\begin{matrix}7\\end{matrix}", "$7$", "\\large 7", "\\left(7\\right)"),
        *("\\class{a}{7}", "\\label{a} b", "\\kern1em\\pi", "\\setlength{\\x}{0pt}7"),
    ],
)
def test_a_box_that_shows_something_is_filled(something: str) -> None:
    assert shows(something)
    assert boxed(vr.Completion(f"\\boxed{{{something}}}")) == 1.0


@given(st.lists(st.sampled_from(NOTHING), max_size=5), st.sampled_from(["7", "\\pi"]))
def test_nothing_beside_nothing_is_nothing_and_something_before_it_is_something(parts: list[str], seen: str) -> None:
    whole = [part for part in parts if not part.startswith("\\color") and part.count("{") == part.count("}")]
    assert not shows(" ".join(whole))
    assert shows(f"{seen} {' '.join(whole)}")


WRONG: Any = {"format": "email"}


@pytest.mark.parametrize(
    "keyword", ["additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"]
)
def test_a_keyword_with_one_schema_is_looked_into(keyword: str) -> None:
    with pytest.raises(ValueError, match=f"'format' at #/{keyword} is not supported"):
        check_schema({keyword: WRONG})


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf", "prefixItems"])
def test_a_keyword_with_a_list_of_schemas_is_looked_into(keyword: str) -> None:
    with pytest.raises(ValueError, match=f"'format' at #/{keyword}/0 is not supported"):
        check_schema({keyword: [WRONG]})


@pytest.mark.parametrize("keyword", ["$defs", "dependentSchemas", "patternProperties", "properties"])
def test_a_keyword_with_named_schemas_is_looked_into(keyword: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"'format' at #/{keyword}/a is not supported")):
        check_schema({keyword: {"a": WRONG}})


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        *(("const", 1), ("dependentRequired", {"a": ["b"]}), ("enum", [1]), ("exclusiveMaximum", 1)),
        *(("exclusiveMinimum", 1), ("maxContains", 1), ("maximum", 1), ("maxItems", 1), ("maxLength", 1)),
        *(("maxProperties", 1), ("minContains", 1), ("minimum", 1), ("minItems", 1), ("minLength", 1)),
        *(("minProperties", 1), ("multipleOf", 1), ("pattern", "a"), ("required", ["a"]), ("type", "array")),
        *(("uniqueItems", True), ("$comment", "a"), ("default", 1), ("deprecated", True), ("description", "a")),
        *(
            ("examples", [1]),
            ("title", "a"),
            ("$ref", "#"),
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
        ),
    ],
)
def test_a_keyword_is_supported(keyword: str, value: Any) -> None:
    check_schema({keyword: value})


def test_the_steps_of_a_validation_may_be_spent_and_not_exceeded(monkeypatch: pytest.MonkeyPatch) -> None:
    validator = validator_of({"items": {"type": "integer"}})
    # One step for `items` and one for each of its ten items, and one more for `type` at each item.
    monkeypatch.setattr("vlm_rewards_format.schema.BUDGET", 21)
    assert problem_in(validator, [0] * 10) is None
    monkeypatch.setattr("vlm_rewards_format.schema.BUDGET", 20)
    with pytest.raises(Exhausted):
        problem_in(validator, [0] * 10)


@pytest.mark.parametrize(
    ("script", "letter"),
    [
        *(("arabic", "ا"), ("armenian", "ա"), ("bengali", "ক"), ("bopomofo", "ㄅ"), ("cyrillic", "д")),
        *(("devanagari", "क"), ("ethiopic", "አ"), ("georgian", "ა"), ("greek", "λ"), ("gujarati", "ક")),
        *(
            ("gurmukhi", "ਕ"),
            ("han", "中"),
            ("han", "\uf900"),
            ("han", "々"),
            ("hangul", "한"),
            ("hebrew", "א"),
            ("hiragana", "あ"),
        ),
        *(("kannada", "ಕ"), ("katakana", "ア"), ("khmer", "ក"), ("lao", "ກ"), ("latin", "a"), ("malayalam", "ക")),
        *(("mongolian", "ᠠ"), ("myanmar", "က"), ("oriya", "କ"), ("sinhala", "ක"), ("tamil", "க"), ("telugu", "క")),
        *(("thai", "ก"), ("tibetan", "ཀ")),
    ],
)
def test_a_letter_is_of_its_script(script: str, letter: str) -> None:
    check_language(script)
    assert letters(letter) == {script: 1}
    assert language(vr.Completion(letter), language=script).score == 1.0


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        *(
            ("ar fa ur ps ug", "ا"),
            ("hy", "ա"),
            ("bn as", "ক"),
            ("ru uk bg be mk kk ky tg sr uz", "д"),
            ("hi mr ne", "क"),
        ),
        *(("am ti", "አ"), ("ka", "ა"), ("el", "λ"), ("gu", "ક"), ("pa", "ਕ"), ("zh ja ko", "中"), ("he yi", "א")),
        *(("ja", "あ"), ("ja", "ア"), ("kn", "ಕ"), ("ko", "한"), ("km", "ក"), ("lo", "ກ"), ("ml", "ക"), ("my", "က")),
        *(("or", "କ"), ("si", "ක"), ("ta", "க"), ("te", "క"), ("th", "ก"), ("bo", "ཀ"), ("sr uz", "k")),
        (
            "en de fr es it pt nl sv da no nb nn fi is pl cs sk sl hr hu ro et lv lt tr az vi id ms tl sw ca eu gl ga",
            "k",
        ),
    ],
)
def test_a_language_is_written_in_its_script(codes: str, text: str) -> None:
    for code in codes.split():
        assert language(vr.Completion(text), language=code).score == 1.0


@pytest.mark.parametrize("markup", ["<think>", "</think>", "<answer>", "</answer>", "\\boxed"])
def test_tags_and_boxes_are_not_letters(markup: str) -> None:
    assert not letters(markup)
