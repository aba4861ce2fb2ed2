"""Answers that say that there is nothing to find."""

from __future__ import annotations

from vlm_rewards_grounding.formats.keys import BOX, POINT, kind_of
from vlm_rewards_grounding.formats.values import read_values

__all__ = ["says_nothing"]

_ANSWERS = frozenset(
    {
        *("", "none", "null", "nothing", "no", "n/a", "na", "empty", "no object", "no objects", "no target"),
        *("no box", "no boxes", "no such object", "no match", "no matches", "no detection", "no detections"),
        *("not found", "not present", "not visible", "not there", "not in the image", "not applicable", "infeasible"),
        *("cannot be found", "does not exist", "absent"),
    }
)
_OPENINGS = (
    *("there is no ", "there are no ", "there isn't a", "there aren't any ", "there is nothing", "no such "),
    *("i cannot find ", "i can't find ", "i could not find ", "i couldn't find ", "i do not see ", "i don't see "),
    *("the image does not contain ", "the image doesn't contain ", "the image contains no ", "the image shows no "),
)
_ENDINGS = (
    *(" not found", " not present", " is not there", " not visible", " does not exist", " not in the image"),
    *(" not present in the image", " not visible in the image", " does not appear in the image"),
)
#: "No cat is visible in the image", "None of the objects are present": how such a sentence may begin, and how it ends.
_NO_THING = ("no ", "none of ")
_IS_THERE = (" found", " detected", " visible", " present", " there", " in the image", " shown")
_OTHER_IMAGES = ("this image", "the picture", "this picture", "the photo", "this photo", "the scene", "the screenshot")
_TURNS = frozenset({"but", "however", "except", "although", "though", "besides"})
_EMPTY = frozenset("[]{}(), \t\r\n")
MAX_CHARS = 200


def says_nothing(text: str) -> bool:
    r"""Whether an answer is `none` or the like, an empty list, or one short sentence that says so.

    It may stand in a JSON fence, and JSON may say it as `{"bbox_2d": []}` or `null`. A text with digits says something.

    >>> says_nothing("None."), says_nothing("```json\n[]\n```"), says_nothing("There is no cat in the image.")
    (True, True, True)
    >>> says_nothing(""), says_nothing("[1, 2, 3, 4]"), says_nothing("There is no doubt: a cat.")
    (False, False, False)
    """
    plain = text.strip().replace("_2d", "")
    if not plain or len(plain) > MAX_CHARS or any(character.isdigit() for character in plain):
        return False
    plain = plain.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    if plain and _EMPTY.issuperset(plain):
        return True
    plain = plain.lower().strip(" \t\r\n.!*`\"'").replace("\u2019", "'")
    if plain[:1] in ("{", "["):
        return _empty_json(plain)
    sentence = plain.rstrip(".")
    for image in _OTHER_IMAGES:
        sentence = sentence.replace(image, "the image")
    if any(mark in sentence for mark in ".:;?\n"):  # more than one sentence, or one that goes on
        return False
    if not _TURNS.isdisjoint(sentence.replace(",", " ").split()):  # something is there after all
        return False
    denied = sentence.startswith(_NO_THING) and sentence.endswith(_IS_THERE)
    return bool(plain) and (
        denied or plain in _ANSWERS or sentence.startswith(_OPENINGS) or sentence.endswith(_ENDINGS)
    )


def _empty_json(text: str) -> bool:
    """Whether JSON gives an empty list, null or none, under one key or under that of a box: `{"bbox_2d": []}`."""
    found = next(read_values(text), None)
    value = found.value if found is not None and found.stop == len(text) else None
    if type(value) is list and len(value) == 1:
        value = value[0]
    if type(value) is not dict:
        return False
    places = [item for key, item in value.items() if kind_of(key) in (BOX, POINT)]
    return bool(places or len(value) == 1) and all(_is_nothing(item) for item in places or value.values())


def _is_nothing(value: object) -> bool:
    if type(value) is list:
        return all(_is_nothing(item) for item in value)
    return value is None or (type(value) is str and value.strip(" .()") in _ANSWERS)
