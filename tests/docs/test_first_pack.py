"""The tutorial of a first pack, from `new` to an installed wheel, in an environment of its own and offline."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "your-first-pack.md"
BLOCK = re.compile(r"(?:`(?P<file>[\w./]+)`:\n\n)?```(?P<kind>python|bash)\n(?P<body>.*?)```", re.DOTALL)
OFFLINE = {"install": "--no-index --no-deps --no-build-isolation", "wheel": "--no-index --no-build-isolation"}


def environment(home: Path) -> dict[str, str]:
    """Variables of an environment that has what this one has, and whose `pip` needs no network."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True, timeout=120)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "all_of_this_one.pth").write_text("\n".join(path for path in sys.path if Path(path).is_dir()))
    python = f'exec "{home}/bin/python" -m'
    cases = "".join(f'{verb}) shift; set -- {verb} {options} "$@";;\n' for verb, options in OFFLINE.items())
    for name, body in {
        "pip": f'case "$1" in\n{cases}esac\n{python} pip -q "$@"',
        "vlm-rewards": f'{python} vlm_rewards "$@"',
    }.items():
        script = home / "bin" / name
        script.write_text(f"#!/bin/bash\n{body}\n")
        script.chmod(0o755)
    path = f"{home}/bin{os.pathsep}{os.environ['PATH']}"
    own = {"VLM_REWARDS_CACHE": str(home / "cache"), "PYTHONPATH": "", "COLUMNS": "100"}
    return {**os.environ, "PATH": path, **own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # of plugins it needs none


def test_the_tutorial_ends_with_a_wheel_that_is_installed_and_locked(tmp_path: Path) -> None:
    variables = environment(tmp_path / "env")
    folder, told = tmp_path, ""
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["kind"] == "python":
            assert (folder / block["file"]).parent.is_dir()
            (folder / block["file"]).write_text(block["body"])
            continue
        command = ["bash", "-ec", block["body"]]
        done = subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=280
        )
        told += done.stdout
        assert done.returncode == 0, f"{block['body']}\n{done.stdout}{done.stderr}"
        folder = tmp_path / "acme-rewards"
    assert "3 passed" in told  # two of the reward that `new` wrote, and ours
    assert "no hack found: rewards.yaml" in told
    assert "unparseable" in told
    assert (folder / "dist" / "acme_rewards-0.1.0-py3-none-any.whl").is_file()
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    assert (site / "acme_rewards" / "clock.py").is_file()
