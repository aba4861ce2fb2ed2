"""Rows in chunks, whose edges depend on the source alone; no chunk splits a group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vlm_rewards.data.lines import Held, columns_of
from vlm_rewards.data.source import Source
from vlm_rewards.errors import ColumnError
from vlm_rewards.types.batch import GROUP_ID

#: Rows of a chunk, and about how many bytes; the last group may make it longer.
ROWS, BYTES = 2048, 1 << 25


@dataclass(slots=True)
class Chunk:
    """Rows that are scored together."""

    number: int  # its place among the chunks, from 0
    start: int  # the number of its first row
    places: list[str] = field(default_factory=list)  # where each row is, for messages
    held: list[Held] = field(default_factory=list)  # each row, as its source holds it
    groups: list[str] | None = None  # of each row; None where no reward compares rows
    renames: Mapping[str, str] = field(default_factory=dict)  # the source's column for a name; none once it has it

    def next(self) -> Chunk:
        """The empty chunk behind it."""
        groups: list[str] | None = None if self.groups is None else []
        return Chunk(self.number + 1, self.start + len(self.held), groups=groups, renames=self.renames)


def chunks(source: Source, renames: Mapping[str, str], *, grouped: bool, group_size: int | None) -> Iterator[Chunk]:
    """The rows of a source in chunks; `renames` has its column for a name, `grouped` says whether rewards compare rows.

    A group has `group_size` rows; by default the column `group_id` says which are one. Raises ColumnError where the
    rows of a group do not follow one another.
    """
    by_column = grouped and not group_size
    chunk = Chunk(0, 0, groups=[] if grouped else None, renames={} if by_column else renames)
    known: set[int] = set()
    last, size = "", 0
    for row, (place, held) in enumerate(source.records()):
        opens = True
        if chunk.groups is not None:
            if by_column:
                held = columns_of(held, renames)  # noqa: PLW2901 - it is parsed once
            group = str(row // group_size) if group_size else _group(held, last, source.label + place)
            opens = group != last
            if opens and hash(group) in known:
                raise ColumnError(
                    f"{source.label}{place}: the rows of group {group[:80]} do not follow one another, and a reward "
                    f"compares them; sort the rows by '{GROUP_ID}'."
                )
            known.add(hash(group))
            last = group
        if opens and (len(chunk.held) >= ROWS or size >= BYTES):
            yield chunk
            chunk, size = chunk.next(), 0
        size += _size(held)
        chunk.places.append(place)
        chunk.held.append(held)
        if chunk.groups is not None:
            chunk.groups.append(last)
    if chunk.held:
        yield chunk


def _group(held: Held, last: str, place: str) -> str:
    """The group of a row; one that cannot be read belongs to the group before it."""
    if not isinstance(held, dict):
        return last
    if GROUP_ID not in held:
        raise ColumnError(
            f"{place}: a reward compares the answers to one prompt, and no column '{GROUP_ID}' says which these are; "
            f"name it with --column {GROUP_ID}=NAME, or give --group-size."
        )
    return repr(held[GROUP_ID])


def _size(held: object) -> int:
    """About how many bytes a value holds; images are most of what there is."""
    if isinstance(held, str | bytes):
        return len(held)
    if isinstance(held, Mapping | list):
        return sum(map(_size, held.values() if isinstance(held, Mapping) else held))
    return 8
