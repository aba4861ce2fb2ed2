"""A source of rows, whatever it is: a file, standard input, a folder or a name of the hub."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlm_rewards.data.lines import Record, cells, columns_of, json_rows, lines, parse
from vlm_rewards.data.tables import from_datasets, from_parquet, is_saved
from vlm_rewards.errors import ColumnError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that can be read once, from the first on."""

    label: str  # what it is called in messages
    base: Path | None  # folder that relative paths of images start from
    read: Callable[[], Iterator[Record]]  # opens it; raises ColumnError where no further row can be read

    def records(self) -> Iterator[Record]:
        """Every row as it is held, after its place. Raises ColumnError for a source that cannot be read to its end."""
        try:
            yield from self.read()
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise ColumnError(f"{self.label}: the file cannot be read: {error}.") from error
        except ColumnError as error:
            raise ColumnError(f"{self.label}: {error}") from error
        except ImportError as error:
            raise ColumnError(f"{self.label}: {error}. It needs the extra: pip install 'vlm-rewards[trl]'.") from error


def open_source(where: str | Path, *, split: str | None = None, config: str | None = None) -> Source:
    """The source of that name; nothing of it is read yet.

    It is a file, `-` for standard input, a folder of `save_to_disk` or of parquet files, or a name of the hub with its
    configuration `config`; of several splits `split` is taken.
    """
    path, label = Path(where), str(where)
    if label == "-":
        return Source("standard input", None, lambda: json_rows(_plain(sys.stdin.buffer)))
    if path.is_dir():
        if is_saved(path):
            return Source(label, path, lambda: from_datasets(label, split=split))
        files = sorted(path.glob("*.parquet"))
        if not files:
            raise ColumnError(f"{label}: the folder is neither one of `save_to_disk` nor one of parquet files.")
        return Source(label, path, lambda: from_parquet(files))
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    if not path.exists() and label.count("/") == 1 and not path.parent.is_dir():
        return Source(label, None, lambda: from_datasets(label, split=split, config=config))
    if ending == ".parquet":
        return Source(label, path.parent, lambda: from_parquet([path]))
    return Source(label, path.parent, lambda: _text_rows(path, ending))


def _text_rows(path: Path, ending: str) -> Iterator[Record]:
    with path.open("rb") as file:
        stream = _plain(file)
        if ending in _DELIMITERS:
            yield from cells(stream, _DELIMITERS[ending])
        else:
            yield from (json_rows if ending == ".json" else lines)(stream)


def _plain(file: Any) -> Any:
    """A binary stream with its compression taken off, if it has any."""
    stream = io.BufferedReader(file)
    return gzip.open(stream) if stream.peek(2)[:2] == b"\x1f\x8b" else stream


def read_rows(source: Source | Path, renames: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """All rows of a source, by `renames` as rewards read them; ColumnError where it is empty, or a row is wrong."""
    source = open_source(source) if isinstance(source, Path) else source
    rows = []
    for place, held in source.records():
        row = parse(held) if renames is None else columns_of(held, renames)
        if isinstance(row, str):
            raise ColumnError(f"{source.label}{place}: {row}")
        rows.append(row)
    if not rows:
        raise ColumnError(f"{source.label}: the file holds no row; write one JSON object per line.")
    return rows
