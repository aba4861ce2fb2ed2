"""Run by torchrun in two processes: runs of recipes one after the other, under DDP, FSDP2 or ZeRO-3.

Accelerate takes FSDP and DeepSpeed for GPUs alone and falls back to DDP without a word; here it is told to take them on
the CPU. FSDP2 asks gloo there for averages of gradients and gets sums before torch 2.9: then it is told to divide them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from accelerate.state import AcceleratorState, GradientState
from accelerate.utils import DistributedType
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from transformers import TrainerCallback

from vlm_rewards_trl import Recipe
from vlm_rewards_trl.methods import online
from vlm_rewards_trl.methods.method import load_processor
from vlm_rewards_trl.methods.registry import find_method

START = AcceleratorState.__init__


def start(self: Any, *given: Any, fsdp_plugin: Any = None, deepspeed_plugin: Any = None, **more: Any) -> None:
    """Start as ever, and take what was asked for; every further call resets the type."""
    START(self, *given, fsdp_plugin=fsdp_plugin, deepspeed_plugin=deepspeed_plugin, **more)
    if deepspeed_plugin is not None:
        deepspeed_plugin.set_mixed_precision("no")
        deepspeed_plugin.select(_from_accelerator_state=True)
        self.deepspeed_plugins = deepspeed_plugin
    self.fsdp_plugin = fsdp_plugin or self.__dict__.get("fsdp_plugin")
    if self.fsdp_plugin is not None:
        self.distributed_type = DistributedType.FSDP
    elif self.deepspeed_plugins is not None:
        self.distributed_type = DistributedType.DEEPSPEED


def processor_of(recipe: Recipe) -> Any:
    """Load it as ever, but for that of the mixture, which transformers loads with torchvision alone."""
    if Path(recipe.config.model).name != "mixture":
        return load_processor(recipe)
    from tests.trainers.tiny_families import tiny_mixture

    return tiny_mixture()[1]


def gloo_averages() -> bool:
    """Whether the average that gloo scatters over the ranks is one."""
    average = torch.zeros(1)
    torch.distributed.reduce_scatter_tensor(average, torch.ones(2), op=torch.distributed.ReduceOp.AVG)
    return average.item() == 1


class Divide(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Lets FSDP2 ask for sums and divide them itself."""

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Tell every unit."""
        del args, state, control
        for module in model.modules():
            if isinstance(module, FSDPModule):
                module.set_force_sum_reduction_for_comms(True)


class Count(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Notes the steps that are done."""

    def __init__(self, steps: list[int]) -> None:
        self.steps = steps

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Note one."""
        del args, control
        self.steps.append(state.global_step)


def run(method: str, recipe: dict[str, Any], *, way: str, resumed: str | None) -> dict[str, Any]:
    """Train; the steps done, the norms of the gradients, the weights, and which of them were spread over the ranks."""
    AcceleratorState._reset_state()
    GradientState._reset_state()
    os.environ["ACCELERATE_USE_FSDP"] = str(way == "fsdp2").lower()
    os.environ["ACCELERATE_USE_DEEPSPEED"] = str(way == "zero3").lower()
    trainer = find_method(method)(Recipe.read(recipe))
    steps: list[int] = []
    trainer.add_callback(Count(steps))
    if way == "fsdp2" and not gloo_averages():
        trainer.add_callback(Divide())
    trainer.train(resume_from_checkpoint=resumed)
    weights = {
        name.replace("_checkpoint_wrapped_module.", ""): weight.detach()
        for name, weight in trainer.accelerator.unwrap_model(trainer.model).named_parameters()
    }
    spread = [name for name, weight in weights.items() if isinstance(weight, DTensor)]
    return {
        "engine": type(trainer.model_wrapped).__name__,
        "folder": recipe["output_dir"],
        "steps": steps,
        "norms": [entry["grad_norm"] for entry in trainer.state.log_history if "grad_norm" in entry],
        "spread": spread,
        "weights": {name: weight.full_tensor() if name in spread else weight for name, weight in weights.items()},
    }


if __name__ == "__main__":
    AcceleratorState.__init__ = start
    with patch.object(online, "load_processor", processor_of):
        for given in json.loads((Path(sys.argv[1]) / "runs.json").read_text()):
            told = run(**given)
            if os.environ["RANK"] == "0":
                torch.save(told, Path(told["folder"]) / "run.pt")
    torch.distributed.destroy_process_group()
