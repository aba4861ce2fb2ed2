"""Datasets and their images, as TRL wants them."""
