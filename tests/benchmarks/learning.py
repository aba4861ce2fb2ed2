"""What each method learns from one imperfect start, and what our path costs: `python -m tests.benchmarks.learning`.

For every seed: a model with random weights, SFT on flawed demonstrations (the start), and then, from the same start,
GRPO, GSPO and RLOO under the rewards file, and DPO, MPO and SFT on what `prefer` makes of the same rewards. The
recipes are those of `examples/digits`; held-out pictures are scored greedily and sampled.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

from ruamel.yaml import YAML

EXAMPLES = Path(__file__).parents[2] / "examples/digits"
METHODS = ("grpo", "gspo", "rloo", "dpo", "mpo", "sft")
MODES = ("greedy", "sampled")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--folder", type=Path, default=Path("runs/learning"))
    options = parser.parse_args()
    methods = options.methods.split(",")
    results = [run(seed, methods, options.folder / f"seed{seed}") for seed in range(options.seeds)]
    for mode in MODES:
        print_table(results, ["start", *methods], mode)


def run(seed: int, methods: Sequence[str], folder: Path) -> dict[str, Any]:
    """Train and evaluate everything of one seed; what is there already is not done again."""
    from datasets import load_dataset

    from vlm_rewards import load_scorer
    from vlm_rewards_digits import build_model, write_data
    from vlm_rewards_trl import compare, prefer

    written = folder / "results.json"
    seconds: dict[str, float] = {}
    if not (folder / "start").exists():
        files = write_data(folder / "data", seed=seed)
        base = build_model(folder / "base", seed=seed)
        seconds["start"] = trained("sft", recipe("sft", base, files["sft"], folder / "start"), seed)
    start, train = folder / "start", folder / "data/train.parquet"
    if set(methods) & {"dpo", "mpo", "sft"}:
        begin = perf_counter()
        prefer(recipe("prefer", start, train, folder / "pairs"), seed=seed)
        seconds["pairs"] = perf_counter() - begin
    sources = {"dpo": "preferences", "mpo": "preferences", "sft": "best_of_n"}
    for method in methods:
        if (folder / method).exists():
            continue
        source = folder / f"pairs/{sources[method]}.parquet" if method in sources else train
        # SFT on the best of n has the settings of MPO, which imitates the same answers.
        settings = recipe("mpo" if method == "sft" else method, start, source, folder / method)
        seconds[method] = trained(method, settings, seed)
    models = {"start": start, **{method: folder / method for method in methods}}
    test = load_dataset("parquet", data_files=str(folder / "data/test.parquet"), split="train")
    summary = compare(models, test, load_scorer(EXAMPLES / "rewards.yaml"), max_tokens=32, seed=seed).summary
    result = {"seed": seed, "seconds": seconds, "summary": summary.as_json()}
    written.write_text(json.dumps(result, indent=1))
    return result


def recipe(name: str, model: Path, data: Path, output: Path) -> dict[str, Any]:
    """A recipe of the example with other paths."""
    read: dict[str, Any] = YAML(typ="safe").load((EXAMPLES / f"{name}.yaml").read_text())
    read |= {"model": str(model), "output_dir": str(output)}
    read["dataset"] |= {"data_files": str(data)}
    if "rewards" in read:
        read["rewards"] = str(EXAMPLES / read["rewards"])
    return read


def trained(method: str, settings: Mapping[str, Any], seed: int) -> float:
    """Train; seconds that it took."""
    from vlm_rewards_trl import train

    begin = perf_counter()
    train(method, settings, seed=seed, disable_tqdm=True)
    return perf_counter() - begin


def print_table(results: Sequence[Mapping[str, Any]], models: Sequence[str], mode: str) -> None:
    """Means with 95 % intervals over the held-out rows, per seed, and the mean difference to the start."""
    seeds = "".join(f"{'seed ' + str(result['seed']):>24}" for result in results)
    print(f"\n{mode:<8}{seeds}{'minus start, per seed':>40}{'seconds':>9}")
    for model in models:
        found = list(columns(results, model, mode))
        cells = "".join(f"{interval(column['total']):>24}" for column in found)
        gains = "" if model == "start" else "  ".join(interval(column["difference"]) for column in found)
        taken = [result["seconds"][model] for result in results if model in result["seconds"]]
        print(f"{model:<8}{cells}  {gains:>38}{fmean(taken) if taken else float('nan'):>9.0f}")


def columns(results: Sequence[Mapping[str, Any]], model: str, mode: str) -> Iterator[Mapping[str, Any]]:
    for result in results:
        for column in result["summary"]["columns"]:
            if (column["model"], column["mode"]) == (model, mode):
                yield column


def interval(estimate: Mapping[str, float]) -> str:
    return f"{estimate['mean']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}]"


if __name__ == "__main__":
    main()
