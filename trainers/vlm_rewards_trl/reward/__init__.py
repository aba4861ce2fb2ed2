"""The composed reward function that TRL calls."""
