"""What the preflight of the pack tells of reference boxes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import vlm_rewards as vr
from vlm_rewards.preflight import Finding, examine

BOX = {"use": "grounding/box_iou"}


def sized(width: int, height: int) -> Any:
    """An image that is nothing but its size."""
    return SimpleNamespace(size=(width, height))


def scorer(**terms: Any) -> vr.Scorer:
    return vr.load_scorer({"version": 1, "rewards": terms}, context=None)


def texts(findings: Iterable[Finding]) -> list[str]:
    return [f"{finding.severity} {finding.where}: {finding.what}" for finding in findings]


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ([10, 10, 50, 40], None),
        ([0, 0, 100, 50], None),
        ([-1, 0, 101, 51], None),  # rounding
        ("[10, 10, 50, 40]", None),  # a list as its JSON text
        ([0, 0, 1, 1.5], None),
        ([50, 10, 20, 30], "likely x, y, width, height"),
        ([10, 30, 40, 20], "likely x, y, width, height"),
        ([10, 10, 10, 40], "likely x, y, width, height"),
        ([0.25, 0.25, 0.5, 1.0], "likely relative"),
        ([0.5, 0.5, 0.25, 0.25], "likely relative"),
        ([10, 10, 103, 40], "outside the image"),
        ([10, 10, 50, 900], "outside the image"),
        ([-5, 10, 50, 40], "outside the image"),
        ([10, 10, 50], "grounding/box_iou cannot use"),
        (None, "grounding/box_iou cannot use"),
    ],
    ids=str,
)
def test_what_a_box_tells(box: Any, said: str | None) -> None:
    found = texts(examine(scorer(box=BOX), {"solution": [box], "image": [sized(100, 50)]}))
    assert len(found) == (said is not None), found
    assert said is None or said in found[0]


def test_without_an_image_only_the_format_is_checked() -> None:
    assert texts(examine(scorer(box=BOX), {"solution": [[10, 10, 5000, 40]]})) == []


def test_only_rows_of_the_route_count() -> None:
    columns: dict[str, list[Any]] = {
        "solution": [[9, 9, 1, 1], [1, 1, 9, 9]],
        "task": ["vqa", "box"],
        "image": [sized(10, 10)] * 2,
    }
    found = texts(examine(scorer(box=BOX | {"when": {"column": "task", "in": ["box"]}}), columns))
    assert found == ["error rewards: 1 of 2 rows (0): no term is routed to them, so they get no reward"]


def test_the_column_of_the_images_may_be_named() -> None:
    columns: dict[str, list[Any]] = {"solution": [[1, 1, 90, 9]], "shot": [[sized(10, 10)]], "image": [sized(100, 100)]}
    mapped = scorer(box=BOX | {"columns": {"images": "shot"}})
    assert "outside the image" in "".join(texts(examine(mapped, columns)))
    assert texts(examine(scorer(box=BOX), columns)) == []


def test_images_lie_beside_the_data(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image").new("RGB", (20, 20)).save(tmp_path / "p.png")
    columns: dict[str, list[Any]] = {"solution": [[1, 1, 9, 9]], "image": ["p.png"]}
    assert texts(examine(scorer(box=BOX), columns, base=tmp_path)) == []
    assert "cannot be read" in "".join(texts(examine(scorer(box=BOX), columns)))


def test_boxes_in_another_declared_form_are_not_judged_by_their_looks() -> None:
    columns: dict[str, list[Any]] = {"solution": [[50, 10, 20, 30]], "image": [sized(100, 50)]}
    assert texts(examine(scorer(box=BOX | {"params": {"reference": "xywh"}}), columns)) == []


def test_a_space_that_needs_the_image_names_the_rows_without_one() -> None:
    columns: dict[str, list[Any]] = {"solution": [[1, 2, 3, 4], [1, 2, 3, 4]], "image": [sized(9, 9), None]}
    found = texts(examine(scorer(box=BOX | {"params": {"space": "per_1000"}}), columns))
    assert found == ["error rewards.box: 1 of 2 rows (1): no image, and the space 'per_1000' needs its size"]
