"""Columns that `datasets` stores in another form: texts beside lists as JSON, classes as numbers.

As JSON `007` is a number; the names of classes are what answers are compared with. Arrow gives all arguments of tool
calls the same keys, and None where a call has no such argument.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vlm_rewards.data.tables import is_json, is_mixed, name_classes, of_turns


def mixed_columns(dataset: Any, names: Sequence[str]) -> list[str]:
    """The columns of conversations, or of turns whose contents are, both texts and lists."""
    return [name for name in names if is_mixed((dataset.features or {}).get(name))]


def undecoded_texts(dataset: Any, names: Sequence[str]) -> Any:
    """The dataset with mixed columns as they are stored, which `exact` reads."""
    import datasets

    for name in names:
        kind = dataset.features[name]
        stored = datasets.Json(decode=False)
        whole = stored if is_json(kind) else type(kind)({**kind.feature, "content": stored})
        dataset = dataset.cast_column(name, whole)
    return dataset


def gapless(turns: Any, kind: Any) -> Any:
    """The turns of a column of this kind, with tool calls as they were before Arrow gave them the same keys."""
    calls = of_turns(kind, "tool_calls")
    if calls is None or not turns:
        return turns
    return [turn and {**turn, "tool_calls": _without_gaps(turn["tool_calls"], calls)} for turn in turns]


def _without_gaps(value: Any, kind: Any) -> Any:
    if isinstance(value, list):
        return [_without_gaps(item, kind.feature) for item in value]
    if isinstance(value, dict) and isinstance(kind, dict):
        return {key: _without_gaps(held, kind[key]) for key, held in value.items() if held is not None}
    return value


def kind_of_turns(kind: Any) -> Any:
    """The kind of a column of conversations once its texts are turns."""
    import datasets

    calls = of_turns(kind, "tool_calls") and hasattr(datasets, "Json")
    if calls or is_mixed(kind):
        return datasets.List(datasets.Json())  # inside an object a text stays one
    text = datasets.Value("string")
    return datasets.List({"role": text, "content": text}) if isinstance(kind, datasets.Value) else kind


def mapped(dataset: Any, columns: list[str], function: Callable[[Any, int], Any], kinds: Mapping[str, Any]) -> Any:
    """The dataset with columns of these kinds, made from some of its columns and the number of the row."""
    import datasets

    if isinstance(dataset, datasets.IterableDataset):
        return dataset.map(function, with_indices=True)
    # Apart from the others: a mapped dataset is written to disk, and the bytes of images need not be written again.
    given = {"with_indices": True, "features": datasets.Features(kinds), "desc": ", ".join(columns)}
    made = dataset.select_columns(columns).map(function, **given)
    return datasets.concatenate_datasets([dataset.remove_columns(columns), made], axis=1)


def label_columns(dataset: Any) -> list[str]:
    """The columns with a ClassLabel in them, at any depth."""
    return [name for name, kind in (dataset.features or {}).items() if _named(kind) != kind]


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
