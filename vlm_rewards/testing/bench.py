"""A reward on the bench: it scores rows here or in a worker, through a Scorer, as in a run.

It is tried with examples, and with hostile and long texts that are made from the good answer.
"""

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf
from time import monotonic
from typing import Any

import vlm_rewards as vr
from vlm_rewards.registry.decorator import Mode, spec_of, unwrap
from vlm_rewards.registry.info import RewardInfo
from vlm_rewards.registry.packs import PackInfo
from vlm_rewards.registry.registry import RegisteredReward
from vlm_rewards.text.messages import show
from vlm_rewards.types.batch import GROUP_ID

#: Odd texts; each is also tried in the place of the number or word of the good answer, before it and after it.
ODD = (
    *("", " ", "\n", "\0", "\ud800", "\u202eabc\u202c", "\u200b", "شكرا ٤٢", "４２", "½", "👍🏽", "e\u0301", "ı"),
    *("nan", "inf", "-inf", "1e400", "1e999999999", "-1", "0", "1/0", "0.1", "1,000", "%s {0} {x}", "null", "true"),
    *("<", "</", "<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "\\boxed{}", "\\", "$", "(", "[", "{"),
    *('"', "[]", "{}", "[1, 2]", "\\frac{1}{0}", "a" * 9000, "9" * 5000, "-" * 3000, "[" * 5000, "(" * 5000),
    *("{" * 5000, '{"a":' * 5000, " The Answer. "),
)
#: What long texts repeat, beside the good answer and its parts.
FLOODS = ("a", "7", " ", "\n", "a ", "1,", "[", "{", "(", "<", "\\", '"', "<think>", "</think>", "<answer>", "\\boxed{")


def rows_of(examples: Any, columns: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Examples as rows: one or several texts, messages or completions, or rows that hold one as `completion`."""
    is_chat = isinstance(examples, list) and any("role" in item for item in examples if isinstance(item, Mapping))
    several = examples if isinstance(examples, list | tuple) and not is_chat else [examples]
    is_row = [isinstance(item, Mapping) and "completion" in item for item in several]
    return [{**columns, **(item if row else {"completion": item})} for item, row in zip(several, is_row, strict=True)]


def forms(text: str) -> dict[str, Any]:
    """The same answer in every other form in which completions come."""
    from PIL import Image

    half = len(text) // 2
    last = {"role": "assistant", "content": [{"type": "text", "text": part} for part in (text[:half], text[half:])]}
    shown = [{"type": "image", "image": Image.new("RGB", (4, 3))}, {"type": "text", "text": "an image"}]
    calls = [{"type": "function", "function": {"name": "look", "arguments": "{}"}}]
    tools = [{"role": "assistant", "content": None, "tool_calls": calls}, {"role": "tool", "content": shown}, last]
    return {"as a message": [{"role": "assistant", "content": text}], "in blocks": [last], "after a tool": tools}


def hostile(good: str) -> Iterator[str]:
    """Texts that a policy may write: odd ones, and the good answer with odd parts or out of shape."""
    for odd in ODD:
        yield from (odd, _filled(good, odd), good + odd, odd + good)
    half = len(good) // 2
    yield from (good * 2, f"{good}\n" * 40, good.upper(), good[:half], good[half:], good[::-1], "a " * 32_000)


def floods(good: str, chars: int) -> Iterator[str]:
    """Texts that repeat something, or say nothing twice, up to a length and a little more."""
    numbers = " ".join(map(str, range(10_000, 10_000 + chars // 6)))
    yield from (numbers, _filled(good, numbers))
    for piece in dict.fromkeys(filter(None, [*FLOODS, *_parts(good), good])):
        yield piece * (chars // len(piece)) + "!"
        yield _filled(good, piece * (chars // 4 // len(piece)) + "!")


def _parts(text: str) -> list[str]:
    """A text cut into its tags, and its words and numbers and what stands between them."""
    cut: list[str] = []
    for piece in text.replace("<", "\0<").replace(">", ">\0").split("\0"):
        cut += [piece] if piece.startswith("<") else ("".join(run) for _, run in groupby(piece, str.isalnum))
    return cut


def _filled(good: str, odd: str) -> str:
    """The good answer with something odd for each of its numbers, or its longest word where it has none."""
    cut = _parts(good)
    words = [part for before, part in zip(["", *cut], cut, strict=False) if part.isalnum() and before[-1:] != "\\"]
    wanted = {word for word in words if word.isdigit()} or {max(words, key=len, default="")}
    return "".join(odd if part in wanted else part for part in cut)


Row = Mapping[str, Any]
Outcome = tuple[Row, vr.RewardOutput]


class Shelf(vr.Registry):
    """The installed packs, and rewards of this process that were put beside them."""

    _added: Mapping[str, RegisteredReward] = {}

    def add(self, reward: object) -> str:
        """Put a reward beside the packs; its name in rewards files. Raises TypeError for what is not a reward."""
        spec = spec_of(reward)
        if spec is None:
            raise TypeError(f"{show(reward)} is not a reward; put `@vlm_rewards.reward(range=...)` on it.")
        found = RegisteredReward(RewardInfo.of(spec), PackInfo("test", "test"), spec)
        self._added = {**self._added, found.full_name: found}
        return found.full_name

    def get(self, full_name: str, *, distribution: str | None = None, isolation: str | None = None) -> RegisteredReward:
        """The reward of a full name; as `Registry.get`."""
        return self._added.get(full_name) or super().get(full_name, distribution=distribution, isolation=isolation)


@dataclass
class Bench:
    """One reward with its options, and the terms and answers that its rows need beside them."""

    reward: object
    params: Row
    context: vr.Context
    depends: Mapping[str, Row]
    beside: Sequence[object]

    def __post_init__(self) -> None:
        self.shelf = Shelf(block=())
        self.name = self.reward if isinstance(self.reward, str) else self.shelf.add(self.reward)
        self.spec = self.shelf.get(self.name, isolation="inline").spec
        self.module: Any = sys.modules.get(getattr(unwrap(self.spec.call), "__module__", None) or "")
        self.file = getattr(self.module, "__file__", None)
        self.use = self._use()

    def _use(self) -> str | None:
        """What a rewards file calls the reward, for another process to find; None where none can."""
        held = inspect.getmembers_static(self.module, lambda value: spec_of(value) is self.spec)
        package = getattr(self.module, "__name__", "").partition(".")[0]
        for name in self.shelf.namespaces():
            if package in {pack.value.partition(".")[0] for pack in self.shelf.packs(name)}:
                found = self.shelf.load(name, isolation="inline").get(self.spec.name)
                if found is not None and found.spec is self.spec:
                    return found.full_name
        return f"{self.file}:{held[0][0]}" if held and self.file else None

    def scorer(self, isolation: str = "inline") -> vr.Scorer:
        """A new Scorer of the reward, in this process or in a worker."""
        own = {"use": self.name if isolation == "inline" else self.use, "params": dict(self.params)}
        terms = {**self.depends, "it": {**own, "depends": {name: name for name in self.depends}}}
        rewards = {name: {**term, "isolation": isolation} for name, term in terms.items()}
        config = {"version": 1, "rewards": rewards, "workers": {"timeout": 5}}
        return vr.load_scorer(config, registry=self.shelf, context=self.context)

    def batch(self, rows: Sequence[Row], beside: Sequence[object] = ()) -> vr.Batch:
        """Rows as a batch; for a group reward each in a group with the answers beside it."""
        others = beside if self.spec.mode is Mode.GROUP else ()
        groups = [[row, *({**row, "completion": other} for other in others)] for row in rows]
        numbered = [{GROUP_ID: index, **row} for index, group in enumerate(groups) for row in group]
        return vr.Batch.from_rows(numbered, context=self.context)

    def score(self, rows: Sequence[Row], scorer: vr.Scorer, beside: Sequence[object] | None = None) -> list[Outcome]:
        """Rows with their outcomes, all in one batch."""
        batch = self.batch(rows, self.beside if beside is None else beside)
        scored = scorer.score(batch)
        outputs = (scored.output(index, "it") for index in range(0, len(batch), len(batch) // max(len(rows), 1) or 1))
        return [(row, output) for row, output in zip(rows, outputs, strict=True) if output is not None]

    def alone(self, rows: Sequence[Row], scorer: vr.Scorer, seconds: float = inf) -> list[Outcome]:
        """Rows with their outcomes, each in a batch of its own; after some seconds no more are scored."""
        until = monotonic() + seconds
        return [outcome for row in rows if monotonic() < until for outcome in self.score([row], scorer)]
