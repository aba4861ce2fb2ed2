"""What FSDP2 needs beside what the libraries do: layers that are there, whole gradients, checkpoints that resume."""

from functools import partial
from operator import mul
from typing import Any

import torch
from torch.distributed.tensor import DTensor, Partial
from transformers import TrainerCallback

from vlm_rewards_trl.trl_compat import LAYERS


def prepare_fsdp2(trainer: Any) -> None:
    """Let a trainer of TRL train a vision-language model under FSDP2 as it does without; others stay as they are."""
    plugin = getattr(trainer.accelerator.state, "fsdp_plugin", None)
    if plugin is None or plugin.fsdp_version != 2:
        return
    if plugin.transformer_cls_names_to_wrap is None:
        # Families name the layers of every tower that they may have, and accelerate raises where one is not there.
        there = {type(module).__name__ for module in trainer.model.modules()}
        plugin.transformer_cls_names_to_wrap = sorted(there.intersection(getattr(trainer.model, LAYERS) or ()))
    trainer.add_callback(_Fsdp2())
    clip = trainer.accelerator.clip_grad_norm_  # whose norm is before torch 2.10 a rank's own part
    trainer.accelerator.clip_grad_norm_ = lambda *given, **named: _whole(clip(*given, **named))


def _whole(norm: Any) -> Any:
    return norm.full_tensor() if isinstance(norm, DTensor) else norm


class _Fsdp2(TrainerCallback):  # type: ignore[misc]  # transformers ships no types
    """Gradients as without FSDP: that of an output layer of its own, and zeros where a weight takes no part."""

    def on_train_begin(self, _args: Any, _state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        """Average over the ranks what TRL's loss asks of the output layer (docs/design/0010-fsdp2.md)."""
        head = model.get_output_embeddings()
        for weight in (head.weight, getattr(head, "bias", None)):
            if isinstance(weight, DTensor) and weight.requires_grad:
                partials = [Partial()] * weight.device_mesh.ndim  # each rank knows the gradient of its own rows
                weight.full_tensor = partial(weight.full_tensor, grad_placements=partials)  # type: ignore[method-assign]
                weight.register_hook(partial(mul, 1 / weight.device_mesh.size()))  # type: ignore[no-untyped-call]

    def on_pre_optimizer_step(self, _args: Any, _state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        """Give every trained weight a gradient: the optimiser has no state for one without, and no run resumes."""
        for weight in model.parameters():
            if weight.requires_grad and weight.grad is None:
                weight.grad = torch.zeros_like(weight)
