"""Intervals of time as models and data write them."""
