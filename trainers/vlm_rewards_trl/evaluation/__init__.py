"""Held-out answers, scored and compared."""
