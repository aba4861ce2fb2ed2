"""The words that announce, introduce, close and take apart an answer, language by language; data only.

An announcement is a noun, fillers, and a copula, a colon or another sign: `The correct answer to this question is`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

__all__ = ["LANGUAGES", "UNSPACED", "Words", "joined", "lowered", "merged", "starts_with"]

UNSPACED = "\u0e00"  # scripts from Thai on write no spaces; so do words glued to an Arabic article


class Words(NamedTuple):
    """The words of one language, or of several together, in lower case."""

    nouns: tuple[str, ...] = ()  # announce an answer of any kind when a copula or a sign follows
    copulas: tuple[str, ...] = ()  # stand between a noun and the answer
    fillers: tuple[str, ...] = ()  # may stand between a noun, its copula and the answer, and say nothing
    pointers: tuple[str, ...] = ()  # announce an option when a sign and its label follow
    verbs: tuple[str, ...] = ()  # announce an option when its label follows
    leads: tuple[str, ...] = ()  # may open a sentence that is the whole answer, and say nothing
    endings: tuple[str, ...] = ()  # close the sentence behind the answer
    reasons: tuple[str, ...] = ()  # open the clause that explains the answer, or says what it is not
    claims: tuple[str, ...] = ()  # say behind an option that it is the right one
    denials: tuple[str, ...] = ()  # reject the answer that they stand beside


# A row is a code of ISO 639-1 and kinds of words; `|` stands between words, `;` between kinds.
_ROWS = """
en  nouns answer | answers | final value; copulas is | are | was | equals | would be | will be | should be | must be
    | could be | has to be | comes out as | comes to; fillers final | correct | best | right | option | choice | letter
    | number | value | indeed | simply | therefore | thus | hence | then | clearly | approximately | about | exactly
    | the | likely | most likely | now | here | answer | which | in this case | given by | obviously | definitely
    | probably; pointers option | choice; verbs i choose | i pick | i select | i chose | would choose | would pick
    | would select | i'd choose | i'd pick | i'd say | go with | going with | corresponds to | corresponding to
    | i would say; leads so | thus | hence | therefore | then | it is | it's | this is | that is | that's | probably
    | it must be | it should be | clearly | most likely | likely | definitely | final | correct | and | it can only be
    | i think | i believe | we get | we have | option | choice | answer | the | about | roughly | approximately;
    endings is the answer | is the final answer | is the correct answer | is my answer; reasons because | , since
    | , as | , which | , assuming | , given that | as shown | as we | as there | as it | due to | , not | rather than
    | instead of | , but not | and not | but not | (not; claims is correct | is right | is the | is true | is my
    | is best | seems | fits | matches | would be; denials not | never | neither | nor | except | cannot | without
    | but | wrong | incorrect | false | isn't | wasn't | aren't | doesn't | don't | can't | couldn't | won't | wouldn't
zh  nouns 答案 | 答 | 正解 | 结论 | 正确的 | 正确 | 最终结果; copulas 是 | 为 | 為 | 等于 | 分别为 | 分别是 | 应为
    | 應該是 | 应当是; fillers 选项 | 選項 | 选 | 選 | 最终 | 最後 | 最后 | 就 | 应该 | 约; verbs 选项 | 選項 | 选择
    | 選擇 | 选 | 選; leads 所以 | 因此 | 故 | 即 | 综上所述 | 综上 | 解得 | 得 | 一共有 | 总共有 | 共有 | 一共 | 共
    | 只有 | 约为 | 大约 | 约 | 应填 | 填 | 还剩 | 剩 | 有 | 需要 | 需 | 今年; endings 选项 | 選項; reasons 因为
    | ,因此 | ,由于 | 不是 | 而不是 | 而非 | 不选; denials 不 | 错
ja  nouns 答え | 正解 | 答; copulas は | が; fillers 最終的な | 選択肢; pointers 選択肢; endings です | になります
    | となります | だ; reasons なぜなら | から | ではなく
ko  nouns 답 | 답안 | 선택; copulas 은 | 는 | 이; fillers 바로 | 최종; verbs 옵션 | 보기 | 선택지; endings
    입니다 | 이다 | 예요 | 이에요; reasons 왜냐하면
de  nouns antwort | lösung | endergebnis; copulas ist | lautet | wäre | sind; fillers richtige | also | somit | daher
    | die | option | auf die frage; pointers option; leads also | somit | es ist | das ist; reasons weil | , da | denn
    | , nicht
fr  nouns réponse | reponse | réponses; copulas est | sont | serait; fillers finale | correcte | bonne | donc | la
    | l'option | à la question; pointers option; leads donc | c'est; reasons parce que | parce qu' | , car | puisque
    | , pas | , et non
es  nouns respuesta | solución; copulas es | son | sería; fillers final | correcta | por lo tanto | entonces | la
    | opción; pointers opción; leads es | por lo tanto | entonces; reasons porque | ya que | debido a | , y no
it  nouns risposta | soluzione; copulas è | e' | sono | sarebbe; fillers finale | corretta | giusta | quindi | la
    | l'opzione; pointers opzione; leads quindi | è; reasons perché | poiché | , non
pt  nouns resposta | solução; copulas é | são | seria; fillers final | correta | certa | portanto | opção
    | alternativa; pointers opção | alternativa; leads portanto | é; reasons porque | pois | já que | , não
ru  nouns ответ | ответы; copulas равен | будет | таков; fillers правильный | верный | итоговый | вариант;
    pointers вариант; leads итак | значит | следовательно | это; reasons потому что | , так как | поскольку | , а не
ar  nouns الإجابة | الاجابة | الجواب | إجابة; copulas هي | هو | تكون; fillers الصحيحة | النهائية | الصحيح | النهائي;
    pointers الخيار; reasons لأن | وليس
hi  nouns उत्तर | जवाब; copulas है | होगा; fillers सही | अंतिम | विकल्प; pointers विकल्प; verbs सही उत्तर; endings है | होगा |
    हैं; reasons क्योंकि
nl  nouns antwoord; copulas is | luidt | zijn; fillers juiste | dus | het | optie; pointers optie; leads dus | het is;
    reasons omdat | want | , niet
pl  nouns odpowiedź | odpowiedz | odpowiedzią; copulas to | jest | brzmi; fillers prawidłowa | poprawna | końcowa
    | więc | opcja; pointers opcja; leads więc | zatem; reasons ponieważ | bo | , a nie
tr  nouns cevap | yanıt | cevabı; copulas ise | olur; fillers doğru | son | seçenek; pointers seçenek; endings dır |
    dir | olur; reasons çünkü
vi  nouns đáp án | trả lời; copulas là; fillers đúng | cuối cùng | chính xác | phương án; pointers
    phương án | lựa chọn; leads vậy; reasons vì | bởi vì
th  nouns คำตอบ; copulas คือ | เป็น; fillers ที่ถูกต้อง | สุดท้าย | ข้อ; pointers ตัวเลือก | ข้อ; reasons เพราะ
id  nouns jawaban | jawabannya; copulas adalah | ialah | yaitu; fillers akhir | akhirnya | benar | yang benar
    | yang tepat | pilihan; pointers pilihan; leads jadi; reasons karena | sebab | , bukan
sv  nouns svar | svaret; copulas är; fillers rätt | rätta | slutligt; reasons eftersom
"""


def _words(row: str) -> tuple[str, Words]:
    code, *said = row.split()
    kinds = [kind.strip().partition(" ") for kind in " ".join(said).split(";")]
    return code, Words(**{kind: tuple(word.strip() for word in words.split("|")) for kind, _, words in kinds})


LANGUAGES = dict(_words(row) for row in _ROWS.replace("\n    ", " ").strip().splitlines())


@lru_cache(maxsize=512)
def merged(codes: tuple[str, ...], *, ascii_only: bool) -> Words:
    """The words of some languages together, of all for no codes, the longest first; for an ASCII text those in ASCII.

    Raises:
        ValueError: A code has no row.
    """
    if unknown := [code for code in codes if code not in LANGUAGES]:
        raise ValueError(f"no language {unknown[0]!r}; known are {', '.join(LANGUAGES)}")
    kinds = zip(*(LANGUAGES[code] for code in codes or LANGUAGES), strict=True)
    words = [{word for words in kind for word in words if word.isascii() or not ascii_only} for kind in kinds]
    return Words(*(tuple(sorted(sorted(kind), key=len, reverse=True)) for kind in words))


def lowered(text: str) -> str:
    """A text in lower case with every character at its place."""
    return text.lower() if text.isascii() else "İ".join([part.lower() for part in text.split("İ")])  # `İ` becomes two


def joined(before: str, after: str) -> bool:
    """Whether two neighbouring characters are of one word; East Asian scripts write words without spaces."""
    return bool(before and after) and _is_of_word(before) and _is_of_word(after)


def _is_of_word(sign: str) -> bool:
    return (sign.isalnum() or sign == "_") and sign < UNSPACED


def starts_with(lower: str, at: int, words: tuple[str, ...]) -> str:
    """The first of some words that stands at a position, alone; empty without one."""
    if not lower.startswith(words, at):
        return ""
    for word in words:
        if lower.startswith(word, at) and not joined(word[-1], lower[at + len(word) : at + len(word) + 1]):
            return word
    return ""
