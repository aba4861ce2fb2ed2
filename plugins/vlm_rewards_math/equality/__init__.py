"""Whether two trees are equal."""
