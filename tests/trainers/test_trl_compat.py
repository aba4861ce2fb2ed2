"""The installed TRL and transformers still have what we use of them beyond their promises."""

from __future__ import annotations

import dataclasses
import inspect
import logging
import re
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import transformers.trainer
import transformers.trainer_utils
import trl
from trl.trainer import grpo_trainer, rloo_trainer

from vlm_rewards.config.document import Problem
from vlm_rewards_trl import METHODS, trl_compat
from vlm_rewards_trl.recipe.recipe import check_arguments


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
    optimiser, schedule, chance = trl_compat.STATE_FILES
    assert (optimiser, schedule) == (transformers.trainer.OPTIMIZER_NAME, transformers.trainer.SCHEDULER_NAME)
    assert f'"{chance}"' in inspect.getsource(transformers.Trainer._load_rng_state)


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
    peft = pytest.importorskip("peft")
    owners = [*{getattr(trl, method.config) for method in METHODS.values()}, peft.LoraConfig]
    left = set(trl_compat.VALUES)
    for owner in owners:
        for field in dataclasses.fields(owner):
            left -= {field.name, f"{owner.__name__}.{field.name}"}
            made = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            if field.name in trl_compat.VALUES or f"{owner.__name__}.{field.name}" in trl_compat.VALUES:
                assert _problems(owner, field.name, made) == []
    assert left == set()


def test_what_methods_fill_in_are_values_that_there_are() -> None:
    for method in METHODS.values():
        for name, value in method.filled({}).items():
            assert _problems(getattr(trl, method.config), name, value) == []


@pytest.mark.parametrize(
    "name", ["importance_sampling_level", "loss_type", "multi_objective_aggregation", "scale_rewards"]
)
def test_words_are_those_that_the_trainer_compares(name: str) -> None:
    source = inspect.getsource(grpo_trainer.GRPOTrainer)
    compared = set(re.findall(rf'self\.{name} [=!]= "(\w+)"', source))
    compared |= {
        word for words in re.findall(rf"self\.{name} in \[([^]]*)\]", source) for word in words.split('"')[1::2]
    }
    accepted = {word for word in compared if not _refused(trl.GRPOConfig, name, word)}
    assert accepted == compared >= {fields.default for fields in _fields("GRPOConfig") if fields.name == name}
    assert _refused(trl.GRPOConfig, name, "other")


def test_losses_are_those_that_the_trainers_know() -> None:
    grpo = set(_words("GRPOConfig.loss_type"))
    assert grpo == set(_quoted(_help("GRPOConfig"), r"Supported values are ([^.]*)\."))
    source = inspect.getsource(trl.DPOTrainer)
    dpo = set(_words("DPOConfig.loss_type"))
    assert dpo == set(re.findall(r'[^.]loss_type == "(\w+)"', source))
    assert _refused(trl.DPOConfig, "loss_type", ["other"])
    sft = set(_words("SFTConfig.loss_type"))
    known = re.search(r"args\.loss_type not in \(([^)]*)\)", inspect.getsource(trl.SFTTrainer))
    assert known is not None
    former = set(re.findall(r'self\.loss_type == "(\w+)"', inspect.getsource(trl.SFTConfig)))
    assert sft == set(known[1].split('"')[1::2]) | former


def _words(name: str) -> tuple[str, ...]:
    """The words of a row, which may be one of lists."""
    kind = trl_compat.VALUES[name]
    return get_args(get_args(kind)[0] if get_origin(kind) is list else kind)


def _help(config: str) -> str:
    return str(next(field.metadata["help"] for field in _fields(config) if field.name == "loss_type"))


def _quoted(text: str, pattern: str) -> list[str]:
    found = re.search(pattern, text)
    assert found is not None
    return found[1].split("'")[1::2]


def _fields(config: str) -> tuple[dataclasses.Field[object], ...]:
    return dataclasses.fields(getattr(trl, config))


def _problems(owner: Any, name: str, value: object) -> list[Problem]:
    return [*check_arguments({name: value}, get_type_hints(owner), owner.__name__, "training")]


def _refused(owner: Any, name: str, value: object) -> bool:
    return _problems(owner, name, value) != []


def test_models_name_their_layers_where_we_look() -> None:
    from transformers import PreTrainedModel

    assert hasattr(PreTrainedModel, trl_compat.LAYERS)


def test_the_table_and_the_turns_of_tools_are_those_of_the_trainer() -> None:
    source = inspect.getsource(grpo_trainer)
    assert f'self.{trl_compat.TABLE}["completion"]' in source
    assert callable(getattr(trl.GRPOTrainer, trl_compat.TOOL_TURNS))
