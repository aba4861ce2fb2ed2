"""Tables in HTML and Markdown, as rows of cells with their spans."""

from __future__ import annotations

import contextlib
import html
import string
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_NODES = 1000  # rows and cells of a table
MAX_PLACES = 10_000  # of its grid
_CELLS, _ROWS = ("td", "th"), ("tr", "thead", "tbody")
_BREAKS = ("table", *_ROWS, *_CELLS, "br", "p", "div", "li")


class Cell(NamedTuple):
    """A cell: its text, and how many columns and rows it spans."""

    text: str
    colspan: int = 1
    rowspan: int = 1


Table = Sequence[Sequence[Cell]]


def read_tables(text: str) -> list[Table]:
    r"""The tables of a text in order, in Markdown where none is in HTML; ValueError for over 1,000 rows and cells.

    >>> read_tables("<table><tr><th colspan=2>a<tr><td>1 &amp; <b>2</b></td></tr></table>")
    [[[Cell(text='a', colspan=2, rowspan=1)], [Cell(text='1 & 2', colspan=1, rowspan=1)]]]
    >>> [[cell.text for cell in row] for row in read_tables("| a | b |\n|---|---|\n| 1 | |")[0]]
    [['a', 'b'], ['1', '']]
    """
    return list(_html(text)) or list(_markdown(text))


def grid(table: Table) -> list[list[Cell | None]]:
    """The cell at each place of a table, at most 10,000; one that spans several stands at each of them."""
    places: list[dict[int, Cell]] = [{} for _ in table]
    for at, row in enumerate(table):
        column = 0
        for cell in row:
            while column in places[at]:
                column += 1
            _bound(column + cell.colspan, MAX_PLACES // len(table))
            for below in places[at : at + cell.rowspan]:
                below.update(dict.fromkeys(range(column, column + cell.colspan), cell))
    width = max(max(row, default=-1) for row in places) + 1
    return [[row.get(column) for column in range(width)] for row in places]


def _bound(count: int, most: int) -> None:
    if count > most:
        raise ValueError(f"too_large: a table of more than {MAX_NODES} rows and cells, or {MAX_PLACES} places")


def _html(text: str) -> Iterator[Table]:
    """The tables with their cells; every tag may lack its end, and a table inside a cell is text of that cell."""
    first, *commented = text.split("<!--")
    text = first + "".join(part.partition("-->")[2] for part in commented)
    tables: list[list[list[tuple[str, list[str]]]]] = []
    texts: list[str] = []  # of the open cell, or of nothing
    depth, nodes, in_cell, row_ended = 0, 0, False, True
    for piece in text.split("<")[1:]:
        tag, end, after = piece.partition(">")
        name = tag[:16].partition(" ")[0].partition("\n")[0].rstrip("/").lower()
        bare = name.removeprefix("/")
        if not end or not bare.isalnum():
            texts.append(f"<{piece}")
            continue
        if bare == "table" and in_cell and (depth > 1 or name == bare):
            depth += 1 if name == bare else -1
        elif bare in ("table", *_ROWS, *_CELLS) and depth <= 1:
            if bare == "table" or not depth:  # rows may stand without a table around them
                tables.append([])
                depth, nodes = int(name != "/table"), 0
            in_cell, texts = name in _CELLS, []
            if name == "tr" or (in_cell and row_ended):
                tables[-1].append([])
            if in_cell:
                tables[-1][-1].append((tag, texts))
            nodes += (name == "tr" or (in_cell and row_ended)) + in_cell
            _bound(nodes, MAX_NODES)
            row_ended = not in_cell and name not in ("tr", "/td", "/th")
        texts.append(f" {after}" if bare in _BREAKS else after)
    yield from ([[_cell(*held) for held in row] for row in table] for table in tables if table)


def _cell(tag: str, texts: Sequence[str]) -> Cell:
    text = "".join(texts)
    with contextlib.suppress(ValueError):  # the number of a character may have thousands of digits
        text = html.unescape(text)
    return Cell(" ".join(text.split()), _span(tag, "colspan"), _span(tag, "rowspan"))


def _span(tag: str, name: str) -> int:
    """A span, as the nearest number from 1 to 1,000; 1 where it is no number."""
    rest = tag.lower().partition(name)[2].lstrip(" =\"'\n\t")[:9]
    digits = rest[: len(rest) - len(rest.lstrip(string.digits))]
    return min(max(int(digits or 1), 1), 1000)


def _markdown(text: str) -> Iterator[Table]:
    """The runs of lines with a bar, without rules."""
    rows: list[list[Cell]] = []
    nodes = 0
    for line in [*text.splitlines(), ""]:
        bare = line.strip().replace("\\|", "\0")
        if "|" not in bare and rows:
            yield rows
            rows, nodes = [], 0
        if "|" in bare and set(bare) - set("|-: "):
            cells = bare.removeprefix("|").removesuffix("|").replace("<br>", " ").split("|")
            nodes += 1 + len(cells)
            _bound(nodes, MAX_NODES)
            rows.append([Cell(" ".join(cell.replace("\0", "|").split())) for cell in cells])
