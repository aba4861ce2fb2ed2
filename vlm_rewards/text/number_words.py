"""English number words: `twenty-one`, `one hundred and five`, `three million`."""

from collections.abc import Sequence

_UP_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_BY_TEN = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: value for value, word in enumerate(_UP_TO_NINETEEN.split())}
_TENS = {word: 10 * value for value, word in enumerate(_BY_TEN.split(), start=2)}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ROUND = frozenset({"hundred", *SCALES})
_NUMBERS = frozenset({*_SMALL, *_TENS})
_CLOSING = ".,;:!?)]}\"'*_`"
_DETERMINERS = frozenset({"the", "this", "that", "no", "each", "every", "any", "which", "another", "other"})


def number_at(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """The number spelled from a word on, and how many words (between spaces) it takes; None and 0 where there is none.

    >>> number_at("twenty-one dogs".split(), 0), number_at("one hundred and five".split(), 0)
    ((21, 1), (105, 4))
    >>> number_at("two, three".split(), 0), number_at("a thousand and two".split(), 0)
    ((2, 1), (1002, 4))
    >>> number_at("no one".split(), 1), number_at("one of them".split(), 0), number_at("a million".split(), 1)
    ((None, 0), (None, 0), (None, 0))
    """
    current = used = int(words[at] == "a" and _name("".join(words[at + 1 : at + 2])) in _ROUND)
    total = 0
    largest = 10**15
    open_ones = open_tens = True
    while at + used < len(words):
        word = words[at + used]
        for part in _name(word).split("-"):
            if part in _TENS and open_tens:
                current += _TENS[part]
                open_tens = False
            elif part in _SMALL and open_ones and (open_tens or 0 < _SMALL[part] < 10):
                if not used and part == "one" and _is_pronoun(words, at):
                    return None, 0
                current += _SMALL[part]
                open_ones = open_tens = False
            elif part == "hundred" and 0 < current < 100:
                current *= 100
                open_ones = open_tens = True
            elif part in SCALES and current and SCALES[part] < largest:
                largest = SCALES[part]
                total += current * largest
                current = 0
                open_ones = open_tens = True
            elif part == "and" and used and open_ones and _continues(words, at + used):
                pass
            else:
                return (total + current, used) if used else (None, 0)
        used += 1
        if word[-1] in _CLOSING:
            break
    return (total + current, used) if used else (None, 0)


def parse_below_thousand(words: Sequence[str]) -> int | None:
    """The number below a thousand that all of some words in lower case spell; None for others.

    >>> parse_below_thousand(["forty", "two"]), parse_below_thousand("three hundred and five".split())
    (42, 305)
    >>> parse_below_thousand(["one", "way"]), parse_below_thousand(["three", "four"])
    (None, None)
    """
    spelled = ["a", *words] if list(words[:1]) == ["hundred"] else words
    number, used = number_at(spelled, 0) if spelled else (None, 0)
    return number if used == len(spelled) and number is not None and number < 1000 else None


def _name(word: str) -> str:
    return word.strip("([{\"'*_`").rstrip(_CLOSING)


def _is_pronoun(words: Sequence[str], at: int) -> bool:
    """Whether `one` stands for a thing: `no one`, `the one`, `one of them`."""
    return (at > 0 and words[at - 1] in _DETERMINERS) or words[at + 1 : at + 2] == ["of"]


def _continues(words: Sequence[str], at: int) -> bool:
    following = words[at + 1].partition("-")[0].rstrip(_CLOSING) if at + 1 < len(words) else ""
    return following in _NUMBERS
