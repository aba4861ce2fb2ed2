"""The installed TRL and transformers still have what we use of them beyond their promises."""

from __future__ import annotations

import dataclasses
import inspect
import logging
import re
from types import ModuleType

import pytest
import transformers.trainer
import transformers.trainer_utils
import trl
from pydantic import TypeAdapter, ValidationError
from trl.trainer import grpo_trainer, rloo_trainer

from vlm_rewards_trl import METHODS, trl_compat


def assigned(module: ModuleType) -> set[str]:
    """The names that a trainer puts into the arguments of a reward function."""
    marks = (line.strip().partition('reward_kwargs["') for line in inspect.getsource(module).splitlines())
    return {rest.partition('"')[0] for before, mark, rest in marks if mark and not before}


@pytest.mark.parametrize("module", [grpo_trainer, rloo_trainer])
def test_the_injected_arguments_are_those_of_trl(module: ModuleType) -> None:
    found = assigned(module)
    assert {"trainer_state", "log_extra", "log_metric"} <= found <= trl_compat.INJECTED
    assert 'reward_kwargs["log_metric"] = self.' in inspect.getsource(module)  # by which an evaluation is told


@pytest.mark.parametrize("module", [grpo_trainer, rloo_trainer])
def test_a_row_without_a_reward_is_one_line(module: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    assert trl_compat._ROW_WARNING in inspect.getsource(module)
    trl_compat.shorten_row_warning()
    logger = logging.getLogger(module.__name__)
    logger.warning(f"{trl_compat._ROW_WARNING}:\n{'7' * 5000}")  # noqa: G004 - as TRL writes it
    logger.warning("Something else.")
    short, other = caplog.messages
    assert "7777" not in short
    assert other == "Something else."


def test_loaders_of_checkpoints_are_methods_of_the_trainer() -> None:
    for name in (trl_compat.WEIGHTS_LOADER, trl_compat.BEST_LOADER, *trl_compat.STATE_LOADERS):
        assert callable(getattr(transformers.Trainer, name))


def test_logs_and_checkpoints_have_the_names_of_the_installed_versions() -> None:
    assert transformers.trainer_utils.PREFIX_CHECKPOINT_DIR == trl_compat.CHECKPOINT_PREFIX
    assert transformers.trainer.TRAINER_STATE_NAME == trl_compat.CHECKPOINT_STATE


@pytest.mark.parametrize("method", METHODS)
def test_what_a_machine_without_a_gpu_needs_is_an_argument_of_every_config(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.accelerator.is_available", lambda: False)
    known = {field.name for field in dataclasses.fields(getattr(trl, METHODS[method].config))}
    defaults = trl_compat.launch_defaults(known, {})
    assert defaults["use_cpu"] is True
    assert defaults.keys() <= known
    assert len(trl_compat.launch_defaults(known, {"gradient_checkpointing": True})) == len(defaults) - 1


@pytest.mark.parametrize("config", [None, {"activation_checkpointing": True}])
def test_fsdp_that_checkpoints_itself_takes_the_place_of_the_trainers_checkpoints(
    config: dict[str, bool] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.accelerator.is_available", lambda: True)
    known, given = {"activation_checkpointing"}, {"fsdp_config": config}
    if config is None:
        assert trl_compat.launch_defaults(known, given) == {}
        monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
        monkeypatch.setenv("FSDP_ACTIVATION_CHECKPOINTING", "true")
    assert trl_compat.launch_defaults(known, given) == {"activation_checkpointing": False}
    assert trl_compat.launch_defaults(known, {**given, "gradient_checkpointing": True}) == {}


def test_values_are_of_arguments_that_there_are_and_their_defaults_among_them() -> None:
    fields = {field.name: field for method in METHODS.values() for field in _fields(method.config)}
    assert trl_compat.VALUES.keys() <= fields.keys()
    for name, kind in trl_compat.VALUES.items():
        default = fields[name].default
        assert TypeAdapter(kind).validate_python(default) == default


@pytest.mark.parametrize("name", ["importance_sampling_level", "multi_objective_aggregation", "scale_rewards"])
def test_words_are_those_that_the_trainer_compares(name: str) -> None:
    source = inspect.getsource(grpo_trainer.GRPOTrainer)
    compared = set(re.findall(rf'self\.{name} [=!]= "(\w+)"', source))
    compared |= {
        word for words in re.findall(rf"self\.{name} in \[([^]]*)\]", source) for word in words.split('"')[1::2]
    }
    accepted = {word for word in compared if not _refused(name, word)}
    assert accepted == compared >= {fields.default for fields in _fields("GRPOConfig") if fields.name == name}
    assert _refused(name, "other")


def _fields(config: str) -> tuple[dataclasses.Field[object], ...]:
    return dataclasses.fields(getattr(trl, config))


def _refused(name: str, word: str) -> bool:
    try:
        TypeAdapter(trl_compat.VALUES[name]).validate_python(word)
    except ValidationError:
        return True
    return False


def test_models_name_their_layers_where_we_look() -> None:
    from transformers import PreTrainedModel

    assert hasattr(PreTrainedModel, trl_compat.LAYERS)


def test_the_table_and_the_turns_of_tools_are_those_of_the_trainer() -> None:
    source = inspect.getsource(grpo_trainer)
    assert f'self.{trl_compat.TABLE}["completion"]' in source
    assert callable(getattr(trl.GRPOTrainer, trl_compat.TOOL_TURNS))
