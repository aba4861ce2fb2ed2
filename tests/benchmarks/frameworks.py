"""The three functions of the engine's benchmark under the scoring of other frameworks, where these are installed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Check = Callable[[str, str], float]


def short(text: str, solution: str) -> float:
    return float(len(text) < 100)


def same(text: str, solution: str) -> float:
    return float(text == solution)


def ends(text: str, solution: str) -> float:
    return float(text.endswith("."))


CHECKS: Sequence[Check] = (short, same, ends)


def verifiers(texts: Sequence[str], solutions: Sequence[str], _: Path) -> Callable[[], object]:
    """A task of verifiers scores a trace of one turn for each text."""
    import verifiers.v1 as vf
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.trace import AgentInfo, TraceTask
    from verifiers.v1.types import AssistantMessage

    class Data(vf.TaskData):
        solution: str

    class Quiz(vf.Task[Data]):
        @vf.reward
        async def short(self, trace: Any) -> float:
            return short(trace.last_reply, self.data.solution)

        @vf.reward
        async def same(self, trace: Any) -> float:
            return same(trace.last_reply, self.data.solution)

        @vf.reward
        async def ends(self, trace: Any) -> float:
            return ends(trace.last_reply, self.data.solution)

    tasks = [Quiz(Data(id=str(row), prompt="?", solution=solution)) for row, solution in enumerate(solutions)]

    async def score_all() -> list[float]:
        rewards = []
        for task, text in zip(tasks, texts, strict=True):
            told = TraceTask(type="Quiz", data=task.data)
            node = MessageNode(message=AssistantMessage(content=text), sampled=True)
            trace = vf.Trace(task=told, agent=AgentInfo(config={}), nodes=[node])
            await task.score(trace)
            rewards.append(trace.reward)
        return rewards

    return lambda: asyncio.run(score_all())


def inspect_ai(texts: Sequence[str], solutions: Sequence[str], folder: Path) -> Callable[[], object]:
    """Three scorers of inspect_ai score a log that has the texts."""
    from inspect_ai import Task, score
    from inspect_ai import eval as evaluate
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import Score, mean, scorer
    from inspect_ai.solver import solver

    @solver
    def planned() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            state.output = ModelOutput.from_content("planned", state.metadata["planned"])
            return state

        return solve

    def scored(check: Check) -> Any:
        @scorer(metrics=[mean()], name=check.__name__)
        def one() -> Any:
            async def judge(state: Any, target: Any) -> Any:
                return Score(value=check(state.output.completion, target.text))

            return judge

        return one()

    rows = zip(texts, solutions, strict=True)
    samples = [Sample(input="?", target=solution, metadata={"planned": text}) for text, solution in rows]
    task = Task(dataset=samples, solver=planned())
    (log,) = evaluate(task, model="none/none", log_dir=str(folder), display="none")
    scorers = [scored(check) for check in CHECKS]
    return lambda: score(log, scorers, action="overwrite", display="none")
