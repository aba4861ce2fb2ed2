"""Masks in answers and references: run lengths, polygons and pictures, as checked runs over the image."""
