"""Run every framework on the same rows, one environment at a time, and write what came of it into the documentation.

    python -m tests.interop.run [TARGET ...]

It installs the frameworks, pinned, with a torch that needs no GPU (`constraints.txt`; where the index has none, set
`PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu`). Without targets all are run.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.cases import NO_VERDICT, expected, plant

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = ROOT / "docs" / "everywhere.md"
START, END = "<!-- made by tests/interop/run.py -->", "<!-- end -->"
ROWS = 1000


@dataclass(frozen=True)
class Target:
    """A framework.

    Args:
        name: How a reader knows it.
        whole: It, where it can be installed with all that it needs.
        parts: What of that is needed here, where it cannot: no GPU, no compiler.
        bare: It, without what it needs.
        extra: The extra of ours that it shares: torch and what comes with it.
        tensors: Whether it keeps totals as float32.
    """

    name: str
    whole: str = ""
    parts: str = ""
    bare: str = ""
    extra: str = ""
    tensors: bool = False


TARGETS = {
    "areal": Target("AReaL", bare="areal==1.0.4", parts="colorlog==6.12.0"),
    "easyr1": Target("EasyR1"),
    "inspect_ai": Target("inspect_ai", "inspect_ai==0.3.285"),
    "lmms_eval": Target("lmms-eval", bare="lmms-eval==0.7.3"),
    "ms_swift": Target(
        "ms-swift",
        bare="ms-swift==4.6.0",
        parts="addict==2.4.0 aiohttp==3.14.5 attrdict==2.0.1 binpacking==2.0.1 dacite==1.9.2 einops==0.8.2 "
        "json-repair==0.64.6 modelscope==1.40.2 openai==3.57.0 oss2==2.19.1 rouge==1.0.1 sentencepiece==0.2.3 "
        "tiktoken==0.14.0 transformers-stream-generator==0.0.5 zstandard==0.25.0",
        extra="[dev]",
        tensors=True,
    ),
    "nemo_gym": Target(
        "NeMo Gym",
        bare="nemo-gym==0.7.0",
        parts="aiohttp==3.14.5 devtools==0.13.0 fastapi==0.165.0 gprof2dot==2025.4.14 hydra-core==1.3.8 "
        "httptools==0.9.0 httpx2==2.16.2 itsdangerous==2.2.0 mcp==2.3.0 openai==3.57.0 "
        "orjson==3.13.0 pydot==4.0.1 python-multipart==0.0.34 ray==2.60.0 uvicorn==0.54.0 "
        "uvloop==0.23.0 wandb==0.31.0 yappi==1.7.6",
        extra="[dev]",
    ),
    "openenv": Target("OpenEnv", "openenv==0.10.0"),
    "openrlhf": Target("OpenRLHF", bare="openrlhf==0.11.2", parts="aiohttp==3.14.5"),
    "verifiers": Target("verifiers", "verifiers==0.4.0"),
    "verl": Target(
        "verl",
        bare="verl==0.9.1",
        parts="aiohttp==3.14.5 codetiming==1.4.0 hydra-core==1.3.8 ray==2.60.0 tensordict==0.10.0 torchdata==0.11.0",
        extra="[dev]",
        tensors=True,
    ),
}


def environment(target: str) -> Path:
    """The environment of a framework, made when it is not there; returns its Python."""
    folder, wanted = ROOT / ".venv-interop" / target, TARGETS[target]
    python, done = folder / "bin" / "python", folder / "done"
    if done.exists():
        return python
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--constraint", HERE / "constraints.txt"]
    subprocess.run(
        [*pip, "--editable", f"{ROOT}{wanted.extra}", *wanted.whole.split(), *wanted.parts.split()], check=True
    )
    if wanted.bare:  # NeMo Gym asks for a newer Python than what is run here
        subprocess.run([*pip, "--no-deps", "--ignore-requires-python", wanted.bare], check=True)
    for shipped in folder.glob("lib/python*/site-packages/tests"):  # some install theirs, which hides ours
        shutil.rmtree(shipped)
    done.touch()
    return python


def run(target: str) -> dict[str, Any]:
    """What a framework makes of the rows."""
    python = environment(target)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = plant(folder, ROWS)
        totals = expected(folder, rows)
        (folder / "rows.json").write_text(json.dumps({"rows": rows}))
        surroundings = {**os.environ, "VLM_REWARDS_INTEROP": name, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run([python, "-m", "vlm_rewards", "export", target, folder / "rewards.yaml"], check=True)
        subprocess.run([python, "-m", f"tests.interop.drivers.{target}"], check=True, env=surroundings, cwd=folder)
        told = json.loads((folder / "told.json").read_text())
    return {"version": told["version"], **compare(target, rows, totals, told["answers"])}


def compare(target: str, rows: list[dict[str, Any]], totals: list[float | None], answers: list[Any]) -> dict[str, Any]:
    """The greatest difference, and what each kind of missing verdict became. Raises AssertionError for a paid one."""
    assert len(answers) == len(rows)
    greatest, became = 0.0, dict[str, set[str]]()
    for row, total, answer in zip(rows, totals, answers, strict=True):
        if total is None:
            kind = row["says"] if row["says"] in NO_VERDICT else "reference"
            became.setdefault(kind, set()).add("none" if answer is None else str(answer))
            assert not isinstance(answer, float), f"row {row['id']} without a verdict was paid {answer}"
        else:
            assert isinstance(answer, float | int), f"row {row['id']}: {answer}"
            wanted = struct.unpack("f", struct.pack("f", total))[0] if TARGETS[target].tensors else total
            greatest = max(greatest, abs(answer - wanted))
    assert greatest <= 1e-12, greatest
    return {"rows": len(rows), "difference": greatest, "became": {kind: sorted(said) for kind, said in became.items()}}


def table(results: dict[str, Any]) -> str:
    """The rows of the table in the documentation."""
    lines = ["| framework | how it was run | rows without a verdict |", "|---|---|---|"]
    for key, target in TARGETS.items():
        result = results.get(key)
        if result is None:
            lines.append(f"| {target.name} | signature only | |")
            continue
        part = ", with a part of what it needs" if target.bare else ""
        kept = 32 if target.tensors else 64
        ran = f"run with version {result['version']}{part}; {result['rows']} rows, float{kept}"
        said = sorted({said for kinds in result["became"].values() for said in kinds})
        became = ", ".join("said to have none" if word == "none" else f"`{word}`" for word in said)
        lines.append(f"| {target.name} | {ran} | {became} |")
    return "\n".join(lines)


def write_page(results: dict[str, Any]) -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{START}\n\n{table(results)}\n\n{END}{after}", encoding="utf-8")


def main(asked: list[str]) -> None:
    """Run what was asked, and record it."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for target in asked or [path.stem for path in sorted((HERE / "drivers").glob("*.py"))]:
        results[target] = run(target)
        print(target, results[target])
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        write_page(results)


if __name__ == "__main__":
    main(sys.argv[1:])
