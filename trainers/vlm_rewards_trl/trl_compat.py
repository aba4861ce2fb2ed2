"""What we use of TRL and transformers that they do not promise: inner names, texts of messages, renamed options.

A test compares every one with the installed versions, so that a new release that changes one is noticed there.
"""

import logging
import os
from collections.abc import Container, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

#: What TRL passes to a reward function beside the columns of the dataset.
INJECTED = frozenset({"trainer_state", "log_extra", "log_metric", "environments"})

#: How the folder of a checkpoint begins.
CHECKPOINT_PREFIX = "checkpoint"

#: What a trainer writes last: a checkpoint without it was cut off while it was written.
CHECKPOINT_STATE = "trainer_state.json"

#: Methods of a trainer that load weights: a checkpoint's, and those of the best one.
WEIGHTS_LOADER, BEST_LOADER = "_load_from_checkpoint", "_load_best_model"

#: Methods of a trainer that load the rest of a checkpoint, and what that is.
STATE_LOADERS = {
    "_load_optimizer_and_scheduler": "optimizer or scheduler state",
    "_load_rng_state": "state of the random numbers",
}

#: What TRL's model cards say of every model, and what they say of one with images.
CARD = {
    "[None](https://huggingface.co/None)": "`%(base)s`",
    'model="None"': 'model="%(here)s"',
    '"text-generation"': '"image-text-to-text"',
    "generator([": "generator(text=[",
    '"content": question': '"content": [{"type": "image", "url": "image.png"}, {"type": "text", "text": question}]',
}

#: Files of a checkpoint without which a run goes on all the same, and what then starts anew.
STATE_FILES = {"optimizer.pt": "optimiser", "scheduler.pt": "optimiser", "rng_state.pth": "chain of random numbers"}

#: Where a model names the classes of its layers.
LAYERS = "_no_split_modules"

_POSITIVE = "gradient_accumulation_steps generation_batch_size num_generations num_iterations steps_per_generation r"
_POSITIVE += " max_completion_length per_device_train_batch_size per_device_eval_batch_size ref_model_sync_steps"
_POSITIVE += " max_length num_train_epochs repetition_penalty temperature"
_NOT_NEGATIVE = "adam_epsilon beta dataloader_num_workers delta epsilon epsilon_high eval_steps learning_rate"
_NOT_NEGATIVE += " logging_steps max_grad_norm save_steps seed top_k warmup_steps weight_decay"
_SHARES = "label_smoothing lora_dropout min_p ref_model_mixup_alpha top_entropy_quantile"
_DPO = "sigmoid hinge ipo exo_pair nca_pair robust bco_pair sppo_hard aot aot_unpaired apo_zero apo_down discopop sft"
#: Bounds, or types (`CLASS.NAME`: of one class), of arguments that take any value: others end a run at its first step.
VALUES: Mapping[str, Any] = {
    **dict.fromkeys(_POSITIVE.split(), Field(gt=0, allow_inf_nan=False)),
    **dict.fromkeys(_NOT_NEGATIVE.split(), Field(ge=0, allow_inf_nan=False)),
    **dict.fromkeys(_SHARES.split(), Field(ge=0, le=1)),
    **dict.fromkeys(("adam_beta1", "adam_beta2"), Field(ge=0, lt=1)),
    **dict.fromkeys(("top_p", "vllm_gpu_memory_utilization"), Field(gt=0, le=1)),
    "resume_from_checkpoint": str | bool | None,  # TRL's command line knows only text; `true` is the last one
    "GRPOConfig.loss_type": Literal["grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo", "vespo"],
    "DPOConfig.loss_type": list[Literal[(*_DPO.split(), "sigmoid_norm")]],  # type: ignore[misc]
    "SFTConfig.loss_type": Literal["nll", "dft", "chunked_nll"],
    "importance_sampling_level": Literal["token", "sequence"],
    "multi_objective_aggregation": Literal["sum_then_normalize", "normalize_then_sum"],
    "scale_rewards": Literal["group", "batch", "none"] | bool,
}

#: The rows of a trainer's table of completions, and the method that tokenizes turns of tools.
TABLE, TOOL_TURNS = "_logs", "_get_tool_suffix_ids"

_ROW_WARNING = "All reward functions returned None for the following kwargs"
_ROW_LOGGERS = ("trl.trainer.grpo_trainer", "trl.trainer.rloo_trainer")


def is_evaluating(log_metric: Any) -> bool:
    """Whether TRL scores during an evaluation: the logger that it passes is a method of the trainer, which knows."""
    model = getattr(getattr(log_metric, "__self__", None), "model", None)
    return getattr(model, "training", True) is False


def shorten_row_warning() -> None:
    """Cut the warning in which TRL prints a whole row, images and all, when the row has no reward."""
    for name in _ROW_LOGGERS:
        logging.getLogger(name).addFilter(_shorten)


def launch_defaults(known: Container[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of TRL's configs, which know some and are given some, that raise without a GPU or under FSDP."""
    import torch

    without = not torch.accelerator.is_available()
    defaults = {"use_cpu": True, "bf16": False, "dataloader_pin_memory": False} if without else {}
    # transformers 5.23 renamed the option and lets the new name win, also over a recipe that still writes the old one.
    old, new = "gradient_checkpointing", "activation_checkpointing"
    if (without or _fsdp_checkpoints(given.get("fsdp_config"))) and old not in given:
        defaults[new if new in known else old] = False
    return defaults


def _fsdp_checkpoints(config: Any) -> bool:
    """Whether FSDP checkpoints activations itself, as a launch file of accelerate or a recipe says."""
    launched = os.environ.get("ACCELERATE_USE_FSDP") == os.environ.get("FSDP_ACTIVATION_CHECKPOINTING") == "true"
    return launched or (isinstance(config, Mapping) and bool(config.get("activation_checkpointing")))


def prompt_messages(prompt: Any, images: Sequence[Any]) -> Any:
    """A conversational prompt with its images in the first user turn."""
    from trl.data_utils import prepare_multimodal_messages

    return prepare_multimodal_messages(prompt, images=list(images))


def split_conversations(row: Mapping[str, Any]) -> Any:
    """A row whose `chosen` and `rejected` conversations are split into the `prompt` that they share and the answers."""
    from trl.data_utils import maybe_extract_prompt

    return maybe_extract_prompt(row)


def _shorten(record: logging.LogRecord) -> bool:
    if str(record.msg).startswith(_ROW_WARNING):
        record.msg = "A row has no reward, and does not move the policy; its reasons are in the table of completions."
    return True
