"""ROUGE-N, ROUGE-Lsum, BLEU and chrF of one text against one reference, in linear time for a given reference."""

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from vlm_rewards_vqa.text.overlap import f1

CHRF_ORDER = 6
CHRF_BETA = 2
BLEU_ORDER = 4

_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
# ASCII punctuation but for the apostrophe, comma, hyphen and full stop, which need a look at their neighbours.
_APART = str.maketrans({sign: f" {sign} " for sign in '!"#$%&()*+/:;<=>?@[\\]^_`{|}~'})
_DIGITS = "0123456789"


def _rouge_shape(sign: str) -> str:
    """Letters and digits as they are, kana and Han each a word, as they are written without spaces, else a space."""
    if not sign.isalnum():
        return " "
    unspaced = "\u3040" <= sign <= "\u30ff" or "\u3400" <= sign <= "\u9fff" or "\U00020000" <= sign <= "\U0003ffff"
    return f" {sign} " if unspaced else sign


def rouge_words(text: str) -> list[str]:
    """The words that ROUGE compares.

    >>> rouge_words("Don't stop: 東京!")
    ['don', 't', 'stop', '東', '京']
    """
    text = text.lower()
    return text.translate({ord(sign): _rouge_shape(sign) for sign in set(text)}).split()


def _shared(given: Sequence[Hashable], wanted: Sequence[Hashable], most: int) -> Iterator[tuple[int, int, int]]:
    """Of n-grams of each order up to `most`: how many are in both, how many in the one, and in the other."""
    import numpy as np

    kinds = {part: number for number, part in enumerate(dict.fromkeys(wanted))}
    size = len(kinds) + 1  # the last number is for what is not wanted
    last_given, last_wanted = (
        np.array([kinds.get(part, size - 1) for part in parts], dtype=np.int64) for parts in (given, wanted)
    )
    have, want = np.zeros(len(given), dtype=np.int64), np.zeros(len(wanted), dtype=np.int64)
    for order in range(1, most + 1):
        skipped = min(order - 1, 1)
        have = have[: len(have) - skipped] * size + last_given[order - 1 :]
        want = want[: len(want) - skipped] * size + last_wanted[order - 1 :]
        grams, want, counts = np.unique(want, return_inverse=True, return_counts=True)
        places = np.searchsorted(grams, have)
        have = np.where(np.append(grams, -1)[places] == have, places, len(grams))
        yield int(np.minimum(np.bincount(have, minlength=len(grams) + 1)[:-1], counts).sum()), len(have), len(want)


def rouge_n(given: Sequence[str], wanted: Sequence[str], order: int) -> float:
    """F1 of the n-grams of two lists of words.

    >>> rouge_n("a dog runs".split(), "a dog sits".split(), 1), rouge_n("a dog".split(), "dog a".split(), 2)
    (0.6666666666666666, 0.0)
    """
    *_, (hits, have, want) = _shared(given, wanted, order)
    return f1(hits, have, want) if have and want else 0.0


def rouge_lsum(given: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> float:
    """F1 of the union of longest common subsequences of words, sentence by sentence of answer and reference.

    >>> rouge_lsum([["a", "cat"], ["it", "sits"]], [["it", "sits"], ["a", "cat"]])
    1.0
    """
    left = Counter(word for sentence in given for word in sentence)
    total = left.total() + sum(map(len, wanted))
    distinct = list(dict.fromkeys(map(tuple, given)))
    hits = 0
    for sentence in wanted:
        for at in sorted(_in_common(sentence, distinct)):
            hits += left[sentence[at]] > 0
            left[sentence[at]] -= 1
    return 2 * hits / total if total else 0.0


def _in_common(wanted: Sequence[str], given: Sequence[Sequence[str]]) -> set[int]:
    """The places of wanted words that stand in a longest common subsequence with a given sentence (Hyyroe, 2004)."""
    places: dict[str, int] = {}
    for at, word in enumerate(wanted):
        places[word] = places.get(word, 0) | 1 << at
    words = (1 << len(wanted)) - 1
    found: set[int] = set()
    for sentence in given:
        if places.keys().isdisjoint(sentence):
            continue
        state, states = words, []  # a zero: the subsequence grows by one with this wanted word
        for word in sentence:
            here = state & places.get(word, 0)
            state = ((state + here) | (state & ~here)) & words
            states.append(state)
        row, column = len(wanted), len(sentence)
        while row and column:
            if wanted[row - 1] == sentence[column - 1]:
                row, column = row - 1, column - 1
                found.add(row)
            elif states[column - 1] >> (row - 1) & 1:
                row -= 1
            else:
                column -= 1
    return found


def chrf(answer: str, reference: str) -> float:
    """F2 of character n-grams up to 6, without white space (Popovic, 2015), 0 to 1.

    >>> chrf("a cat", "acat"), chrf("dog", "cat")
    (1.0, 0.0)
    """
    shared = _shared("".join(answer.split()), "".join(reference.split()), CHRF_ORDER)
    orders = [(hits / have, hits / want) for hits, have, want in shared if have and want]
    precision, recall = (sum(column) for column in zip(*orders, strict=True)) if orders else (0.0, 0.0)
    if not precision + recall:
        return 0.0
    weight = CHRF_BETA**2
    return (1 + weight) * precision * recall / (weight * precision + recall) / len(orders)


def bleu(given: Sequence[str], wanted: Sequence[str]) -> float:
    """BLEU of one sentence, 0 to 1: effective order, exponential smoothing (Post, 2018).

    >>> bleu("the cat sat on the mat".split(), "the cat sat on the mat".split())
    1.0
    """
    shared = [(hits, have) for hits, have, _ in _shared(given, wanted, BLEU_ORDER) if have]
    if not any(hits for hits, _ in shared):
        return 0.0
    logarithms, halved = 0.0, 1.0
    for hits, have in shared:
        halved *= 1 if hits else 2
        logarithms += math.log((hits or 1 / halved) / have)
    brevity = min(0.0, 1 - len(wanted) / len(given))
    return math.exp(brevity + logarithms / len(shared))


def bleu_words(text: str) -> list[str]:
    """The words that BLEU counts: the tokens of mteval-v13a.

    >>> bleu_words("It's 3.5 m, i.e. 1,000 of 3-4 (or so).")
    ["It's", '3.5', 'm', ',', 'i', '.', 'e', '.', '1,000', 'of', '3', '-', '4', '(', 'or', 'so', ')', '.']
    """
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    text = "".join(_points_apart(text)).translate(_APART)
    for digit in _DIGITS:
        text = text.replace(f"{digit}-", f"{digit} - ")
    return text.split()


def _points_apart(text: str) -> Iterator[str]:
    """The characters of a text, points and commas between spaces outside of numbers; in a run, every other sign."""
    seen = False
    for before, sign, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if sign not in ".,":
            yield sign
            seen = False
            continue
        seen = not seen and before not in _DIGITS
        yield sign if not seen and after in _DIGITS else f" {sign} "
