"""Whether a sentence says that something is there, or is not: `There is a dog`, `I see no dog`."""

from collections.abc import Sequence

from vlm_rewards_vqa.text.normalise import canonical

MAX_PHRASE = 4
_EVASIVE = frozenset(("way", "ways", "idea", "answer", "information", "clue", "doubt", "telling", "matter"))
_ALONE = frozenset(("image", "picture", "photo", "indication"))  # `There is no image`, but not `no picture on the wall`
_QUESTIONS = frozenset(("how", "what", "which", "whether", "who", "where", "when", "why"))
_AFTER_NOUNS = frozenset(
    ("of", "in", "on", "at", "to", "that", "if", "whether", "about", "for", "from", "with", "under", "behind", "near")
)
NOTHING = frozenset(("nothing", "nobody", "none"))
BE = frozenset(("is", "are", "was", "were", "seems", "seem", "appears", "appear", "exists", "exist"))
_ENDS = frozenset('.,;:!?)]}"*_`/|、。')
_APART = str.maketrans({",": ", ", "、": "、 ", "。": "。 ", "/": " / "})
Said = Sequence[tuple[str, bool]]


def words_of(text: str) -> list[tuple[str, bool]]:
    """The words in lower case without punctuation, each with whether a clause ends after it."""
    words: list[tuple[str, bool]] = []
    for raw in [*canonical(text).translate(_APART).replace("there's", "there is").split(), "."]:
        word = raw.strip(".,;:!?()[]{}\"*_`/|-'、。")
        ends = raw[-1] in _ENDS
        if word:
            words.append((word, ends))
        elif words and ends:
            words[-1] = (words[-1][0], True)
    return words


def is_evasive(said: Said, at: int) -> bool:
    """Whether the noun that words open with from a place on is only of what one knows: `no clear answer`."""
    for here, (word, ends) in enumerate(said[at : at + MAX_PHRASE], at):
        after = [] if ends else [word for word, _ in said[here + 1 : here + 3]]
        goes_on = after and after[0] in _AFTER_NOUNS and _QUESTIONS.isdisjoint(after)
        if word in _EVASIVE or (word in _ALONE and not goes_on):
            return True
        if ends or word in _AFTER_NOUNS:
            break
    return False


def denial(said: Said) -> int | None:
    """The place of the word that says that something is not there; None without one, or of what one knows.

    >>> [denial(words_of(text)) for text in ("There is no dog.", "There is no way to tell.", "There isn't a dog")]
    [2, None, 1]
    """
    words = [word for word, _ in said]
    for at, word in enumerate(words):
        of_there = "there" in words[max(at - 2, 0) : at] and words[at - 1] in BE | {"there"}
        is_denial = word.endswith("n't") or word == "not" or word in NOTHING or words[at : at + 2] == ["no", "one"]
        denies = (word == "no" and not said[at][1] and words[at + 1 :][:1] != ["one"]) or (of_there and is_denial)
        if denies and not is_evasive(said, at + 1):
            return at
    return None
