"""One colour per model, told apart by colour-blind readers too."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["REFERENCE", "colours_of"]

#: Okabe and Ito's palette without black and yellow, darkest contrasts first.
_PALETTE = ("#8a8f98", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")

#: The box of the reference.
REFERENCE = "#111418"


def colours_of(models: Sequence[str]) -> dict[str, str]:
    """The colour of each model; the first, the one that the others are compared to, is grey."""
    palette = _PALETTE if len(models) > 1 else _PALETTE[1:]
    return {model: palette[index % len(palette)] for index, model in enumerate(models)}
