"""A tiny vision-language model and its data: real handwritten digits on a 3x3 grid.

Small enough to learn on two CPU cores in minutes, so that rewards and trainers can be tried on something that
really improves. Nothing is downloaded: the scans come with scikit-learn and the model starts from random weights.
"""

from vlm_rewards_digits.data import write_data
from vlm_rewards_digits.model import build_model

__all__ = ["build_model", "write_data"]
