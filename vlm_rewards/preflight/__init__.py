"""Preflight: what is wrong with a rewards file, a dataset and a model, found before a GPU is rented.

Each module looks for one kind of fault, and none imports a trainer: what a tokenizer does comes in as a function.
"""

from vlm_rewards.preflight.decoding import check_decoding
from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.preflight.options import check_observers, check_options
from vlm_rewards.preflight.routes import check_groups, check_layout
from vlm_rewards.preflight.run import examine

__all__ = [
    "Finding",
    "Severity",
    "check_decoding",
    "check_groups",
    "check_layout",
    "check_observers",
    "check_options",
    "examine",
]
