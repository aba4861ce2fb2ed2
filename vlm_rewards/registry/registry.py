"""Find packs by their metadata, import one when a config names it, and hand out its rewards.

A distribution declares a pack as an entry point of the group `vlm_rewards`; the entry point's name is the namespace of
its rewards. Scanning reads metadata only: an installed pack runs no code until somebody asks for it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

import pluggy

from vlm_rewards.errors import PackConflictError, PackError, PackLoadError, PackVersionError, UnknownRewardError
from vlm_rewards.registry import hookspecs
from vlm_rewards.registry.decorator import RewardSpec, from_trl, spec_of
from vlm_rewards.text.messages import did_you_mean, explain, show

__all__ = ["GROUP", "PackInfo", "RegisteredReward", "Registry"]

logger = logging.getLogger(__name__)

GROUP = "vlm_rewards"
ALLOW, BLOCK = "VLM_REWARDS_PACKS", "VLM_REWARDS_BLOCK"
_REGISTER = "vlm_rewards_register"


@dataclass(frozen=True, slots=True)
class PackInfo:
    """Where a pack comes from, known from metadata alone; a function that is imported by its path has no origin."""

    namespace: str  # the part of its rewards' names before the slash
    distribution: str  # what provides it; of such a function, its package
    version: str | None = None
    origin: EntryPoint | None = None

    def __str__(self) -> str:
        return f"{self.distribution} {self.version or 'imported by path'}"

    def error(self, what: str) -> PackLoadError:
        """An error that says what is wrong with the pack."""
        return PackLoadError(f"Pack '{self.namespace}' ({self}){what}")


@dataclass(frozen=True, slots=True)
class RegisteredReward:
    """One reward of one pack."""

    spec: RewardSpec
    pack: PackInfo

    @property
    def full_name(self) -> str:
        """`pack/reward`, the name that configs use."""
        return f"{self.pack.namespace}/{self.spec.name}"

    def __str__(self) -> str:
        return f"'{self.full_name}' ({self.pack})"


class Registry:
    """The packs that are installed, and the rewards of those that were asked for.

    Args:
        allow: Namespaces that may be used; None for all. By default from `VLM_REWARDS_PACKS` (comma-separated).
        block: Namespaces that may not be used. By default from `VLM_REWARDS_BLOCK`.
        found: Where to look; every installed distribution by default.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] | None = None,
        block: Iterable[str] | None = None,
        found: Iterable[Distribution] | None = None,
    ) -> None:
        self._allow = _names_from_env(ALLOW) if allow is None else frozenset(allow)
        self._block = (_names_from_env(BLOCK) or frozenset()) if block is None else frozenset(block)
        self._installed = _scan(distributions() if found is None else found)
        self._loaded: dict[PackInfo, dict[str, RegisteredReward]] = {}
        self._manager = _manager()

    @property
    def hook(self) -> Any:
        """The hooks of the packs loaded so far, for the observers."""
        return self._manager.hook

    def namespaces(self) -> list[str]:
        """Every installed namespace that may be used, sorted."""
        return sorted(name for name in self._installed if not self._refusal(name))

    def packs(self, namespace: str) -> tuple[PackInfo, ...]:
        """The distributions that claim a namespace: one, unless they clash."""
        return self._installed.get(namespace, ())

    def find(self, namespace: str, *, distribution: str | None = None) -> PackInfo:
        """The pack of a namespace, still unimported.

        Args:
            namespace: The entry point's name.
            distribution: The pin that resolves a clash.

        Raises:
            UnknownRewardError: It is not installed, or blocked.
            PackConflictError: Several distributions claim it, and no pin chooses.
        """
        packs = self._installed.get(namespace, ())
        refusal = self._refusal(namespace)
        if refusal and packs:
            raise UnknownRewardError(f"Pack '{namespace}' ({packs[0]}) is installed but {refusal}.")
        if not packs:
            usable = self.namespaces()
            raise UnknownRewardError(
                f"No installed pack is named '{namespace}'; installed: {', '.join(usable) or 'none'}."
                f"{did_you_mean(namespace, usable) or ' Install the distribution that provides it with pip.'}"
            )
        if distribution is not None:
            wanted = _normalise(distribution)
            if chosen := [pack for pack in packs if _normalise(pack.distribution) == wanted]:
                return chosen[0]
            names = ", ".join(pack.distribution for pack in packs)
            raise PackConflictError(
                f"Pack '{namespace}' is pinned to the distribution '{distribution}', but is provided by {names}; "
                f"pin one of these.{did_you_mean(distribution, [pack.distribution for pack in packs])}"
            )
        if len(packs) > 1:
            claims = " and ".join(str(pack) for pack in packs)
            raise PackConflictError(
                f"Pack '{namespace}' is claimed by {claims}; uninstall one, or choose in the config: "
                f"`packs: {{{namespace}: {{distribution: {packs[0].distribution}}}}}`."
            )
        return packs[0]

    def load(self, namespace: str, *, distribution: str | None = None) -> Mapping[str, RegisteredReward]:
        """Import one pack and return its rewards by their short names.

        Raises:
            PackError: It cannot be imported, or registers something that is not a reward; or as `find`.
            UnknownRewardError: As `find`.
        """
        info = self.find(namespace, distribution=distribution)
        if info not in self._loaded:
            plugin = _import(info)
            _check_hooks(plugin, info)
            rewards = _rewards_of(plugin, info)
            if not self._manager.is_registered(plugin):  # one module may stand behind two entry points
                self._manager.register(plugin, name=f"{info.namespace} ({info.distribution})")
            self._loaded[info] = rewards
        return self._loaded[info]

    def get(self, full_name: str, *, distribution: str | None = None) -> RegisteredReward:
        """The reward of a full name, `pack/reward`.

        Raises:
            UnknownRewardError: The name has no slash, or no such reward is installed.
            PackError: Its pack is broken or clashes with another.
        """
        namespace, slash, short = full_name.partition("/")
        if not slash:
            raise UnknownRewardError(
                f"'{full_name}' names no reward: write 'pack/reward', as `vlm-rewards list` shows them."
                f"{did_you_mean(full_name, self.namespaces())}"
            )
        rewards = self.load(namespace, distribution=distribution)
        if short not in rewards:
            pack = self.find(namespace, distribution=distribution)
            names = [found.full_name for found in rewards.values()]
            raise UnknownRewardError(
                f"Pack '{namespace}' ({pack}) has no reward '{short}'; it has {', '.join(sorted(names)) or 'none'}."
                f"{did_you_mean(full_name, names)}"
            )
        return rewards[short]

    def all(self) -> Iterator[RegisteredReward | tuple[PackInfo, PackError]]:
        """Every reward of every pack that may be used; a broken pack comes as its info and its error."""
        for namespace in self.namespaces():
            for info in self._installed[namespace]:
                try:
                    rewards = self.load(namespace, distribution=info.distribution)
                except PackError as error:
                    yield info, error
                else:
                    yield from rewards.values()

    def _refusal(self, namespace: str) -> str | None:
        if namespace in self._block:
            return f"blocked by {BLOCK}; take '{namespace}' out of that variable to use it"
        if self._allow is not None and namespace not in self._allow:
            return f"not among {ALLOW}={','.join(sorted(self._allow))}; add '{namespace}' to it to use it"
        return None


def _names_from_env(variable: str) -> frozenset[str] | None:
    """The names in a variable; one that is empty is as good as unset, as in a shell."""
    return frozenset(name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()) or None


def _normalise(distribution: str) -> str:
    return distribution.lower().replace("_", "-").replace(".", "-")


def _scan(found: Iterable[Distribution]) -> dict[str, tuple[PackInfo, ...]]:
    installed: dict[str, dict[str, PackInfo]] = {}
    for distribution in found:
        try:
            entries = distribution.entry_points
        except (TypeError, ValueError):
            name = distribution.metadata["Name"]
            logger.warning("The entry points of %s are malformed and were left out; reinstall it.", name)
            continue
        for entry in entries:
            if entry.group != GROUP:
                continue
            name = distribution.metadata["Name"] or "unnamed"
            claims = installed.setdefault(entry.name, {})
            # An editable install beside a wheel leaves metadata twice; the first on the path is the one imported.
            claims.setdefault(_normalise(name), PackInfo(entry.name, name, distribution.version, entry))
    return {name: tuple(claims.values()) for name, claims in installed.items()}


def imported(dotted: str, *, range_: tuple[float, float]) -> RegisteredReward:
    """A function of TRL's convention by its dotted path (`package.module.function`). Raises PackLoadError for none."""
    module, _, attribute = dotted.rpartition(".")
    try:
        function = getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:
        fix = "Check the path; the folder of a module that is not installed belongs into PYTHONPATH."
        raise PackLoadError(f"'{dotted}' cannot be imported: {explain(error)}. {fix}") from error
    if not callable(function):
        raise PackLoadError(f"'{dotted}' is {show(function)}, not a function.")
    spec = from_trl(function, range=range_, name=attribute)
    return RegisteredReward(spec, PackInfo("trl", module.partition(".")[0]))


def is_name(text: str) -> bool:
    """Whether a text may name a pack or a reward: `[a-z][a-z0-9_]*`."""
    return text.isascii() and text.isidentifier() and text == text.lower() and text[0] != "_"


def _import(info: PackInfo) -> object:
    if not is_name(info.namespace):
        like = _normalise(info.namespace).replace("-", "_")
        raise info.error(f": the entry point's name must be lower-case letters, digits and '_', like '{like}'.")
    assert info.origin is not None
    try:
        return info.origin.load()
    except (Exception, SystemExit) as error:
        raise info.error(
            f" cannot be imported from '{info.origin.value}': {explain(error)}. Reinstall {info.distribution}, or "
            f"leave it out with {BLOCK}={info.namespace}."
        ) from error


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _check_hooks(plugin: object, info: PackInfo) -> None:
    """Refuse what pluggy accepts in silence: a misspelt hook, and a hook without its marker."""
    manager = _manager()
    hooks = [name for name in vars(hookspecs) if name.startswith(f"{hookspecs.PROJECT}_")]
    for name in dir(plugin):
        marked = manager.parse_hookimpl_opts(plugin, name) is not None
        if marked and name not in hooks:
            known = f"the hooks are {', '.join(hooks)}.{did_you_mean(name, hooks)}"
            raise info.error(f" implements '{name}', which is not a hook; {known}")
        if name in hooks and not marked:
            raise info.error(f" defines '{name}' without `@vlm_rewards.hookimpl`; add the marker.")
    if manager.parse_hookimpl_opts(plugin, _REGISTER) is None:
        fix = "define it under `@vlm_rewards.hookimpl` and return the rewards of the pack."
        raise info.error(f" implements no '{_REGISTER}'; {fix}")
    try:
        manager.register(plugin, name=info.namespace)  # on trial: pluggy keeps half of a plugin that it refuses
    except pluggy.PluginValidationError as error:
        raise info.error(f" has a hook of another form than its specification: {explain(error)}.") from error


def _rewards_of(plugin: Any, info: PackInfo) -> dict[str, RegisteredReward]:
    try:
        declared = list(plugin.vlm_rewards_register())
    except PackVersionError:
        raise
    except (Exception, SystemExit) as error:
        raise info.error(f": `{_REGISTER}` raised {explain(error)}; fix the pack or leave it out.") from error
    rewards: dict[str, RegisteredReward] = {}
    for item in declared:
        spec = spec_of(item)
        if spec is None:
            raise info.error(f" registers {show(item)}, which is not a reward; put `@reward(range=...)` on it.")
        if not is_name(spec.name):
            raise info.error(f": the reward name '{spec.name}' must be lower-case letters, digits and '_'.")
        if spec.name in rewards:
            raise info.error(f" registers '{spec.name}' twice; rename one with `@reward(name=...)`.")
        rewards[spec.name] = RegisteredReward(spec, info)
    return rewards
