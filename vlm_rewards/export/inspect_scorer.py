"""The scorer `vlm_rewards/rewards` of inspect_ai, which finds this module by an entry point; nobody else imports it."""

from vlm_rewards.export.classes import inspect_ai
from vlm_rewards.export.rewards import needed

scoring = needed("inspect_ai.scorer", "inspect_ai")


@scoring.scorer(metrics=[scoring.mean(), scoring.stderr()])
def rewards(config: str, images: str = "") -> object:
    """The total of each answer under a rewards file."""
    return inspect_ai(config, images=images)
