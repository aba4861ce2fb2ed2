"""inspect_ai: an evaluation whose model says the answers that are planned, with the scorer of the exported file."""

from __future__ import annotations

import math
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai._eval.loader import scorer_from_spec
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer._scorer import ScorerSpec
from inspect_ai.solver import Generate, TaskState, solver

from tests.interop.driving import FOLDER, planted, tell


@solver
def planned() -> Any:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.output = ModelOutput.from_content("planned", state.metadata["planned"])
        state.messages.append(state.output.message)
        return state

    return solve


def main() -> None:
    samples = []
    for row in planted():
        answer, reference = row.pop("completion"), row.pop("solution")
        samples.append(Sample(input=row["prompt"], target=reference, id=row["id"], metadata={**row, "planned": answer}))
    scorer = scorer_from_spec(ScorerSpec(f"{FOLDER / 'inspect_rewards.py'}@rewards"), Path(FOLDER))
    task = Task(dataset=samples, solver=planned(), scorer=scorer)
    (log,) = evaluate(task, model="none/none", log_dir=str(FOLDER / "logs"), display="none")
    assert log.status == "success", log.error
    scores = {sample.id: next(iter(sample.scores.values())).value for sample in log.samples}
    counted = next(iter(log.results.scores))
    told = [scores[sample.id] for sample in samples]
    told = [None if math.isnan(value) else value for value in told]
    assert counted.unscored_samples == told.count(None)
    tell(version("inspect_ai"), told)


if __name__ == "__main__":
    main()
