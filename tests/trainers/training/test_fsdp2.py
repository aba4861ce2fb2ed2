"""FSDP2 trains as DDP does and resumes exactly: whole models and LoRAs, with tied and with untied embeddings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from ruamel.yaml import YAML
from torch.distributed.tensor import DTensor

from tests.trainers.ranks import on_two_ranks
from tests.trainers.tiny_families import tiny_mixture
from tests.trainers.tiny_models import build, save_model, tiny_llava
from vlm_rewards_trl.methods.fsdp import prepare_fsdp2

pytestmark = pytest.mark.filterwarnings("default")

LAUNCH = Path(__file__).parents[3] / "examples" / "scale" / "fsdp2.yaml"

# Family, method and LoRA. Gemma 3 has one weight for both embeddings, LLaVA and the mixture have two.
CASES: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "untied": ("llava", "sft", None),
    "tied, LoRA": ("gemma3", "grpo", {"r": 2}),
    "untied, LoRA": ("llava", "sft", {"r": 2}),
    "tied": ("gemma3", "grpo", None),
    "several updates": ("llava", "gspo", None),
    "experts": ("mixture", "gspo", None),
    "experts, LoRA": ("mixture", "gspo", {"r": 2}),
}
RESUMED = [name for name, (_, method, _) in CASES.items() if method != "gspo"]
QUICK = ("untied", "tied, LoRA")

Runs = dict[str, dict[str, dict[str, Any]]]


def cases(names: Iterable[str]) -> list[Any]:
    """Names of cases as parameters; all but two are slow."""
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """What the runs of the cases asked for ended with: `ddp`, `fsdp2`, and `resumed` from a checkpoint of FSDP2."""
    pytest.importorskip("peft")
    folder = tmp_path_factory.mktemp("fsdp2")
    write_rows(folder)
    here = [item for item in request.session.items if item.path == Path(__file__)]
    asked = {"untied", *(item.callspec.params.get("case") for item in here if hasattr(item, "callspec"))}
    build("llava", folder / "llava")
    build("gemma3", folder / "gemma3")
    save_model(tiny_mixture, folder / "mixture")
    planned = []
    for name, (family, method, lora) in CASES.items():
        if name not in asked:
            continue
        made = {**recipe_of(family, method, folder), "lora": lora}
        for way in ("ddp", "fsdp2", *(["resumed"] if name in RESUMED else [])):
            checkpoint = str(folder / name / "fsdp2" / "checkpoint-2") if way == "resumed" else None
            recipe = {**made, "output_dir": str(folder / name / way)}
            launch = "ddp" if way == "ddp" else "fsdp2"
            planned.append({"method": method, "recipe": recipe, "way": launch, "resumed": checkpoint})
    (folder / "runs.json").write_text(json.dumps(planned))
    options = {name.upper(): str(value) for name, value in YAML(typ="safe").load(LAUNCH)["fsdp_config"].items()}
    on_two_ranks(Path(__file__).with_name("spread_runs.py"), folder, environment=options)
    return {
        case.name: {path.parent.name: torch.load(path) for path in case.glob("*/run.pt")}
        for case in folder.iterdir()
        if case.name in CASES
    }


def write_rows(folder: Path) -> None:
    import datasets
    from PIL import Image

    rows = {
        "prompt": [f"What is {number}?" for number in range(8)],
        "image": [Image.new("RGB", (28, 28), (30 * number, 0, 0)) for number in range(8)],
        "completion": [str(37 * number) * (number % 3 + 1) for number in range(8)],
    }
    datasets.Dataset.from_dict(rows).cast_column("image", datasets.Image()).to_parquet(folder / "rows.parquet")
    term = {"use": "shaping/language_consistency", "params": {"language": "en"}}
    (folder / "rewards.yaml").write_text(json.dumps({"version": 1, "rewards": {"letters": term}}))


def recipe_of(family: str, method: str, folder: Path) -> dict[str, Any]:
    training = {
        "max_steps": 3,
        "per_device_train_batch_size": 2,
        "learning_rate": 1e-3,
        "logging_steps": 1,
        "save_steps": 2,
        "report_to": "none",
        "disable_tqdm": True,
    }
    return {
        "model": str(folder / family),
        "dataset": {"path": "parquet", "data_files": str(folder / "rows.parquet")},
        "rewards": str(folder / "rewards.yaml"),
        "training": training | ({"num_generations": 2, "max_completion_length": 6} if method != "sft" else {}),
    }


def farthest(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The largest difference of two runs' weights."""
    assert one["weights"].keys() == other["weights"].keys()
    pairs = ((weight, other["weights"][name]) for name, weight in one["weights"].items())
    return max(float((weight - its).abs().max()) for weight, its in pairs)


@pytest.mark.parametrize("case", cases(CASES))
def test_every_weight_is_spread_and_learns_what_it_learns_under_ddp(runs: Runs, case: str) -> None:
    spread, copied = runs[case]["fsdp2"], runs[case]["ddp"]
    assert spread["spread"] == [*spread["weights"]]
    assert copied["spread"] == []
    assert len(spread["norms"]) == 3
    assert max(spread["norms"]) > 0
    assert spread["norms"] == pytest.approx(copied["norms"], rel=1e-4)
    assert farthest(spread, copied) < 1e-5


@pytest.mark.parametrize("case", cases(RESUMED))
def test_a_run_goes_on_exactly(runs: Runs, case: str) -> None:
    assert runs[case]["resumed"]["steps"] == [3]
    assert farthest(runs[case]["fsdp2"], runs[case]["resumed"]) == 0.0


def test_a_checkpoint_holds_whole_weights_that_one_process_loads(runs: Runs) -> None:
    from transformers import AutoModelForImageTextToText

    run = runs["untied"]["fsdp2"]
    loaded = AutoModelForImageTextToText.from_pretrained(Path(run["folder"]) / "checkpoint-3")
    assert farthest({"weights": {name: weight.detach() for name, weight in loaded.named_parameters()}}, run) == 0.0


class TestTheLayersThatAreSpread:
    @pytest.fixture
    def trainer(self) -> Any:
        plugin = SimpleNamespace(fsdp_version=2, transformer_cls_names_to_wrap=None)
        accelerator = SimpleNamespace(state=SimpleNamespace(fsdp_plugin=plugin), clip_grad_norm_=Mock())
        callbacks: list[Any] = []
        model = tiny_llava()[0]
        return SimpleNamespace(model=model, accelerator=accelerator, add_callback=callbacks.append, callbacks=callbacks)

    def test_are_those_that_the_model_has(self, trainer: Any) -> None:
        there = {type(module).__name__ for module in trainer.model.modules()}
        assert not there.issuperset(trainer.model._no_split_modules)
        prepare_fsdp2(trainer)
        named = trainer.accelerator.state.fsdp_plugin.transformer_cls_names_to_wrap
        assert {"LlamaDecoderLayer", "SiglipEncoderLayer"} <= set(named) <= there

    @pytest.mark.parametrize("version", [1, 2])
    def test_have_a_norm_that_every_rank_reads_whole(self, trainer: Any, version: int) -> None:
        trainer.accelerator.state.fsdp_plugin.fsdp_version = version
        clip = trainer.accelerator.clip_grad_norm_
        clip.return_value = Mock(spec=DTensor, **{"full_tensor.return_value": 5.0})
        prepare_fsdp2(trainer)
        norm = trainer.accelerator.clip_grad_norm_(["weights"], 1.0, norm_type=2)
        assert norm == (5.0 if version == 2 else clip.return_value)
        clip.assert_called_once_with(["weights"], 1.0, norm_type=2)
        clip.return_value = 3.0
        assert trainer.accelerator.clip_grad_norm_(["weights"], 1.0) == 3.0

    def test_are_those_that_the_launch_file_names(self, trainer: Any) -> None:
        trainer.accelerator.state.fsdp_plugin.transformer_cls_names_to_wrap = ["LlamaDecoderLayer"]
        prepare_fsdp2(trainer)
        assert trainer.accelerator.state.fsdp_plugin.transformer_cls_names_to_wrap == ["LlamaDecoderLayer"]

    @pytest.mark.parametrize("version", [None, 1])
    def test_matter_under_fsdp2_alone(self, trainer: Any, version: int | None) -> None:
        state = trainer.accelerator.state
        state.fsdp_plugin = None if version is None else SimpleNamespace(fsdp_version=version)
        prepare_fsdp2(trainer)
        assert trainer.callbacks == []
