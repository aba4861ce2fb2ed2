"""Helpers for text that packs share."""

from vlm_rewards.text.json import last_json, read_json
from vlm_rewards.text.messages import against
from vlm_rewards.text.plain import plain
from vlm_rewards.text.visible import visible

__all__ = ["against", "last_json", "plain", "read_json", "visible"]
