"""Sentences of each language, written by hand, and what they answer."""

from __future__ import annotations

import pytest

import vlm_rewards as vr
from vlm_rewards.answers import AnswerMarks, Source, extract_answer, find_choice
from vlm_rewards.answers.anchors import last_anchor
from vlm_rewards.answers.clean import clean, without_lead
from vlm_rewards.answers.languages import LANGUAGES, lowered, merged

ANNOUNCED = {
    "en": [
        ("The answer was 17", "17"),
        ("The answer will be 17", "17"),
        ("The answer should be 17", "17"),
        ("The answer must be 17", "17"),
        ("The answer could be 17", "17"),
        ("The answer has to be 17", "17"),
        ("The answer comes to 17", "17"),
        ("The answer: final correct best right 17", "17"),
        ("Answer choice: red", "red"),
        ("Answer option: red", "red"),
        ("Answer letter: C", "C"),
        ("Answer number: 17", "17"),
        ("Answer value: 17", "17"),
        ("The answer is indeed simply 17", "17"),
        ("The answer therefore is 17", "17"),
        ("The answer is thus 17", "17"),
        ("The answer is hence 17", "17"),
        ("The answer, it is then 17. The answer is then 17", "17"),
        ("The answer is clearly approximately 17", "17"),
        ("The answer is about 17", "17"),
        ("The answer is exactly the number 17", "17"),
        ("The answer is likely 17", "17"),
        ("The answer is most likely 17", "17"),
        ("The answer is now 17", "17"),
        ("The answer to the question is 17", "17"),
        ("The answer to this question is 17", "17"),
        ("The answer to the multiple-choice question is 17", "17"),
        ("The answer here is 17", "17"),
        ("Final answer: answer 17", "17"),
        ("The answer which is given by 17", "17"),
        ("The answer in this case is 17", "17"),
        ("The answer is obviously 17", "17"),
        ("The answer is definitely 17", "17"),
        ("The answer is probably 17", "17"),
        ("The answer of the question is 17", "17"),
        ("It looks like an option: C", "C"),
        ("Here i choose C", "C"),
        ("Here I pick C", "C"),
        ("Here I select C", "C"),
        ("Here I chose C", "C"),
        ("One would choose C", "C"),
        ("One would select C", "C"),
        ("I'd choose C", "C"),
        ("I'd pick C", "C"),
        ("Let us go with C", "C"),
        ("This corresponds to C", "C"),
        ("I would say C", "C"),
        ("So the answer is 17.", "17"),
        ("The correct answer would be 17, because it is odd.", "17"),
        ("**Final answer:** 17", "17"),
        ("My answers are 3 and 17", "3 and 17"),
        ("Therefore the final value equals 17 m.", "17 m"),
        ("The best answer to this question is most likely option C.", "C"),
        ("The number has to be even, so I'd say C.", "C"),
        ("Hence I would pick (C).", "(C)"),
        ("We are going with C, not B.", "C"),
        ("The angle is 40 degrees, corresponding to C.", "C"),
        ("The answer comes out as 17, since both sides agree.", "17"),
        ("The right choice is: C", "C"),
    ],
    "zh": [
        ("正解：17", "17"),
        ("正确的是17", "17"),
        ("正确：17", "17"),
        ("答案為17", "17"),
        ("答案应该是17", "17"),
        ("答案应为17", "17"),
        ("答案应该为17", "17"),
        ("答案应当是17", "17"),
        ("答案：选项红", "红"),
        ("答案：選項红", "红"),
        ("答案：选红", "红"),
        ("答案：選红", "红"),
        ("答案：最终17", "17"),
        ("答案：最後17", "17"),
        ("答案：最后17", "17"),
        ("答案就是17", "17"),
        ("答案应该：17", "17"),
        ("答案约为17", "17"),
        ("选项C", "C"),
        ("選項C", "C"),
        ("选择C", "C"),
        ("故选C", "C"),
        ("我选C", "C"),
        ("我選C", "C"),
        ("所以，正确答案是17。", "17"),
        ("最终结果为17", "17"),
        ("【答案】C", "C"),
        ("答：17", "17"),
        ("由图可知，应选C。", "C"),
        ("所以我選擇C", "C"),
        ("結論如下，答案應該是17", "17"),
        ("结论：17", "17"),
    ],
    "ja": [
        ("私の回答は17", "17"),
        ("答が17", "17"),
        ("答：17", "17"),
        ("最終的な答えは17", "17"),
        ("答えは最終的な17", "17"),
        ("選択肢：C", "C"),
        ("よって、答えは17です。", "17"),
        ("正解は選択肢Cです。", "C"),
        ("解答：17", "17"),
        ("最終的な回答は17になります。", "17"),
        ("答えは17だ。", "17"),
    ],
    "ko": [
        ("정답: 17", "17"),
        ("선택: C", "C"),
        ("정답는 17", "17"),
        ("정답이 17", "17"),
        ("정답: 최종 17", "17"),
        ("옵션 C", "C"),
        ("선택지 C", "C"),
        ("정답은 17예요", "17"),
        ("따라서 정답은 17입니다.", "17"),
        ("답: 17", "17"),
        ("최종 답안은 17이에요", "17"),
        ("그러므로 보기 C", "C"),
        ("답은 바로 17이다.", "17"),
    ],
    "de": [
        ("Die Antwort wäre 17", "17"),
        ("Die Lösung sind 17", "17"),
        ("Antwort: richtige 17", "17"),
        ("Die Antwort ist somit 17", "17"),
        ("Die Antwort ist daher 17", "17"),
        ("Die Antwort ist die 17", "17"),
        ("Antwort: Option rot", "rot"),
        ("Die Antwort auf die Frage ist 17", "17"),
        ("Option: C", "C"),
        ("Die richtige Antwort lautet also 17.", "17"),
        ("Die Lösung ist 17, da beide gleich sind.", "17"),
        ("Endergebnis: 17 weil sie gleich sind", "17"),
        ("Die Antwort auf die Frage wäre Option C.", "C"),
    ],
    "fr": [
        ("La réponse serait 17", "17"),
        ("Réponse correcte : 17", "17"),
        ("Réponse : bonne 17", "17"),
        ("La réponse est la 17", "17"),
        ("La réponse est l'option rouge", "rouge"),
        ("La réponse à la question est 17", "17"),
        ("Option : C", "C"),
        ("Je prends l'option : C", "C"),
        ("La bonne réponse est donc 17.", "17"),
        ("Réponse finale : 17", "17"),
        ("Les réponses sont 3 et 17", "3 et 17"),
        ("La réponse à la question serait l'option C, car elle est petite.", "C"),
        ("Reponse: 17 parce que tout est pair", "17"),
    ],
    "es": [
        ("Las respuesta son 17", "17"),
        ("Respuesta final: 17", "17"),
        ("La respuesta por lo tanto es 17", "17"),
        ("La respuesta es entonces 17", "17"),
        ("La respuesta es la 17", "17"),
        ("La respuesta es opción roja", "roja"),
        ("Opción: C", "C"),
        ("La respuesta correcta es 17.", "17"),
        ("Por lo tanto, la respuesta es entonces la opción C.", "C"),
        ("Solución: 17", "17"),
        ("La respuesta sería 17 porque sobra uno.", "17"),
    ],
    "it": [
        ("La risposta sono 17", "17"),
        ("La risposta sarebbe 17", "17"),
        ("Risposta finale: 17", "17"),
        ("Risposta giusta: 17", "17"),
        ("La risposta è la 17", "17"),
        ("La risposta è l'opzione rossa", "rossa"),
        ("Opzione: C", "C"),
        ("La risposta corretta è quindi 17.", "17"),
        ("Soluzione: 17", "17"),
        ("La risposta giusta sarebbe l'opzione C", "C"),
        ("La risposta e' 17 perché è dispari.", "17"),
    ],
    "pt": [
        ("A resposta são 17", "17"),
        ("Resposta final: 17", "17"),
        ("A resposta portanto é 17", "17"),
        ("A resposta é opção azul", "azul"),
        ("A resposta é alternativa azul", "azul"),
        ("Opção: C", "C"),
        ("Resposta: 17 porque sobra um", "17"),
        ("A resposta correta é 17.", "17"),
        ("Portanto, a resposta é a alternativa: C", "C"),
        ("Solução: 17", "17"),
        ("A resposta certa seria 17, pois sobra um.", "17"),
    ],
    "ru": [
        ("Ответ таков: 17", "17"),
        ("Ответ таков 17", "17"),
        ("Ответ правильный: 17", "17"),
        ("Ответ верный: 17", "17"),
        ("Ответ итоговый: 17", "17"),
        ("Ответ: вариант красный", "красный"),
        ("Ответ: 17.", "17"),
        ("Правильный ответ будет 17, так как оно простое.", "17"),
        ("Итоговый ответ равен 17", "17"),
        ("Верный вариант: C", "C"),
        ("Ответы: 3 и 17", "3 и 17"),
    ],
    "ar": [
        ("هذه إجابة: 17", "17"),
        ("الإجابة تكون 17", "17"),
        ("الإجابة النهائية هي 17", "17"),
        ("الجواب الصحيح هو 17", "17"),
        ("الجواب النهائي هو 17", "17"),
        ("الإجابة الصحيحة هي 17.", "17"),
        ("الجواب هو 17", "17"),
        ("الخيار: C", "C"),
        ("الاجابة: 17 لأن العدد فردي", "17"),
    ],
    "hi": [
        ("उत्तर होगा 17", "17"),
        ("उत्तर: सही 17", "17"),
        ("उत्तर: अंतिम 17", "17"),
        ("उत्तर: विकल्प लाल", "लाल"),
        ("विकल्प: C", "C"),
        ("उत्तर: 17", "17"),
        ("जवाब है 17", "17"),
        ("सही उत्तर होगा विकल्प C", "C"),
        ("उत्तर: 17 क्योंकि यह विषम है", "17"),
    ],
    "nl": [
        ("De antwoord zijn 17", "17"),
        ("Antwoord: juiste 17", "17"),
        ("Het antwoord is het getal. Antwoord: het 17", "17"),
        ("Antwoord: optie rood", "rood"),
        ("Het juiste antwoord is dus 17.", "17"),
        ("Het antwoord luidt 17, omdat het klopt.", "17"),
        ("Optie: C", "C"),
    ],
    "pl": [
        ("Odpowiedz: 17", "17"),
        ("Odpowiedzią jest 17", "17"),
        ("Odpowiedź prawidłowa: 17", "17"),
        ("Odpowiedź poprawna: 17", "17"),
        ("Odpowiedź to więc 17", "17"),
        ("Odpowiedź: opcja czerwona", "czerwona"),
        ("Opcja: C", "C"),
        ("Prawidłowa odpowiedź to 17.", "17"),
        ("Odpowiedź końcowa brzmi 17, ponieważ reszta to 0", "17"),
        ("Poprawną odpowiedzią jest opcja C", "C"),
    ],
    "tr": [
        ("Sorunun cevabı: 17", "17"),
        ("Cevap ise 17", "17"),
        ("Cevap olur 17", "17"),
        ("Cevap: doğru 17", "17"),
        ("Cevap: son 17", "17"),
        ("Cevap: seçenek mavi", "mavi"),
        ("Doğru cevap: 17", "17"),
        ("Yanıt: 17 çünkü tek sayı", "17"),
        ("Sonuç olarak seçenek: C", "C"),
    ],
    "vi": [
        ("Đáp án cuối cùng là 17", "17"),
        ("Câu trả lời: 17", "17"),
        ("Đáp án chính xác là 17", "17"),
        ("Đáp án là phương án xanh", "xanh"),
        ("Phương án: C", "C"),
        ("Lựa chọn: C", "C"),
        ("Đáp án đúng là 17.", "17"),
        ("Câu trả lời cuối cùng là phương án C", "C"),
        ("Trả lời: 17 vì số lẻ", "17"),
    ],
    "th": [
        ("คำตอบเป็น 17", "17"),
        ("คำตอบสุดท้ายคือ 17", "17"),
        ("คำตอบคือข้อ แดง", "แดง"),
        ("ข้อ: C", "C"),
        ("คำตอบที่ถูกต้องคือ 17", "17"),
        ("คำตอบสุดท้ายเป็นข้อ C", "C"),
        ("ตัวเลือก: C", "C"),
    ],
    "id": [
        ("Jawabannya: 17", "17"),
        ("Jawaban ialah 17", "17"),
        ("Jawaban yaitu 17", "17"),
        ("Jawaban akhirnya adalah 17", "17"),
        ("Jawaban benar: 17", "17"),
        ("Jawaban yang tepat adalah 17", "17"),
        ("Jawaban: pilihan merah", "merah"),
        ("Pilihan: C", "C"),
        ("Jawaban yang benar adalah 17.", "17"),
        ("Jadi jawabannya ialah pilihan C.", "C"),
        ("Jawaban akhir: 17 karena ganjil", "17"),
    ],
    "sv": [
        ("Svaret: rätt 17", "17"),
        ("Svaret: rätta 17", "17"),
        ("Slutligt svar är 17", "17"),
        ("Svar slutligt: 17", "17"),
        ("Rätt svar är 17.", "17"),
        ("Svaret är 17 eftersom det är udda.", "17"),
    ],
}
SILENT = [
    *("The unanswered question is 17", "reanswer: 17", "We are answering 17", "his answer 17 was kind"),
    *("I choose wisely and get seventeen", "options: seventeen", "问答17", "Le choix 17", "Die Antworten 17"),
    *("</answer> is 17", "my_answer = 17"),
]
LEADS = [
    *((f"{words} 17", "17") for words in ("Thus,", "Hence", "Then that is", "Probably", "It must be", "It should be")),
    *(
        (f"{words} 17", "17")
        for words in ("Likely", "Definitely", "Final answer:", "Correct option", "I believe", "Choice")
    ),
    *((f"{words} 17", "17") for words in ("We have roughly", "This is approximately", "Entonces", "Es ist", "Zatem")),
    *(
        (f"{words} 17", "17")
        for words in ("Значит,", "Следовательно,", "故", "即", "综上所述，", "综上，", "解得", "得")
    ),
    *((f"{words}17", "17") for words in ("总共有", "共有", "一共", "共", "只有", "约为", "约")),
    *(("So it is 17", "17"), ("Therefore, we get x = 17", "x = 17"), ("I think it's most likely red", "red")),
    *(
        ("That's about 17", "17"),
        ("It can only be the cat", "cat"),
        ("Clearly this is odd", "odd"),
        ("and then", "then"),
    ),
    *(("所以一共有17", "17"), ("因此，大约17", "17"), ("Also ist es 17", "ist es 17"), ("Somit das ist 17", "17")),
    *(("Donc c'est 17", "17"), ("Por lo tanto es 17", "17"), ("Quindi è 17", "17"), ("Portanto é 17", "17")),
    *(("Итак, это 17", "17"), ("Dus het is 17", "17"), ("Więc 17", "17"), ("Vậy 17", "17"), ("Jadi 17", "17")),
]
SENTENCES = [
    *((f"17 {words}.", "17") for words in ("is the answer", "is the correct answer", "is my answer")),
    *(
        (f"17{words} it is odd", "17")
        for words in (", as odd as", ", assuming", " as shown", " as we", " as there", " as it")
    ),
    *(
        (f"17 {words}", "17")
        for words in (",由于", "なぜなら", "から", "예요", "ya que", "porque", "parce qu'il", "потому что")
    ),
    *((f"17 {words}", "17") for words in ("होगा", "हैं", "dır", "dir", "olur", "選項", "因为", "لأن")),
    *(("17 is the final answer.", "17"), ("red, which glows", "red"), ("red rather tall", "red rather tall")),
    *(("17, given that all is even", "17"), ("17 due to friction", "17"), ("17, as shown", "17"), ("cause", "cause")),
    *(
        ("17 puisque c'est pair", "17"),
        ("17 debido a esto", "17"),
        ("17 poiché è pari", "17"),
        ("17 já que sobra", "17"),
    ),
    *(
        ("17, поскольку", "17"),
        ("17 want dat klopt", "17"),
        ("17 bo tak", "17"),
        ("17 bởi vì", "17"),
        ("17 sebab itu", "17"),
    ),
    *(
        ("17です", "17"),
        ("17となります。", "17"),
        ("17입니다", "17"),
        ("17 है।", "17"),
        ("17dir", "17dir"),
        ("C选项", "C"),
    ),
    *(("17 因为它是奇数", "17"), ("17，因此成立", "17"), ("17 왜냐하면", "17"), ("17 เพราะ", "17"), ("17 denn", "17")),
]
RATHER = [
    *("B, not A", "B rather than A", "B instead of A", "B, but not A", "B不是A", "B而非A", "BではなくA", "B, nicht A"),
    *(
        "B, pas A",
        "B, et non A",
        "B, y no A",
        "B, non A",
        "B, não A",
        "B, а не A",
        "B, niet A",
        "B, a nie A",
        "B, bukan A",
    ),
]


@pytest.mark.parametrize("code", ANNOUNCED)
def test_a_language_announces(code: str) -> None:
    marks = AnswerMarks(languages=(code,))
    for text, answer in ANNOUNCED[code]:
        for read in (vr.Completion(text), vr.Completion(f"x\n{text}", marks=marks)):
            found = extract_answer(read, sources=(Source.ANCHOR,))
            assert (text, found and found.text) == (text, answer)


@pytest.mark.parametrize("text", SILENT)
def test_what_only_looks_like_an_announcement_is_none(text: str) -> None:
    assert last_anchor(text, lowered(text), 0, len(text)) is None


@pytest.mark.parametrize(("text", "answer"), LEADS)
def test_the_words_that_open_a_sentence_say_nothing(text: str, answer: str) -> None:
    assert without_lead(text) == answer


@pytest.mark.parametrize(("text", "answer"), SENTENCES)
def test_a_reason_and_the_end_of_the_sentence_are_not_part_of_the_answer(text: str, answer: str) -> None:
    assert clean(text, prose=True) == answer


@pytest.mark.parametrize("text", RATHER)
def test_an_option_that_is_not_chosen_is_not_read(text: str) -> None:
    assert find_choice(text, ["cat", "dog", "fox"]).indices == (1,)


def test_every_language_has_sentences() -> None:
    assert ANNOUNCED.keys() == LANGUAGES.keys()


@pytest.mark.parametrize("code", LANGUAGES)
def test_words_are_in_lower_case_and_stand_once(code: str) -> None:
    assert LANGUAGES[code].nouns
    for words in LANGUAGES[code]:
        assert len(set(words)) == len(words)
        assert all(word and word == lowered(word).strip() for word in words)


def test_all_languages_are_spoken_unless_some_are_named() -> None:
    everything = merged((), ascii_only=False).nouns
    assert set(everything) == {noun for words in LANGUAGES.values() for noun in words.nouns}
    assert set(merged(("zh", "en"), ascii_only=False).nouns) == {*LANGUAGES["zh"].nouns, *LANGUAGES["en"].nouns}


def test_an_ascii_text_meets_ascii_words_only() -> None:
    words = merged((), ascii_only=True)
    assert "because" in words.reasons
    assert all(word.isascii() for kind in words for word in kind)
