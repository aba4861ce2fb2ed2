"""`doc/teds`: how near a table is to another, as trees."""

from __future__ import annotations

import vlm_rewards as vr
from vlm_rewards_doc.tables import Table, read_tables
from vlm_rewards_doc.texts import judged
from vlm_rewards_doc.trees import tree_distance


@vr.reward(range=(0.0, 1.0))
def teds(completion: vr.Completion, solution: str, *, structure_only: bool = False) -> vr.RewardOutput:
    r"""TEDS of the last table of the answer and the reference: 1 less their tree edit distance by the larger tree.

    Range 0 to 1; never abstains. Tables are HTML, or Markdown where there is none, in the last `<answer>` block or else
    after the reasoning. A tree has rows and, below them, cells; `th` is `td`, `thead` and `tbody` are dropped, and tags
    inside a cell too. No table, or one of over 1,000 rows and cells (`too_large`), is unparseable.

    Args:
        completion: The answer.
        solution: The right table, in HTML or Markdown.
        structure_only: Whether only rows, cells and spans count (TEDS-Struct).

    Source: Zhong et al., arXiv 1911.10683. Its program counts the tags inside cells in the size of a tree, so that a
    thousand empty ones are paid; here they are none of its nodes.

    >>> gold = "<table><tr><td>team</td><td>goals</td></tr><tr><td>Red</td><td>3</td></tr></table>"
    >>> teds(vr.Completion("| team | goals |\n|---|---|\n| Red | 3 |"), gold).score
    1.0
    >>> round(teds(vr.Completion("| team | goals |\n|---|---|\n| Red | 8 |"), gold).score, 3)
    0.833
    >>> teds(vr.Completion("<tr><td>Red</td><td>3</td></tr>" * 300), gold).score < 0.01  # a hack: every row
    True
    """

    def last(text: str) -> Table:
        if not (tables := read_tables(text)):
            raise ValueError("there is no table with a row")
        return [[cell._replace(text="") for cell in row] for row in tables[-1]] if structure_only else tables[-1]

    def score(given: Table, wanted: Table) -> tuple[float, str]:
        distance = tree_distance(given, wanted)
        sizes = [len(table) + sum(map(len, table)) for table in (given, wanted)]
        told = f"{distance:.3g} edits between {sizes[0]} and {sizes[1]} rows and cells" if distance else ""
        return max(1 - distance / max(sizes), 0.0), told

    return judged(completion, solution, last, last, score)
