"""OpenEnv: an environment whose rubric is the exported one scores its own steps."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State

from tests.interop.driving import drive, load


class Said(Action):
    message: str


class Quiz(Environment):
    def reset(self, *args: Any, **kwargs: Any) -> Observation:
        self.row = kwargs
        return Observation(metadata=self.row)

    def step(self, action: Said, *args: Any, **kwargs: Any) -> Observation:
        observation = Observation(done=True, metadata=self.row)
        observation.reward = self._apply_rubric(action, observation)
        return observation

    @property
    def state(self) -> State:
        return State()


def main() -> None:
    quiz = Quiz(rubric=load("openenv_rewards.py", "rubric"))

    def ask(row: dict[str, Any]) -> Any:
        answer = row.pop("completion")
        quiz.reset(**row)
        return quiz.step(Said(message=answer)).reward

    drive(version("openenv"), ask)


if __name__ == "__main__":
    main()
