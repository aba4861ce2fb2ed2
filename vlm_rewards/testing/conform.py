"""`assert_conforms`: whether a reward does what every reward must, told with all its faults at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from multiprocessing.reduction import ForkingPickler
from time import monotonic, sleep
from typing import Any

import vlm_rewards as vr
from vlm_rewards.errors import ConfigError
from vlm_rewards.registry.decorator import Mode
from vlm_rewards.scoring.binding import validate_params
from vlm_rewards.scoring.calls import Calls
from vlm_rewards.scoring.evaluate import evaluate
from vlm_rewards.testing.bench import Bench, Outcome, Row, floods, forms, hostile, rows_of
from vlm_rewards.testing.measure import grows_linearly, leftovers, longest_step
from vlm_rewards.text.messages import explain, show
from vlm_rewards.types.batch import GROUP_ID
from vlm_rewards.types.results import Outcomes

#: Every check, with what to do where it fails.
FIXES = {
    "good": "pay a good answer the top of the declared range, or declare the range that is paid",
    "bad": "score a bad answer, below the top; abstain only from answers that the reward says nothing about",
    "broken": "return `RewardOutput.unparseable(...)` where the answer is at fault, `bad_reference(...)` else",
    "text": "expect any text: it is not a fault of the reward, nor of the reference",
    "growth": "read the text in one pass, with `find` and not with a backtracking regular expression",
    "deterministic": "keep no state between calls and draw no random numbers, or declare `pure=False`",
    "batch": "let nothing else in the batch change a score; a reward that compares answers takes a `group`",
    "group": "expect groups of one answer and of equal answers, whose spread is 0, and answers in any order",
    "worker": "use nothing that one process alone has: the order of a set, `hash`, what a script set; end no process",
    "threads": "keep what belongs to one call in its local variables, not in the instance or the module",
    "forms": "read `text`, `response` or `answer`, which are the same for texts, messages, blocks and after tools",
    "columns": "take a column that must be there as a parameter, give any other a default, and look for none in `row`",
    "arguments": "copy what you change: other calls and rewards are given the same",
    "left open": "close what you open, in the call or in `close`, and put back what you set",
    "steps": "await what waits, and give what computes to `asyncio.to_thread`: other calls stand still meanwhile",
    "picklable": "define it at the top level of a module, and open what cannot be copied in `setup`, not in `__init__`",
    "imports": "import libraries inside functions: `vlm-rewards list` imports the module",
}
#: Characters of a long text; seconds for a step of a coroutine, and after which no more texts are tried.
LONG, STEP, BUDGET = 16_384, 0.05, 5.0
#: How far sums may be apart that are added up in another order.
SLACK = 1e-9
#: How many faults a message shows of each check.
MOST_SHOWN = 3


def assert_conforms(
    reward: object,
    *,
    good: Any,
    bad: Any,
    broken: Any = (),
    params: Mapping[str, Any] | None = None,
    context: vr.Context | None = None,
    depends: Mapping[str, Mapping[str, Any]] | None = None,
    beside: Sequence[object] = (),
    complete: Callable[[str], object] | None = None,
    skip: Collection[str] = (),
    **columns: Any,
) -> None:
    """Check a reward as an author would who knows all that a run can do to it; docs/testing-your-pack.md lists it.

    An example is a text, messages or a `Completion`, or a row: a mapping with the answer as `completion` beside columns
    of its own. Each of `good`, `bad` and `broken` is one example or a list of them.

    Args:
        reward: What is under `@reward`, a `RewardSpec`, or the name of one of an installed pack.
        good: What earns the top of the range.
        bad: What can be scored, and earns less.
        broken: What cannot be scored: an answer that holds none, or a row with an unusable reference.
        params: Options of the reward.
        context: Facts of the run.
        depends: For each parameter that gets the outcome of another term, that term as in a rewards file.
        beside: For a group reward, the other answers to the same prompt.
        complete: Makes an answer of a text, for a reward that needs more than that; by default the text itself, or a
            message where the first good example is messages.
        skip: Names of checks to leave out.
        columns: Dataset columns; each value stands for every example.

    Raises:
        AssertionError: The reward does not conform; each fault with its check, an input and the fix.
        ConfigError: It cannot be used with these options at all.
        ValueError: `skip` names no check, or there is no good or no bad example.

    >>> import vlm_rewards as vr
    >>> @vr.reward(range=(0.0, 1.0))
    ... def exact(completion, solution: str) -> float:
    ...     return float(completion.response == solution)
    >>> assert_conforms(exact, good="7", bad="8", solution="7", skip=["picklable"])
    """
    __tracebackhide__ = True  # pytest shows the line of the test that calls this
    if unknown := set(skip) - set(FIXES):
        raise ValueError(f"`skip` names {show(min(unknown))}, which is not a check; there are {', '.join(FIXES)}.")
    rows = [rows_of(examples, columns) for examples in (good, bad, broken)]
    if not (rows[0] and rows[1]):
        raise ValueError("There is no `good` or no `bad` example; give at least one of each.")
    bench = Bench(reward, params or {}, context or vr.Context(), depends or {}, beside)
    is_chat = isinstance(rows[0][0]["completion"], list)
    complete = complete or (lambda text: [{"role": "assistant", "content": text}] if is_chat else text)
    trial = _Trial(bench, rows, complete)
    trial.run(skip)
    told = [f"Reward '{bench.spec.name}' does not conform:"]
    for check, faults in trial.faults.items():
        if faults and check not in skip:
            told += [f"- {check}: {fault}" for fault in faults[:MOST_SHOWN]]
            told += [f"- {check}: {len(faults) - MOST_SHOWN} more"] if len(faults) > MOST_SHOWN else []
            told.append(f"  fix: {FIXES[check]}")
    if len(told) > 1:
        raise AssertionError("\n".join(told))


class _Trial:
    def __init__(self, bench: Bench, rows: Sequence[list[Row]], complete: Any) -> None:
        self.bench, self.complete = bench, complete
        self.good, self.bad, self.broken = rows
        self.examples = [*self.good, *self.bad, *self.broken]
        text = getattr(self.good[0]["completion"], "text", self.good[0]["completion"])
        self.text = text if isinstance(text, str) else ""
        self.faults: dict[str, list[str]] = {check: [] for check in FIXES}
        self.first: dict[int, Outcome] = {}  # by identity of the row, for those that no worker was lost with

    def run(self, skip: Iterable[str]) -> None:
        rows = [*self.examples, *map(self.row, hostile(self.text))]
        there = self.in_worker(rows)  # first: what hangs or ends a process must not do so here
        rows = rows if there is None else [row for row, _ in there]
        with leftovers(self.faults["left open"]), self.bench.scorer() as scorer:
            self.arguments(rows, scorer)
            self.first = {id(outcome[0]): outcome for outcome in self.bench.alone(rows, scorer, BUDGET)}
            with self.bench.scorer() as new:  # what is awaited is kept
                again = self.bench.alone(self.known(rows), new if self.bench.spec.is_async else scorer)
            self.differ("deterministic", again, "the second time")
        self.differ("worker", there or (), "in a worker")
        self.read_examples()
        for row, output in self.outcomes(rows[len(self.examples) :]):
            if output.status in (vr.Status.FAILED, vr.Status.BAD_REFERENCE):
                self.fault("text", row, output)
        looks = (self.batch, self.group, self.threads, self.forms, self.columns, self.steps, self.picklable)
        for look in (*looks, self.imports, self.growth):
            if look.__name__ not in skip and not self.faults[look.__name__]:
                look()

    def row(self, text: str) -> Row:
        """The first good example with another answer."""
        return {**self.good[0], "completion": self.complete(text)}

    def outcomes(self, rows: Iterable[Row]) -> list[Outcome]:
        """Rows with what was first said to them, but those that a worker was lost with."""
        return [self.first[id(row)] for row in rows if id(row) in self.first]

    def known(self, rows: Iterable[Row]) -> list[Row]:
        """Those of them that have an outcome."""
        return [row for row, _ in self.outcomes(rows)]

    def fault(self, check: str, row: Row, what: object) -> None:
        """Keep a fault with the input that shows it."""
        told = f"it is {_brief(what)}" if isinstance(what, vr.RewardOutput) else str(what)
        self.faults[check].append("\n    ".join([told, *(f"{name}: {show(value)}" for name, value in row.items())]))

    def differ(self, check: str, outcomes: Iterable[Outcome], where: str) -> None:
        """Keep the outcomes of a pure reward that are not what it first said."""
        if not self.bench.spec.pure or (self.faults["deterministic"] and check != "deterministic"):
            return
        for row, output in outcomes:
            first = self.first.get(id(row), (row, output))[1]
            if _told(first) != _told(output):
                self.fault(check, row, f"it is {_brief(first)}, and {where} {_brief(output)}")

    def in_worker(self, rows: Sequence[Row]) -> list[Outcome] | None:
        """What a worker says to rows, up to the first few that have no answer in time or end it; None without one."""
        if self.bench.use is None:
            return None
        try:
            scorer = self.bench.scorer("process")
        except ConfigError as error:
            self.faults["worker"] = [f"a worker cannot use it; is its pack installed? {error}"]
            return None
        answered: list[Outcome] = []
        step = 8 if self.bench.spec.mode in (Mode.ONE, Mode.GROUP) else 1
        until = monotonic() + BUDGET
        for start in range(0, len(rows), step):
            for row, output in self.bench.score(rows[start : start + step], scorer):
                late, dead = (word in str(output.reason) for word in ("deadline", "worker died"))
                if output.status is vr.Status.FAILED and (late or dead):
                    self.fault("growth" if late else "worker", row, output)
                else:
                    answered.append((row, output))
            if monotonic() > until or len(answered) < min(start + step, len(rows)):
                break
        return answered

    def read_examples(self) -> None:
        """Whether the examples are paid as their author says."""
        top = self.bench.spec.range[1]
        for row, output in self.outcomes(self.good):
            if output.score != top:
                self.fault("good", row, output)
        for row, output in self.outcomes(self.bad):
            if output.score == top or output.status not in (vr.Status.SCORED, vr.Status.UNPARSEABLE):
                self.fault("bad", row, output)
        for row, output in self.outcomes(self.broken):
            # Who is at fault: what is scored with another answer is not a bad reference, nor the other way round.
            answers = [row["completion"] == other["completion"] for other in self.good]
            rest = [{**row, "completion": ""} == {**other, "completion": ""} for other in self.good]
            at_fault = {vr.Status.UNPARSEABLE: answers, vr.Status.BAD_REFERENCE: rest, vr.Status.ABSTAINED: []}
            if any(at_fault.get(output.status, [True])):
                self.fault("broken", row, output)

    def batch(self) -> None:
        """The same in a batch, in any order, of a new instance."""
        rows = [row for row, output in self.first.values() if output.status is not vr.Status.FAILED]
        for order, where in ((rows, "in a batch"), (rows[::-1], "in that batch in reverse")):
            with self.bench.scorer() as scorer:
                self.differ("batch", self.bench.score(order, scorer), where)

    def group(self) -> None:
        for row, first in self.outcomes(self.examples if self.bench.spec.mode is Mode.GROUP else ()):
            for beside in ([], [row["completion"]] * 3):
                ((_, output),) = self.bench.score([row], self.bench.scorer(), beside)
                if output.status is vr.Status.FAILED:
                    self.fault("group", row, output)
            answers = [*self.bench.beside, row["completion"]]
            turned = [{**row, "completion": answer, GROUP_ID: 0} for answer in answers]
            *_, (_, last) = self.bench.score(turned, self.bench.scorer(), [])
            if self.bench.spec.pure and abs((last.score or 0.0) - (first.score or 0.0)) > SLACK:
                self.fault("group", row, f"it is {_brief(first)}, and as the last of its group {_brief(last)}")

    def threads(self) -> None:
        """The same in several threads, which change places at the lines of the reward's module."""
        left, start_line = threading.local(), threading.Barrier(4, timeout=300)  # else one ends before the next begins

        def change(frame: Any, *_: object) -> Any:
            if frame.f_code.co_filename != self.bench.file or not left.changes:
                return None
            left.changes -= 1
            sleep(1e-5)
            return change

        def ask(start: int) -> list[Outcome]:
            left.changes = 500
            start_line.wait()
            sys.settrace(change)
            return self.bench.alone([*rows[start:], *rows[:start]] * 2, scorer)

        rows, turns = self.known(self.examples), range(0 if self.bench.spec.is_async else 12)
        with self.bench.scorer() as scorer, ThreadPoolExecutor(4) as pool:
            for outcomes in pool.map(ask, [turn % len(rows) for turn in turns if rows]):
                self.differ("threads", outcomes, "beside other threads")

    def forms(self) -> None:
        """The same in every form, where the examples are plain texts."""
        is_text = all(isinstance(row["completion"], str) for row in self.examples)
        with self.bench.scorer() as scorer:
            for row, _ in self.outcomes(self.examples if is_text and self.bench.spec.mode is not Mode.TRL else ()):
                for name, form in forms(row["completion"]).items():
                    ((_, output),) = self.bench.score([{**row, "completion": form}], scorer)
                    self.differ("forms", [(row, output)], name)

    def columns(self) -> None:
        """The same with more columns, and no failure without those that need not be there."""
        required = {"completion", *(column.name for column in self.bench.spec.columns if column.required)}
        required |= {"image", "images"} if "images" in required else set()
        required |= self.good[0].keys() if self.bench.spec.mode is Mode.TRL else set()
        with self.bench.scorer() as scorer:
            for row, _ in self.outcomes([*self.good, *self.bad]):
                ((_, output),) = self.bench.score([{**row, "source_page": "7", "remark": None}], scorer)
                self.differ("columns", [(row, output)], "with columns of others")
                for name in sorted(row.keys() - required):
                    fewer = {key: value for key, value in row.items() if key != name}
                    for less, output in self.bench.alone([fewer, {**row, name: None}], scorer):
                        if output.status is vr.Status.FAILED:
                            self.fault("columns", less, output)

    def arguments(self, rows: Sequence[Row], scorer: vr.Scorer) -> None:
        """What is given is the same after a call as before; done first, as a change may show but once."""
        batch = self.bench.batch(rows, self.bench.beside)
        term, done = scorer.terms[-1], scorer.score(batch) if self.bench.depends else None
        values, bad = term.read(batch, range(len(batch)), lambda name, row: done.output(row, name) if done else None)
        given: dict[str, Any] = {column.name: held for column, held in zip(term.info.columns, values, strict=True)}
        given |= {"completion": batch.completions, "params": term.params}
        before = _plain(given)
        usable = [row for row in range(len(batch)) if row not in bad]
        evaluate(Calls(term, batch, range(len(batch)), values).select(usable), Outcomes.empty(len(batch)))
        for name in (name for name, value in given.items() if _plain(value) != before[name]):
            self.fault("arguments", {}, f"it changes `{name}`")

    def steps(self) -> None:
        """Each step of a coroutine is short; the best of several tries, as the machine may be busy."""
        rows = [*self.known(self.examples), self.row("so it is " * (LONG // 9))]

        def work() -> None:
            with self.bench.scorer() as scorer:
                self.bench.alone(rows, scorer)

        longest = min(longest_step(work) for _ in range(5)) if self.bench.spec.is_async else 0.0
        if longest > STEP:
            self.fault("steps", {}, f"a step between two awaits takes {longest:.2f} s, over {STEP:g} s")

    def picklable(self) -> None:
        """Another process can find it, and get a copy of an instance that is not set up yet."""
        spec = self.bench.spec
        try:
            ForkingPickler.dumps(spec.call(**validate_params(spec, self.bench.params)) if spec.is_class else spec.call)
        except Exception as error:  # noqa: BLE001 - what cannot be copied raises what it likes
            self.fault("picklable", {}, explain(error))

    def imports(self) -> None:
        for name in _imported(self.bench.module.__name__, self.bench.file) if self.bench.file else ():
            self.fault("imports", {}, f"`{name}` is imported with {self.bench.module.__name__}")

    def growth(self) -> None:
        small, big = ([self.row(text) for text in floods(self.text, chars)] for chars in (LONG // 10, LONG))
        answered = {id(row) for row, _ in self.in_worker(big) or ()}
        until = monotonic() + BUDGET
        with self.bench.scorer() as scorer:
            for less, more in zip(small, big, strict=True):
                quick = id(more) in answered and monotonic() < until
                if quick and not grows_linearly(lambda row: self.bench.score([row], scorer), less, more):
                    self.fault("growth", more, "ten times the text takes over twelve times the work")


def _told(output: vr.RewardOutput) -> str:
    """All that an outcome says, as text; of a failure, whose reason names the process, its status alone."""
    failed = output.status is vr.Status.FAILED
    return json.dumps("failed" if failed else output.model_dump(), default=repr, sort_keys=True)


def _brief(output: vr.RewardOutput) -> str:
    """An outcome in a few words."""
    score = "" if output.score is None else f" {output.score:g}"
    return f"{output.status}{score}" + (f" ({output.reason})" if output.reason else "")


def _plain(value: Any) -> Any:
    """A copy that does not change with its original, and that can be compared."""
    value = getattr(value, "source", value)  # of an ImageRef
    if isinstance(value, vr.Completion):
        return value.identity
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tobytes() if hasattr(value, "tobytes") else repr(value)


@cache
def _imported(module: str, file: str) -> list[str]:
    """The libraries that come with a module; none for one of tests, which `list` never imports."""
    code = "import sys, vlm_rewards as _, importlib as i, runpy as r; old = set(sys.modules)\n"
    code += f"try: i.import_module({module!r})\nexcept ModuleNotFoundError: r.run_path({file!r})\n"
    code += "print(*{name.partition('.')[0] for name in {*sys.modules} - old})"
    path = os.pathsep.join(folder or "." for folder in sys.path)
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    found = set(done.stdout.split())
    own = {*sys.stdlib_module_names, module.partition(".")[0], "vlm_rewards", "pluggy"}
    return [] if "pytest" in found else sorted(found - own)
