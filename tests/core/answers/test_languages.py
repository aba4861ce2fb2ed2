"""Every word of every language does its work: taking one out fails a test."""

from __future__ import annotations

import pytest

import vlm_rewards as vr
from vlm_rewards.answers import AnswerMarks, Source, extract_answer, find_choice
from vlm_rewards.answers.anchors import last_anchor
from vlm_rewards.answers.clean import clean, without_lead
from vlm_rewards.answers.languages import LANGUAGES, Language, lowered, merged, spoken

SPACED = "\u0e00"
WORDS = {
    "en": 124,
    "zh": 66,
    "ja": 17,
    "ko": 20,
    "de": 23,
    "fr": 24,
    "es": 20,
    "it": 18,
    "pt": 19,
    "ru": 18,
    "ar": 14,
    "hi": 12,
    "nl": 14,
    "pl": 17,
    "tr": 13,
    "vi": 13,
    "th": 9,
    "id": 16,
    "sv": 7,
}


def rows(kind: str) -> list[object]:
    return [
        pytest.param(language, word, id=f"{language.code}-{word}")
        for language in LANGUAGES
        for word in getattr(language, kind)
    ]


def spaced(*words: str) -> str:
    """Words with the spaces that their script asks for."""
    return (" " if words[0] < SPACED else "").join(words)


def read(text: str, language: Language) -> str | None:
    marks = AnswerMarks(languages=(language.code,))
    found = extract_answer(vr.Completion(f"x\n{text}\ny", marks=marks), sources=(Source.ANCHOR,))
    return None if found is None else found.text


@pytest.mark.parametrize(("language", "noun"), rows("nouns"))
def test_a_noun_announces_with_every_copula_and_sign(language: Language, noun: str) -> None:
    for copula in language.copulas:
        assert read(f"{spaced(noun, copula)} 17", language) == "17", copula
        assert read(f"**{spaced(noun, copula)}** *17*", language) == "17", copula
    for form in (
        f"{noun}: 17",
        f"**{noun}:** 17",
        f"**{noun}: 17**",
        f"{noun}：17",
        f"{noun.capitalize()}: 17",
        f"{noun}\n17",
    ):
        assert read(form, language) == "17", form
    assert read(f"{noun} 17", language) is None


@pytest.mark.parametrize(("language", "filler"), rows("fillers"))
def test_a_filler_says_nothing(language: Language, filler: str) -> None:
    assert read(f"{language.nouns[0]}: {filler} 17", language) == "17"


@pytest.mark.parametrize(("language", "pointer"), rows("pointers"))
def test_a_pointer_announces_a_label_behind_a_sign(language: Language, pointer: str) -> None:
    assert read(f"{pointer}: C", language) == "C"
    assert read(f"{pointer}: seventeen", language) is None


@pytest.mark.parametrize(("language", "verb"), rows("verbs"))
def test_a_verb_announces_a_label(language: Language, verb: str) -> None:
    assert read(f"{verb} C", language) == "C"
    assert read(f"{verb} seventeen", language) is None


@pytest.mark.parametrize(("language", "lead"), rows("leads"))
def test_a_lead_says_nothing(language: Language, lead: str) -> None:
    assert without_lead(spaced(lead, "17"), (language.code,)) == "17"


@pytest.mark.parametrize(("language", "ending"), rows("endings"))
def test_an_ending_closes_the_sentence(language: Language, ending: str) -> None:
    assert clean(f"17 {ending}.", (language.code,), prose=True) == "17"


@pytest.mark.parametrize(("language", "reason"), rows("reasons"))
def test_a_reason_is_not_part_of_the_answer(language: Language, reason: str) -> None:
    text = f"17{reason} xyz" if reason[0] in ",;，" else f"17 {reason} xyz"
    assert clean(text, (language.code,), prose=True) == "17"


@pytest.mark.parametrize(("language", "rather"), rows("rather"))
def test_an_option_that_is_not_chosen_is_not_read(language: Language, rather: str) -> None:
    text = f"B{rather} C" if rather[0] == "," else f"B {rather} C"
    assert find_choice(text, ["cat", "dog", "fox"]).indices == (1,)


def test_no_language_and_no_word_is_lost() -> None:
    assert {language.code: sum(map(len, language[1:])) for language in LANGUAGES} == WORDS


@pytest.mark.parametrize("language", LANGUAGES, ids=[language.code for language in LANGUAGES])
def test_words_are_in_lower_case_and_stand_once(language: Language) -> None:
    assert language.nouns
    for words in language[1:]:
        assert len(set(words)) == len(words)
        assert all(word == lowered(word).strip() for word in words)


def test_all_languages_are_spoken_unless_some_are_named() -> None:
    assert spoken(()) == LANGUAGES
    assert [language.code for language in spoken(("zh", "en"))] == ["zh", "en"]


def test_an_ascii_text_meets_ascii_words_only() -> None:
    assert all(word.isascii() for words in merged((), ascii_only=True) for word in words)


def test_a_noun_inside_a_word_announces_nothing() -> None:
    for text in ("unanswered is 7", "answering is 7", "reanswer: 7"):
        assert last_anchor(text, text, 0, len(text)) is None
