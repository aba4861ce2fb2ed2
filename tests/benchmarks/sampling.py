"""What resting solved prompts brings on the digits example: groups without spread, and held-out reward per minute.

Run as `python -m tests.benchmarks.sampling --seeds 3`. Each seed takes its own images and initial weights, learns the
start of the demo by SFT, and then aligns it by GRPO on a few prompts that come round several times: without `sampling`,
with rest, and with a curriculum besides. With `--hopeless` two prompts in five have a reference that no answer reaches,
as mistakes of a dataset are. A folder that holds a result is not run again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any

from tests.benchmarks.learning import EXAMPLES, interval, recipe, trained

PROMPTS = 80
#: The last one goes by what `prefer` finds before the run; its minutes count.
ARMS: Mapping[str, Mapping[str, Any] | None] = {
    "without": None,
    "rest": {"skip_solved": 1, "rest": 4},
    "curriculum": {"skip_solved": 1, "rest": 4, "curriculum": {"by": "right_share", "schedule": [[0, 0.05, 1]]}},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--folder", type=Path, default=Path("runs/sampling"))
    parser.add_argument("--hopeless", action="store_true")
    options = parser.parse_args()
    seeds = range(options.seeds)
    results = [run(seed, options.steps, options.folder / f"seed{seed}", options.hopeless) for seed in seeds]
    print_table(results)


def run(seed: int, steps: int, folder: Path, hopeless: bool) -> dict[str, Any]:  # noqa: FBT001
    """Train and evaluate everything of one seed."""
    from datasets import load_dataset

    from vlm_rewards import load_scorer
    from vlm_rewards_digits import build_model, write_data
    from vlm_rewards_trl import compare, prefer

    kind = "hopeless" if hopeless else "clean"
    written = folder / f"{kind}-{steps}.json"
    result: dict[str, Any] = {"seed": seed, "flat": {}, "minutes": {}}
    if written.exists():
        result = json.loads(written.read_text())
    missing = [arm for arm in ARMS if arm not in result["minutes"]]
    if not missing:
        return result
    start = folder / "start"
    if not (start / "config.json").exists():
        files = write_data(folder / "data", seed=seed)
        trained("sft", recipe("sft", build_model(folder / "base", seed=seed), files["sft"], start), seed)
    prompts = load_dataset("parquet", data_files=str(folder / "data/train.parquet"), split=f"train[:{PROMPTS}]")
    if hopeless:
        prompts = prompts.map(without_hope, with_indices=True)
    prompts.to_parquet(folder / f"{kind}.parquet")
    for arm in missing:
        begin, data = process_time(), folder / f"{kind}.parquet"
        if "curriculum" in (ARMS[arm] or {}):
            data = prefer(recipe("prefer", start, data, folder / f"{kind}-pairs"), k=16, seed=seed).files["prompts"]
        made = recipe("grpo", start, data, folder / f"{kind}-{arm}")
        made["training"] |= {"max_steps": steps, "logging_steps": 1, "save_strategy": "steps", "save_steps": steps}
        trained("grpo", {**made, "sampling": ARMS[arm]}, seed)
        result["minutes"][arm] = (process_time() - begin) / 60
        state = json.loads((folder / f"{kind}-{arm}/checkpoint-{steps}/trainer_state.json").read_text())
        # TRL's own share takes rounding for spread: eight rewards of 1.2 are no flat group to it.
        logs = [log for log in state["log_history"] if "reward" in log]
        result["flat"][arm] = [log.get("rewards/format/zero_variance_rate", 0.0) for log in logs]
    test = load_dataset("parquet", data_files=str(folder / "data/test.parquet"), split="train")
    models = {"start": start, **{arm: folder / f"{kind}-{arm}" for arm in ARMS}}
    scorer = load_scorer(EXAMPLES / "rewards.yaml")
    result["summary"] = compare(models, test, scorer, max_tokens=32, seed=seed).summary.as_json()
    written.write_text(json.dumps(result))
    return result


def without_hope(row: Mapping[str, Any], index: int) -> dict[str, Any]:
    """The row with a sum or a count that no answer has, in three of five rows that have one."""
    return {"solution": "99" if row["task"] != "box" and index % 5 < 3 else row["solution"]}


def print_table(results: Sequence[Mapping[str, Any]]) -> None:
    """A line per seed and arm: flat groups in each third of the run, held-out rewards, and their gain per minute."""
    print(
        f"{'seed':<5}{'sampling':<12}{'flat groups, by thirds':<26}{'held out, sampled':<24}{'gain per CPU minute':>20}"
    )
    for result in results:
        rewards = dict(held_out(result))
        for arm in ARMS:
            flat, third = result["flat"][arm], len(result["flat"][arm]) // 3
            shares = " ".join(f"{fmean(flat[at * third : (at + 1) * third]):.0%}" for at in range(3))
            gain = (rewards[arm]["mean"] - rewards["start"]["mean"]) / result["minutes"][arm]
            told = f"{fmean(flat):.0%} ({shares})"
            print(f"{result['seed']:<5}{arm:<12}{told:<26}{interval(rewards[arm]):<24}{gain:>20.3f}")


def held_out(result: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, float]]]:
    """The sampled rewards of each model on held-out images."""
    for column in result["summary"]["columns"]:
        if column["mode"] == "sampled":
            yield column["model"], column["total"]


if __name__ == "__main__":
    main()
