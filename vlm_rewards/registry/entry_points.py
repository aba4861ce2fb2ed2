"""Objects that other distributions offer by entry points, as data: a worker imports them."""

from __future__ import annotations

import dataclasses
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from vlm_rewards.registry.packs import PackInfo
from vlm_rewards.registry.registry import runs_inline
from vlm_rewards.text.messages import explain, pass_on_interrupt, show


def offered(group: str, name: str) -> dict[str, Any] | None:
    """The fields of the dataclass that an installed distribution offers under an entry point; None where none does.

    It is imported by a worker, as the packs of others are, and its fields come as plain JSON.

    Args:
        group: The entry point's group.
        name: The entry point's name.

    Raises:
        ValueError: It cannot be imported, or is not a dataclass.
    """
    for entry in entry_points(group=group, name=name):
        owner = "unnamed" if entry.dist is None else entry.dist.name
        pack = PackInfo(name, owner, value=entry.value)
        if runs_inline(pack):
            return fields_of(entry)
        from vlm_rewards.workers.pool import ask

        try:
            told = ask("entry_point", pack, group=group)
        except RuntimeError as error:
            raise ValueError(f"entry point '{entry.value}' of {owner} cannot be imported: {error}") from error
        if "error" in told:
            raise ValueError(told["error"])
        return dict(told["fields"])
    return None


def fields_of(entry: EntryPoint) -> dict[str, Any]:
    """The fields of what an entry point names, imported into this process. Raises as `offered`."""
    try:
        found: Any = entry.load()
    except BaseException as error:
        pass_on_interrupt(error)
        raise ValueError(f"entry point '{entry.value}' cannot be imported: {explain(error)}") from error
    if isinstance(found, type) or not dataclasses.is_dataclass(found):
        raise ValueError(f"entry point '{entry.value}' is {show(found)}, not a dataclass")
    fields: dict[str, Any] = dataclasses.asdict(found)  # type: ignore[arg-type] # an instance, as was seen above
    return fields
