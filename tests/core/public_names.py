"""The public surface as text: every name of every front door, with its signature.

`python -m tests.core.public_names` records it in tests/fixtures/public_names.txt, where a review sees what a change
does to those who use the package.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

from tests.sources import PACKS
from vlm_rewards.registry.decorator import spec_of

__all__ = ["FRONT_DOORS", "RECORD", "surface"]

RECORD = Path(__file__).parents[1] / "fixtures" / "public_names.txt"

#: The modules that others import from; every other path may change at any time.
FRONT_DOORS = (
    *("vlm_rewards", "vlm_rewards.answers", "vlm_rewards.errors", "vlm_rewards.report", "vlm_rewards.testing"),
    *("vlm_rewards.export", "vlm_rewards.text", "vlm_rewards.text.http"),
    *("vlm_rewards_trl", "vlm_rewards_trl.functions", "vlm_rewards_digits"),
    *PACKS,
)


class _Text(str):
    """An annotation as it stands in the source."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def surface(module: str) -> Iterator[str]:
    """A line for each public name of a module, and one for each public attribute of its classes."""
    return map(_as_in_any_version, _lines(module))


def _as_in_any_version(line: str) -> str:
    """A line without what one version of Python writes otherwise than another."""
    line = re.sub(r"\*<class '([\w.]+)'>", r"Unpack[\1]", line)
    return re.sub(r"\btyping\.(?=(Annotated|Unpack)\[)", "", line).replace("pathlib._local.", "pathlib.")


def _lines(module: str) -> Iterator[str]:
    door = importlib.import_module(module)
    for name in sorted(door.__all__):
        value = getattr(door, name)
        full = f"{module}.{name}"
        home = getattr(value, "__module__", "")
        if callable(value) and get_origin(value) is None and not home.startswith("vlm_rewards"):
            package = home.partition(".")[0]  # whose inner modules change with its releases
            yield f"{full} = {package}.{getattr(value, '__qualname__', type(value).__name__)}"
        elif get_origin(value) is not None:
            yield f"{full} = {value}"
        elif inspect.isclass(value):
            yield from _class(full, value)
        elif inspect.isroutine(value):
            yield f"{full}{_signature(value)}{_range(value)}"
        elif isinstance(value, str | int | float | tuple):
            yield f"{full} = {value!r}"
        else:
            yield f"{full}: {type(value).__name__}"


def _class(full: str, cls: type[Any]) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in cls.__bases__ if base is not object)
    yield f"class {full}{bases and f'({bases})'}"
    if not issubclass(cls, enum.Enum | BaseException):
        yield f"{full}{_signature(cls)}{_range(cls)}"
    if issubclass(cls, enum.Enum):
        yield from (f"{full}.{member.name} = {member.value!r}" for member in cls)
        return
    ours = [base for base in cls.__mro__ if base.__module__.startswith("vlm_rewards")]
    attributes = {name: value for base in reversed(ours) for name, value in vars(base).items() if name[0] != "_"}
    for name, value in sorted(attributes.items()):
        if isinstance(value, classmethod | staticmethod):
            yield f"{full}.{name}{_signature(getattr(cls, name))}"
        elif inspect.isfunction(value):
            yield f"{full}.{name}{_signature(value)}"
        elif isinstance(value, property) or hasattr(value, "attrname"):
            yield f"{full}.{name}"


def _signature(call: Any) -> str:
    signature = inspect.signature(call)
    parameters = [
        parameter.replace(annotation=_text(parameter.annotation), default=_default(parameter.default))
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=parameters, return_annotation=_text(signature.return_annotation)))


def _text(annotation: Any) -> Any:
    return _Text(annotation) if isinstance(annotation, str) else annotation


def _default(value: Any) -> Any:
    """A default without the address that some have in their text."""
    return _Text("...") if " at 0x" in repr(value) or repr(value) == "<factory>" else value


def _range(value: Any) -> str:
    """What a reward declares of its score."""
    spec = spec_of(value)
    return "" if spec is None else f"  # {spec.name}, {spec.range[0]:g} to {spec.range[1]:g}"


if __name__ == "__main__":
    RECORD.write_text("".join(f"{line}\n" for door in FRONT_DOORS for line in surface(door)), encoding="utf-8")
