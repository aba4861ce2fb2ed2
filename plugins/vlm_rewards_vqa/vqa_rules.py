"""How the official VQA evaluation makes answers alike, with its quirks: the rules under `vqa/vqa_soft`."""

from __future__ import annotations

__all__ = ["official_form"]

_PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
_MAX_POINTS = 32  # the script hands `re.UNICODE` to `sub` in the place of its count
_UP_TO_TEN = "zero one two three four five six seven eight nine ten"
_NUMBERS = {word: str(value) for value, word in enumerate(_UP_TO_TEN.split())} | {"none": "0"}
_ARTICLES = frozenset({"a", "an", "the"})
# Words whose apostrophes the script puts back. It knows each with all but one of its apostrophes missing in turn.
_CONTRACTED = (
    "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd "
    "he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've "
    "needn't not've o'clock oughtn't shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll "
    "somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll that's "
    "there'd there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've "
    "weren't what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's who've "
    "why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll "
    "you're you've 'ow's'at"
)


def _contractions() -> dict[str, str]:
    """What the script replaces, by what: spelt out from the right forms by leaving out one apostrophe."""
    table: dict[str, str] = {}
    for word in _CONTRACTED.split():
        parts = word.split("'")
        for at in range(1, len(parts)):
            table["'".join([*parts[: at - 1], parts[at - 1] + parts[at], *parts[at + 1 :]])] = word
    # One entry is the wrong way round.
    return table | {"somebody'd": "somebodyd"}


_CONTRACTIONS = _contractions()


def official_form(text: str) -> str:
    """An answer as the official evaluation compares it.

    >>> official_form("The two, Left"), official_form("dont"), official_form("U.S."), official_form("1,234.5")
    ('2 left', "don't", 'us', '1234.5')
    """
    text = text.replace("\n", " ").replace("\t", " ").strip()
    return _words(_points(_punctuation(text)))


def _punctuation(text: str) -> str:
    """Each sign goes when it touches a space anywhere, or when a comma stands between digits; else it is a space."""
    between_digits = _comma_between_digits(text)
    shaped = text
    for sign in _PUNCTUATION:
        gone = between_digits or sign + " " in text or " " + sign in text
        shaped = shaped.replace(sign, "" if gone else " ")
    return shaped


def _comma_between_digits(text: str) -> bool:
    at = text.find(",", 1)
    while 0 < at < len(text) - 1:
        if text[at - 1].isdecimal() and text[at + 1].isdecimal():
            return True
        at = text.find(",", at + 1)
    return False


def _points(text: str) -> str:
    """Without the first 32 points that no digit follows."""
    parts: list[str] = []
    start, removed = 0, 0
    at = text.find(".")
    while at >= 0 and removed < _MAX_POINTS:
        if not text[at + 1 : at + 2].isdecimal():
            parts.append(text[start:at])
            start, removed = at + 1, removed + 1
        at = text.find(".", at + 1)
    return "".join([*parts, text[start:]])


def _words(text: str) -> str:
    words = (_NUMBERS.get(word, word) for word in text.lower().split())
    return " ".join(_CONTRACTIONS.get(word, word) for word in words if word not in _ARTICLES)
