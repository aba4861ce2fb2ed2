"""What no code says of an environment variable or a metric, for the pages of docs/reference."""

from __future__ import annotations

VARIABLES = {
    "VLM_REWARDS_BLOCK": "Packs that may not be used, like `math,acme`; no code of them runs.",
    "VLM_REWARDS_CACHE": (
        "Folder of what is known of other packs; `vlm-rewards` in `XDG_CACHE_HOME` or `~/.cache` without it. "
        "An empty one keeps nothing."
    ),
    "VLM_REWARDS_CONFIG": "The rewards file of `vlm_rewards_trl.functions.from_env`.",
    "VLM_REWARDS_ISOLATION": (
        "Where rewards of other packs run whose term does not say it: `process` (workers) or `inline`, to debug one."
    ),
    "VLM_REWARDS_PACKS": "The only packs that may be used; empty is as good as unset.",
    "VLM_REWARDS_TOKEN": "What clients of `vlm-rewards serve` must send as their bearer token.",
    "VLM_REWARDS_WORKER": "Set by this package in its workers; set by nobody else.",
}
METRICS = {
    "zero_variance_rate": "Share of groups whose totals are all equal: no gradient comes from them.",
    "rewards/<term>/mean": "What the term counts, over the rows where it was applied.",
    "rewards/<term>/std": "The spread of that.",
    "rewards/<term>/fault_rate": "Share of its rows that are `failed`: the grader's fault.",
    "rewards/<term>/abstain_rate": "Share of its rows on which it abstained.",
    "rewards/<term>/asked_rate": "Share of its rows that it was asked about, of a term with a gate.",
    "rewards/<term>/mixed_abstention_rate": "Share of groups in which it abstained on some answers and not on others.",
    "rewards/<term>/zero_variance_rate": "As above, over the groups that the term is for.",
    "rewards/<term>/p95_ms": "95th percentile of the milliseconds of an item, of rewards that ran in workers.",
}
HEADS = {
    "verbs": "# Verbs\n\nWhat `vlm-rewards VERB --help` says.\n",
    "rewards": """\
# Rewards and their options

Columns with a question mark may be missing. `vlm-rewards show PACK/REWARD` prints a reward with its documentation,
`vlm-rewards list` those of other packs too.
""",
    "keys": """\
# Keys of the rewards file and the recipe

What they mean is explained in [the rewards file](../rewards-file.md) and [training](../training.md). For an editor:
[rewards.schema.json](rewards.schema.json) and [recipe.schema.json](recipe.schema.json).
""",
    "statuses": """\
# Statuses and errors

## Statuses

What became of one completion under one reward. [The rewards file](../rewards-file.md) may change the effect.
""",
    "errors": """\
## Errors

A message says what is wrong, where, the value, and the fix. All are in `vlm_rewards.errors`, and each is a
`VLMRewardsError`.
""",
    "variables": "# Environment variables and metrics\n\n## Environment variables\n\n",
    "metrics": """
## Metrics of a run

Beside TRL's own. `<term>` is a term of the rewards file. TRL takes the mean over a logging step and over processes, and
writes `eval_` before those of held-out rows.

""",
}
