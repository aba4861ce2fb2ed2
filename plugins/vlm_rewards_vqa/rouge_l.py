"""`vqa/rouge_l`: the words that an answer shares with the reference, in order."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_vqa.references import accepted, best, block
from vlm_rewards_vqa.text.normalise import MAX_CACHED
from vlm_rewards_vqa.text.overlap import common_subsequence, f1

__all__ = ["rouge_l", "rouge_words"]


class _Words(dict[int, str]):
    """Letters and digits as they are, each sign of a script without spaces a word of its own, all else a space."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        shape = sign if sign.isalnum() else " "
        # Kana and Han, which are written without spaces.
        if sign.isalnum() and (0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFF):
            shape = f" {sign} "
        if len(self) < MAX_CACHED:
            self[code] = shape
        return shape


_WORDS = _Words()


@vr.reward(range=(0.0, 1.0))
def rouge_l(completion: vr.Completion, solution: str | list[str]) -> vr.RewardOutput:
    """F1 of the longest common subsequence of words of the answer and the nearest reference.

    Range 0 to 1; never abstains. The text is the last `<answer>` block, or else all that follows the reasoning. Words
    are runs of letters and digits in lower case, without stemming; Chinese and Japanese count by character.

    Args:
        completion: The answer.
        solution: The reference text, or a list of accepted ones.

    Source: ROUGE-L (Lin, 2004, https://aclanthology.org/W04-1013), F1 as in the package rouge-score.

    >>> rouge_l(vr.Completion("<answer>A dog runs on the beach.</answer>"), "a dog runs on the beach").score
    1.0
    >>> rouge_l(vr.Completion("the beach, a dog"), "a dog runs on the beach").score
    0.4
    >>> rouge_l(vr.Completion("dog " * 100), "a dog runs on the beach").score < 0.02  # a hack: one good word again
    True
    """
    try:
        references = accepted(solution, short=False)
    except ValueError as error:
        return vr.RewardOutput.bad_reference(str(error))
    wanted = [words for reference in references if (words := rouge_words(reference))]
    if not wanted:
        return vr.RewardOutput.bad_reference("the reference has no words")
    answer = block(completion)
    given = rouge_words(answer.text) if answer else []
    score = max(f1(common_subsequence(given, words), len(given), len(words)) for words in wanted)
    return best(answer, references, lambda _answer, _reference: score)


def rouge_words(text: str) -> list[str]:
    """The words that are compared.

    >>> rouge_words("Don't stop: 東京!")
    ['don', 't', 'stop', '東', '京']
    """
    return text.lower().translate(_WORDS).split()
