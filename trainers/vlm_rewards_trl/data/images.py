"""The pictures of a dataset: stored in whatever way, they reach the processor as RGB, or are named when missing."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import show
from vlm_rewards.types.images import ImageRef, images_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from vlm_rewards_trl.recipe.recipe import DatasetConfig

__all__ = ["PLACEHOLDER", "decoding", "in_rgb", "picture_column", "picture_counts", "undecoded", "with_pictures"]

#: Some datasets mark in the text where a picture goes; TRL puts the pictures before the text.
PLACEHOLDER = "<image>"

# Of how many rows the pictures are looked at before a run; a look is at the header.
_ROWS = 10_000


def picture_column(names: Sequence[str]) -> str | None:
    """The column that holds the pictures."""
    return next((name for name in ("images", "image") if name in names), None)


def undecoded(dataset: Any, config: DatasetConfig) -> Any:
    """The dataset with its pictures as they are stored: who decodes them can say which one is broken."""
    old = {new: name for name, new in config.rename.items()}
    for name in ("images", "image"):
        dataset = decoding(dataset, old.get(name, name), decode=False)
    return dataset


def decoding(dataset: Any, column: str, *, decode: bool) -> Any:
    """The dataset with pictures that `datasets` decodes when they are read, or does not; others are left alone."""
    import datasets

    kind: Any = (dataset.features or {}).get(column)
    several = isinstance(kind, datasets.List | datasets.LargeList)
    if not isinstance(kind.feature if several else kind, datasets.Image):
        return dataset
    picture = datasets.Image(decode=decode)
    return dataset.cast_column(column, datasets.List(picture) if several else picture)


def with_pictures(dataset: Any, names: Sequence[str], config: DatasetConfig) -> Any:
    """The dataset with pictures that `in_rgb` can decode; a stream's come in RGB already.

    Raises:
        ColumnError: There is no column of pictures, or pictures are missing or do not fit the prompt; the first such
            row is named.
    """
    column = picture_column(names)
    if column is None:
        wanted = _first_placeholder(dataset)
        raise ColumnError(
            f"The dataset '{config.label}' has no column 'images' or 'image', only {', '.join(names)}"
            + ("" if wanted is None else f"; the prompt of row {wanted} has a place for a picture")
            + ". Name the column of the pictures with `rename: {COLUMN: image}`."
        )
    base = _base(config)
    if config.streaming:
        decode = functools.partial(_decode, column=column, base=base, most=config.max_pixels, label=config.label)
        return dataset.map(decode, with_indices=True)
    dataset = _typed(dataset, column, base, config)
    if "prompt" in names:
        _check_places(dataset, column, config)
    _check_headers(dataset, column, config)
    return dataset


def in_rgb(dataset: Any, config: DatasetConfig) -> Any:
    """The dataset with pictures in RGB of at most `max_pixels`, converted when a row is read."""
    column = None if config.streaming else picture_column(dataset.column_names)
    if column is None:
        return dataset
    return dataset.with_transform(
        functools.partial(_convert_column, column=column, most=config.max_pixels, label=config.label)
    )


def picture_counts(dataset: Any, column: str) -> list[int]:
    """How many pictures each row has; none is read."""
    import datasets

    several = isinstance(dataset.features[column], datasets.List | datasets.LargeList)
    stored = dataset.with_format("arrow")[:].column(column)
    return [(len(value) if several else 1) if value.is_valid else 0 for value in stored]


def _check_places(dataset: Any, column: str, config: DatasetConfig) -> None:
    """Raise ColumnError unless every row has the pictures that its prompt has places for."""
    counts = picture_counts(dataset, column)
    for row, prompt in enumerate(dataset["prompt"]):
        wanted = _places(prompt)
        if wanted is None or wanted == counts[row]:
            continue
        # Marks in a text are taken out, and TRL puts every picture before the text.
        if not isinstance(prompt, str) or wanted > counts[row]:
            raise ColumnError(
                f"Row {row} of the dataset '{config.label}': its prompt has {_number(wanted, 'place')} for pictures "
                f"and column '{column}' holds {counts[row]}. Mend the row, or leave it out."
            )


def _check_headers(dataset: Any, column: str, config: DatasetConfig) -> None:
    """Raise ColumnError when a file of the first rows is empty or no picture."""
    for row, pictures in enumerate(_stored(dataset.take(_ROWS), column)):
        for picture in pictures:
            try:
                _ = picture.size
            except ColumnError as error:
                raise ColumnError(f"Row {row} of the dataset '{config.label}', column '{column}': {error}") from error


def _typed(dataset: Any, column: str, base: Path, config: DatasetConfig) -> Any:
    """The dataset with a column of pictures, whatever it was stored as."""
    import datasets

    kind = dataset.features[column]
    several = isinstance(kind, datasets.List | datasets.LargeList)
    inner = kind.feature if several else kind
    if isinstance(inner, datasets.Image):
        return dataset
    if isinstance(inner, datasets.Value) and inner.dtype in ("string", "large_string"):
        _check_files(dataset, column, base, config)
        paths = dataset.select_columns([column]).map(
            functools.partial(_absolute, column=column, base=base), desc="picture paths"
        )
        dataset = datasets.concatenate_datasets([dataset.remove_columns([column]), paths], axis=1)
    picture = datasets.Image(decode=False)
    try:
        return dataset.cast_column(column, datasets.List(picture) if several else picture)
    except Exception as error:
        raise ColumnError(
            f"Column '{column}' of the dataset '{config.label}' holds {kind}, which are no pictures; they are paths, "
            f"encoded bytes, or pictures of `datasets`."
        ) from error


def _check_files(dataset: Any, column: str, base: Path, config: DatasetConfig) -> None:
    missing = [
        (row, picture.path)
        for row, pictures in enumerate(_stored(dataset, column, base))
        for picture in pictures
        if picture.path is not None and not picture.path.is_file()
    ]
    if missing:
        row, path = missing[0]
        raise ColumnError(
            f"Row {row} of the dataset '{config.label}', column '{column}': picture {path} does not exist"
            + (f" (and {len(missing) - 1} more)" if len(missing) > 1 else "")
            + ". Relative paths start from the folder of `data_files`; set `image_root` to start from another."
        )


def _base(config: DatasetConfig) -> Path:
    if config.image_root is not None:
        return Path(config.image_root).absolute()
    files = config.data_files if isinstance(config.data_files, str) else next(iter(config.data_files or ()), None)
    if files is not None and "://" not in files:
        return Path(files).absolute().parent
    folder = Path(config.data_dir or config.path).absolute()
    return folder if folder.is_dir() else Path().absolute()


def _stored(dataset: Any, column: str, base: Path | None = None) -> Iterator[Sequence[ImageRef]]:
    """The pictures of every row as they are stored, undecoded."""
    for value in dataset.with_format("arrow")[:].column(column):
        yield images_of(value.as_py(), base=base)


def _absolute(row: dict[str, Any], *, column: str, base: Path) -> dict[str, Any]:
    value = row[column]
    paths = [path and str(base / path) for path in (value if isinstance(value, list) else [value])]
    return {column: paths if isinstance(value, list) else paths[0]}


def _convert(picture: Image, most: int | None) -> Image:
    """A picture as RGB with at most so many pixels, its proportions kept."""
    from PIL import Image

    picture = picture.convert("RGB")
    width, height = picture.size
    if most is None or width * height <= most:
        return picture
    ratio = (most / (width * height)) ** 0.5
    size = (max(1, int(width * ratio)), max(1, int(height * ratio)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _convert_column(batch: dict[str, Any], *, column: str, most: int | None, label: str) -> dict[str, Any]:
    if column not in batch:
        return batch

    def converted(place: int, value: Any) -> list[Image]:
        try:
            return [_convert(_opened(picture), most) for picture in images_of(value)]
        except ColumnError as error:
            prompts = batch.get("prompt")
            where = f" (its prompt is {show(prompts[place])})" if prompts else ""
            raise ColumnError(f"A row of the dataset '{label}'{where}, column '{column}': {error}") from error

    pictures = [converted(place, value) for place, value in enumerate(batch[column])]
    # TRL takes a row without pictures when its list is empty, and not when there is no list.
    return {**batch, column: pictures if column == "images" else [next(iter(found), None) for found in pictures]}


def _opened(picture: ImageRef) -> Image:
    """A picture, decoded; streams of the hub hold addresses, which `datasets` can open."""
    import datasets

    source = picture.source
    if isinstance(source, Mapping) and not source.get("bytes"):
        source = source.get("path")
    if not isinstance(source, str) or "://" not in source:
        return picture.open()
    decoded: Image = datasets.Image().decode_example({"path": source, "bytes": None})
    return decoded


def _decode(
    row: Mapping[str, Any], index: int, *, column: str, base: Path, most: int | None, label: str
) -> dict[str, Any]:
    value = row[column]
    try:
        pictures = [_convert(_opened(picture), most) for picture in images_of(value, base=base)]
    except ColumnError as error:
        raise ColumnError(f"Row {index} of the dataset '{label}', column '{column}': {error}") from error
    return {column: pictures if column == "images" else next(iter(pictures), None)}


def _first_placeholder(dataset: Any) -> int | None:
    """The first of a dataset's first rows whose prompt has a place for a picture."""
    for row, record in enumerate(dataset.take(1000)):
        if _places(record.get("prompt")):
            return row
    return None


def _places(prompt: object) -> int | None:
    """How many pictures a prompt has places for; None when it leaves that open."""
    if isinstance(prompt, str):
        places: int = prompt.count(PLACEHOLDER)
        return places or None
    if not isinstance(prompt, list):
        return None
    contents = [message.get("content") for message in prompt if isinstance(message, dict)]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    if not blocks:
        return None
    return sum(1 for block in blocks if isinstance(block, dict) and block.get("type") == "image")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
