"""The images of a dataset: stored in whatever way, they reach the processor as RGB, or are named when missing.

TRL's trainers take no videos, but the frames of one are images.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vlm_rewards.errors import ColumnError
from vlm_rewards.text.messages import explain, show
from vlm_rewards.types import pixels
from vlm_rewards.types.images import ImageRef, Images, images_of
from vlm_rewards_trl.data.conversations import places
from vlm_rewards_trl.data.mixed import mapped
from vlm_rewards_trl.recipe.recipe import DatasetConfig

if TYPE_CHECKING:
    from PIL.Image import Image

#: Of how many rows the images are looked at before a run; a look is at the header.
ROWS = 10_000


@dataclass(frozen=True, slots=True)
class _Images:
    """The column of the images: where relative paths start, and at most how many pixels an image keeps."""

    column: str
    base: Path
    most: int | None
    label: str  # of the dataset

    def of(self, value: Any) -> Images:
        """The images of a row, undecoded. Raises ColumnError for several in the column of one."""
        images = images_of(value, base=self.base)
        if self.column == "image" and len(images) > 1:
            raise ColumnError(f"{len(images)} images where TRL reads one; write `rename: {{image: images}}`.")
        return images

    @contextlib.contextmanager
    def named(self, row: str) -> Iterator[None]:
        """Name the row in errors about its images."""
        try:
            yield
        except ColumnError as error:
            raise ColumnError(f"{row} of the dataset '{self.label}', column '{self.column}': {error}") from error

    def decoded(self, value: Any) -> Any:
        """The images of a row, or its one image, decoded and converted."""
        images = [_convert(_opened(image), self.most) for image in self.of(value)]
        # TRL takes a row without images when its list is empty, and not when there is no list.
        return images if self.column == "images" else next(iter(images), None)

    def decode_row(self, row: Mapping[str, Any], index: int) -> dict[str, Any]:
        """The images of a row of a stream."""
        with self.named(f"Row {index}"):
            return {self.column: self.decoded(row[self.column])}

    def decode_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Rows with their images, which are named by their prompts: the numbers of rows are not known here."""
        if self.column not in batch:
            return batch
        values = batch[self.column]
        prompts = batch.get("prompt") or [None] * len(values)
        images = []
        for value, prompt in zip(values, prompts, strict=True):
            with self.named("A row" if prompt is None else f"A row (its prompt is {show(prompt)})"):
                images.append(self.decoded(value))
        return {**batch, self.column: images}


def image_column(names: Sequence[str]) -> str | None:
    """The column that holds the images."""
    return next((name for name in ("images", "image") if name in names), None)


def undecoded(dataset: Any, config: DatasetConfig) -> Any:
    """The dataset with its images as they are stored: who decodes them can say which one is broken."""
    old = {new: name for name, new in config.rename.items()}
    return decoding(dataset, [old.get(name, name) for name in ("images", "image", "videos")], decode=False)


def decoding(dataset: Any, columns: Iterable[str], *, decode: bool) -> Any:
    """The dataset with images that `datasets` decodes when they are read, or does not; others are left alone."""
    import datasets

    for column in columns:
        kind: Any = (dataset.features or {}).get(column)
        made: Any = datasets.Image(decode=decode)
        while isinstance(kind, datasets.List | datasets.LargeList):
            kind, made = kind.feature, datasets.List(made)
        if isinstance(kind, datasets.Image):
            dataset = dataset.cast_column(column, made)
    return dataset


def with_images(dataset: Any, names: Sequence[str], config: DatasetConfig) -> Any:
    """The dataset with images that `in_rgb` can decode, a stream's in RGB; ColumnError for the first row without."""
    column = image_column(names)
    if column is None:
        prompts = enumerate(record.get("prompt") for record in islice(dataset, 1000))
        wanted = next((row for row, prompt in prompts if places(prompt)), None)
        raise ColumnError(
            f"The dataset '{config.label}' has no column 'images' or 'image', only {', '.join(names)}"
            + ("" if wanted is None else f"; the prompt of row {wanted} has a place for an image")
            + ". Name the column of the images with `rename: {COLUMN: image}`."
        )
    images = _Images(column, _base(config), config.max_pixels, config.label)
    if config.streaming:
        return dataset.map(images.decode_row, with_indices=True)
    dataset = _typed(dataset, images)
    _check_headers(dataset, images)
    return dataset


def in_rgb(dataset: Any, config: DatasetConfig) -> Any:
    """The dataset with images in RGB of at most `max_pixels`, converted when a row is read."""
    column = None if config.streaming else image_column(dataset.column_names)
    if column is None:
        return dataset
    return dataset.with_transform(_Images(column, _base(config), config.max_pixels, config.label).decode_batch)


def image_counts(dataset: Any, column: str) -> list[int]:
    """How many images each row has; none is read."""
    import datasets

    several = isinstance(dataset.features[column], datasets.List | datasets.LargeList)
    stored = dataset.with_format("arrow")[:].column(column)
    return [(len(value) if several else 1) if value.is_valid else 0 for value in stored]


def _check_headers(dataset: Any, images: _Images) -> None:
    """Raise ColumnError when a file of the first rows is empty, not an image, or too large."""
    for row, value in enumerate(_stored(dataset.select(range(min(ROWS, len(dataset)))), images.column)):
        with images.named(f"Row {row}"):
            for image in images.of(value):
                pixels.check_area(image.size, "An image")


def _typed(dataset: Any, images: _Images) -> Any:
    """The dataset with a column of images, whatever it was stored as."""
    import datasets

    column = images.column
    kind = dataset.features[column]
    levels = _levels(kind)
    several = isinstance(kind, datasets.List | datasets.LargeList) and levels not in (2, 3)
    inner = kind.feature if several else kind
    if isinstance(inner, datasets.Image):
        return dataset
    image = datasets.Image(decode=False)
    features = datasets.Features({column: datasets.List(image) if several else image})
    stored = getattr(inner, "dtype", None)
    if stored in ("binary", "large_binary", "null"):
        return dataset.cast_column(column, features[column])
    is_struct = isinstance(inner, dict) and {"bytes", "path"} & inner.keys()
    if not (levels in (2, 3, 4) or stored in ("string", "large_string") or is_struct):
        raise ColumnError(
            f"Column '{column}' of the dataset '{images.label}' holds {kind}, which are not images; they are paths, "
            f"encoded bytes, texts in base64, numbers of shape (height, width, 3), or images of `datasets`."
        )
    if not levels:
        _check_files(dataset, images)
    return mapped(dataset, [column], functools.partial(_structs, images=images, several=several), features)


def _levels(kind: Any) -> int:
    """How many lists lie around the numbers of a column; 0 for a column of anything else."""
    import datasets

    levels = 0
    while isinstance(kind, datasets.List | datasets.LargeList):
        kind, levels = kind.feature, levels + 1
    if isinstance(kind, datasets.Array2D | datasets.Array3D | datasets.Array4D):
        return levels + len(kind.shape)
    is_number = isinstance(kind, datasets.Value) and kind.dtype.startswith(("int", "uint", "float", "bool"))
    return levels if is_number else 0


def _structs(row: Mapping[str, Any], index: int, *, images: _Images, several: bool) -> dict[str, Any]:
    """The images of a row as `datasets` stores them: by absolute paths, or as encoded bytes."""
    value = row[images.column]
    with images.named(f"Row {index}"):
        made = [_struct(image) for image in images.of(value)]
    return {images.column: made if several and value is not None else next(iter(made), None)}


def _struct(image: ImageRef) -> dict[str, Any]:
    if image.path is not None:
        return {"bytes": None, "path": str(image.path)}
    data = image.data
    if data is None:  # numbers
        file = io.BytesIO()
        image.open().save(file, "PNG")
        data = file.getvalue()
    return {"bytes": data, "path": None}


def _check_files(dataset: Any, images: _Images) -> None:
    """Raise ColumnError when the file of an image is not there."""
    missing = []
    for row, value in enumerate(_stored(dataset, images.column)):
        with images.named(f"Row {row}"):
            found = images.of(value)
        for image in found:
            try:
                image.check_file()
            except ColumnError as error:
                missing.append((row, str(error)))
    if missing:
        row, what = missing[0]
        more = f" ({len(missing) - 1} more like it.)" if len(missing) > 1 else ""
        hint = "Relative paths start from the folder of `data_files`; set `image_root` to start from another."
        with images.named(f"Row {row}"):
            raise ColumnError(f"{what}{more} {hint}")


def _base(config: DatasetConfig) -> Path:
    if config.image_root is not None:
        return Path(config.image_root).absolute()
    files = config.data_files if isinstance(config.data_files, str) else next(iter(config.data_files or ()), None)
    if files is not None and "://" not in files:
        return Path(files).absolute().parent
    folder = Path(config.data_dir or config.path).absolute()
    return folder if folder.is_dir() else Path().absolute()


def _stored(dataset: Any, column: str) -> Iterator[Any]:
    """The images of every row as they are stored, undecoded."""
    for value in dataset.with_format("arrow")[:].column(column):
        yield value.as_py()


def _convert(image: Image, most: int | None) -> Image:
    """An image as RGB with at most so many pixels, its proportions kept."""
    from PIL import Image

    image = pixels.in_rgb(image)
    width, height = image.size
    if most is None or width * height <= most:
        return image
    ratio = (most / (width * height)) ** 0.5
    size = (max(1, int(width * ratio)), max(1, int(height * ratio)))
    return image.resize(size, Image.Resampling.BICUBIC)


def _opened(image: ImageRef) -> Image:
    """An image, decoded; streams of the hub hold addresses, which `datasets` can open."""
    if image.address is None:
        return image.open()
    from datasets.utils.file_utils import xopen

    try:
        with xopen(image.address, "rb") as file:
            data = file.read()
    except Exception as error:
        raise ColumnError(f"Image {show(image.address)} cannot be read: {explain(error)}.") from error
    return ImageRef(data).open()


def with_frames(dataset: Any, names: list[str], config: DatasetConfig) -> Any:
    """The dataset with the frames of its `videos` as `images`; ColumnError for videos that are not lists of frames."""
    import datasets

    def frames(row: Mapping[str, Any], index: int) -> dict[str, Any]:
        videos = row["videos"] or []
        if not isinstance(videos, list) or not all(isinstance(video, list | None) for video in videos):
            raise _unusable(config, f"row {index} has {show(videos)}")
        return {"videos": [frame for video in videos for frame in video or ()]}

    if (other := image_column(names)) is not None:
        raise _unusable(config, f"there is a column '{other}' too")
    held = (dataset.features or {}).get("videos")
    kind: Any = held
    for _ in range(0 if held is None else 2):
        if not isinstance(kind, datasets.List | datasets.LargeList):
            raise _unusable(config, f"it holds {held}")
        kind = kind.feature
    return mapped(dataset, ["videos"], frames, {"videos": datasets.List(kind)}).rename_column("videos", "images")


def _unusable(config: DatasetConfig, what: str) -> ColumnError:
    return ColumnError(
        f"The dataset '{config.label}', column 'videos': {what}. A row has a list of videos, each a list of its "
        f"frames, and no other images: write the frames of a file as images first, or name those of one video `images`."
    )
