"""What `vlm-rewards check` looks for, looked for again before a run loads its model."""

import logging
from itertools import islice
from typing import Any

from vlm_rewards import Scorer
from vlm_rewards.errors import ColumnError
from vlm_rewards.preflight import Finding, Severity, examine
from vlm_rewards_trl.checks.loading import Columns, check_model, columns_of
from vlm_rewards_trl.data.dataset import STREAMED, is_stream
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.reward.context import context_from

logger = logging.getLogger(__name__)

# `vlm-rewards check` reads every row; a run does not wait for that.
_ROWS = 10_000


def check_rewards(scorer: Scorer, dataset: Any, processor: Any, recipe: Recipe) -> None:
    """Look at rewards, data and model together; ColumnError with every error found, ConfigError for shrunk images."""
    looking = [term.name for term in scorer.terms if any(column.name == "images" for column in term.info.columns)]
    if recipe.config.dataset.max_pixels is not None and looking:
        message = (
            f"the rewards {', '.join(looking)} look at the images, and their references are about the unshrunk ones; "
            f"limit the processor instead, as in `processor: {{max_pixels: N}}`."
        )
        raise recipe.error(("dataset", "max_pixels"), message, at_key=True)
    context = context_from(processor, marks=scorer.marks)
    source = recipe.config.dataset
    is_whole = source.limit is None and "[" not in source.split and not is_stream(dataset) and len(dataset) <= _ROWS
    if is_stream(dataset):
        rows = list(islice(dataset, STREAMED))
        columns: Columns = {name: [row.get(name) for row in rows] for name in (rows[0] if rows else ())}
    else:
        columns = columns_of(dataset, limit=_ROWS)
    of_rows = examine(scorer, columns, context=context, is_whole=is_whole)
    for finding in (findings := [*of_rows, *check_model(scorer.terms, processor, context)]):
        if finding.severity is Severity.WARNING:
            logger.warning(_line(finding))
    if errors := [_line(finding) for finding in findings if finding.severity is Severity.ERROR]:
        message = "The preflight found what would make this run fail or learn the wrong thing:\n"
        raise ColumnError(message + "\n".join(errors))


def _line(finding: Finding) -> str:
    return f"{finding.where}: {finding.what}; {finding.fix}."
