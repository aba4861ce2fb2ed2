"""Rows of data in and out: one reader of every kind of source, and scoring as a stream."""
