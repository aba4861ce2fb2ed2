"""A tiny vision-language model and its data: real handwritten digits on a 3x3 grid.

Small enough to learn on two CPU cores in minutes, so that rewards and trainers can be tried on something that
really improves. Nothing is downloaded: the scans come with scikit-learn and the model starts from random weights.
"""

from vlm_rewards_trl.digits.data import make_demonstrations, make_prompts, write_data
from vlm_rewards_trl.digits.images import CELL_SIDE, IMAGE_SIDE
from vlm_rewards_trl.digits.model import build_model
from vlm_rewards_trl.digits.tasks import TASKS, Task

__all__ = [
    "CELL_SIDE",
    "IMAGE_SIDE",
    "TASKS",
    "Task",
    "build_model",
    "make_demonstrations",
    "make_prompts",
    "write_data",
]
