"""Masks in answers and references: run lengths, polygons and images, as checked runs over the image."""
