"""Normalisation, numbers, JSON and distances of short answers."""
