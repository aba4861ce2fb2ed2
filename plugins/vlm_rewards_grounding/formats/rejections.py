"""Answers that say that there is nothing to find: `none`, an empty list, or sentences that deny a thing."""

from __future__ import annotations

from vlm_rewards_grounding.formats.denials import denies
from vlm_rewards_grounding.formats.keys import BOX, POINT, kind_of
from vlm_rewards_grounding.formats.values import read_values

_ANSWERS = frozenset(
    {
        *("", "none", "null", "nothing", "no", "n/a", "na", "empty", "no object", "no objects", "no target"),
        *("no box", "no boxes", "no such object", "no match", "no matches", "no detection", "no detections"),
        *("not found", "not present", "not visible", "not there", "not in the image", "not applicable", "infeasible"),
        *("cannot be found", "does not exist", "absent", "empty list"),
    }
)
_EMPTY = frozenset("[]{}, \t\r\n")
MAX_CHARS = 200

#: What may stand before an empty list.
_LEADS = frozenset(
    {
        *("the", "a", "an", "is", "final", "answer", "output", "result", "list", "boxes", "box", "bounding", "bbox"),
        *("json", "so", "empty"),
    }
)
#: What joins one answer to another.
_JOINTS = frozenset({"or", "maybe", "perhaps", "possibly", "else", "rather", "and", "otherwise", "at", "is", ":"})


def says_nothing(text: str) -> bool:
    r"""Whether an answer is `none` or the like, an empty list, or sentences each of which says so.

    It may stand in a JSON fence, and JSON may say it as `{"bbox_2d": []}` or `null`. A text with digits says something.

    >>> says_nothing("None."), says_nothing("```json\n[]\n```"), says_nothing("There is no cat in the image.")
    (True, True, True)
    >>> says_nothing(""), says_nothing("[1, 2, 3, 4]"), says_nothing("There is no doubt: a cat.")
    (False, False, False)
    >>> says_nothing("No need to look."), says_nothing("图中没有猫")
    (False, True)
    """
    plain = text.strip().replace("_2d", "")
    if not plain or len(plain) > MAX_CHARS:
        return False
    plain = plain.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    if plain and _EMPTY.issuperset(plain):
        return True
    plain = plain.lower().strip(" \t\r\n.!*`\"'。！").replace("\u2019", "'")
    if not plain:
        return False
    if plain[:1] in ("{", "["):
        return _empty_json(plain)
    if plain.endswith("[]"):  # Empty list: []
        plain = plain[:-2].strip(" \t\r\n:=`*")
        return _LEADS.issuperset(plain.split()) or says_nothing(plain)
    sentences = plain.replace(";", ".").replace("\n", ".").split(".")
    return plain in _ANSWERS or all(denies(sentence) for sentence in sentences if sentence.strip())


def says_both(text: str) -> bool:
    """Whether an answer says beside what it points at that nothing is there: `none, or maybe [1, 2, 3, 4]`.

    >>> says_both("none or [1, 2, 3, 4]"), says_both("There is no dog, but a cat at [1, 2, 3, 4].")
    (True, False)
    """
    values = read_values(text[: 4 * MAX_CHARS])
    if not values:
        return False
    around = (text[: values[0].start], text[values[-1].stop :])
    return any(says_nothing(" ".join(_without_or(words.replace(",", " ").split()))) for words in around)


def _without_or(words: list[str]) -> list[str]:
    """Words without those at either end that join them to another answer."""
    while words and words[-1].lower() in _JOINTS:
        words = words[:-1]
    while words and words[0].lower() in _JOINTS:
        words = words[1:]
    return words


def _empty_json(text: str) -> bool:
    """Whether JSON gives an empty list, null or none, under one key or under that of a box: `{"bbox_2d": []}`."""
    found = next(iter(read_values(text)), None)
    value = found.value if found is not None and found.stop == len(text) else None
    if type(value) is list and len(value) == 1:
        value = value[0]
    if type(value) is str:
        return bool(value) and _is_nothing(value)
    if type(value) is not dict:
        return False
    places = [item for key, item in value.items() if kind_of(key) in (BOX, POINT)]
    return bool(places or len(value) == 1) and all(_is_nothing(item) for item in places or value.values())


def _is_nothing(value: object) -> bool:
    if type(value) is list:
        return all(_is_nothing(item) for item in value)
    return value is None or (type(value) is str and value.strip(" .()") in _ANSWERS)
