"""Answers that say that there is nothing to find: `none`, an empty list, or sentences that deny a thing."""

from collections.abc import Container

from vlm_rewards_grounding.formats.keys import BOX, POINT, kind_of
from vlm_rewards_grounding.formats.values import read_values

_ANSWERS = {
    *("", "none", "null", "nothing", "no", "n/a", "na", "empty", "no object", "no objects", "no target"),
    *("no box", "no boxes", "no such object", "no match", "no matches", "no detection", "no detections"),
    *("not found", "not present", "not visible", "not there", "not in the image", "not applicable", "infeasible"),
    *("cannot be found", "does not exist", "absent", "empty list"),
}
_EMPTY = frozenset("[]{}, \t\r\n")
MAX_CHARS = 200

#: What may stand before an empty list.
_LEADS = {
    *("the", "a", "an", "is", "final", "answer", "output", "result", "list", "boxes", "box", "bounding", "bbox"),
    *("json", "so", "empty"),
}
#: What joins one answer to another.
_JOINTS = {"or", "maybe", "perhaps", "possibly", "else", "rather", "and", "otherwise", "at", "is", ":"}

# Words of an English sentence, in lower case, with `not` for `n't`.
_PICTURES = {"image", "picture", "photo", "photograph", "scene", "screenshot", "screen", "frame", "page"}
_ARTICLES = {"a", "an", "the", "any", "this", "that", "these", "such", "given", "provided", "single", "of"}
_IN = {"in", "on", "within", "from"}
_BE = {"is", "are", "was", "were", "be", "been"}
_DO = {"do", "does", "did", "can", "could"}
_NO = {"no", "0", "zero"}
_SEE = {"see", "find", "detect", "locate", "spot", "identify", "observe", "recognize", "recognise", "notice"}
_SEEN = {"found", "detected", "located", "seen", "visible", "present", "there", "here", "shown", "identified"}
_HOLD = {"contain", "show", "have", "include", "depict", "display", "feature"}
_HOLDS = {"contains", "shows", "has", "includes", "depicts", "displays", "features"}
_EXIST = {"exist", "exists", "appear", "appears"}
#: What may stand at the end of a sentence in which something is seen, or not.
_STATE = _BE | _SEEN | _EXIST | {"to"}
_MATCH = {"matches", "matched", "matching", "fits", "corresponds", "similar", "that", "to"}
_WHICH = {"that", "which", "who"}
#: What may stand at the end of a sentence and says no more.
_AT_ALL = {"either", "anywhere", "at", "all", "here"}
_SORRY = {"sorry", "unfortunately", ","}
#: What a sentence that denies a thing does not hold: it compares, asks or turns.
_TURNS = {
    *("but", "however", "except", "although", "though", "besides", "than", "why", "how", "whether", "if"),
    *("would", "should", "will", "must", "may", "might", "shall", "like", "hiding", "denying"),
    *("unless", "until", "so", "wrong", "better", "only", "just", "yet", "else", "instead", "because"),
}
#: What may be denied of anything, and is nowhere to be seen.
_ABSTRACT = {
    *("need", "way", "doubt", "reason", "question", "point", "problem", "problems", "idea", "chance", "answer"),
    *("issue", "issues", "clue", "sense", "difference", "harm", "hurry", "matter", "worry", "worries", "thanks"),
    *("comment", "mistake", "error", "limit", "choice", "alternative", "option", "guarantee", "excuse", "use"),
    *("hope", "evidence", "proof", "information", "words", "fault", "objection", "objections", "place", "time"),
}
_AFTER_TO = (
    _ARTICLES | _SEE | {"be", "its", "his", "her", "box", "ground", "show", "report", "segment", "mark", "label"}
)

# Chinese has no spaces: a denial is a part of the sentence.
_DENIALS = (
    *("没有", "不存在", "找不到", "看不到", "没看到", "无目标", "无物体"),
    *(no + seen for no in "未没" for seen in ("找到", "检测到", "发现")),
)
_OTHERWISE = (
    *("问题", "必要", "办法", "关系", "理由", "疑问", "可能", "区别", "怀疑"),
    *("比", "但", "不过", "然而", "除", "什么"),
)


def denies(sentence: str) -> bool:
    """Whether one sentence, in lower case and without its full stop, says that a thing is not there.

    It is read by its parts: it denies (`there is no`, `I cannot find`, `is not visible`) a thing, some words that are
    no clause and hold no abstract noun, in the picture or nowhere in particular.

    >>> denies("the cat isn't in this picture"), denies("there are 0 cats"), denies("there is no need to look")
    (True, True, False)
    """
    if any(mark in sentence for mark in "?:"):
        return False
    if not sentence.isascii():
        others = any(part in sentence for part in _OTHERWISE) or any(char.isdigit() for char in sentence)
        return not others and (sentence == "无" or any(part in sentence for part in _DENIALS))
    spelt = sentence.replace("can't", "can not").replace("cannot", "can not").replace("n't", " not")
    words = spelt.replace("there's", "there is").replace(",", " , ").split()
    if not _TURNS.isdisjoint(words) or any(word != "0" and any(map(str.isdigit, word)) for word in words):
        return False
    words, somewhere = _without_place(_trimmed(words, before=_SORRY, behind=_AT_ALL))
    thing = _denied(words, somewhere=somewhere) if words else None
    return thing is not None and _is_thing(thing)


def _denied(words: list[str], *, somewhere: bool) -> list[str] | None:
    """What a sentence denies, without its verb; None where it does not deny."""
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first == "nothing":
        return _nothing(words[1:])
    if first in _NO and second not in {"", ","}:  # no cat is visible
        return _trimmed(words[1:], behind=_STATE)
    if (first, second) == ("none", "of"):  # none of the cats are visible
        thing = _trimmed(words[2:], behind=_STATE)
        return thing if somewhere or len(thing) < len(words) - 2 else None
    if first == "there" and second in _BE:
        return _after_no(words[2:])
    if first in {"i", "we"}:
        return _by_a_verb(words[1:], _SEE, _SEE | _SEEN)
    holder = _trimmed(words, before=_ARTICLES)
    if holder and holder[0] in _PICTURES:
        return _by_a_verb(holder[1:], _HOLD, _HOLDS)
    return _before_not(words, somewhere=somewhere)


def _nothing(words: list[str]) -> list[str] | None:
    """What follows `nothing`: that it is there, or what it would be."""
    if words and words[0] in _MATCH:
        return words
    return None if _trimmed(words, behind=_STATE) else []


def _by_a_verb(words: list[str], plain: set[str], other: set[str]) -> list[str] | None:
    """What stands behind `do not see` or `see no`, `does not contain` or `contains no`."""
    if len(words) > 3 and words[0] in _DO and words[1] == "not" and words[2] in plain:
        return words[3:]
    return _after_no(words[1:]) if words and words[0] in other else None


def _after_no(words: list[str]) -> list[str] | None:
    """What stands behind `no`, `not any` or `nothing`."""
    if words[:1] == ["nothing"]:
        return _nothing(words[1:])
    if words[:1] == ["not"] and words[1:2] and words[1] in _ARTICLES:
        return words[2:]
    return words[1:] if len(words) > 1 and words[0] in _NO else None


def _before_not(words: list[str], *, somewhere: bool) -> list[str] | None:
    """What stands before `is not visible`, `cannot be found`, `does not exist` or `is missing`."""
    if words[-1] in {"absent", "missing"}:
        return _trimmed(words[:-1], behind=_STATE) or None
    if "not" not in words:
        return None
    at = words.index("not")
    state = [word for word in words[at + 1 :] if word not in _BE]
    if not (_SEEN | _EXIST).issuperset(state) or not (state or somewhere):
        return None
    thing = words[:at]
    return thing[:-1] if thing and (thing[-1] in _BE or thing[-1] in _DO) else thing


def _without_place(words: list[str]) -> tuple[list[str], bool]:
    """A sentence without `in the image` at its beginning or end, and whether it was there."""
    if words[:1] and words[0] in _IN:
        picture, *rest = _trimmed(words[1:], before=_ARTICLES) or [""]
        if picture in _PICTURES:
            return rest[rest[:1] == [","] :], True
    if words[-1:] and words[-1] in _PICTURES:
        rest = _trimmed(words[:-1], behind=_ARTICLES)
        if rest and rest[-1] in _IN:
            return rest[:-1], True
    return words, False


def _trimmed(words: list[str], *, before: Container[str] = (), behind: Container[str] = ()) -> list[str]:
    """Words without some at their beginning and some at their end."""
    start, stop = 0, len(words)
    while start < stop and words[start] in before:
        start += 1
    while start < stop and words[stop - 1] in behind:
        stop -= 1
    return words[start:stop]


def _is_thing(words: list[str]) -> bool:
    """Whether words name what could be seen: nothing abstract, no deed, and no sentence of their own."""
    if not _ABSTRACT.isdisjoint(words):
        return False
    pairs = zip(["", *words], [*words, ""], strict=True)
    return all(
        (before != "to" or word in _AFTER_TO) and (word not in _BE or before in _WHICH or before == "to")
        for before, word in pairs
    )


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
    parts = (_trimmed(words.lower().replace(",", " ").split(), before=_JOINTS, behind=_JOINTS) for words in around)
    return any(says_nothing(" ".join(words)) for words in parts)


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
