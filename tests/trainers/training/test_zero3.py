"""DeepSpeed's ZeRO-3 trains as DDP does, where DeepSpeed is installed.

On a machine without a GPU: `DS_BUILD_OPS=0 DS_ACCELERATOR=cpu pip install --no-build-isolation deepspeed`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.trainers.ranks import on_two_ranks
from tests.trainers.tiny_models import build
from tests.trainers.training.test_fsdp2 import recipe_of, write_rows

pytestmark = pytest.mark.filterwarnings("default")

ZERO3 = {
    "zero_optimization": {"stage": 3, "stage3_gather_16bit_weights_on_model_save": True},
    "zero_allow_untested_optimizer": True,
    "zero_force_ds_cpu_optimizer": False,
    "gradient_clipping": "auto",
    **dict.fromkeys(("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps"), "auto"),
}


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sft", "grpo"])
def test_it_learns_what_ddp_learns(tmp_path: Path, method: str) -> None:
    pytest.importorskip("deepspeed", reason="DeepSpeed is not installed")
    write_rows(tmp_path)
    build("llava", tmp_path / "llava")
    made = recipe_of("llava", method, tmp_path)
    planned = [
        {"method": method, "recipe": {**made, "output_dir": str(tmp_path / way)}, "way": way, "resumed": None}
        for way in ("ddp", "zero3")
    ]
    (tmp_path / "runs.json").write_text(json.dumps(planned))
    (tmp_path / "zero3.json").write_text(json.dumps(ZERO3))
    options = {"DS_ACCELERATOR": "cpu", "ACCELERATE_DEEPSPEED_CONFIG_FILE": str(tmp_path / "zero3.json")}
    options |= {"ACCELERATE_DEEPSPEED_ZERO3_INIT": "false"}
    on_two_ranks(Path(__file__).with_name("spread_runs.py"), tmp_path, environment=options)
    copied, spread = (torch.load(tmp_path / way / "run.pt") for way in ("ddp", "zero3"))
    assert spread["engine"] == "DeepSpeedEngine"
    assert max(spread["norms"]) > 0
    assert spread["norms"] == pytest.approx(copied["norms"], rel=1e-4)
