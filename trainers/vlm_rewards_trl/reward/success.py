"""When an answer counts as right, for pass@k."""

from vlm_rewards import ScoredRow, Scorer, Status
from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import did_you_mean


class Success:
    """Tells right answers from wrong ones, as gates do: by the raw score of terms.

    What is asked for is a term, and the score from which on it counts as right (the top of its range by default). Else
    every term that counts for a row, with a weight above 0, must reach the top of its range. Raises ConfigError for a
    term that is not there.
    """

    def __init__(self, scorer: Scorer, asked: tuple[str, float | None] | None = None) -> None:
        tops = {term.name: term.info.range[1] for term in scorer.terms}
        if asked is None:
            steps = {term.name: term.weight.points[-1][1] for term in scorer.terms}
            self._least = {name: top for name, top in tops.items() if steps[name] > 0}
            return
        name, least = asked
        if name not in tops:
            known = ", ".join(scorer.order)
            raise ConfigError(f"'{name}' is not a term of the rewards file; it has {known}.{did_you_mean(name, tops)}")
        self._least = {name: tops[name] if least is None else least}

    @property
    def rule(self) -> str:
        """What counts as right, in a sentence."""
        needed = " and ".join(f"{name} scores at least {least:g}" for name, least in self._least.items())
        return f"Right is an answer where {needed}; terms of other tasks do not matter." if needed else ""

    def of(self, row: ScoredRow) -> bool | None:
        """Whether the answer is right; None when no term can tell: faults, abstentions, terms of other rows."""
        outputs = [(row.terms[name], least) for name, least in self._least.items() if name in row.terms]
        if any(output.status in {Status.BAD_REFERENCE, Status.FAILED} for output, _ in outputs):
            return None
        judged = [(output, least) for output, least in outputs if output.status is not Status.ABSTAINED]
        return all(output.score is not None and output.score >= least for output, least in judged) if judged else None
