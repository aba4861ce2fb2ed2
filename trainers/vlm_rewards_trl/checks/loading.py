"""What a preflight must load: a dataset's columns, and what a model's processor does to an answer."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vlm_rewards import Context
from vlm_rewards.data.source import read_rows
from vlm_rewards.data.tables import exact, load
from vlm_rewards.errors import ConfigError
from vlm_rewards.preflight import Finding, Severity, check_decoding
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import explain
from vlm_rewards_trl.data.dataset import PROMPTS
from vlm_rewards_trl.data.mixed import label_columns, mixed_columns, undecoded_texts, with_names
from vlm_rewards_trl.reward.context import tokenizer_of

Columns = Mapping[str, Sequence[Any]]

BUILDERS = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".arrow": "arrow"}


def read_file(path: Path, *, limit: int | None = None) -> Columns:
    """The columns of a JSON Lines, parquet, csv, json or arrow file. Raises ColumnError when it cannot be read."""
    builder = BUILDERS.get(path.suffix)
    if builder is not None:
        return read_dataset(builder, data_files=str(path), limit=limit)
    rows = read_rows(path)[:limit]
    return {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}


def read_dataset(
    name: str,
    config: str | None = None,
    *,
    split: str = "train",
    data_files: str | None = None,
    limit: int | None = None,
) -> Columns:
    """The columns of a dataset of the hub or a folder, images undecoded and classes by name. Raises as `load`."""
    dataset = load(name, split=split, config=config, data_files=data_files)
    mixed = mixed_columns(dataset, PROMPTS)
    columns = dict(columns_of(with_names(undecoded_texts(dataset, mixed)), limit=limit))
    columns |= {name: [exact(value) for value in columns[name]] for name in mixed}
    return {**columns, **{name: _Classes(columns[name]) for name in label_columns(dataset)}}


def check_classes(terms: Sequence[Term], columns: Columns) -> Iterator[Finding]:
    """A note about each column that terms read by the names of classes."""
    for name, values in columns.items():
        reading = [term.name for term in terms if any(reader and reader.column == name for reader in term.columns)]
        if reading and isinstance(values, _Classes):
            where = ", ".join(f"rewards.{term}" for term in reading)
            what = f"column '{name}' holds numbers of classes (ClassLabel), and their names are compared"
            fix = "nothing to do for a recipe; with a trainer of your own turn the numbers into names first"
            yield Finding(Severity.NOTE, where, what, fix)


class _Classes(list[Any]):
    """A column of classes, by their names."""


def columns_of(dataset: Any, *, limit: int | None = None) -> Columns:
    """The columns of a dataset that was loaded, with its images undecoded."""
    if limit is not None:
        dataset = dataset.select(range(min(limit, len(dataset))))
    stored = dataset.with_format("arrow")[:]
    plain = dataset.with_format(None)
    return {
        column: _Stored(stored.column(column)) if "Image(" in str(feature) else list(plain[column])
        for column, feature in dataset.features.items()
    }


class _Stored(Sequence[Any]):
    """A column of images as it is stored, bytes and paths: of most images only the header is ever read."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: Any) -> Any:
        return self._array[index].as_py()


def read_processor(name: str) -> Any:
    """A processor, or the tokenizer of a model that has none. Raises ConfigError when it cannot be loaded."""
    from transformers import AutoProcessor

    try:
        return AutoProcessor.from_pretrained(name)
    except Exception as error:
        why = unloadable(name, error)
        raise ConfigError(f"The processor of '{name}' cannot be loaded: {why}. Check the name.") from error


def unloadable(name: str, error: Exception) -> str:
    """Why a model's files cannot be loaded: of a path that is not there, libraries say that it is not a name."""
    path, why = Path(name), explain(error).rstrip(".")
    if (missing := absent(name)) is not None:
        return missing
    if "/" in name and not path.exists() and path.parent.is_dir():  # `runs/stf`: as good a name of the hub
        return f"there is no such folder{_beside(path)}; as a name of the hub: {why}"
    return why


def absent(name: str) -> str | None:
    """What to say of a folder that is not there, where the name cannot be one of the hub; else None."""
    path = Path(name)
    if path.exists() or not (path.is_absolute() or name.startswith(".") or name.endswith("/") or name.count("/") > 1):
        return None
    return f"there is no such folder{_beside(path)}"


def _beside(path: Path) -> str:
    """What models are in the folder where one is missing; relative paths start from the working directory."""
    there = models_in(path.parent)
    return f" ('{path.parent}' holds {', '.join(there[:8])})" if there else ""


def models_in(folder: Path) -> list[str]:
    """The names of the folders in a folder that hold a model."""
    return sorted(file.parent.name for file in folder.glob("*/config.json"))


def check_model(terms: Sequence[Term], processing_class: Any, context: Context) -> Iterator[Finding]:
    """Findings about what a model's tokenizer and chat template do to its answers."""
    prefilled, lost = context.reasoning_prefilled, partial(drops, processing_class)
    return check_decoding(terms, drops=lost, reasoning_prefilled=prefilled, marks=context.marks)


def drops(processing_class: Any, text: str) -> bool:
    """Whether decoding without special tokens, as TRL decodes answers, loses a piece of text."""
    tokenizer = tokenizer_of(processing_class)
    ids = tokenizer.encode(text, add_special_tokens=False)
    kept, whole = ("".join(tokenizer.decode(ids, skip_special_tokens=skip).split()) for skip in (True, False))
    return text in whole and text not in kept  # neither in a text that the vocabulary cannot write at all
