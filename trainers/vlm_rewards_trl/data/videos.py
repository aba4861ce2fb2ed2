"""Videos of a dataset: TRL's trainers take none, but the frames of one are images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import show
from vlm_rewards_trl.data.images import image_column
from vlm_rewards_trl.data.mixed import mapped
from vlm_rewards_trl.recipe.recipe import DatasetConfig


def with_frames(dataset: Any, names: list[str], config: DatasetConfig) -> Any:
    """The dataset with the frames of its `videos`, in their order, as the `images` that TRL reads.

    Raises ColumnError for videos that are not lists of frames, of a stream when a row is read.
    """
    import datasets

    def frames(row: Mapping[str, Any], index: int) -> dict[str, Any]:
        videos = row["videos"] or []
        if not isinstance(videos, list) or not all(isinstance(video, list | None) for video in videos):
            raise _error(config, f"row {index} has {show(videos)}")
        return {"videos": [frame for video in videos for frame in video or ()]}

    if (other := image_column(names)) is not None:
        raise _error(config, f"there is a column '{other}' too")
    held = (dataset.features or {}).get("videos")
    kind: Any = held
    for _ in range(0 if held is None else 2):
        if not isinstance(kind, datasets.List | datasets.LargeList):
            raise _error(config, f"it holds {held}")
        kind = kind.feature
    return mapped(dataset, ["videos"], frames, {"videos": datasets.List(kind)}).rename_column("videos", "images")


def _error(config: DatasetConfig, what: str) -> ColumnError:
    return ColumnError(
        f"The dataset '{config.label}', column 'videos': {what}. A row has a list of videos, each a list of its "
        f"frames, and no other images: write the frames of a file as images first, or name those of one video `images`."
    )
