"""Find packs by their metadata, and know their rewards without importing the packs of others.

A distribution declares a pack as an entry point of the group `vlm_rewards`; the entry point's name is the namespace of
its rewards. Scanning reads metadata only. Packs that came with this package are imported into this process; all others
are imported and described by a worker, unless somebody said `inline`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from vlm_rewards import errors
from vlm_rewards.errors import PackConflictError, PackError, PackLoadError, UnknownRewardError
from vlm_rewards.registry import descriptions
from vlm_rewards.registry.decorator import RewardSpec
from vlm_rewards.registry.info import RewardInfo, reads_messages
from vlm_rewards.registry.packs import BLOCK, GROUP, OWN, PackInfo, file_version, import_pack, is_name, manager
from vlm_rewards.text.messages import did_you_mean
from vlm_rewards.workers.job import STARTUP_SECONDS
from vlm_rewards.workers.protocol import in_worker

logger = logging.getLogger(__name__)

ALLOW = "VLM_REWARDS_PACKS"
#: Set to `inline` to run every pack in the scoring process, to debug one.
ISOLATION = "VLM_REWARDS_ISOLATION"
#: What stands before the path of a function of TRL's convention.
TRL_PREFIX = "trl:"
#: How long `Registry.all` waits for a pack to be imported, in seconds, and for how many at a time.
PATIENCE, TOGETHER = 10.0, 2


@dataclass(frozen=True, slots=True)
class RegisteredReward:
    """One reward of one pack; its code only where the pack was imported into this process."""

    info: RewardInfo
    pack: PackInfo
    imported: RewardSpec | None = None
    observers: tuple[str, ...] = ()  # hooks of its pack that watch

    @property
    def spec(self) -> RewardSpec:
        """The reward as its author declared it."""
        if self.imported is None:
            raise PackLoadError(f"{self} is described by a worker, and was not imported into this process.")
        return self.imported

    @property
    def full_name(self) -> str:
        """`pack/reward`, the name that configs use."""
        return f"{self.pack.namespace}/{self.info.name}"

    @property
    def use(self) -> str:
        """What a config in another folder calls it."""
        if self.pack.kind == "pack":
            return self.full_name
        return self.pack.value if self.pack.range is None else f"{TRL_PREFIX}{self.pack.value}"

    def __str__(self) -> str:
        return f"'{self.full_name}' ({self.pack})"


@dataclass(frozen=True, slots=True)
class Described:
    """What a pack offers."""

    rewards: Mapping[str, RegisteredReward]
    compositions: Mapping[str, Any] = field(default_factory=dict)  # rewards files by name


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
        self._loaded: dict[tuple[PackInfo, bool], Described] = {}
        self._manager = manager()
        self.startup = STARTUP_SECONDS  # how long a worker may take to import a pack

    @property
    def hook(self) -> Any:
        """The hooks of the packs that were imported into this process, for the observers."""
        return self._manager.hook

    def namespaces(self) -> list[str]:
        """Every installed namespace that may be used, sorted."""
        return sorted(name for name in self._installed if not self._refusal(name))

    def packs(self, namespace: str) -> tuple[PackInfo, ...]:
        """The distributions that claim a namespace: one, unless they clash."""
        return tuple(self._installed.get(namespace, {}))

    def find(self, namespace: str, *, distribution: str | None = None) -> PackInfo:
        """The pack of a namespace, still unimported.

        Args:
            namespace: The entry point's name.
            distribution: The pin that resolves a clash.

        Raises:
            UnknownRewardError: It is not installed, or blocked.
            PackConflictError: Several distributions claim it, and no pin chooses.
        """
        packs = [pack for pack in self.packs(namespace) if pack.fault is None] or self.packs(namespace)
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

    def files(self, pack: PackInfo) -> dict[str, Path]:
        """The files of an installed pack by names that are the same on every machine, without an import of it.

        Raises:
            ImportError: Its package is not there.
            ValueError: It has too many modules.
        """
        distribution = self._installed[pack.namespace][pack]
        found = descriptions.package_files(pack.value)
        if descriptions.editable_root(distribution) is None:  # else it is not told what else belongs to it
            listed = (file for file in distribution.files or () if file.suffix == ".py")
            found |= {file.as_posix(): Path(str(file.locate())) for file in listed}
        return found

    def load(
        self, namespace: str, *, distribution: str | None = None, isolation: str | None = None
    ) -> Mapping[str, RegisteredReward]:
        """The rewards of one pack by their short names.

        Args:
            namespace: The entry point's name.
            distribution: The pin that resolves a clash.
            isolation: `inline` imports the pack into this process, `process` has a worker import it; by default packs
                of others stay out of this process.

        Raises:
            PackError: It cannot be imported, or registers something that is not a reward; or as `find`.
            UnknownRewardError: As `find`.
        """
        return self.describe(self.find(namespace, distribution=distribution), isolation=isolation).rewards

    def describe(self, pack: PackInfo, *, isolation: str | None = None, alone: bool = False) -> Described:
        """What a pack offers, asked once; `alone`, of a worker of its own within a short time. Raises PackError."""
        inline = runs_inline(pack, isolation)
        if (pack, inline) not in self._loaded:
            if pack.fault is not None:
                raise pack.error(pack.fault)
            self._loaded[pack, inline] = self._import(pack) if inline else self._ask(pack, alone=alone)
        return self._loaded[pack, inline]

    def get(self, full_name: str, *, distribution: str | None = None, isolation: str | None = None) -> RegisteredReward:
        """The reward of a full name, `pack/reward`; arguments as for `load`.

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
        rewards = self.load(namespace, distribution=distribution, isolation=isolation)
        if short not in rewards:
            pack = self.find(namespace, distribution=distribution)
            names = [found.full_name for found in rewards.values()]
            raise UnknownRewardError(
                f"Pack '{namespace}' ({pack}) has no reward '{short}'; it has {', '.join(sorted(names)) or 'none'}."
                f"{did_you_mean(full_name, names)}"
            )
        return rewards[short]

    def named(self, use: str, *, folder: Path, isolation: str | None, range_: Any = None) -> RegisteredReward:
        """The reward of a file (`./FILE.py:NAME`, from `folder`), or a function of TRL's convention after `trl:`.

        Raises:
            PackError: It cannot be imported, or is something else.
        """
        value = use.removeprefix(TRL_PREFIX)
        if is_file(value):
            path, _, name = value.rpartition(":")
            file = (folder / path).resolve()
            pack = PackInfo("file", file.name, file_version(file), f"{file}:{name}", kind="file", range=range_)
        else:
            pack = PackInfo("trl", value.partition(".")[0], value=value, kind="trl", range=range_)
        (found,) = self.describe(pack, isolation=isolation).rewards.values()
        return found

    def all(self) -> Iterator[RegisteredReward | tuple[PackInfo, PackError]]:
        """Every reward of every pack that may be used; a broken pack comes as its info and its error."""
        packs = [pack for namespace in self.namespaces() for pack in self.packs(namespace)]
        others = [pack for pack in packs if not runs_inline(pack)]
        if others:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(TOGETHER) as executor:
                told = dict(zip(others, executor.map(self._attempt, others), strict=True))
        for pack in packs:
            described = self._attempt(pack) if runs_inline(pack) else told[pack]
            if isinstance(described, PackError):
                yield pack, described
            else:
                yield from described.rewards.values()

    def _attempt(self, pack: PackInfo) -> Described | PackError:
        try:
            return self.describe(pack, alone=True)
        except PackError as error:
            return error

    def _import(self, pack: PackInfo) -> Described:
        made = import_pack(pack)
        if pack.kind == "pack" and not self._manager.is_registered(made.plugin):  # it may stand behind two namespaces
            self._manager.register(made.plugin, name=f"{pack.namespace} ({pack.distribution})")
        found = (RegisteredReward(RewardInfo.of(spec), pack, spec, made.observers) for spec in made.rewards.values())
        return Described({reward.info.name: reward for reward in found}, made.compositions)

    def _ask(self, pack: PackInfo, *, alone: bool) -> Described:
        from vlm_rewards.workers.pool import ask

        distribution = self._installed.get(pack.namespace, {}).get(pack)
        key = None if distribution is None else descriptions.key_of(pack, distribution)
        try:
            return _read(descriptions.kept(key), pack)
        except (TypeError, ValueError, LookupError, AttributeError):  # there is none, or not of this form
            pass
        try:
            answer = ask("describe", pack, seconds=PATIENCE if alone else self.startup, alone=alone)
            if "error" in answer:
                raise getattr(errors, str(answer["kind"]), PackLoadError)(str(answer["error"]))
            described = _read(answer, pack)
        except (RuntimeError, TypeError, ValueError, LookupError, AttributeError) as error:
            raise pack.error(f" cannot be described: {error}.") from error
        descriptions.keep(key, answer)
        return described

    def _refusal(self, namespace: str) -> str | None:
        if namespace in self._block:
            return f"blocked by {BLOCK}; take '{namespace}' out of that variable to use it"
        if self._allow is not None and namespace not in self._allow:
            return f"not among {ALLOW}={','.join(sorted(self._allow))}; add '{namespace}' to it to use it"
        return None


def is_file(use: str) -> bool:
    """Whether a text names a reward of a file, `./FILE.py:NAME`."""
    return ".py:" in use


def runs_inline(pack: PackInfo, isolation: str | None = None) -> bool:
    """Whether a pack is imported into this process: one that came with this package, unless somebody said otherwise."""
    default = "inline" if pack.ours or in_worker() else os.environ.get(ISOLATION, "process")
    return (isolation or default) == "inline"


def describe(pack: PackInfo) -> dict[str, Any]:
    """What a pack offers as JSON, after importing it into this process; of one that fails, the error."""
    try:
        made = import_pack(pack)
        infos = [replace(RewardInfo.of(spec), reads_messages=reads_messages(spec)) for spec in made.rewards.values()]
    except PackError as error:
        return {"error": str(error), "kind": type(error).__name__}
    return {
        "rewards": list(map(asdict, infos)),
        "compositions": dict(made.compositions),
        "observers": list(made.observers),
    }


def _read(answer: Any, pack: PackInfo) -> Described:
    """A description from JSON. Raises TypeError, ValueError, LookupError or AttributeError for anything else."""
    observers = tuple(map(str, answer["observers"]))
    found = (RegisteredReward(RewardInfo.read(info), pack, None, observers) for info in answer["rewards"])
    return Described({reward.info.name: reward for reward in found}, dict(answer["compositions"]))


def _names_from_env(variable: str) -> frozenset[str] | None:
    """The names in a variable; one that is empty is as good as unset, as in a shell."""
    return frozenset(name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()) or None


def _normalise(distribution: str) -> str:
    return distribution.lower().replace("_", "-").replace(".", "-")


def _scan(found: Iterable[Distribution]) -> dict[str, dict[PackInfo, Distribution]]:
    """The claims to each namespace with what makes them, those that came with this package first."""
    installed: dict[str, dict[tuple[str, str], tuple[PackInfo, Distribution]]] = {}
    for distribution in found:
        try:
            entries = [entry for entry in distribution.entry_points if entry.group.replace("-", "_") == GROUP]
        except (TypeError, ValueError):
            name = distribution.metadata["Name"]
            logger.warning("The entry points of %s are malformed and were left out; reinstall it.", name)
            continue
        name = (distribution.metadata["Name"] or "unnamed") if entries else ""
        ours = bool(entries) and _is_ours(distribution, name)
        for entry in entries:
            claims = installed.setdefault(entry.name, {})
            fault = _fault(entry.name, entry.group)
            pack = PackInfo(entry.name, name, distribution.version, entry.value, ours=ours, fault=fault)
            # An editable install beside a wheel leaves metadata twice; the first on the path is the one imported.
            same = (_normalise(name), entry.value if _normalise(name) == OWN else "")
            if same not in claims or ours:
                claims[same] = pack, distribution
    return {
        name: dict(sorted(claims.values(), key=lambda claim: not claim[0].ours)) for name, claims in installed.items()
    }


def _is_ours(distribution: Distribution, name: str) -> bool:
    """Whether this package came with a distribution: its files hold this one, or its folder when it is editable."""
    if _normalise(name) != OWN:
        return False
    root = descriptions.editable_root(distribution)
    here = Path(__file__).resolve().parents[1]
    if root is not None:
        return (root / here.name).resolve() == here
    listed = f"{here.name}/__init__.py," in (distribution.read_text("RECORD") or "")
    return listed and Path(str(distribution.locate_file(here.name))).resolve() == here


def _fault(name: str, group: str) -> str | None:
    """What is wrong with an entry point, known before any import."""
    if group != GROUP:
        return f": its entry point stands in the group '{group}'; the group is '{GROUP}'"
    if not is_name(name):
        like = _normalise(name).replace("-", "_")
        return f": the entry point's name must be lower-case letters, digits and '_', like '{like}'."
    return None
