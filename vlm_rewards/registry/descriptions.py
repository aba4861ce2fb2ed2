"""Descriptions of packs, kept in the user's cache folder: a pack is imported once per installation to be known.

A description is kept by what could change it: the distribution, its version, where it lies and its list of files,
Python and this package; of an editable installation, or one without a list, also when its files were last written.
"""

import contextlib
import hashlib
import json
import os
import sys
import threading
from importlib.metadata import Distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vlm_rewards.registry.packs import PackInfo

#: The folder to use instead; empty to keep nothing.
CACHE = "VLM_REWARDS_CACHE"

_MOST_MODULES = 2000


def key_of(pack: PackInfo, distribution: Distribution) -> str | None:
    """What the description of a pack depends on, as a short text; None when that cannot be told."""
    record = distribution.read_text("RECORD")
    facts = [pack.namespace, pack.distribution, pack.version, pack.value, record]
    try:
        facts.append(str(distribution.locate_file("")))
        if record is None or editable_root(distribution) is not None:
            files = [(file, file.stat()) for file in package_files(pack.value).values() if file.suffix == ".py"]
            facts += [f"{file} {found.st_size} {found.st_mtime_ns}" for file, found in files]
    except (OSError, ImportError, ValueError, NotImplementedError):
        return None
    told = json.dumps([*facts, sys.version, version("vlm-rewards")])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def kept(key: str | None) -> Any:
    """The description of a key; None where there is none that can be read."""
    file = _file(key)
    try:
        return None if file is None else json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def keep(key: str | None, description: Any) -> None:
    """Keep a description, if the folder can be written."""
    file = _file(key)
    if file is None:
        return
    with contextlib.suppress(OSError, ValueError):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")  # others may read and write it now
        draft.write_text(json.dumps(description), encoding="utf-8")
        draft.replace(file)


def editable_root(distribution: Distribution) -> Path | None:
    """The folder that an editable installation imports from; None for any other installation."""
    try:
        url = json.loads(distribution.read_text("direct_url.json") or "{}")
        if not url.get("dir_info", {}).get("editable"):
            return None
    except (ValueError, AttributeError):
        return None
    from urllib.parse import unquote, urlparse

    return Path(unquote(urlparse(str(url.get("url"))).path))


def _file(key: str | None) -> Path | None:
    told, home = os.environ.get(CACHE), os.environ.get("XDG_CACHE_HOME")
    if key is None or told == "":
        return None
    with contextlib.suppress(RuntimeError):  # nobody's home is known
        folder = Path(told) if told else (Path(home) if home else Path.home() / ".cache") / "vlm-rewards"
        return folder / f"{key}.json"
    return None


def package_files(value: str) -> dict[str, Path]:
    """The files of a top package, without an import; ImportError where there is none, ValueError for too many."""
    top = value.partition(":")[0].partition(".")[0]
    spec = find_spec(top)
    if spec is None or spec.origin is None:
        raise ImportError(f"there is no module '{top}'")
    roots = list(map(Path, spec.submodule_search_locations or ()))
    if not roots:
        return {Path(spec.origin).name: Path(spec.origin)}
    inside = [(root, file) for root in roots for file in root.rglob("*") if file.suffix != ".pyc" and file.is_file()]
    if sum(file.suffix == ".py" for _, file in inside) > _MOST_MODULES:
        raise ValueError(f"'{top}' has more than {_MOST_MODULES} modules")
    return {file.relative_to(root.parent).as_posix(): file for root, file in sorted(inside)}
