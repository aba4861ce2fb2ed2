"""What is done while TRL trains: warnings about rewards that teach nothing, and records beside the weights."""

import logging
from collections import defaultdict
from collections.abc import Mapping
from math import lcm
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from vlm_rewards_trl.recipe.provenance import Provenance
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.logging import FLAT_GROUPS
from vlm_rewards_trl.trl_compat import CHECKPOINT_PREFIX

logger = logging.getLogger(__name__)

#: Logs in a row after which a rate is not an accident.
LOGS = 3

#: Share of groups without any difference in reward from which on a run learns next to nothing.
FLAT = 0.9

_FLAT = (
    "In {rate:.0%} of the groups every completion earns the same reward, and such groups teach nothing. Raise "
    "`temperature` or `num_generations`, choose prompts that the model solves now and then, or add a term that tells a "
    "bad answer from a worse one."
)
_ABSTAINED = (
    "The reward '{term}' abstained on every completion so far. Route it with `when` to the rows it is for, or read in "
    "the table of completions (`{term}_reason`) why it does."
)


def callbacks_of(recipe: Recipe) -> list[TrainerCallback]:
    """The callbacks that a recipe names, made with their options. Raises ConfigError for what is none."""
    made: list[TrainerCallback] = []
    for name, options in recipe.config.callbacks.items():
        kind = recipe.named(name, "callbacks")
        if not (isinstance(kind, type) and issubclass(kind, TrainerCallback)):
            raise recipe.error(("callbacks", name), f"'{name}' is not a callback class of transformers.", at_key=True)
        made.append(recipe.make(kind, options or {}, "callbacks"))
    return made


def save_whole_generations(arguments: Any, held: Any, saved: int, evaluated: int) -> None:
    """Raise the `save_steps` that is held to where a generation ends: the rest of one is in no checkpoint."""
    accumulated = arguments.gradient_accumulation_steps
    period = lcm(arguments.steps_per_generation * arguments.num_iterations, accumulated) // accumulated
    if arguments.load_best_model_at_end and arguments.eval_strategy == "steps" and evaluated:
        period = lcm(period, evaluated)
    if arguments.save_strategy == "steps" and saved % period:
        given, held.save_steps = held.save_steps, -(-saved // period) * period
        told = "A run resumes exactly where a generation ends, every %d updates: `save_steps` is %d, not %s."
        logger.warning(told, period, held.save_steps, given)


class GenerationCallback(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Saves whole generations, however `save_steps` is given."""

    def on_train_begin(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Round shares of a run whose length is known only now."""
        save_whole_generations(args, state, state.save_steps, state.eval_steps or 0)


class AdviceCallback(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Warns, once for each cause, when the rewards of a run cannot teach it anything."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, list[float]] = defaultdict(list)  # what was logged in a row and is too much

    def on_log(self, _args: Any, state: Any, _control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        """Look at the shares of flat groups, and of abstentions per term."""
        for name, value in (logs or {}).items() if state.is_world_process_zero else ():
            term = name.removeprefix("rewards/").removesuffix("/abstain_rate")
            if name not in (FLAT_GROUPS, f"rewards/{term}/abstain_rate"):
                continue
            limit, advice = (FLAT, _FLAT) if name == FLAT_GROUPS else (1.0, _ABSTAINED)
            seen = self._seen[name]
            if value is not None and value >= limit:
                seen.append(value)
                if len(seen) == LOGS:
                    logger.warning(advice.format(term=term, rate=sum(seen) / LOGS))
            elif len(seen) < LOGS:  # else it is said
                seen.clear()


class RecordCallback(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Writes the record of the rewards into every checkpoint and into the model card."""

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance

    def on_train_begin(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Write the record into the output folder, from which TRL pushes to the hub."""
        if state.is_world_process_zero:
            Path(args.output_dir).mkdir(parents=True, exist_ok=True)
            self.provenance.write(Path(args.output_dir))

    def on_save(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Write the record into the checkpoint, and the rewards into the model card that TRL has just written."""
        if not state.is_world_process_zero:
            return
        checkpoint = Path(args.output_dir) / f"{CHECKPOINT_PREFIX}-{state.global_step}"
        if checkpoint.is_dir():
            self.provenance.write(checkpoint)
        self.provenance.update_model_card(Path(args.output_dir) / "README.md")
