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
        install: What is installed, pinned.
        bare: What of it is installed without what it needs: no GPU, no compiler.
        tensors: Whether it keeps totals as float32.
    """

    name: str
    install: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    tensors: bool = False


TARGETS = {
    "areal": Target("AReaL", ("colorlog",), ("areal==1.0.4",)),
    "easyr1": Target("EasyR1"),
    "inspect_ai": Target("inspect_ai", ("inspect_ai==0.3.285",)),
    "lmms_eval": Target("lmms-eval", (), ("lmms-eval==0.7.3",)),
    "ms_swift": Target("ms-swift", ("ms-swift==4.6.0", "torch"), tensors=True),
    "nemo_gym": Target("NeMo Gym"),
    "openenv": Target("OpenEnv", ("openenv==0.10.0",)),
    "openrlhf": Target("OpenRLHF", ("aiohttp",), ("openrlhf==0.11.2",)),
    "verifiers": Target("verifiers", ("verifiers==0.4.0",)),
    "verl": Target("verl", ("verl==0.9.1", "torch"), tensors=True),
}


def environment(target: str) -> Path:
    """The environment of a framework, made when it is not there; returns its Python."""
    python = ROOT / ".venv-interop" / target / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--constraint", HERE / "constraints.txt"]
    subprocess.run([*pip, "--editable", ROOT, *TARGETS[target].install], check=True)
    if TARGETS[target].bare:
        subprocess.run([*pip, "--no-deps", *TARGETS[target].bare], check=True)
    for shipped in python.parents[1].glob("lib/python*/site-packages/tests"):  # some install theirs, which hides ours
        shutil.rmtree(shipped)
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
        part = ", without what it needs" if target.bare else ""
        ran = (
            f"run with version {result['version']}{part}; {result['rows']} totals, float{32 if target.tensors else 64}"
        )
        became = ", ".join(sorted({said for kinds in result["became"].values() for said in kinds}))
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
