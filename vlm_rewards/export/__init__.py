"""One rewards file, every trainer: what other frameworks call, made from a rewards file (or the same as a dict).

`images` is the folder that relative paths of images start from. Where a framework takes nothing but a number,
`on_no_verdict` says what a row becomes that no reward could judge: `raise` an error, or `low`, what a row earns whose
terms are all at their low, which is logged and counted.
"""

from vlm_rewards.export.classes import inspect_ai, lmms_eval, ms_swift, nemo_gym, openenv, trl, verl_manager
from vlm_rewards.export.functions import areal, easyr1, openrlhf, verifiers, verl
from vlm_rewards.export.rewards import prepare

__all__ = ["areal", "easyr1", "inspect_ai", "lmms_eval", "ms_swift", "nemo_gym", "openenv", "openrlhf"]
__all__ += ["prepare", "trl", "verifiers", "verl", "verl_manager"]
