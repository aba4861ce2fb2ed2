"""The rewards file: its schema, and YAML that knows where each value stands."""
