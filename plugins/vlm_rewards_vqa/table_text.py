"""Read a table out of a text: Markdown, HTML, tab- or comma-separated; one pass, nothing rendered."""

from __future__ import annotations

import contextlib
import csv
import html
import string

__all__ = ["read_table"]

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_RULE = frozenset("-: ")

Grid = list[list[str]]


def read_table(text: str, *, most: int | None = None) -> Grid:
    r"""The rows of the table in a text, each a list of stripped cells; empty when there is none.

    Args:
        text: What may hold a table.
        most: How many signs between cells are read.

    Raises:
        ValueError: The table has more signs between its cells.

    >>> read_table("Sales:\n| a | b |\n|---|:-:|\n| 1 | 2 |")
    [['a', 'b'], ['1', '2']]
    >>> read_table("<table><tr><th>a<th>b</tr><tr><td>1</td><td>2 &amp; 3</td></tr></table>")
    [['a', 'b'], ['1', '2 & 3']]
    >>> read_table("a\tb\n1\t2"), read_table('a,b\n"1,5",2'), read_table("no table")
    ([['a', 'b'], ['1', '2']], [['a', 'b'], ['1,5', '2']], [])
    """
    text = text.replace("<0x0A>", "\n")  # how DePlot writes a line break
    lower = text.translate(_LOWER)
    if "<tr" in lower:
        _bound(lower.count("<td") + lower.count("<th"), most)
        return _html(text)
    text = _fenced(text)
    lines = [line.strip() for line in text.splitlines()]
    sign = next((sign for sign in "|\t" if any(sign in line for line in lines)), ",")
    _bound(text.count(sign), most)
    if sign == "|":
        return [row for line in lines if "|" in line and (row := _markdown(line))]
    if sign == "\t":
        return [[cell.strip() for cell in line.split("\t")] for line in lines if "\t" in line]
    rows: Grid = []
    with contextlib.suppress(csv.Error):
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, skipinitialspace=True) if len(row) > 1]
    return rows


def _bound(signs: int, most: int | None) -> None:
    if most is not None and signs > most:
        raise ValueError(f"the table has more than {most} signs between cells")


def _fenced(text: str) -> str:
    """The inside of the last fenced block, or the whole text without one."""
    end = text.rfind("```")
    start = text.rfind("```", 0, max(end, 0))
    return text[start:end].partition("\n")[2] if start >= 0 else text


def _markdown(line: str) -> list[str]:
    """The cells of one line; empty for the rule under the head."""
    cells = [cell.strip().replace("\0", "|") for cell in line.replace("\\|", "\0").strip("|").split("|")]
    ruled = all(_RULE.issuperset(cell) and "-" in cell for cell in cells)
    return [] if ruled else [cell.strip("*").strip() for cell in cells]


def _html(text: str) -> Grid:
    """Rows and cells by their opening tags; other tags are dropped, closing ones need not be there."""
    rows: Grid = []
    for number, piece in enumerate(text.split("<")):
        tag, _, after = piece.partition(">")
        name = tag.translate(_LOWER).split(maxsplit=1)[:1]
        if number == 0:
            continue
        if name == ["tr"]:
            rows.append([])
        elif name in (["td"], ["th"]):
            if not rows:
                rows.append([])
            rows[-1].append("")
        elif name in (["/tr"], ["/td"], ["/th"], ["/table"], ["table"]):
            continue
        else:
            after = f" {after}" if name in (["br"], ["br/"]) else after
        if rows and rows[-1]:
            rows[-1][-1] += after
    return [[" ".join(html.unescape(cell).split()) for cell in row] for row in rows if row]
