"""Helpers of the core's tests: fake distributions, and a Scorer over rewards that stand in the test itself."""

from __future__ import annotations

import importlib
import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest

import vlm_rewards as vr
from vlm_rewards.registry.registry import Registry
from vlm_rewards.workers import pool as workers
from vlm_rewards.workers.process import Nursery

_numbers = itertools.count()

OFFLINE = vr.Context()
FIXTURES = Path(__file__).parents[1] / "fixtures"


@dataclass
class Site:
    """A folder of distributions, written as an installer would write them, whose modules can be imported."""

    path: Path
    modules: list[str] = field(default_factory=list)

    def install(
        self,
        source: str | None,
        *,
        namespace: str = "acme",
        distribution: str = "acme-rewards",
        version: str = "1.0",
        folder: str = "",
        entry_points: str | None = None,
    ) -> str:
        """Write a distribution with one module of that source (None: the module is missing); returns its name."""
        module = f"fake_{next(_numbers)}_{namespace}".replace("-", "_")
        self.modules.append(module)
        home = self.path / folder
        info = home / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(entry_points or f"[vlm_rewards]\n{namespace} = {module}\n")
        if source is not None:
            (self.path / f"{module}.py").write_text(source)
        importlib.invalidate_caches()
        return module

    def registry(self, *folders: str, **options: Any) -> Registry:
        """A registry that sees this folder only."""
        paths = [str(self.path / folder) for folder in folders or ("",)]
        return Registry(found=distributions(path=paths), **options)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for variable in ("VLM_REWARDS_PACKS", "VLM_REWARDS_BLOCK"):
        monkeypatch.delenv(variable, raising=False)
    home = tmp_path / "site"
    home.mkdir()
    monkeypatch.syspath_prepend(home)
    made = Site(home)
    yield made
    for module in made.modules:
        sys.modules.pop(module, None)


class LastingNursery(Nursery):
    """One that pools leave alive when they close: starting one takes longer than most tests."""

    _one_at_a_time = threading.Lock()  # those who ask it to end a worker

    def end(self, pid: int | None) -> int:
        with self._one_at_a_time:
            return 0 if pid is None else super().end(pid)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = LastingNursery()
    yield made
    Nursery.end(made, None)


def fork_from(nursery: Nursery, patch: pytest.MonkeyPatch) -> None:
    """From here on workers are new ones of that nursery, as long as it lives."""
    patch.setattr(workers, "_pools", {})
    patch.setattr(workers, "Nursery", lambda: nursery if nursery.process.poll() is None else Nursery())


class PackForWorkers(Protocol):
    """Installs a pack of tests/fixtures where the default registry sees it, here and in workers of the module's own."""

    def __call__(self, namespace: str) -> None: ...


@pytest.fixture(scope="module")
def pack_for_workers(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[PackForWorkers]:
    home = tmp_path_factory.mktemp("site")

    def install(namespace: str) -> None:
        info = home / f"{namespace}_rewards-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {namespace}-rewards\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[vlm_rewards]\n{namespace} = {namespace}_rewards\n")
        patch.syspath_prepend(FIXTURES / f"{namespace}_pack")

    with pytest.MonkeyPatch.context() as patch:
        for variable in ("VLM_REWARDS_ISOLATION", "VLM_REWARDS_PACKS", "VLM_REWARDS_BLOCK"):
            patch.delenv(variable, raising=False)
        patch.syspath_prepend(home)
        fork_from(nursery, patch)
        yield install
        for pool in workers._pools.values():
            pool.close()


def end(pool: workers.Pool) -> None:
    """End the processes of a pool."""
    if pool._nursery is not None:
        pool._nursery.process.kill()


class _InMemory(Distribution):
    def __init__(self, name: str, version: str, entry_points: str) -> None:
        self._files = {"METADATA": f"Name: {name}\nVersion: {version}\n", "entry_points.txt": entry_points}

    def read_text(self, filename: str) -> str | None:
        return self._files.get(filename)

    def locate_file(self, path: Any) -> Any:
        raise NotImplementedError


class RegistryOf(Protocol):
    """A registry with one pack, `lab` of lab-rewards 1.2.3, that registers the given rewards."""

    def __call__(self, *rewards: Any, **hooks: Callable[..., Any]) -> Registry: ...


class ScorerOf(Protocol):
    """A Scorer over the given rewards: every one a term of its own name, unless `terms` says otherwise."""

    def __call__(
        self, *rewards: Any, terms: Mapping[str, Any] | None = None, context: vr.Context | None = ..., **top: Any
    ) -> vr.Scorer: ...


@pytest.fixture
def registry_of(monkeypatch: pytest.MonkeyPatch) -> RegistryOf:
    for variable in ("VLM_REWARDS_PACKS", "VLM_REWARDS_BLOCK"):
        monkeypatch.delenv(variable, raising=False)

    def make(*rewards: Any, **hooks: Callable[..., Any]) -> Registry:
        module = ModuleType(f"lab_{next(_numbers)}")

        def vlm_rewards_register() -> list[Any]:
            return list(rewards)

        for hook in (vlm_rewards_register, *hooks.values()):
            setattr(module, hook.__name__, vr.hookimpl(hook))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        found = _InMemory("lab-rewards", "1.2.3", f"[vlm_rewards]\nlab = {module.__name__}\n")
        return Registry(found=[found])

    return make


@pytest.fixture
def scorer_of(registry_of: RegistryOf) -> ScorerOf:
    def make(
        *rewards: Any, terms: Mapping[str, Any] | None = None, context: vr.Context | None = OFFLINE, **top: Any
    ) -> vr.Scorer:
        registry = registry_of(*rewards)
        names = [reward.full_name.partition("/")[2] for reward in registry.load("lab", isolation="inline").values()]
        config = {"version": 1, "rewards": terms or {name: {"use": f"lab/{name}"} for name in names}, **top}
        return vr.load_scorer(config, registry=registry, context=context)

    return make


@pytest.fixture
def outsiders_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nursery: Nursery) -> Iterator[Path]:
    """A folder on the path for distributions of others, with workers of its own."""
    for variable in ("VLM_REWARDS_ISOLATION", "VLM_REWARDS_PACKS", "VLM_REWARDS_BLOCK"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("VLM_REWARDS_CACHE", str(tmp_path / "cache"))
    fork_from(nursery, monkeypatch)
    home = tmp_path / "site"
    home.mkdir()
    monkeypatch.syspath_prepend(home)
    yield home
    for pool in workers._pools.values():
        pool.close()
    for module in [name for name in sys.modules if name.startswith("outsider_")]:
        del sys.modules[module]
