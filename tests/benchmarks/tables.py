"""SFT, then GRPO, on real pictures of tables, by a model trained from scratch: the curve, whatever it says.

python -m tests.benchmarks.tables --data tabmwp --minutes 10

The data are problems of TabMWP (CC BY-NC-SA 4.0): a folder with `problems_dev1k.json` and `images/ID.png`. All that is
made of them goes to `--folder`, outside the project. The same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import TYPE_CHECKING, Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from tests.benchmarks.small_vlm import Size, build
from tests.benchmarks.tables_data import make_rows, read_problems, split, without_pictures, write_answer
from vlm_rewards import Batch, Completion, Scorer, load_scorer
from vlm_rewards.report import summarise

if TYPE_CHECKING:
    from datasets import Dataset

# Paper is nothing: with the usual grey as zero a patch is 3,072 equal inputs of paper and a little print, and the model
# learns what it would learn from white pictures.
SIZE = Size(hidden=128, text_layers=2, vision_layers=1, heads=4, side=288, patch=32, initializer_range=0.1, zero=1.0)
VOCABULARY = 1024
HELD_OUT = 150
ANSWER_TOKENS = 24
POINTS = 4  # of the curve, in each stage
# Steps end a stage, not a clock: the same command gives the same figures on any machine, if not in the same time.
SFT_STEPS, GRPO_STEPS = 40, 30  # per minute of the whole
REWARDS = """\
version: 1
rewards:
  format: {use: format/answer_tag, weight: 0.2}
  pick: {use: vqa/choice, gate: format, when: {column: task, in: [choice]}}
  number: {use: vqa/relaxed_accuracy, params: {tolerance: 0.0}, gate: format, when: {column: task, in: [number]}}
  rows: {use: vqa/count, gate: format, when: {column: task, in: [rows]}}
  box: {use: grounding/box_iou, gate: format, when: {column: task, in: [box]}}
"""

#: A line of the table: a name, the held-out loss, and per way of answering the mean of the total and of each term.
Line = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> list[Line]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10, help="about, on two quiet cores")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "vlm-rewards-tables")
    options = parser.parse_args(arguments)
    begin = perf_counter()
    lines = run(options.data, options.minutes, options.seed, options.folder / f"{options.minutes:g}-{options.seed}")
    print_lines(lines)
    print(f"\n{(perf_counter() - begin) / 60:.1f} minutes")
    return lines


def run(data: Path, minutes: float, seed: int, folder: Path) -> list[Line]:
    """Train both stages, and score every checkpoint on the held-out problems."""
    from vlm_rewards_trl import compare

    folder.mkdir(parents=True, exist_ok=True)
    train, held_out = split(read_problems(data), HELD_OUT, seed)
    # GRPO asks about tables that no demonstration has shown: of those that SFT knows by heart it would learn nothing.
    shown, asked = split(train, len(train) // 2, seed + 1)
    parts = {"sft": shown, "grpo": asked, "test": held_out}
    rows = {name: make_rows(problems, data / "images", SIZE.side) for name, problems in parts.items()}
    files = {name: folder / f"{name}.parquet" for name in rows}
    for name, dataset in rows.items():
        dataset.to_parquet(files[name])
    rewards = folder / "rewards.yaml"
    rewards.write_text(REWARDS)
    parameters = build(folder / "base", SIZE, texts=texts_of(rows["sft"]), vocabulary=VOCABULARY, seed=seed)
    counts = ", ".join(f"{len(problems)} for {name}" for name, problems in parts.items())
    print(f"problems: {counts}; {parameters / 1e6:.2f} million parameters")

    stages = {
        "sft": trained("sft", sft_recipe(folder, files, max(POINTS, round(minutes * SFT_STEPS))), seed),
        "grpo": trained("grpo", grpo_recipe(folder, files, max(POINTS, round(minutes * GRPO_STEPS))), seed),
    }
    scorer = load_scorer(rewards)
    models = {"start": folder / "base"}
    for stage, trained_in in stages.items():
        models |= {f"{stage} {step}": path for step, path in checkpoints(trained_in).items()}
    how = {"max_tokens": ANSWER_TOKENS, "seed": seed}
    compared = compare(models, rows["test"], scorer, **how)
    seen = compared.summary
    blind = compare(stages, without_pictures(rows["test"]), scorer, **how).summary
    losses = {f"sft {step}": loss for step, loss in held_out_losses(stages["sft"]).items()}
    lines = list(baselines(rows["sft"], rows["test"], scorer))
    lines += [measured(seen, name, name, losses.get(name)) for name in seen.models]
    lines += [measured(blind, name, f"{name}, white pictures") for name in blind.models]
    (folder / "results.json").write_text(json.dumps(lines, indent=1))
    last = [next(name for name in reversed(seen.models) if name.startswith(stage)) for stage in stages]
    gains = summarise([row for row in compared.rows if row.model in last])
    for mode in gains.modes:
        gain = gains.of(last[1], mode).difference
        print(
            f"{last[1]} minus {last[0]}, {mode}: {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]" if gain else ""
        )
    return lines


def texts_of(rows: Dataset) -> list[str]:
    """What the tokenizer learns from: questions, and answers without the tags, which are tokens of their own."""
    return [*(prompt[0]["content"] for prompt in rows["prompt"]), *rows["solution"]]


def sft_recipe(folder: Path, files: Mapping[str, Path], steps: int) -> dict[str, Any]:
    held_out = {"path": "parquet", "data_files": str(files["test"])}
    return {
        "model": str(folder / "base"),
        "dataset": {"path": "parquet", "data_files": str(files["sft"])},
        "eval_dataset": held_out,
        "output_dir": str(folder / "sft"),
        "training": {
            **saved_in(steps),
            "eval_strategy": "steps",
            "eval_steps": max(1, steps // POINTS),
            "per_device_train_batch_size": 16,
            "per_device_eval_batch_size": 32,
            "learning_rate": 2e-3,
            "lr_scheduler_type": "cosine",
            "warmup_steps": min(30, steps // 3),
            "adam_beta2": 0.95,
            "weight_decay": 0.1,
        },
    }


def grpo_recipe(folder: Path, files: Mapping[str, Path], steps: int) -> dict[str, Any]:
    return {
        "model": str(folder / "sft"),
        "dataset": {"path": "parquet", "data_files": str(files["grpo"])},
        "rewards": str(folder / "rewards.yaml"),
        "output_dir": str(folder / "grpo"),
        "training": {
            **saved_in(steps),
            "per_device_train_batch_size": 32,
            "num_generations": 8,
            "max_completion_length": ANSWER_TOKENS,
            "learning_rate": 1e-4,
            "log_completions": False,
        },
    }


def saved_in(steps: int) -> dict[str, Any]:
    """Steps of a stage, with a checkpoint at every point of the curve."""
    every = max(1, steps // POINTS)
    return {
        "max_steps": every * POINTS,
        "save_steps": every,
        "logging_steps": every,
        "report_to": "none",
        "disable_tqdm": True,
    }


def trained(method: str, recipe: dict[str, Any], seed: int) -> Path:
    """Train, from the last checkpoint if there is one, unless it is done; the folder of the model."""
    from vlm_rewards_trl import train

    folder = Path(recipe["output_dir"])
    if not (folder / "model.safetensors").exists():
        recipe["training"]["resume_from_checkpoint"] = bool(checkpoints(folder))
        train(method, recipe, seed=seed)
    return folder


def checkpoints(folder: Path) -> dict[int, Path]:
    """Checkpoints by step."""
    found = {int(path.name.removeprefix("checkpoint-")): path for path in folder.glob("checkpoint-*")}
    return dict(sorted(found.items()))


def held_out_losses(folder: Path) -> dict[int, float]:
    """The loss on the held-out answers, by step."""
    state = json.loads((list(checkpoints(folder).values())[-1] / "trainer_state.json").read_text())
    return {entry["step"]: entry["eval_loss"] for entry in state["log_history"] if "eval_loss" in entry}


def baselines(train: Dataset, test: Dataset, scorer: Scorer) -> Iterator[Line]:
    """What answers earn that are right in form and look at nothing: one guess, and the commonest answer of the task.

    A guess is one of the options, scored by its expectation; where there are none it earns nothing.
    """
    answers = {task: Counter[str]() for task in set(train["task"])}
    for task, answer in zip(train["task"], train["solution"], strict=True):
        answers[task][answer] += 1
    given = [
        max(options or list(answers[task]), key=lambda answer, seen=answers[task]: seen[answer])
        for task, options in zip(test["task"], test["options"], strict=True)
    ]
    columns = {name: list(test[name]) for name in ("prompt", "solution", "options", "task")}
    scored = scorer.score(Batch([Completion(write_answer(answer)) for answer in given], columns))
    totals = [total for total in scored.totals if total is not None]
    terms = {name: fmean(value for value in term.values if value is not None) for name, term in scored.terms.items()}
    chances = [1 / len(row) for row in test["options"] if row]
    chance = {
        "total": 0.2 + sum(chances) / len(test),
        **dict.fromkeys(terms, 0.0),
        "format": 1.0,
        "pick": fmean(chances),
    }
    yield {"name": "chance", "loss": None, "greedy": chance, "sampled": chance}
    commonest = {"total": fmean(totals), **terms}
    yield {"name": "commonest answer", "loss": None, "greedy": commonest, "sampled": commonest}


def measured(summary: Any, model: str, name: str, loss: float | None = None) -> Line:
    """A line of the table for one model."""
    line: Line = {"name": name, "loss": loss}
    for mode in summary.modes:
        column = summary.of(model, mode)
        line[mode] = {"total": column.total.mean, **{term: found.mean for term, found in column.terms.items()}}
        line[mode] |= {"low": column.total.low, "high": column.total.high}
    return line


def print_lines(lines: Sequence[Line]) -> None:
    """A table for each way of answering: the mean of the total with its interval, and of every term."""
    for mode in ("greedy", "sampled"):
        terms = [name for name in lines[0][mode] if name not in {"total", "low", "high"}]
        heads = "".join(f"{head:>9}" for head in ("loss", "total"))
        print(f"\n{mode:<22}{heads}{'95 %':>17}" + "".join(f"{term:>9}" for term in terms))
        for line in lines:
            found = line[mode]
            loss = "" if line["loss"] is None else f"{line['loss']:.3f}"
            interval = f"{found['low']:.3f}..{found['high']:.3f}" if "low" in found else ""
            print(
                f"{line['name']:<22}{loss:>9}{found['total']:>9.3f}{interval:>17}"
                + "".join(f"{found[term]:>9.3f}" for term in terms)
            )


if __name__ == "__main__":
    main()
