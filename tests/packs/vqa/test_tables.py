"""Each row of the pack's tables decides something: without it a test here fails. So does each limit, moved by one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards_vqa import list_match, polarity, relaxed_correctness, table, vqa_soft, yes_no
from vlm_rewards_vqa.count import counted
from vlm_rewards_vqa.json_fields import leaves
from vlm_rewards_vqa.list_match import items
from vlm_rewards_vqa.references import accepted
from vlm_rewards_vqa.table import read_table
from vlm_rewards_vqa.text.normalise import canonical, normalise, stable, tokens
from vlm_rewards_vqa.text.numerals import is_bounded, json_number, single_number, whole_number
from vlm_rewards_vqa.text.overlap import value_key
from vlm_rewards_vqa.token_f1 import squad_words
from vlm_rewards_vqa.vqa_soft import official_form

# -- how a text is made comparable -----------------------------------------------------------------------------------


@pytest.mark.parametrize("article", ["a", "an", "the"])
@pytest.mark.parametrize("form", [normalise, official_form, lambda text: " ".join(squad_words(text))])
def test_articles_are_dropped(form: Callable[[str], str], article: str) -> None:
    assert form(f"{article} cat") == "cat"


@pytest.mark.parametrize(
    ("written", "form"),
    [
        *(("x⁰", "x^0"), ("x¹", "x^1"), ("x²", "x^2"), ("x³", "x^3"), ("x⁴", "x^4"), ("x⁵", "x^5"), ("x⁶", "x^6")),
        *(("x⁷", "x^7"), ("x⁸", "x^8"), ("x⁹", "x^9")),
        *(("2¼", "2 1/4"), ("2½", "2 1/2"), ("2¾", "2 3/4"), ("2⅓", "2 1/3"), ("2⅔", "2 2/3"), ("2⅕", "2 1/5")),
        *(("2⅖", "2 2/5"), ("2⅗", "2 3/5"), ("2⅘", "2 4/5"), ("2⅙", "2 1/6"), ("2⅚", "2 5/6"), ("2⅛", "2 1/8")),
        *(("2⅜", "2 3/8"), ("2⅝", "2 5/8"), ("2⅞", "2 7/8")),
        *(("\u2212", "-"), ("\u2010", "-"), ("\u2011", "-"), ("\u2013", "-"), ("\u2044", "/")),
        *(("\u2019", "'"), ("\u2018", "'"), ("\u201c", '"'), ("\u201d", '"')),
    ],
)
def test_signs_that_look_alike_become_one(written: str, form: str) -> None:
    assert canonical(written) == form


@pytest.mark.parametrize(
    "written",
    [
        *('"cat', "'cat", "`cat", "*cat", "_cat", "( cat)"),
        *('cat"', "cat'", "cat`", "cat*", "cat_", "cat.", "cat,", "cat;", "cat:", "cat!", "cat?", "(cat )"),
        *("(cat)", "[cat]", "{cat}"),
    ],
)
def test_punctuation_around_an_answer_is_dropped(written: str) -> None:
    assert normalise(written, articles=False) == "cat"


@pytest.mark.parametrize("sign", ["*", "`", "_", ":", "(", "?"])
def test_markdown_and_punctuation_separate_words(sign: str) -> None:
    assert tokens(f"cat{sign}dog") == ["cat", "dog"]


@pytest.mark.parametrize("sign", ["%", "&", "@", "#", "/", "<", "°"])
def test_signs_that_mean_something_are_tokens(sign: str) -> None:
    assert tokens(f"cat{sign}dog") == ["cat", sign, "dog"]


# -- the official form of VQA ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", list(';/[]"{}()=+\\_-><@`,?!'))
def test_the_official_form_has_no_punctuation(sign: str) -> None:
    assert official_form(f"cat{sign}dog") == "cat dog"


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        *(("none", "0"), ("zero", "0"), ("one", "1"), ("two", "2"), ("three", "3"), ("four", "4"), ("five", "5")),
        *(("six", "6"), ("seven", "7"), ("eight", "8"), ("nine", "9"), ("ten", "10"), ("eleven", "eleven")),
    ],
)
def test_the_official_form_has_digits_up_to_ten(word: str, digits: str) -> None:
    assert official_form(word) == digits


CONTRACTIONS = [
    *("ain't", "aren't", "can't", "could've", "couldn't", "couldn't've", "didn't", "doesn't", "don't", "hadn't"),
    *("hadn't've", "hasn't", "haven't", "he'd", "he'd've", "he's", "how'd", "how'll", "how's", "isn't", "it'd"),
    *("it'd've", "it'll", "ma'am", "mightn't", "mightn't've", "might've", "mustn't", "must've", "needn't", "not've"),
    *("o'clock", "oughtn't", "'ow's'at", "shan't", "she'd've", "should've", "shouldn't", "shouldn't've"),
    *("somebody'd've", "somebody'll", "somebody's", "someone'd", "someone'd've", "someone'll", "someone's"),
    *("something'd", "something'd've", "something'll", "that's", "there'd", "there'd've", "there're", "there's"),
    *("they'd", "they'd've", "they'll", "they're", "they've", "'twas", "wasn't", "we'd've", "we've", "weren't"),
    *("what'll", "what're", "what's", "what've", "when's", "where'd", "where's", "where've", "who'd", "who'd've"),
    *("who'll", "who's", "who've", "why'll", "why're", "why's", "won't", "would've", "wouldn't", "wouldn't've"),
    *("y'all", "y'all'll", "y'all'd've", "you'd", "you'd've", "you'll", "you're", "you've"),
]


@pytest.mark.parametrize("word", CONTRACTIONS)
def test_the_official_form_puts_back_one_apostrophe(word: str) -> None:
    places = [at for at, letter in enumerate(word) if letter == "'"]
    assert {official_form(word[:at] + word[at + 1 :]) for at in places} == {word}


def test_the_official_form_has_one_contraction_the_wrong_way_round() -> None:
    assert official_form("somebody'd") == "somebodyd"


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("currency", list("$€£¥₹₩"))
def test_a_currency_belongs_to_its_number(currency: str) -> None:
    number = whole_number(f"{currency}5")
    assert number is not None
    assert number.shown == 5


@pytest.mark.parametrize("per_cent", ["5%", "5 percent", "5 per cent"])
def test_per_cent_is_a_scale(per_cent: str) -> None:
    number = whole_number(per_cent)
    assert number is not None
    assert number.shown == 5
    assert number.scale == Fraction(1, 100)


BEFORE = """
at least|at most|up to|more than|greater than|less than|fewer than|higher than|lower than|other than|rather than|over
under|above|below|beyond|exceeding|exceeds|min|max|minimum of|maximum of|upwards of|between
not|isn't|aren't|can't be|cannot be|won't be|never|neq|ne|leq|geq
le|ge|lt|gt|leqslant|geqslant|lesssim|gtrsim|≠|≤|≥|≦|≧|≲|≳|⩽|⩾|<|>|mindestens|höchstens|wenigstens|über|unter|mehr als
weniger als|bis zu|maximal|au moins|au plus|plus de|moins de|jusquà|pas|al menos|por lo menos|como mínimo|como máximo
a lo sumo|más de|menos de|hasta|almeno|al massimo|più di|meno di|fino a|oltre|non|pelo menos|no mínimo|no máximo|mais de
até|minstens|hoogstens|meer dan|minder dan|co najmniej|co najwyżej|więcej niż|ponad|не менее|не более|не меньше
не больше|больше|меньше|более|менее|минимум|максимум|свыше|до|не|على الأقل|أكثر من|أقل من|कम से कम|en az|en fazla
至少|最少|最多|不止|不到|不足|超过|超過|多于|多於|少于|少於|大于|大於|小于|小於|不是|少なくとも|最低|最大|最小|多くとも|적어도
최소|최대
"""
BEHIND = """
or more|or less|or fewer|or so|or any|or higher|or lower|or greater|or larger|or above|or below|or over|or under|and up
and more|and above|and over|and counting|plus|maybe more|perhaps more|possibly more|if not more|upwards|at least
at most|minimum|maximum|max|is wrong|is incorrect|is not|≤|≥|leq|geq|+|oder mehr|oder weniger|und mehr|ou plus|ou moins
au moins|au plus|o más|o menos|como mínimo|como máximo|o più|o meno|ou mais|ou menos|no mínimo|no máximo|of meer
lub więcej|или больше|или более|или меньше|и более|أو أكثر|على الأقل|या अधिक|以上|以下|以内|未満|未满|多个|多個|或更多
或者|还是|または|もしくは|より多|より少|ではない|이상|이하|미만|초과|또는
"""


def phrases(table: str) -> list[str]:
    return table.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize("phrase", phrases(BEFORE))
def test_what_stands_before_a_number_bounds_or_denies_it(phrase: str) -> None:
    assert is_bounded(f"{phrase} 3")
    assert is_bounded(f"there are {phrase} three dogs")
    assert not is_bounded(f"{phrase} dogs")


@pytest.mark.parametrize("phrase", phrases(BEHIND))
def test_what_stands_behind_a_number_or_its_unit_bounds_or_denies_it(phrase: str) -> None:
    assert is_bounded(f"3 {phrase}")
    assert is_bounded(f"three dogs {phrase}")
    assert not is_bounded(f"dogs {phrase}") or phrase == "+"


@pytest.mark.parametrize(
    "text", ["至少3个", "3个以上", "3匹以上です", "최소 3개", "3개 이상", "答えは3か5です。", "3人と2匹"]
)
def test_digits_are_read_out_of_scripts_without_spaces(text: str) -> None:
    assert counted(text) is None


@pytest.mark.parametrize(
    "text", ["约3个", "全部で3匹です", "3か所", "3명", "共3人", "<b>3</b>", "3 dogs over there", "the 3 dogs below"]
)
def test_a_number_beside_other_words_is_a_number(text: str) -> None:
    assert counted(text) == 3


@pytest.mark.parametrize("text", ["第3", "제3", "B3", "ж3"])
def test_ordinals_and_letters_with_a_case_take_digits_into_their_word(text: str) -> None:
    assert single_number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("none", "nothing", "nobody", "no", "no dogs"),
        *("there are no dogs", "there is no dog", "there were no dogs", "there was no dog"),
        *("there aren't any", "there isn't any", "there weren't any", "there wasn't any"),
    ],
)
def test_nothing_counts_as_zero(text: str) -> None:
    assert counted(text) == 0


@pytest.mark.parametrize(
    "noun", ["way", "ways", "idea", "answer", "information", "image", "picture", "clue", "indication"]
)
def test_an_evasion_counts_nothing(noun: str) -> None:
    assert counted(f"there is no {noun} here") is None


# -- yes and no ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["yes", "yeah", "yep", "true"])
def test_a_word_says_yes(word: str) -> None:
    assert polarity(word) == "yes"
    assert polarity(f"{word}, no") is None


@pytest.mark.parametrize("word", ["no", "nope", "nah", "false"])
def test_a_word_says_no(word: str) -> None:
    assert polarity(word) == "no"
    assert polarity(f"yes, {word}") is None


@pytest.mark.parametrize("word", ["是", "是的", "对", "對", "はい", "Oui", "Sí", "Ja", "Да", "예", "네"])
def test_other_languages_say_yes(word: str) -> None:
    assert polarity(f"{word}。") == "yes"
    assert yes_no(vr.Completion("yes"), word).score == 1.0
    assert polarity(f"{word}, no") is None


@pytest.mark.parametrize(
    "word", ["否", "不是", "没有", "沒有", "いいえ", "Non", "Nein", "Nee", "Нет", "아니요", "아니오"]
)
def test_other_languages_say_no(word: str) -> None:
    assert polarity(f"{word}、そう") == "no"
    assert yes_no(vr.Completion("no"), word).score == 1.0
    assert polarity(f"yes/{word}") is None


@pytest.mark.parametrize("sign", list('.,;:!?)]}"*_`/|、。'))
def test_no_at_the_end_of_a_clause_is_an_answer(sign: str) -> None:
    assert polarity(f"well no{sign} then yes") is None


@pytest.mark.parametrize("word", ["or", "and"])
def test_yes_and_no_joined_are_both(word: str) -> None:
    assert polarity(f"yes {word} no then") is None


@pytest.mark.parametrize("noun", ["way", "idea", "answer", "information", "clue", "doubt", "telling", "one", "matter"])
def test_an_evasion_says_neither(noun: str) -> None:
    assert polarity(f"no {noun} here") is None


@pytest.mark.parametrize("verb", ["isn't", "aren't", "wasn't", "weren't"])
def test_a_negated_verb_says_no(verb: str) -> None:
    assert polarity(f"there {verb} a dog") == "no"


@pytest.mark.parametrize("verb", ["is", "are", "was", "were"])
def test_a_stated_thing_says_yes(verb: str) -> None:
    assert polarity(f"there {verb} a dog") == "yes"


@pytest.mark.parametrize("word", ["not", "never", "neither", "cannot"])
def test_a_negation_takes_a_statement_back(word: str) -> None:
    assert polarity(f"there is a dog {word} here") is None


@pytest.mark.parametrize(
    ("reference", "answer"), [("yes", "yes"), ("true", "yes"), ("1", "yes"), ("no", "no"), ("false", "no"), ("0", "no")]
)
def test_a_reference_is_yes_or_no(reference: str, answer: str) -> None:
    assert yes_no(vr.Completion(answer), reference).score == 1.0


# -- lists and tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bullet", ["- ", "* ", "• ", "+ ", "1. ", "12) "])
def test_bullets_are_not_part_of_an_item(bullet: str) -> None:
    assert items(f"{bullet}cat\n{bullet}dog") == ["cat", "dog"]


@pytest.mark.parametrize("rule", ["|---|", "|:--|", "|- -|"])
def test_the_rule_under_a_head_is_not_a_row(rule: str) -> None:
    assert read_table(f"|a|\n{rule}\n|1|") == [["a"], ["1"]]


# -- limits ----------------------------------------------------------------------------------------------------------


def nested(levels: int) -> Any:
    return 1 if not levels else {"a": nested(levels - 1)}


def answered(references: int) -> bool:
    return vqa_soft(vr.Completion("cat"), ["cat"] * references).status is vr.Status.SCORED


def reads_table(signs: int) -> bool:
    return table(vr.Completion("a,b\n" + "1,2\n" * (signs - 1)), "a,b\n1,2").status is vr.Status.SCORED


def raises(call: Callable[[], object]) -> bool:
    try:
        call()
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("within", "limit"),
    [
        (lambda size: stable("e" + "\u0301" * size) == "e" + "\u0301" * size, 30),
        (lambda size: normalise("(" * (size - 1) + "x" + ")" * (size - 1)) == "x", 5),
        (lambda size: single_number("9" * size) is not None, 400),
        (lambda size: single_number(f"1e{size}") is not None, 400),
        (lambda size: isinstance(json_number("9" * size), Fraction), 100),
        (lambda size: value_key("9" * size)[0] == "number", 60),
        (lambda size: relaxed_correctness("5".rjust(size, "0"), "5"), 400),
        (lambda size: official_form("x" + "." * size) == "x", 32),
        (lambda size: not raises(lambda: accepted("x" * size)), 65_536),
        (lambda size: not raises(lambda: list(leaves(nested(size)))), 64),
        (reads_table, 2048),
    ],
)
def test_a_limit_may_be_reached_and_not_exceeded(within: Callable[[int], bool], limit: int) -> None:
    assert within(limit)
    assert not within(limit + 1)


def test_four_annotators_are_enough_and_three_are_not() -> None:
    assert answered(4)
    assert not answered(3)


@pytest.mark.parametrize(("count", "wanted", "scored"), [(1000, 1, True), (1001, 1, False), (1002, 501, True)])
def test_a_list_of_more_than_1000_items_is_read_only_beside_a_long_reference(
    count: int, wanted: int, *, scored: bool
) -> None:
    output = list_match(vr.Completion(", ".join(map(str, range(count)))), [str(item) for item in range(wanted)])
    assert (output.score is not None) is scored


@pytest.mark.parametrize(("times", "length"), [(64, 18), (65, 1)])
def test_only_so_many_long_ligatures_are_written_out(times: int, length: int) -> None:
    assert len(canonical("\ufdfa" * times)) == times * length
    assert len(canonical("\ufdfb" * times)) == (times * 8 if length > 1 else times)
