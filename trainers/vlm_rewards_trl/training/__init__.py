"""The `train` verb, and resuming."""
