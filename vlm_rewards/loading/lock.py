"""The lock of a rewards file: the versions and contents of the packs and files that its rewards come from."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vlm_rewards.config.document import Document, Problem
from vlm_rewards.config.schema import RewardsConfig
from vlm_rewards.errors import ConfigError, PackError, UnknownRewardError
from vlm_rewards.loading.compositions import COMPOSITION_PREFIX, Compositions
from vlm_rewards.registry.descriptions import package_files
from vlm_rewards.registry.packs import OWN
from vlm_rewards.registry.registry import TRL_PREFIX, Registry, is_file
from vlm_rewards.text.messages import show

_FORMAT = 1


def lock_path(config: Path) -> Path:
    """Where the lock of a rewards file lies: `rewards.lock.json` beside `rewards.yaml`."""
    return config.with_suffix(".lock.json")


def write_lock(config: Path) -> dict[str, Any]:
    """Write the lock of a rewards file: version and SHA-256 by source. ConfigError when it or a source is wrong."""
    document = Document.read(config, what="rewards file")
    parsed = document.validate(RewardsConfig)
    problems: list[Problem] = []
    whole = Compositions(parsed, Registry(), problems).expand()
    if problems:
        raise document.error(problems)
    locked = _facts({*sources(parsed), *sources(whole)}, parsed, document)
    if absent := [f"{config}: {source}: {facts['absent']}." for source, facts in locked.items() if "absent" in facts]:
        raise ConfigError(absent, source=str(config))
    text = json.dumps({"format": _FORMAT, "sources": locked}, indent=2)
    lock_path(config).write_text(f"{text}\n", encoding="utf-8")
    return locked


def check_lock(config: Path) -> None:
    """Compare a rewards file with its lock, importing nothing; ConfigError without one, or with every difference."""
    path = lock_path(config)
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        locked = dict(held["sources"]) if held["format"] == _FORMAT else None
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no lock; write it with `vlm-rewards lock {config}`.") from None
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        raise ConfigError(f"{path}: the lock cannot be read: {show(error)}. Write it anew.") from error
    if locked is None:
        raise ConfigError(f"{path}: its format is {show(held['format'])}; this release reads {_FORMAT}. Write it anew.")
    document = Document.read(config, what="rewards file")
    parsed = document.validate(RewardsConfig)
    # The locked ones too: what a composition is made of is not looked up before its pack is known to be the same.
    now = _facts({*sources(parsed), *locked}, parsed, document)
    told = {source: _difference(locked.get(source), facts) for source, facts in now.items()}
    wrong = [f"{path}: {source}: {why}." for source, why in told.items() if why]
    if wrong:
        wrong[-1] += (
            f"\nInstall what was locked, or, where a change is meant, write it anew: `vlm-rewards lock {config}`."
        )
        raise ConfigError(wrong, source=str(path))


def sources(config: RewardsConfig) -> set[str]:
    """What the rewards of a file come from: namespaces of packs, paths of files, and modules of `trl:` functions."""
    found = set()
    for term in config.rewards.values():
        name = term.use.removeprefix(COMPOSITION_PREFIX)
        if is_file(name):
            found.add(name.removeprefix(TRL_PREFIX).rpartition(":")[0])
        else:
            found.add(name.partition("." if name.startswith(TRL_PREFIX) else "/")[0])
    return found | set(config.observers)


def _facts(names: Iterable[str], config: RewardsConfig, document: Document) -> dict[str, dict[str, str]]:
    """What each source is now, and this package itself; of one that is not there, why."""
    registry = Registry()
    told = {OWN: {"version": version(OWN), "sha256": _digest(package_files("vlm_rewards"))}}
    for name in sorted(set(names) - {OWN}):
        try:
            if name.endswith(".py"):
                told[name] = {"sha256": _digest({"": document.folder / name})}
            elif name.startswith(TRL_PREFIX):
                told[name] = {"sha256": _digest(package_files(name.removeprefix(TRL_PREFIX)))}
            else:
                pin = config.packs.get(name)
                pack = registry.find(name, distribution=None if pin is None else pin.distribution)
                told[name] = {"version": str(pack), "sha256": _digest(registry.files(pack))}
        except (OSError, ImportError, ValueError, PackError, UnknownRewardError) as error:
            told[name] = {"absent": str(error).removesuffix(".")}
    return told


def _digest(files: Mapping[str, Path]) -> str:
    """SHA-256 over names and contents, in the order of the names."""
    whole = hashlib.sha256()
    for name, file in sorted(files.items()):
        whole.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _difference(locked: Any, now: Mapping[str, str]) -> str | None:
    if locked == now:
        return None
    if "absent" in now:
        return now["absent"]
    if not isinstance(locked, dict):
        return "it is not in the lock"
    if locked.get("version") != now.get("version"):
        return f"locked was {show(locked.get('version'))}, and there is {show(now.get('version'))}"
    return f"its files are not those that were locked (SHA-256 {now['sha256']}, not {show(locked.get('sha256'))})"
