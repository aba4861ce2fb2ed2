"""Import one pack, file or function into this process: the training process for its own, a worker for all others."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeVar

import pluggy

from vlm_rewards.errors import PackLoadError, PackVersionError
from vlm_rewards.registry import hookspecs
from vlm_rewards.registry.decorator import RewardSpec, from_trl, spec_of
from vlm_rewards.text.messages import did_you_mean, explain, pass_on_interrupt, place, show
from vlm_rewards.workers.protocol import in_worker

T = TypeVar("T")

GROUP = "vlm_rewards"
#: The distribution that this package comes with, unless another only calls itself so.
OWN = "vlm-rewards"
BLOCK = "VLM_REWARDS_BLOCK"
#: The version of what packs are written to: hooks, `@reward`, what a reward gets and returns.
API_VERSION = 1
_REGISTER, _COMPOSITIONS = "vlm_rewards_register", "vlm_rewards_compositions"


@dataclass(frozen=True, slots=True)
class PackInfo:
    """Where rewards come from, known without importing them; plain values, which may go to a worker."""

    namespace: str  # the part of its rewards' names before the slash
    distribution: str  # what provides it; of a function or a file, its package or name
    version: str | None = None
    value: str = ""  # what is imported: the entry point's value, a dotted path, or a file and a name
    kind: Literal["pack", "file", "trl"] = "pack"
    range: tuple[float, float] | None = None  # of a function of TRL's convention, which declares none
    ours: bool = False  # whether it came with this package
    fault: str | None = None  # why its metadata cannot be used

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> PackInfo:
        """From JSON."""
        bounds = data["range"]
        return cls(**{**data, "range": None if bounds is None else (bounds[0], bounds[1])})

    def __str__(self) -> str:
        return f"{self.distribution} {self.version or 'imported by path'}"

    def error(self, what: str) -> PackLoadError:
        """An error that says what is wrong with the pack."""
        return PackLoadError(f"Pack '{self.namespace}' ({self}){what}")


@dataclass(frozen=True, slots=True)
class ImportedPack:
    """What a pack registers, in the process that imported it."""

    plugin: object
    rewards: Mapping[str, RewardSpec]
    compositions: Mapping[str, Any]
    observers: tuple[str, ...] = ()  # names of its other hooks


def import_pack(info: PackInfo) -> ImportedPack:
    """Import it. Raises PackError when that fails, or when it registers something that is not a reward."""
    if info.kind != "pack":
        spec = _from_file(info) if info.kind == "file" else _from_path(info)
        return ImportedPack(None, {spec.name: spec}, {})
    try:
        plugin: Any = EntryPoint(info.namespace, info.value, GROUP).load()
    except BaseException as error:
        pass_on_interrupt(error)
        fix = "Reinstall" if isinstance(error, ImportError) else "Update or repair"
        fix = f"{fix} {info.distribution}, or leave it out with {BLOCK}={info.namespace}."
        raise info.error(f" cannot be imported from '{info.value}': {_located(error)}. {fix}") from error
    _check_version(plugin, info)
    observers = tuple(name for name in _check_hooks(plugin, info) if name not in (_REGISTER, _COMPOSITIONS))
    return ImportedPack(plugin, _rewards_of(plugin, info), _told(plugin, _COMPOSITIONS, dict, info), observers)


def is_name(text: str) -> bool:
    """Whether a text may name a pack or a reward: `[a-z][a-z0-9_]*`."""
    return text.isascii() and text.isidentifier() and text == text.lower() and text[0] != "_"


def manager() -> pluggy.PluginManager:
    """A manager of the hooks, without any pack."""
    made = pluggy.PluginManager(hookspecs.PROJECT)
    made.add_hookspecs(hookspecs)
    return made


def _located(error: BaseException) -> str:
    """What an import raised, with the file and the line."""
    file, line = place(error)
    return explain(error) + (f" ({file}:{line})" if file else "")


def _from_path(info: PackInfo) -> RewardSpec:
    """A function of TRL's convention by its dotted path (`package.module.function`)."""
    module, _, attribute = info.value.rpartition(".")
    try:
        function = getattr(import_module(module), attribute)
    except BaseException as error:
        pass_on_interrupt(error)
        fix = "Check the path; the folder of a module that is not installed belongs into PYTHONPATH."
        raise PackLoadError(f"'{info.value}' cannot be imported: {_located(error)}. {fix}") from error
    return _as_trl(function, attribute, info)


def file_version(path: Path) -> str | None:
    """What tells the content of a file from others; None where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        return None


def _as_trl(function: Any, name: str, info: PackInfo) -> RewardSpec:
    assert info.range is not None
    if spec_of(function) is not None:
        fix = "register it in a pack, or name its file: `use: ./FILE.py:NAME`, without `range`"
        raise PackLoadError(f"'{info.value}' is under `@reward`, not a function of TRL's convention; {fix}.")
    if not callable(function):
        raise PackLoadError(f"'{info.value}' is {show(function)}, not a function.")
    return from_trl(function, range=info.range, name=name)


def module_of(path: Path) -> ModuleType:
    """The module of a file, named by path and content, so that it is in nobody's way. Raises what its import raises."""
    name = f"vlm_rewards_file_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}_{file_version(path)}"
    try:
        if name not in sys.modules:
            made = spec_from_file_location(name, path)
            assert made is not None
            assert made.loader is not None
            sys.modules[name] = module_from_spec(made)
            with _on_path(path.parent):
                made.loader.exec_module(sys.modules[name])
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return sys.modules[name]


def _from_file(info: PackInfo) -> RewardSpec:
    """The reward of a file by its name."""
    file, _, attribute = info.value.rpartition(":")
    try:
        module = module_of(Path(file))
        declared = getattr(module, attribute, None)
    except BaseException as error:
        pass_on_interrupt(error)
        raise PackLoadError(f"'{info.value}' cannot be imported: {_located(error)}.") from error
    if declared is None:
        known = [own for own, value in vars(module).items() if spec_of(value) is not None]
        held = f"its rewards are {', '.join(known)}" if known else "it holds no reward"
        raise PackLoadError(f"'{file}' has no '{attribute}'; {held}.{did_you_mean(attribute, known)}")
    if info.range is not None:
        return _as_trl(declared, attribute, info)
    spec = spec_of(declared)
    if spec is None:
        fix = "put `@vlm_rewards.reward(range=...)` on it"
        raise PackLoadError(f"'{info.value}' is {show(declared)}, which is not a reward; {fix}.")
    return spec


@contextmanager
def _on_path(folder: Path) -> Iterator[None]:
    """Find modules in a folder: during an import, and in a worker from then on."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if not in_worker():
            sys.path.remove(str(folder))


def _check_version(plugin: object, info: PackInfo) -> None:
    """Refuse a pack that says, by `api_version`, that it is written for another version of the API."""
    asked = getattr(plugin, "api_version", API_VERSION)
    if type(asked) is not int or asked != API_VERSION:
        newer = OWN if type(asked) is int and asked > API_VERSION else info.distribution
        raise PackVersionError(
            f"Pack '{info.namespace}' ({info}) is written for version {show(asked)} of the API of packs, and this "
            f"vlm-rewards {version(OWN)} has version {API_VERSION}; install a newer {newer}."
        )


def _check_hooks(plugin: object, info: PackInfo) -> list[str]:
    """The hooks of a pack; refuses what pluggy accepts in silence: a misspelt hook, and a hook without its marker."""
    trial = manager()
    hooks = [name for name in vars(hookspecs) if name.startswith(f"{hookspecs.PROJECT}_")]
    theirs = []
    for name in dir(plugin):
        marked = trial.parse_hookimpl_opts(plugin, name) is not None
        meant = marked or (name.startswith(f"{hookspecs.PROJECT}_") and inspect.isfunction(getattr(plugin, name)))
        if meant and name not in hooks:
            known = f"the hooks are {', '.join(hooks)}.{did_you_mean(name, hooks)}"
            raise info.error(f" implements '{name}', which is not a hook; {known}")
        if name in hooks and not marked:
            raise info.error(f" defines '{name}' without `@vlm_rewards.hookimpl`; add the marker.")
        if marked:
            theirs.append(name)
    if _REGISTER not in theirs:
        fix = "define it under `@vlm_rewards.hookimpl` and return the rewards of the pack."
        raise info.error(f" implements no '{_REGISTER}'; {fix}")
    try:
        trial.register(plugin, name=info.namespace)  # on trial: pluggy keeps half of a plugin that it refuses
    except pluggy.PluginValidationError as error:
        raise info.error(f" has a hook of another form than its specification: {explain(error)}.") from error
    return theirs


def _told(plugin: object, hook: str, kind: Callable[..., T], info: PackInfo) -> T:
    """What a hook of a pack gives; nothing where the pack has none."""
    try:
        return kind(getattr(plugin, hook, kind)())
    except PackVersionError:
        raise
    except BaseException as error:
        pass_on_interrupt(error)
        raise info.error(f": `{hook}` raised {_located(error)}; fix the pack or leave it out.") from error


def _rewards_of(plugin: object, info: PackInfo) -> dict[str, RewardSpec]:
    rewards: dict[str, RewardSpec] = {}
    declared: list[Any] = _told(plugin, _REGISTER, list, info)
    for item in declared:
        spec = spec_of(item)
        if spec is None:
            raise info.error(f" registers {show(item)}, which is not a reward; put `@reward(range=...)` on it.")
        if not is_name(spec.name):
            raise info.error(f": the reward name '{spec.name}' must be lower-case letters, digits and '_'.")
        if spec.name in rewards:
            raise info.error(f" registers '{spec.name}' twice; rename one with `@reward(name=...)`.")
        rewards[spec.name] = spec
    return rewards
