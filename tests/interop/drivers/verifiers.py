"""verifiers: a task whose config names the reward of the exported file scores traces of one turn."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import verifiers.v1 as vf
from verifiers.v1.configs.task import RewardFunctionConfig, TaskConfig
from verifiers.v1.graph import MessageNode
from verifiers.v1.trace import AgentInfo, TraceTask
from verifiers.v1.types import AssistantMessage

from tests.interop.driving import FOLDER, drive


class Row(vf.TaskData):
    solution: str
    kind: str
    box: list[float]
    images: list[str]
    says: str


class Quiz(vf.Task[Row]):
    pass


def main() -> None:
    named = RewardFunctionConfig(fn=f"{FOLDER}/verifiers_rewards.py:reward")
    config = TaskConfig(rewards={"vlm_rewards": named})

    async def ask(row: dict[str, Any]) -> Any:
        answer = AssistantMessage(content=row.pop("completion"))
        task = Quiz(Row(**row | {"id": str(row["id"])}), config)
        told = TraceTask(type="Quiz", data=task.data)
        trace = vf.Trace(task=told, agent=AgentInfo(config={}), nodes=[MessageNode(message=answer, sampled=True)])
        await task.score(trace)
        assert trace.metrics["box_counted"] == (row["kind"] == "box")
        return trace.reward

    drive(version("verifiers"), ask)


if __name__ == "__main__":
    main()
