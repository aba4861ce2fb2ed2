"""Intervals of time in a text: which two moments are the ends of one."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from vlm_rewards_grounding.metrics.intervals import Interval
from vlm_rewards_grounding.times.clock import Moment, moments

Role = Literal["start", "end"]

MAX_INTERVALS = 512
MAX_MOMENTS = 2048
_MAX_BETWEEN = 40  # characters between the two ends of one interval
_STRONG = frozenset({"-", "to", "until", "till", "through", "thru"})
_WEAK = frozenset({",", "and"})
_SAYING_NOTHING = """at the a around about approximately approx roughly time timestamp timestamps s sec secs second
seconds mark point of in into video is from between t ="""
_NEUTRAL = frozenset(_SAYING_NOTHING.split())
_GOING_ON = frozenset({",", "and", "then", "lasts", "lasting", "continues", "continuing", "goes", "going", "on", "up"})
_STARTS = ("start", "begin", "onset")
_ENDS = ("end", "stop", "finish", "offset")
_KEYS: dict[str, Role] = {"from": "start", "to": "end"}  # where they are keys: else they say what is between
_COUNTED = frozenset({"frame", "frames", "index", "idx", "ms", "id"})  # of what is not in seconds
_OPENERS = frozenset("[({")
#: Dashes and arrows are one; quotes, spaces and the pointed brackets of marks say nothing.
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("-–—\u2212~→", " - "),
        **{sign: f" {sign} " for sign in "[](){}:=,;|"},
        **dict.fromkeys(" \t\r\n\"'*`<>/“”第", " "),
        "，": " , ",
        "；": " ; ",
        "：": " : ",
        "、": " , ",
        "到": " to ",
        "至": " to ",
        "和": " and ",
        "&": " and ",
        "从": " from ",
    }
)
_CHINESE = {
    **dict.fromkeys(("开始时间", "起始时间", "开始于"), " start "),
    **dict.fromkeys(("结束时间", "终止时间", "结束于"), " end "),
    **dict.fromkeys(("开始", "结束", "之间", "时间"), " "),
}


class _Gap(NamedTuple):
    """What the words between two moments say of them."""

    role: Role | None  # which end of an interval comes behind them
    keyed: bool  # the role is that of a key, and not of a sentence
    link: int  # how surely both are one interval: 2 by a dash or `to`, 1 by a comma or `and`
    glued: bool  # a comma without a space, as in a number
    opens: bool  # a bracket opens just before the moment


class _Found(NamedTuple):
    """An interval, where it ends in the text, and how surely it is one."""

    stop: int
    rank: int  # 3 by its keys, 2 by words or brackets, 1 by a comma alone
    interval: Interval


def read_intervals(text: str) -> list[Interval]:
    """The intervals of a text in seconds, in its order; of two ends that are not in order, none.

    Two moments are the ends of one interval by their keys or words (`start: 5, end: 9`, `starts at 5 and ends at 9`, in
    either order under keys), by what stands between them (a dash, an arrow, `to`, `until`), or as a pair (`[5, 9]`,
    `between 5 and 9`). Where there are some of a surer kind, those of the others do not count: a number that stands
    beside them counts something else. A text with more than 512 intervals or 2048 numbers has none. One pass.

    >>> read_intervals("from 3.5 s to 0:12, then [20, 30]"), read_intervals('{"end": 2, "start": 1, "score": 9}')
    ([(3.5, 12.0), (20.0, 30.0)], [(1.0, 2.0)])
    >>> read_intervals("Clip 3, 5 to 9"), read_intervals("5 to 1e308"), read_intervals("9 - 3"), read_intervals("at 7")
    ([(5.0, 9.0)], [], [], [])
    """
    every = list(islice(moments(text), MAX_MOMENTS + 1))
    if len(every) > MAX_MOMENTS:
        return []
    stops = [0, *(moment.stop for moment in every)]
    gaps = [_before(text, stop, moment.start) for stop, moment in zip(stops, every, strict=False)]
    named = _by_roles(every, gaps)
    if named is None:
        return []
    found, used = named
    for chain in _chains(every, gaps, used):
        found += _by_links(text, [every[at] for at in chain], [gaps[at] for at in chain])
    rank = max((item.rank for item in found), default=0)
    intervals = [item.interval for item in sorted(found) if item.rank == rank and item.interval[0] < item.interval[1]]
    return intervals if len(intervals) <= MAX_INTERVALS else []


def end_of(key: str) -> Role | None:
    """Which end of an interval a key or a word names; None for others.

    >>> end_of("start_time"), end_of("t_end"), end_of("endTimestamp"), end_of("score")
    ('start', 'end', 'end', None)
    >>> end_of("start_frame") is None
    True
    """
    parts = key.lower().split("_")
    if not _COUNTED.isdisjoint(parts):
        return None
    for part in parts:
        if part.startswith(_STARTS):
            return "start"
        if part.startswith(_ENDS):
            return "end"
    return None


def _before(text: str, start: int, stop: int) -> _Gap:
    gap = _gap(text[max(start, stop - _MAX_BETWEEN) : stop])
    return gap if stop - start <= _MAX_BETWEEN else gap._replace(link=0)


@lru_cache(4096)
def _gap(text: str) -> _Gap:
    plain = text.lower()
    if not plain.isascii():
        for word, meaning in _CHINESE.items():
            plain = plain.replace(word, meaning)
    words = plain.replace("-->", "-").replace("->", "-").translate(_SIGNS).split()
    core = [word for word in words if word not in _NEUTRAL]
    if core and core[-1] in _STRONG and core[-1] != "-":  # from 5, to 9; at 5 and lasts until 9
        core = [word for word in core if word not in _GOING_ON]
    link = 0
    if len(core) == 1:
        link = 2 if core[0] in _STRONG else 1 if core[0] in _WEAK else 0
    before = [word for word in words if word not in _OPENERS]  # the words of the key, or of the sentence
    keyed = before[-1:] in ([":"], ["="])
    named = [word for word in before if word not in ":=" and (word not in _NEUTRAL or word == "from")]
    role = end_of(named[-1]) if named else None
    if keyed and role is None and len(before) > 1:
        role = _KEYS.get(before[-2])
    if named and named[-1] == "from" and len(named) > 1:  # starts from 5
        role = role or end_of(named[-2])
    return _Gap(role, keyed and role is not None, link, text == ",", bool(words) and words[-1] in _OPENERS)


def _by_roles(every: Sequence[Moment], gaps: Sequence[_Gap]) -> tuple[list[_Found], set[int]] | None:
    """The intervals whose ends are named, and which moments they are; None where a key of an end stands twice."""
    found: list[_Found] = []
    used: set[int] = set()
    start: int | None = None
    end: int | None = None
    for at, gap in enumerate(gaps[: len(every)]):
        pair: tuple[int, int] | None = None
        if gap.role == "start":
            if start is not None and gap.keyed and gaps[start].keyed:
                return None
            pair = (at, end) if end is not None and gap.keyed else None
            start, end = (None, None) if pair else (at, None)
        elif gap.role == "end":
            if end is not None and gap.keyed:
                return None
            if start is None and not gap.keyed and at and at - 1 not in used and gaps[at - 1].role is None:
                start = at - 1
            pair = None if start is None else (start, at)
            start, end = None, at if pair is None and gap.keyed else None
        elif gap.link == 2 and start == at - 1:
            start = None
        if pair is not None:
            used.update(pair)
            first, last = every[pair[0]].seconds, every[pair[1]].seconds
            if first is not None and last is not None:
                found.append(_Found(every[at].stop, 3 if gap.keyed else 2, (first, last)))
    return None if end is not None else (found, used)


def _chains(every: Sequence[Moment], gaps: Sequence[_Gap], used: set[int]) -> Iterator[list[int]]:
    """Moments that are linked one to the next."""
    chain: list[int] = []
    for at, moment in enumerate(every):
        free = moment.seconds is not None and at not in used
        if chain and not (free and gaps[at].link):
            yield chain
            chain = []
        if free:
            chain.append(at)
    if chain:
        yield chain


def _by_links(text: str, chain: Sequence[Moment], gaps: Sequence[_Gap]) -> Iterator[_Found]:
    """The intervals of a chain: two at a dash or `to`, and only where there is none two by two at commas."""
    links = [gap.link for gap in gaps[1:]]
    if 2 in links:
        if any(gap.glued for gap in gaps[1:]):  # 28,2 to 35,5: no comma between moments
            return
        at = 0
        while at < len(chain):
            stop = at + 1
            while stop < len(chain) and links[stop - 1] == 2:
                stop += 1
            run = chain[at:stop]
            if len(run) == 3 and run[0].bare and not all(moment.bare for moment in run):  # clip 3 - 5.0 to 9.0
                run = run[1:]
            if len(run) == 2:
                yield _pair(run, 2)
            at = stop
    elif len(chain) % 2 == 0:
        for at in range(0, len(chain), 2):
            inside = (
                len(chain) == 2
                and gaps[0].opens
                and text[chain[1].stop : chain[1].stop + 3].strip(" \"'")[:1] in ("]", ")")
            )
            yield _pair(chain[at : at + 2], 2 if inside else 1)


def _pair(moments: Sequence[Moment], rank: int) -> _Found:
    first, last = (moment.seconds or 0.0 for moment in moments)
    return _Found(moments[1].stop, rank, (first, last))
