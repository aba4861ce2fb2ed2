"""Rows of parquet files and of `datasets`, with images as they are stored and classes by their names.

Columns whose rows are of different kinds are JSON texts there, in which `007` is a number.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vlm_rewards.data.lines import Record
from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import explain

_AT_ONCE = 256  # rows that are held together, images and all


def from_parquet(files: Sequence[Path]) -> Iterator[Record]:
    """The rows of parquet files, one file after the other. Raises ColumnError for one that cannot be read."""
    import pyarrow.parquet

    numbers = itertools.count()
    for path in files:
        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                yield from _rows(file.iter_batches(_AT_ONCE), _features(file.schema_arrow), numbers)
        except (OSError, pyarrow.ArrowException) as error:
            raise ColumnError(f"{path.name}: {explain(error)}.") from error


def from_datasets(name: str, *, split: str | None = None, config: str | None = None) -> Iterator[Record]:
    """The rows of a folder of `save_to_disk`, or of a name of the hub. Raises ColumnError when it does not load."""
    dataset = load(name, split=split, config=config)
    yield from _rows(dataset.with_format("arrow").iter(_AT_ONCE), dataset.features, itertools.count())


def load(name: str, *, split: str | None = None, config: str | None = None, data_files: str | None = None) -> Any:
    """A dataset, from a folder or by name; ColumnError when it does not load, or of several splits none was chosen."""
    import datasets

    try:
        if is_saved(Path(name)):
            loaded: Any = datasets.load_from_disk(name)
        else:
            loaded = datasets.load_dataset(name, config, data_files=data_files, split=split)
    except Exception as error:
        raise ColumnError(f"The dataset '{data_files or name}' cannot be loaded: {explain(error)}.") from error
    if not isinstance(loaded, dict):
        return loaded
    splits = ", ".join(loaded)
    if split is None and len(loaded) > 1:
        raise ColumnError(f"The dataset '{name}' has the splits {splits}; choose one with --split.")
    if split is not None and split not in loaded:
        raise ColumnError(f"The dataset '{name}' has no split '{split}', only {splits}.")
    return loaded[split or next(iter(loaded))]


def is_saved(folder: Path) -> bool:
    """Whether it is a folder of `save_to_disk`."""
    return (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file()


def _features(schema: Any) -> Mapping[str, Any]:
    """What `datasets` noted of the columns of a file."""
    if b"huggingface" not in (schema.metadata or {}):
        return {}
    import datasets

    return dict(datasets.Features.from_arrow_schema(schema))


def _rows(batches: Iterable[Any], features: Mapping[str, Any], numbers: Iterator[int]) -> Iterator[Record]:
    labelled = {name: kind for name, kind in features.items() if "ClassLabel" in repr(kind)}
    mixed = [name for name, kind in features.items() if is_mixed(kind)]
    for batch in batches:
        for row in batch.to_pylist():
            row.update({name: exact(row[name]) for name in mixed})
            row.update({name: name_classes(row[name], kind) for name, kind in labelled.items()})
            yield f", row {next(numbers)}", row


def name_classes(value: Any, kind: Any) -> Any:
    """A value with the names of its classes, by its feature in `datasets`; a number without one becomes None."""
    import datasets

    if value is None:
        return None
    if isinstance(kind, datasets.ClassLabel):
        return kind.names[value] if 0 <= value < len(kind.names) else None
    if isinstance(kind, datasets.List | datasets.LargeList):
        return [name_classes(item, kind.feature) for item in value]
    return {name: name_classes(value[name], held) for name, held in kind.items()} if isinstance(kind, dict) else value


def is_mixed(kind: Any) -> bool:
    """Whether a column of this kind, or the contents of turns in it, are both texts and lists."""
    return is_json(kind) or is_json(of_turns(kind, "content"))


def is_json(kind: Any) -> bool:
    """Whether values of this kind are stored as JSON."""
    return type(kind).__name__ == "Json"  # which datasets has since 5


def of_turns(kind: Any, key: str) -> Any:
    """The kind of what turns have under a key."""
    turn = getattr(kind, "feature", None)
    return turn.get(key) if isinstance(turn, dict) else None


def exact(value: Any) -> Any:
    """The text or the turns of a mixed column as it is stored.

    >>> exact("007"), exact('"seven"'), exact('[{"role": "user", "content": "007"}]'), exact("[1,2]")
    ('007', 'seven', [{'role': 'user', 'content': '007'}], [1, 2])
    >>> exact([{"role": "assistant", "content": "[1,2]"}, {"role": "user", "content": '[{"type":"image"}]'}])
    [{'role': 'assistant', 'content': '[1,2]'}, {'role': 'user', 'content': [{'type': 'image'}]}]
    """
    if isinstance(value, str):
        return _read(value, ("role", "from"))
    return value and [_with_content(turn) for turn in value]


def _with_content(turn: Any) -> Any:
    content = turn and turn.get("content")
    if not isinstance(content, str):
        return turn
    return {**turn, "content": _read(content, ("type",), answers=turn.get("role") == "assistant")}


def _read(text: str, keys: tuple[str, ...], *, answers: bool = False) -> Any:
    """A stored text, or what is none: objects with one of these keys, and what but an answer is stored like a list."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(read, str):
        return read
    held = read if isinstance(read, list) else [read]
    if held and all(isinstance(item, dict) and not item.keys().isdisjoint(keys) for item in held):
        return read
    stored = isinstance(read, list | dict) and json.dumps(read, separators=(",", ":")) == text
    return read if stored and not answers else text
