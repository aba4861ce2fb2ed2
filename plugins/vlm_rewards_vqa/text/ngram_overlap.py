"""ROUGE-N, ROUGE-Lsum, BLEU and chrF of one text against one reference, in linear time for a given reference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from vlm_rewards_vqa.text.overlap import f1

__all__ = ["bleu", "bleu_words", "chrf", "rouge_lsum", "rouge_n"]

CHRF_ORDER = 6
CHRF_BETA = 2
BLEU_ORDER = 4

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
# ASCII punctuation but for the apostrophe, comma, hyphen and full stop, which need a look at their neighbours.
_APART = str.maketrans({sign: f" {sign} " for sign in '!"#$%&()*+/:;<=>?@[\\]^_`{|}~'})
_DIGITS = frozenset("0123456789")


def _ngrams(sequence: Sequence[Hashable], order: int) -> Counter[Hashable]:
    return Counter(zip(*(sequence[at:] for at in range(order)), strict=False))


def rouge_n(given: Sequence[str], wanted: Sequence[str], order: int) -> float:
    """F1 of the n-grams of two lists of words.

    >>> rouge_n("a dog runs".split(), "a dog sits".split(), 1), rouge_n("a dog".split(), "dog a".split(), 2)
    (0.6666666666666666, 0.0)
    """
    have, want = _ngrams(given, order), _ngrams(wanted, order)
    return f1((have & want).total(), have.total(), want.total()) if have and want else 0.0


def rouge_lsum(given: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> float:
    """F1 of the union of longest common subsequences, sentence by sentence.

    Args:
        given: The words of every sentence of the answer.
        wanted: The same of the reference.

    >>> rouge_lsum([["a", "cat"], ["it", "sits"]], [["it", "sits"], ["a", "cat"]])
    1.0
    """
    left_given = Counter(word for sentence in given for word in sentence)
    left_wanted = Counter(word for sentence in wanted for word in sentence)
    total = left_given.total() + left_wanted.total()
    hits = 0
    for sentence, found in zip(wanted, _union(given, wanted), strict=True):
        for at in sorted(found):
            word = sentence[at]
            if left_given[word] and left_wanted[word]:
                hits += 1
                left_given[word] -= 1
                left_wanted[word] -= 1
    return 2 * hits / total if total else 0.0


def _union(given: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> list[set[int]]:
    """For each wanted sentence the places of its words that stand in a longest common subsequence with a given one.

    One bit of an integer for each wanted word, and a zero behind each sentence that stops the carry: so one addition
    takes one given word through all wanted sentences at once (Hyyroe, 2004).
    """
    places: dict[str, int] = {}
    starts: list[int] = []
    bit = 0
    guards = 0
    for sentence in wanted:
        starts.append(bit)
        for word in sentence:
            places[word] = places.get(word, 0) | 1 << bit
            bit += 1
        guards |= 1 << bit
        bit += 1
    words = (1 << bit) - 1 & ~guards
    union: list[set[int]] = [set() for _ in wanted]
    for sentence in dict.fromkeys(map(tuple, given)):
        state = words  # a zero: the subsequence grows by one with this wanted word
        states = []
        for word in sentence:
            here = state & places.get(word, 0)
            state = ((state + here) | (state & ~here)) & words
            states.append(state)
        for found, start, want in zip(union, starts, wanted, strict=True):
            row, column = len(want), len(sentence)
            while row and column:
                if want[row - 1] == sentence[column - 1]:
                    row, column = row - 1, column - 1
                    found.add(row)
                elif states[column - 1] >> (start + row - 1) & 1:
                    row -= 1
                else:
                    column -= 1
    return union


def chrf(answer: str, reference: str) -> float:
    """F2 of character n-grams up to 6, without white space (Popovic, 2015), 0 to 1.

    >>> chrf("a cat", "acat"), chrf("dog", "cat")
    (1.0, 0.0)
    """
    given, wanted = "".join(answer.split()), "".join(reference.split())
    precision = recall = 0.0
    orders = 0
    for order in range(1, CHRF_ORDER + 1):
        have, want = (Counter(text[at : at + order] for at in range(len(text) - order + 1)) for text in (given, wanted))
        if have and want:
            hits = (have & want).total()
            precision += hits / have.total()
            recall += hits / want.total()
            orders += 1
    if not precision + recall:
        return 0.0
    weight = CHRF_BETA**2
    return (1 + weight) * precision * recall / (weight * precision + recall) / orders


def bleu(given: Sequence[str], wanted: Sequence[str]) -> float:
    """BLEU of one sentence, 0 to 1: effective order, exponential smoothing (Post, 2018).

    >>> bleu("the cat sat on the mat".split(), "the cat sat on the mat".split())
    1.0
    """
    logarithms = 0.0
    order = matched = 0
    halved = 1.0
    for n in range(1, min(BLEU_ORDER, len(given)) + 1):
        have = _ngrams(given, n)
        hits = (have & _ngrams(wanted, n)).total()
        if not hits:
            halved *= 2
        matched += hits
        logarithms += math.log((hits or 1 / halved) / have.total())
        order = n
    if not matched:
        return 0.0
    brevity = min(0.0, 1 - len(wanted) / len(given))
    return math.exp(brevity + logarithms / order)


def bleu_words(text: str) -> list[str]:
    """The words that BLEU counts: the tokens of mteval-v13a.

    >>> bleu_words("It's 3.5 m, i.e. 1,000 of 3-4 (or so).")
    ["It's", '3.5', 'm', ',', 'i', '.', 'e', '.', '1,000', 'of', '3', '-', '4', '(', 'or', 'so', ')', '.']
    """
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    text = f" {text} ".translate(_APART)
    text = _pairs(text, ".,", 1, lambda before, _: before not in _DIGITS, "{} {} ")
    text = _pairs(text, ".,", 0, lambda _, after: after not in _DIGITS, " {} {}")
    text = _pairs(text, "-", 1, lambda before, _: before in _DIGITS, "{} {} ")
    return text.split()


def _pairs(text: str, signs: str, at: int, apart: Callable[[str, str], bool], shape: str) -> str:
    """Reshape pairs of characters whose character `at` (0 or 1) is one of `signs`, from left to right, each once."""
    out: list[str] = []
    done = 0
    places = [place - at for place, sign in enumerate(text) if sign in signs]
    for place in places:
        if done <= place < len(text) - 1 and apart(text[place], text[place + 1]):
            out += (text[done:place], shape.format(text[place], text[place + 1]))
            done = place + 2
    return "".join((*out, text[done:]))
