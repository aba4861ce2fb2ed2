"""From a rewards file and a registry to a Scorer."""
