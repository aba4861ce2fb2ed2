"""lmms-eval: a pipeline whose verifier is the exported one, by its name."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from lmms_eval.verifiers import build_verification_pipeline

from tests.interop.driving import drive, load
from vlm_rewards.export import prepare


def main() -> None:
    load("lmms_eval_rewards.py", "verifier")
    pipeline = build_verification_pipeline({"extractors": [{"type": "strip"}], "verifier": {"type": "vlm_rewards"}})

    def ask(row: dict[str, Any]) -> Any:
        answer = row.pop("completion")
        result = pipeline(row["prompt"], answer, prepare(row, "lmms_eval")["ground_truth"])
        assert result.metadata["valid"] is result.metadata["confident"]
        return result.score if result.metadata["valid"] else None

    drive(version("lmms-eval"), ask)


if __name__ == "__main__":
    main()
