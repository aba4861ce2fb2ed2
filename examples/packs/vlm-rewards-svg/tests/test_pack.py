from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import DOT, svg
from vlm_rewards_svg import length, similarity, valid
from vlm_rewards_svg.drawing import draw
from vlm_rewards_svg.reading import read

from vlm_rewards.testing import assert_conforms

pytest.importorskip("resvg_py", reason="resvg-py is not installed")

CONFIG = """\
version: 1
rewards:
  drawn: {use: svg/valid, weight: 0.1, isolation: inline}
  picture: {use: svg/similarity, params: {size: 16}, isolation: inline}
  short: {use: svg/length, weight: 0.05, isolation: inline}
"""
BAD = svg('<rect width="4" height="2"/>')


def test_similarity_does_what_every_reward_must() -> None:
    picture = draw(read(svg(DOT)), 16)
    broken = ["a dot", svg('<image href="a.png"/>'), {"completion": svg(DOT), "images": []}]
    assert_conforms(similarity, good=svg(DOT), bad=BAD, broken=broken, images=[picture], params={"size": 16})


def test_length_does_what_every_reward_must() -> None:
    broken = ["", {"completion": svg(DOT), "solution": " "}]
    assert_conforms(length, good=svg(DOT), bad=svg(DOT * 6), broken=broken, solution=svg(DOT * 5))


def test_valid_does_what_every_reward_must() -> None:
    assert_conforms(valid, good=svg(DOT), bad="<svg>", broken="a dot")


def test_its_rewards_file_is_not_gamed(tmp_path: Path) -> None:
    rows = []
    for number in range(12):
        x, y, colour = number % 4 * 2 + 2, number % 3 * 3 + 2, ("red", "#06c", "green")[number % 3]
        drawing = svg(f'<circle cx="{x}" cy="{y}" r="{2 + number % 2}" fill="{colour}"/><rect width="3" height="{y}"/>')
        draw(read(drawing), 32).save(tmp_path / f"{number}.png")
        rows.append(json.dumps({"completion": drawing, "solution": drawing, "images": [f"{number}.png"]}))
    (data := tmp_path / "rows.jsonl").write_text("\n".join(rows))
    (config := tmp_path / "rewards.yaml").write_text(CONFIG)
    command = [sys.executable, "-m", "vlm_rewards", "attack", str(config), "--data", str(data), "--honest", "{}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(line.startswith("drawn, picture, short: ") for line in done.stderr.splitlines()), done.stderr
    assert "no hack found" in done.stdout
