"""The images of a dataset: stored in whatever way, they reach the processor as RGB, or are named when missing."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import show
from vlm_rewards.types.images import ImageRef, images_of
from vlm_rewards_trl.data.conversations import places
from vlm_rewards_trl.recipe.recipe import DatasetConfig

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["decoding", "image_column", "image_counts", "in_rgb", "undecoded", "with_images"]

# Of how many rows the images are looked at before a run; a look is at the header.
_ROWS = 10_000


def image_column(names: Sequence[str]) -> str | None:
    """The column that holds the images."""
    return next((name for name in ("images", "image") if name in names), None)


def undecoded(dataset: Any, config: DatasetConfig) -> Any:
    """The dataset with its images as they are stored: who decodes them can say which one is broken."""
    old = {new: name for name, new in config.rename.items()}
    return decoding(dataset, [old.get(name, name) for name in ("images", "image")], decode=False)


def decoding(dataset: Any, columns: Iterable[str], *, decode: bool) -> Any:
    """The dataset with images that `datasets` decodes when they are read, or does not; others are left alone."""
    import datasets

    image = datasets.Image(decode=decode)
    for column in columns:
        kind: Any = (dataset.features or {}).get(column)
        several = isinstance(kind, datasets.List | datasets.LargeList)
        if isinstance(kind.feature if several else kind, datasets.Image):
            dataset = dataset.cast_column(column, datasets.List(image) if several else image)
    return dataset


def with_images(dataset: Any, names: Sequence[str], config: DatasetConfig) -> Any:
    """The dataset with images that `in_rgb` can decode; a stream's come in RGB already.

    Raises:
        ColumnError: There is no column of images, or images are missing or do not fit the prompt; the first such
            row is named.
    """
    column = image_column(names)
    if column is None:
        prompts = enumerate(record.get("prompt") for record in dataset.take(1000))
        wanted = next((row for row, prompt in prompts if places(prompt)), None)
        raise ColumnError(
            f"The dataset '{config.label}' has no column 'images' or 'image', only {', '.join(names)}"
            + ("" if wanted is None else f"; the prompt of row {wanted} has a place for an image")
            + ". Name the column of the images with `rename: {COLUMN: image}`."
        )
    base = _base(config)
    if config.streaming:
        decode = functools.partial(_decode, column=column, base=base, most=config.max_pixels, label=config.label)
        return dataset.map(decode, with_indices=True)
    dataset = _typed(dataset, column, base, config)
    _check_headers(dataset, column, config)
    return dataset


def in_rgb(dataset: Any, config: DatasetConfig) -> Any:
    """The dataset with images in RGB of at most `max_pixels`, converted when a row is read."""
    column = None if config.streaming else image_column(dataset.column_names)
    if column is None:
        return dataset
    return dataset.with_transform(
        functools.partial(_convert_column, column=column, most=config.max_pixels, label=config.label)
    )


def image_counts(dataset: Any, column: str) -> list[int]:
    """How many images each row has; none is read."""
    import datasets

    several = isinstance(dataset.features[column], datasets.List | datasets.LargeList)
    stored = dataset.with_format("arrow")[:].column(column)
    return [(len(value) if several else 1) if value.is_valid else 0 for value in stored]


def _check_headers(dataset: Any, column: str, config: DatasetConfig) -> None:
    """Raise ColumnError when a file of the first rows is empty or not an image."""
    for row, images in enumerate(_stored(dataset.take(_ROWS), column)):
        try:
            _ = [image.size for image in images]
        except ColumnError as error:
            raise ColumnError(f"Row {row} of the dataset '{config.label}', column '{column}': {error}") from error


def _typed(dataset: Any, column: str, base: Path, config: DatasetConfig) -> Any:
    """The dataset with a column of images, whatever it was stored as."""
    import datasets

    kind = dataset.features[column]
    several = isinstance(kind, datasets.List | datasets.LargeList)
    inner = kind.feature if several else kind
    if isinstance(inner, datasets.Image):
        return dataset
    if isinstance(inner, datasets.Value) and inner.dtype in ("string", "large_string"):
        _check_files(dataset, column, base, config)
        paths = dataset.select_columns([column]).map(
            functools.partial(_absolute, column=column, base=base), desc="image paths"
        )
        dataset = datasets.concatenate_datasets([dataset.remove_columns([column]), paths], axis=1)
    image = datasets.Image(decode=False)
    try:
        return dataset.cast_column(column, datasets.List(image) if several else image)
    except Exception as error:
        raise ColumnError(
            f"Column '{column}' of the dataset '{config.label}' holds {kind}, which are not images; they are paths, "
            f"encoded bytes, or images of `datasets`."
        ) from error


def _check_files(dataset: Any, column: str, base: Path, config: DatasetConfig) -> None:
    missing = [
        (row, image.path)
        for row, images in enumerate(_stored(dataset, column, base))
        for image in images
        if image.path is not None and not image.path.is_file()
    ]
    if missing:
        row, path = missing[0]
        raise ColumnError(
            f"Row {row} of the dataset '{config.label}', column '{column}': image {path} does not exist"
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
    """The images of every row as they are stored, undecoded."""
    for value in dataset.with_format("arrow")[:].column(column):
        yield images_of(value.as_py(), base=base)


def _absolute(row: dict[str, Any], *, column: str, base: Path) -> dict[str, Any]:
    value = row[column]
    paths = [path and str(base / path) for path in (value if isinstance(value, list) else [value])]
    return {column: paths if isinstance(value, list) else paths[0]}


def _convert(image: Image, most: int | None) -> Image:
    """An image as RGB with at most so many pixels, its proportions kept."""
    from PIL import Image

    image = image.convert("RGB")
    width, height = image.size
    if most is None or width * height <= most:
        return image
    ratio = (most / (width * height)) ** 0.5
    size = (max(1, int(width * ratio)), max(1, int(height * ratio)))
    return image.resize(size, Image.Resampling.BICUBIC)


def _convert_column(batch: dict[str, Any], *, column: str, most: int | None, label: str) -> dict[str, Any]:
    if column not in batch:
        return batch
    prompts = batch.get("prompt")
    about = [f" (its prompt is {show(prompt)})" for prompt in prompts] if prompts else [""] * len(batch[column])
    images = [
        _decoded(value, f"A row of the dataset '{label}'{where}, column '{column}'", column=column, most=most)
        for value, where in zip(batch[column], about, strict=True)
    ]
    return {**batch, column: images}


def _opened(image: ImageRef) -> Image:
    """An image, decoded; streams of the hub hold addresses, which `datasets` can open."""
    import datasets

    source = image.source
    if isinstance(source, Mapping) and not source.get("bytes"):
        source = source.get("path")
    if not isinstance(source, str) or "://" not in source:
        return image.open()
    decoded: Image = datasets.Image().decode_example({"path": source, "bytes": None})
    return decoded


def _decode(
    row: Mapping[str, Any], index: int, *, column: str, base: Path, most: int | None, label: str
) -> dict[str, Any]:
    where = f"Row {index} of the dataset '{label}', column '{column}'"
    return {column: _decoded(row[column], where, column=column, base=base, most=most)}


def _decoded(value: Any, where: str, *, column: str, base: Path | None = None, most: int | None) -> Any:
    """The images of a row, or its one image, decoded and converted."""
    try:
        images = [_convert(_opened(image), most) for image in images_of(value, base=base)]
    except ColumnError as error:
        raise ColumnError(f"{where}: {error}") from error
    # TRL takes a row without images when its list is empty, and not when there is no list.
    return images if column == "images" else next(iter(images), None)
