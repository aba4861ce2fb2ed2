from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hostile import DOT, forms, growing, numbers, reading, svg
from PIL import Image
from vlm_rewards_svg.drawing import draw
from vlm_rewards_svg.reading import read

import vlm_rewards as vr

pytest.importorskip("resvg_py", reason="resvg-py is not installed")

PICTURE = draw(read(svg(DOT)), 128)


def png() -> bytes:
    file = io.BytesIO()
    PICTURE.save(file, "PNG")
    return file.getvalue()


def outcomes(answers: list[str]) -> list[vr.RewardOutput]:
    """What a worker says; what hangs, ends it or raises is failed."""
    config = {
        "version": 1,
        "rewards": {"it": {"use": "svg/similarity", "timeout": 30, "params": {"size": 32}}},
        "max_chars": 250_000,
    }
    with vr.load_scorer(config) as scorer:
        scored = scorer.score(vr.Batch.of(answers, images=[png()] * len(answers)))
    return [output for row in range(len(answers)) if (output := scored.output(row, "it"))]


def test_there_are_two_hundred_hostile_files_and_more() -> None:
    assert len([*growing(), *numbers(), *forms(), *reading("/a")]) > 200


def test_none_fails_hangs_or_ends_a_worker() -> None:
    answers = [*growing(), *numbers(), *forms()]
    told = outcomes(answers)
    assert len(told) == len(answers)
    assert [output.reason for output in told if output.status is vr.Status.FAILED] == []


def test_no_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe.png")  # who opens it waits for ever
    answers = list(reading(str(pipe)))
    refused = [output.status is vr.Status.UNPARSEABLE for output in outcomes(answers)]
    passed = [answer for answer, is_refused in zip(answers, refused, strict=True) if not is_refused]
    assert passed == [svg(DOT, before=f'<?xml-stylesheet href="{pipe}"?>')]


def test_what_is_left_out_is_not_drawn() -> None:
    beside = "<metadata><a:b>x</a:b></metadata>"
    said = svg(f"<title>{DOT * 9}</title><!-- {DOT} -->{beside}{DOT}", 'class="a" viewBox="0 0 10 10"')
    assert draw(read(said), 128).tobytes() == PICTURE.tobytes()
    assert PICTURE.tobytes() != Image.new("RGB", (128, 128), "white").tobytes()
