"""Helpers for text that packs share."""
