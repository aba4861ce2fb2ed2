"""`vlm-rewards doctor`: versions, packs, and what stands in the way here; the first thing to put into a bug report."""

import os
import platform
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import click

from vlm_rewards.registry.packs import BLOCK, PackInfo
from vlm_rewards.registry.registry import ALLOW, RegisteredReward, Registry
from vlm_rewards.text.messages import printable

_LIBRARIES = ("vlm-rewards", "pydantic", "pillow", "numpy", "torch", "transformers", "datasets", "trl")


@click.command()
def command() -> None:
    """Print versions, packs and what is wrong with them here.

    The exit code is 1 when a pack cannot be used.
    """
    registry = Registry()
    found = list(registry.all())
    counts = Counter(row.pack for row in found if isinstance(row, RegisteredReward))
    broken = {row[0]: str(row[1]) for row in found if not isinstance(row, RegisteredReward)}
    lines = [f"python {platform.python_version()} on {platform.platform()}", *map(_version, _LIBRARIES), "", "packs:"]
    lines += [f"  {pack.namespace} ({pack}): {count} rewards" for pack, count in counts.items()]
    traps = [*_traps(registry, broken)]
    lines += ["", "traps:" if traps else "no trap found", *(f"  {trap}" for trap in traps)]
    click.echo("\n".join(map(printable, lines)))
    if broken or any(len(registry.packs(name)) > 1 for name in registry.namespaces()):
        raise SystemExit(1)


def _version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"{library} is not installed"


def _traps(registry: Registry, broken: dict[PackInfo, str]) -> Iterator[str]:
    yield from broken.values()
    for name in registry.namespaces():
        if len(claims := registry.packs(name)) > 1:
            yield f"'{name}' is claimed by {' and '.join(map(str, claims))}; uninstall one, or choose under `packs`."
    for variable in (ALLOW, BLOCK):
        if os.environ.get(variable, "").strip():
            yield f"{variable}={os.environ[variable]} leaves packs out; unset it to use them all."
