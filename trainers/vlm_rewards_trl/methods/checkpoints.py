"""What a trainer reads from a checkpoint, whoever starts it: every weight, and errors that name the checkpoint."""

from typing import Any

from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import explain
from vlm_rewards_trl.trl_compat import BEST_LOADER, STATE_LOADERS, WEIGHTS_LOADER


def read_whole_checkpoints(trainer: Any) -> None:
    """Let a trainer load all weights of a checkpoint, and raise ConfigError where a part of it cannot be read.

    Checkpoints hold the names that a model was published with. Trainers compare them with the names inside the model
    and skip, with no more than a warning, those that differ: all of them for LLaVA, Gemma 3 and Qwen2.5-VL
    (transformers issue 43701). `from_pretrained` knows both. Adapters, FSDP and DeepSpeed have ways of their own.
    """
    stock, best = getattr(trainer, WEIGHTS_LOADER), getattr(trainer, BEST_LOADER)
    weights = _named(lambda folder, *more: _load(trainer, folder) or stock(folder, *more), "weights")
    setattr(trainer, WEIGHTS_LOADER, weights)
    setattr(trainer, BEST_LOADER, lambda: _load(trainer, trainer.state.best_model_checkpoint) or best())
    for name, part in STATE_LOADERS.items():
        setattr(trainer, name, _named(getattr(trainer, name), part))


def _load(trainer: Any, folder: str) -> bool:
    """Give the model of a trainer the weights of a checkpoint, unless another way is right for them."""
    model = trainer.model
    if hasattr(model, "peft_config") or trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled:
        return False
    model.load_state_dict(type(model).from_pretrained(folder, dtype=model.dtype).state_dict())
    return True


def _named(load: Any, part: str) -> Any:
    """The same loader, with errors that name the checkpoint."""

    def wrapped(folder: str | None, *more: Any) -> None:
        try:
            load(folder, *more)
        except Exception as error:
            message = f"The {part} of the checkpoint {folder} cannot be read: {explain(error)}. Name an older one."
            raise ConfigError(message) from error

    return wrapped
