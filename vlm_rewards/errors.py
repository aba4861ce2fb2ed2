"""Everything this package raises, as one tree.

    VLMRewardsError
    ├── PackError
    │   ├── PackLoadError        a pack cannot be imported, or registers something that is not a reward
    │   ├── PackConflictError    two distributions claim one namespace, and a config names it
    │   └── PackVersionError     a pack needs another version of this package
    ├── UnknownRewardError       no installed pack has a reward of that name
    ├── ConfigError              a rewards file or a recipe is wrong; carries every problem at once
    ├── ColumnError              a dataset column or an image is missing or cannot be read
    ├── RewardOutputError        a reward returned something that is not an outcome
    └── ScoringError             a run must stop: `on_error: fail` met a fault

Every message says what, where, the offending value and the fix.
"""

from collections.abc import Iterable
from functools import partial

__all__ = [
    "ColumnError",
    "ConfigError",
    "PackConflictError",
    "PackError",
    "PackLoadError",
    "PackVersionError",
    "RewardOutputError",
    "ScoringError",
    "UnknownRewardError",
    "VLMRewardsError",
]


class VLMRewardsError(Exception):
    """Base of every error of this package."""


class PackError(VLMRewardsError):
    """A pack is broken, or two packs are in each other's way."""


class PackLoadError(PackError):
    """A pack cannot be imported, or registers something that is not a reward."""


class PackConflictError(PackError):
    """Two distributions claim one namespace, and a config names it."""


class PackVersionError(PackError):
    """A pack needs another version of this package."""


class UnknownRewardError(VLMRewardsError):
    """No installed pack has a reward of that name."""


class ConfigError(VLMRewardsError):
    """A rewards file or a recipe is wrong.

    Args:
        problems: One text per mistake, each with its place where it is known.
        source: The file, for the headline.
    """

    def __init__(self, problems: str | Iterable[str], *, source: str | None = None) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        self.source = source
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        head = f"{source}: {count}\n" if source else ""
        super().__init__(head + "\n".join(self.problems))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the problems: the message alone could not rebuild them."""
        return (partial(ConfigError, source=self.source), (self.problems,))


class ColumnError(VLMRewardsError):
    """A dataset column or an image is missing or cannot be read."""


class RewardOutputError(VLMRewardsError):
    """A reward returned something that is not an outcome."""


class ScoringError(VLMRewardsError):
    """A run must stop: `on_error: fail` met a fault."""
