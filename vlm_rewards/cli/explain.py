"""`vlm-rewards explain CONFIG SOURCE --row N`: why one row has its total."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from vlm_rewards.cli.score import READING, asked_of
from vlm_rewards.data.chunks import Chunk, chunks
from vlm_rewards.data.scored import batch_of
from vlm_rewards.errors import ColumnError
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.report.page import html_of

#: Even if a text were not escaped, nothing in the page could run or load.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_HEAD = f"""<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n"""


@click.command()
@click.option("--row", type=click.IntRange(min=0), required=True, help="Which row, from 0.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with the images.")
def command(*, config: Path, source: str, row: int, html: Path | None, **options: Any) -> None:
    """Explain why a row of SOURCE has its total under the rewards file CONFIG.

    For each term: what was read, how it was judged and what it counts; then the completion, with what was read between
    » and «.
    """
    opened, job = asked_of(config, source, SimpleNamespace(**options))
    with load_scorer(config) as scorer:
        read = chunks(opened, job.renames, grouped=scorer.compares, group_size=job.group_size)
        chunk = next((chunk for chunk in read if chunk.start + len(chunk.held) > row), None)
        if chunk is None:
            raise ColumnError(f"{opened.label}: there is no row {row}.")
        at, groups = row - chunk.start, chunk.groups
        first = at if groups is None else groups.index(groups[at])
        part = slice(first, at + 1 if groups is None else first + groups.count(groups[at]))
        few = Chunk(1, row, chunk.places[part], chunk.held[part], groups and groups[part], chunk.renames)
        columns, batch = batch_of(scorer, few, job)
        *before, wanted = columns[: at - first + 1]
        if isinstance(wanted, str):
            raise ColumnError(f"{opened.label}{chunk.places[at]}: {wanted}")
        explanation = scorer.explain(batch, sum(not isinstance(one, str) for one in before))
    click.echo(str(explanation))
    if html is not None:
        html.write_text(f"{_HEAD}{html_of(explanation)}\n", encoding="utf-8")


command.params[:0] = READING
