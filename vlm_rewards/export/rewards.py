"""A rewards file as other frameworks ask for it: rows in, and for each a total and the same metrics out.

Where a framework lets only one text through, the columns of a row are packed into it as JSON, and read again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict, Unpack

from vlm_rewards.errors import ColumnError, ConfigError, ScoringError
from vlm_rewards.loading.load import load_scorer
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import images_of
from vlm_rewards.types.output import Status

logger = logging.getLogger(__name__)

Config: TypeAlias = str | Path | Mapping[str, Any]


class Options(TypedDict, total=False):
    """What every export takes beside its rewards file."""

    on_no_verdict: Literal["low", "raise"]
    images: str | Path


class Verdict(NamedTuple):
    """What a row earned; the metrics have the same keys in every row."""

    total: float | None
    metrics: dict[str, float]
    reason: str


class Rewards:
    """A rewards file that is asked for rows; with `single` it refuses what single rows cannot serve."""

    def __init__(self, config: Config, *, single: bool = True, **options: Unpack[Options]) -> None:
        self.scorer = load_scorer(config)
        lows = ((term, term.effect(Status.UNPARSEABLE, None).value or 0.0) for term in self.scorer.terms)
        parts = {term.name: (low, term.weight.at(0), True) for term, low in lows}
        self.low, self.no_verdicts = self.scorer.combine.value(parts) or 0.0, 0
        self._raises, self._images = options.get("on_no_verdict") != "low", Path(options.get("images", ""))
        if single and (problems := unfit_alone(self.scorer)):
            raise ConfigError(problems)

    def verdict(self, row: Mapping[str, Any]) -> Verdict:
        """What a row earns: its columns, with the answer as `completion`."""
        return self.verdicts([row])[0]

    def verdicts(self, rows: Sequence[Mapping[str, Any]], step: int = 0) -> list[Verdict]:
        """What rows earn at a training step, in their order. A term that counts nothing in a row is 0 there."""
        scored = self.scorer.score(Batch.from_rows(rows, context=Context(step=step), base=self._images))
        verdicts = []
        for row, total in enumerate(scored.totals):
            metrics, reasons = {"no_verdict": float(total is None)}, []
            for name, term in scored.terms.items():
                value, status = term.values[row], term.outcomes.statuses[row]
                metrics |= {name: value or 0.0, f"{name}_counted": float(value is not None)}
                if value is None and status is not None:
                    reasons.append(f"term '{name}' {status}: {term.outcomes.reasons[row]}")
            verdicts.append(Verdict(total, metrics, "; ".join(reasons)))
        return verdicts

    def number(self, verdict: Verdict) -> float:
        """The total; without one what a row earns with all terms at their low, which is counted, or a ScoringError."""
        if verdict.total is not None:
            return verdict.total
        self.no_verdicts += 1
        if self._raises:
            raise ScoringError(f"No verdict: {verdict.reason}. With on_no_verdict='low' it would pay {self.low:g}.")
        logger.warning("No verdict, paid %g (%d so far): %s", self.low, self.no_verdicts, verdict.reason)
        return self.low


def unfit_alone(scorer: Scorer) -> list[str]:
    """Of each term that cannot score single rows its name, why, and what to do."""
    unfit = (term for term in scorer.terms if term.compares or not term.weight.is_constant)
    whys = {True: "it compares the answers of a group", False: "its weight goes by the training step"}
    return [f"Term '{term.name}' cannot be scored row by row: {whys[term.compares]}; remove it." for term in unfit]


def answered(text: str, thought: str | None) -> list[dict[str, Any]]:
    """An answer whose reasoning came apart from it."""
    return [{"role": "assistant", "content": text, "reasoning_content": thought or None}]


def needed(module: str, distribution: str) -> Any:
    """A module of the framework that is exported to. Raises ImportError that says what to install."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{error}: this export works where '{distribution}' is installed.") from error


#: How a text begins that holds columns: no reference does.
_MARK = '{"vlm_rewards_columns": '
#: Where each framework hands a text on to its rewards.
_PLACES = {"easyr1": "answer", "openrlhf": "label", "lmms_eval": "ground_truth", "verl": "reward_model"}


def prepare(row: Mapping[str, Any], target: str, *, images: str | Path | None = None) -> dict[str, Any]:
    """A row of a dataset with its columns where the rewards of that framework find them, for `Dataset.map`.

    Args:
        row: The row; what it holds stays.
        target: `verl` (in its `reward_model`), `easyr1` (`answer`), `openrlhf` (`label`), `lmms_eval` (`ground_truth`).
        images: Folder that relative paths of images start from.

    Raises:
        ColumnError: An image is in no file, or to that framework rows arrive as they are.
    """
    if target not in _PLACES:
        raise ColumnError(f"Rows need not be prepared for '{target}'; they are for {', '.join(_PLACES)}.")
    columns = {name: value for name, value in row.items() if name not in {"prompt", "messages", "image", "images"}}
    found = images_of(row.get("images") or row.get("image"), base=None if images is None else Path(images))
    paths = [image.path for image in found]
    if None in paths:
        raise ColumnError(f"{found[paths.index(None)]} is in no file; save it, and give its path.")
    if paths:
        columns["images"] = [str(path.resolve()) for path in paths if path is not None]
    packed = f"{_MARK}{json.dumps(columns)}}}"
    if target != "verl":
        return {**row, _PLACES[target]: packed}
    return {"data_source": "vlm_rewards", **row, "reward_model": {"style": "rule", "ground_truth": packed}}


def unpack(reference: object) -> dict[str, Any]:
    """The columns inside a text of `prepare`; of anything else, it as the reference."""
    if isinstance(reference, str) and reference.startswith(_MARK):
        return dict(json.loads(reference)["vlm_rewards_columns"])
    return {"solution": reference}
