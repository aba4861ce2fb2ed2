"""Columns of classes: `datasets` stores their numbers, and the names are what answers are compared with."""

from __future__ import annotations

from typing import Any

from vlm_rewards.data.tables import name_classes
from vlm_rewards_trl.data.mixed import mapped


def label_columns(dataset: Any) -> list[str]:
    """The columns with a ClassLabel in them, at any depth."""
    features = dataset.features or {}
    return [name for name, kind in features.items() if _named(kind) != kind]


def with_names(dataset: Any) -> Any:
    """The dataset with the names of its classes; a number without one, as -1 is, becomes None."""
    import datasets

    names = label_columns(dataset)
    if not names:
        return dataset
    features = dataset.features

    def read(row: dict[str, Any], _: int = 0) -> dict[str, Any]:
        return {name: name_classes(row[name], features[name]) for name in names}

    if isinstance(dataset, datasets.IterableDataset):
        return dataset.map(read, features=datasets.Features({name: _named(kind) for name, kind in features.items()}))
    return mapped(dataset, names, read, {name: _named(features[name]) for name in names})


def _named(kind: Any) -> Any:
    """The kind of a column with texts in the place of classes."""
    import datasets

    if isinstance(kind, datasets.ClassLabel):
        return datasets.Value("string")
    if isinstance(kind, datasets.List | datasets.LargeList):
        return type(kind)(_named(kind.feature))
    return {name: _named(held) for name, held in kind.items()} if isinstance(kind, dict) else kind
