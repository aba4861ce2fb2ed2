"""What of an answer is the action that is done, and what is thought, comment, or a word about an action."""

from itertools import pairwise

_MARKERS = ("Action:", "Actions:", "ACTION:", "actions:", "Action：", "动作：", "操作：", "<action>")
_LINE_STARTS = " \t\r*#-"
_CLAUSE = ".\n!?。！？,，"
_BEFORE_CALL = ".\n!?。！？,，:：;；>)]}）"
_AROUND = " \t\r`\"'*-•([{0123456789"
#: Words that lead to a call which is meant; all others make it one that is talked about.
_LEADS = {
    *("action", "answer", "step", "and", "or", "then", "next", "first", "finally", "now", "so", "also", "either"),
    *("i", "i'll", "we", "we'll", "let", "let's", "me", "us", "will", "should", "must", "need", "to", "is", "the"),
    *("my", "do", "call", "use", "perform", "execute", "await", "alternatively", "else", "maybe"),
}
_DENIALS = {
    *("not", "never", "cannot", "refuse", "refuses", "refusing", "decline", "avoid", "wrong", "forbidden"),
    *("unable", "instead of", "rather than"),
}
#: Where the words of a clause turn to what is done after all.
_TURNS = ("so i ", "so i'll ", "so we ", "so let ", "so the ", "but i ", "then i ", "therefore ", "thus ", "hence ")
_CHINESE_DENIALS = ("不", "别", "勿", "拒绝")
MAX_CLAUSE_CHARS = 200


def after_marker(text: str) -> tuple[str, bool]:
    r"""What stands behind the mark of the action, the first that begins a line or else the first; all without one.

    Also whether there was a mark.

    >>> after_marker("Thought: I did click(1,2).\nAction: wait()"), after_marker("wait()")
    ((' wait()', True), ('wait()', False))
    """
    start = 0
    for line in text.split("\n"):
        plain = line.lstrip(_LINE_STARTS)
        mark = next((mark for mark in _MARKERS if plain.startswith(mark)), None)
        if mark is not None:
            return text[start + len(line) - len(plain) + len(mark) :], True
        start += len(line) + 1
    places = [(at, mark) for mark in _MARKERS if mark[0] != "a" and (at := text.find(mark)) >= 0]
    at, mark = min(places, default=(0, ""))
    return text[at + len(mark) :], bool(mark)


def without_comments(text: str) -> str:
    r"""A text without its comments of HTML, and without the lines that are comments of code.

    >>> without_comments("# click(1, 2)\nwait() <!-- or click(1, 2)")
    'wait() '
    """
    parts = text.split("<!--")
    text = parts[0] + "".join(part.partition("-->")[2] for part in parts[1:])
    if "#" not in text and "//" not in text:
        return text
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(("# ", "//")))


def is_prose(before: str) -> bool:
    """Whether words of the same sentence stand before a call: then it is talked about, and not done.

    >>> is_prose("I refuse to "), is_prose("1. "), is_prose("Here it is: "), is_prose("and then ")
    (True, False, False, False)
    """
    before = before[-MAX_CLAUSE_CHARS:]
    start = max(before.rfind(mark) for mark in _BEFORE_CALL) + 1
    return not _LEADS.issuperset(before[start:].replace("\u2019", "'").strip(_AROUND).lower().split())


def is_denied(text: str, start: int, stop: int) -> bool:
    """Whether the clause around a call denies or asks it: `do not do this: {"action": ..}`, `click(1, 2) is wrong`.

    >>> is_denied("Never do it: wait()", 13, 19), is_denied("There is none, so wait()", 18, 24)
    (True, False)
    """
    around = (text[max(start - MAX_CLAUSE_CHARS, 0) : start], text[stop : stop + MAX_CLAUSE_CHARS])
    before, after = (part.lower().replace("\u2019", "'") for part in around)
    before = before[max(before.rfind(mark) for mark in _CLAUSE) + 1 :]
    if after.lstrip().startswith(("?", "\uff1f")):
        return True
    ends = [at for mark in _CLAUSE if (at := after.find(mark)) >= 0]
    after = after[: min(ends, default=len(after))]
    before = before[max(before.rfind(turn) for turn in _TURNS) + 1 :]
    return _denies(before) or _denies(after) or after.strip(_AROUND + "/#)") == "no"


def _denies(words: str) -> bool:
    plain = [word.strip(_AROUND + ":;：；)]}") for word in words.split()]
    pairs = [" ".join(pair) for pair in pairwise(plain)]
    return (
        not _DENIALS.isdisjoint((*plain, *pairs))
        or any(word.endswith("n't") for word in plain)
        or any(mark in words for mark in _CHINESE_DENIALS)
    )
