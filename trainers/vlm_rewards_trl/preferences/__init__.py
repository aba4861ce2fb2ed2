"""Sampled answers, ranked into preference pairs."""
