"""`python -m vlm_rewards`, for launchers that start modules."""

from vlm_rewards.cli import main

main()
