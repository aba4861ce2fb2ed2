"""`format/regex` and `format/language`: RE2 alone, and letters counted by script."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.text.scripts import LANGUAGES, letters, scripts_of, share
from vlm_rewards_format import language, pattern_match

NOW = vr.Context()


def matched(text: str, pattern: str, **options: Any) -> bool:
    output = pattern_match(vr.Completion(text), pattern=pattern, **options)
    return (output.score if isinstance(output, vr.RewardOutput) else output) == 1.0


@pytest.mark.parametrize(
    ("text", "pattern", "options", "expected"),
    [
        ("It is 7.", r"It is \d+\.", {}, True),
        (" It is 7.\n", r"It is \d+\.", {}, True),
        ("So: It is 7.", r"It is \d+\.", {}, False),
        ("So: It is 7.", r"It is \d+\.", {"match": "search"}, True),
        ("It is 7.\nOr 8.", r"It is \d+\.", {}, False),
        ("a\nb", "a.b", {}, False),
        ("a\nb", "(?s)a.b", {}, True),
        ("<think>8</think>7", "7", {"where": "response"}, True),
        ("<think>8</think>7", "8", {"where": "response", "match": "search"}, False),
        ("so <answer> 7 </answer>", "7", {"where": "answer"}, True),
        ("so 7", "7", {"where": "answer"}, False),
        ("", "", {}, False),
        (" \u200b", "", {"match": "search"}, False),
        ("٤", r"\d", {}, False),  # RE2's digits are ASCII
        ("é", r"\pL", {}, True),
        ("\ud800", "\ufffd", {}, False),  # nothing to see
        ("a\ud800", "a\ufffd", {}, True),
        ("a\0b", "a\0b", {}, True),
    ],
)
def test_regex_matches_the_part_that_is_asked_for(
    text: str, pattern: str, options: dict[str, Any], *, expected: bool
) -> None:
    assert matched(text, pattern, **options) is expected


@pytest.mark.parametrize("pattern", ["(", "(?=a)", "(?<!a)b", r"(a)\1", "a{1001}", "[z-a]", "\ud800"])
def test_a_pattern_that_re2_does_not_take_is_refused_with_the_config(
    pattern: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match=r"RE2|surrogate"):
        vr.load_scorer({"version": 1, "rewards": {"it": {"use": "format/regex", "params": {"pattern": pattern}}}})
    assert capfd.readouterr().err == ""  # RE2 itself would write a line of its own


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a*)*b", "(.*.*.*)x"])
def test_patterns_that_hang_a_backtracking_matcher_are_quick(pattern: str) -> None:
    assert not matched("a" * 65_000 + "!", pattern)


@given(st.text())
def test_regex_takes_any_text_that_shows_something_for_any_pattern(text: str) -> None:
    shown = any(letter.isprintable() and not letter.isspace() for letter in text)
    assert matched(text, "(?s).*") is shown


# -- scripts ---------------------------------------------------------------------------------------------------------

SENTENCES = {
    "en": "There are seven apples.",
    "fr": "Ça fait œuvre à l'été.",
    "vi": "Có bảy quả táo.",
    "ru": "Здесь семь яблок.",
    "uk": "Тут сім яблук, їх є ґанок.",
    "zh": "这里有七个苹果。",
    "ja": "ここにリンゴが七つ、ケーキが一つあります。",
    "ko": "사과가 일곱 개 있습니다.",
    "ar": "هناك سبع تفاحات",
    "he": "יש שבעה תפוחים",
    "hi": "यहाँ सात सेब हैं",
    "th": "มีแอปเปิ้ลเจ็ดผล",
    "el": "Υπάρχουν επτά μήλα",
    "bn": "সাতটি আপেল আছে",
    "ta": "ஏழு ஆப்பிள்கள் உள்ளன",
    "ka": "შვიდი ვაშლია",
    "am": "ሰባት ፖም",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_is_in_its_own_language_and_in_none_of_another_script(code: str) -> None:
    for other in LANGUAGES:
        same = bool(scripts_of(other) & letters(SENTENCES[code]).keys())
        score = language(vr.Completion(SENTENCES[code]), language=other).score
        assert score == 1.0 or other != code
        assert score == 0.0 or same


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Ａｐｐｌｅ", "latin"),
        ("𝐀𝑏𝒞", "latin"),
        ("ﾘﾝｺﾞ", "katakana"),
        ("々〇", "han"),
        ("ﬁ", "latin"),
        ("\U00020000", "han"),
    ],
)
def test_styled_and_wide_letters_belong_to_the_script_that_they_show(text: str, script: str) -> None:
    assert letters(text).keys() <= {script}


@given(st.text(), st.randoms(use_true_random=False))
def test_shares_sum_to_one_and_do_not_depend_on_order(text: str, random: Any) -> None:
    counts = letters(text.replace("<", "").replace("\\", ""))
    shuffled = list(text.replace("<", "").replace("\\", ""))
    random.shuffle(shuffled)
    assert letters("".join(shuffled)) == counts
    if counts:
        assert sum(share(counts, frozenset({script})) for script in counts) == pytest.approx(1)


@pytest.mark.parametrize("text", ["7", "", "<think>1+1</think><answer>2</answer>", "!?", "👍🏽"])
def test_language_abstains_where_there_is_no_letter(text: str) -> None:
    assert language(vr.Completion(text), language="en").status is vr.Status.ABSTAINED


def test_language_reads_the_part_and_the_share_that_are_asked_for() -> None:
    mixed = vr.Completion("<think>seven</think>семь")
    assert language(mixed, language="ru", where="response", at_least=1.0).score == 1.0
    assert language(mixed, language="ru").score == 0.0
    assert language(mixed, language="ru", at_least=4 / 9).score == 1.0
    assert language(mixed, language="ru").details == {"share": 4 / 9}


@pytest.mark.parametrize("params", [{"language": "xx"}, {"language": "EN"}])
def test_an_unknown_language_is_refused_with_the_config(params: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="language"):
        vr.load_scorer({"version": 1, "rewards": {"it": {"use": "format/language", "params": params}}})
