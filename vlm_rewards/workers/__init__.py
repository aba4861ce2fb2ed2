"""Processes that can be killed: a pool for jobs of plain JSON. Nothing here knows of terms or rewards."""
