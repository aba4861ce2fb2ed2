"""The training config: its schema, overrides and provenance."""
