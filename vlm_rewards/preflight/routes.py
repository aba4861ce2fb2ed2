"""Which rows a term gets: routes that match none, rows without a term, and groups that ranks would split."""

from collections.abc import Collection, Iterator, Sequence

from vlm_rewards.preflight.findings import Finding, Severity, about_rows
from vlm_rewards.scoring.term import Route, Term
from vlm_rewards.text.messages import did_you_mean, show
from vlm_rewards.types.batch import GROUP_ID, Batch

_VALUES_SHOWN = 6


def check_routes(terms: Sequence[Term], batch: Batch, empty: Severity) -> Iterator[Finding]:
    """Findings about `when`: terms without rows (so severe is that), and rows without a term."""
    routed: set[int] = set()
    for term in terms:
        if term.when is None:
            routed.update(range(len(batch)))
        elif term.when.column in batch.columns:
            rows = term.when.rows(batch)
            routed.update(rows)
            if not rows:
                what = f"the route matches no row: {_explain(term.when, batch)}"
                fix = "correct `when`, or remove the term"
                yield Finding(empty, f"rewards.{term.name}.when", what, fix)
    lost = [row for row in range(len(batch)) if row not in routed]
    if lost:
        fix = "add a term for them, widen a `when`, or take the rows out of the dataset"
        yield about_rows("rewards", lost, len(batch), "no term is routed to them, so they get no reward", fix)


def check_layout(terms: Sequence[Term], *, num_generations: int, rows_per_rank: int) -> Iterator[Finding]:
    """A finding for each term that looks at whole groups, when what a rank scores at once splits groups."""
    for term in terms:
        if term.compares and rows_per_rank % num_generations:
            cause = "`normalize: group`" if term.normalize else f"{term.full_name}, a group reward,"
            what = f"{cause} needs whole groups, and {rows_per_rank} rows per rank split groups of {num_generations}"
            fix = "make per_device_train_batch_size * steps_per_generation a multiple of num_generations, or remove it"
            yield Finding(Severity.ERROR, f"rewards.{term.name}", what, fix)


def check_groups(terms: Sequence[Term], columns: Collection[str]) -> Iterator[Finding]:
    """A note for each term that looks at whole groups, when neither a column nor a size tells them."""
    for term in terms:
        if term.compares and GROUP_ID not in columns:
            what = "it compares the answers to one prompt, and no column says which these are; training knows"
            fix = f"to score a file, add a column '{GROUP_ID}'; for training, give --num-generations"
            yield Finding(Severity.NOTE, f"rewards.{term.name}", what, fix)


def _explain(route: Route, batch: Batch) -> str:
    values = batch.columns[route.column]
    distinct = list(dict.fromkeys(map(show, values)))
    there = ", ".join(distinct[:_VALUES_SHOWN]) + (", ..." if len(distinct) > _VALUES_SHOWN else "")
    words = {value for value in values if isinstance(value, str)}
    wanted = [] if route.negated else [value for value in route.values if isinstance(value, str)]
    near = next(filter(None, (did_you_mean(word, words) for word in wanted)), "")
    condition = f"{'not_in' if route.negated else 'in'}: {show(list(route.values))}"
    return f"it wants `{route.column}` {condition}, and the dataset has {there}{near and f' ({near.strip()})'}"
