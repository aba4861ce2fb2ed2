"""Options have bounds in their signatures: each bound may be reached, and what is beyond is refused where it stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from click.testing import CliRunner

import vlm_rewards as vr
from tests.packs.sample import REGISTRY
from vlm_rewards.cli import main
from vlm_rewards.errors import ConfigError

NGRAMS = [1, 64]
SHARES = [5e-324, 1.0]
COSINE = {"max_length": 9}
WINDOW = {"min_length": 1, "max_length": 9}
OVERLONG = {"max_length": 9, "cache": 1}
# The reward, its other options, the option, values at its bounds, and values beyond them.
BOUNDS: list[tuple[str, Mapping[str, object], str, Sequence[float], Sequence[float]]] = [
    ("vqa/anls", {}, "threshold", [0, 1], [-0.01, 1.01]),
    ("vqa/relaxed_accuracy", {}, "tolerance", [0, 0.99], [-0.01, 1]),
    ("format/language", {"language": "en"}, "at_least", SHARES, [0, 1.01]),
    ("shaping/duplicate_boxes", {}, "iou", SHARES, [0, 1.01]),
    ("shaping/reasoning_steps", {}, "steps", [1], [0]),
    ("shaping/reasoning_steps", {}, "min_words", [1], [0]),
    ("shaping/repetition", {}, "ngram", NGRAMS, [0, 65]),
    ("shaping/ngram_diversity", {}, "ngram", NGRAMS, [0, 65]),
    ("shaping/ngram_diversity", {}, "min_ngrams", [1], [0]),
    ("shaping/soft_overlong", OVERLONG, "cache", [0], [-1]),
    ("shaping/soft_overlong", OVERLONG, "max_length", [1], [0]),
    ("shaping/length_window", WINDOW, "min_length", [0], [-1]),
    ("shaping/length_window", {}, "max_length", [1], [0]),
    ("shaping/length_window", WINDOW, "margin", [0], [-1]),
    ("shaping/cosine_length", {}, "max_length", [1], [0]),
    *(
        ("shaping/cosine_length", COSINE, option, [-1, 1], [-1.01, 1.01])
        for option in ("correct_short", "correct_long", "wrong_short", "wrong_long", "exceeded")
    ),
]
each_bound = pytest.mark.parametrize(
    ("use", "params", "option", "at", "beyond"), BOUNDS, ids=[f"{use}-{option}" for use, _, option, _, _ in BOUNDS]
)


def load(use: str, params: Mapping[str, object]) -> vr.Scorer:
    depends = {"depends": {"correct": "right"}} if use == "shaping/cosine_length" else {}
    rewards: dict[str, Any] = {"right": {"use": "format/boxed"}, "it": {"use": use, "params": dict(params), **depends}}
    return vr.load_scorer({"version": 1, "rewards": rewards}, registry=REGISTRY)


@each_bound
def test_an_option_may_reach_its_bounds_and_not_go_beyond(
    use: str, params: Mapping[str, object], option: str, at: Sequence[float], beyond: Sequence[float]
) -> None:
    for value in at:
        load(use, {**params, option: value})
    for value in [*beyond, math.nan]:
        with pytest.raises(ConfigError, match=rf"rewards\.it\.params\.{option}: .*[Ii]nput should be .*, not "):
            load(use, {**params, option: value})


@each_bound
def test_show_prints_the_bounds_of_an_option(
    use: str, params: Mapping[str, object], option: str, at: Sequence[float], beyond: Sequence[float]
) -> None:
    del params, at, beyond
    shown = " ".join(CliRunner().invoke(main, ["show", use]).output.split())
    assert f"{option}: Annotated[" in shown
    assert "vr.Field(g" in shown.partition(f"{option}: Annotated[")[2].partition("]")[0]
