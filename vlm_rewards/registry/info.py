"""What is known of a reward without its code: plain values, which a worker that imported the pack can tell."""

import inspect
import json
import sys
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from vlm_rewards.registry.decorator import Mode, RewardSpec, unwrap

#: What a description has as the spec has it.
_OF_SPEC = ("name", "range", "mode", "pure", "tags", "optional_tags", "is_class", "is_async", "goes_in")
#: That a description has no other fields, as pydantic wants it said.
_NO_OTHERS = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A positional parameter of a reward after its first."""

    __pydantic_config__: ClassVar = _NO_OTHERS

    name: str
    required: bool  # whether the column must be there
    default: str = ""  # what it is where it is missing, as text
    wants_output: bool = False  # whether it gets the outcome of another term (`depends`)


@dataclass(frozen=True, slots=True)
class RewardInfo:
    """One reward as plain values; what they mean stands at `RewardSpec`."""

    __pydantic_config__: ClassVar = _NO_OTHERS

    name: str
    range: tuple[float, float]
    mode: Mode
    columns: tuple[ColumnInfo, ...] = ()
    options: tuple[str, ...] = ()  # as they are written in the signature
    pure: bool = True
    tags: tuple[str, ...] = ()
    optional_tags: tuple[str, ...] = ()
    is_class: bool = False
    is_async: bool = False
    has_preflight: bool = False
    has_figures: bool = False
    reads_messages: bool = True  # whether images inside messages may be looked at
    goes_in: str = ""
    doc: str = ""
    source: str = ""  # module and name

    @classmethod
    def of(cls, spec: RewardSpec) -> Self:
        """The plain values of a reward in this process."""
        given = inspect.signature(spec.target).parameters if spec.columns else {}
        columns = (
            ColumnInfo(
                column.name,
                column.required,
                "" if column.required else repr(column.default),
                # By name: to import the class would take longer than all else that `vlm-rewards list` does.
                "RewardOutput" in str(given[column.name].annotation),
            )
            for column in spec.columns
        )
        target: Any = inspect.unwrap(unwrap(spec.call))
        named = target if hasattr(target, "__qualname__") else type(target)
        return cls(
            **{name: getattr(spec, name) for name in _OF_SPEC},
            columns=tuple(columns),
            options=tuple(map(str, spec.params)),
            has_preflight=spec.preflight is not None,
            has_figures=spec.figures is not None,
            doc=inspect.getdoc(unwrap(spec.call)) or "",
            source=f"{named.__module__}.{named.__qualname__}",
        )

    @classmethod
    def read(cls, data: Any) -> Self:
        """From JSON. Raises TypeError or ValueError where it is not a description of a reward."""
        from pydantic import TypeAdapter

        made = TypeAdapter(cls).validate_json(json.dumps(data), strict=True)
        if not made.range[0] < made.range[1]:
            raise ValueError("a range that does not rise")
        return made

    @property
    def summary(self) -> str:
        """First line of the documentation: what earns reward."""
        return self.doc.partition("\n")[0]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The parameters that get the outcome of another term (`depends`)."""
        return tuple(column.name for column in self.columns if column.wants_output)


def reads_messages(spec: RewardSpec) -> bool:
    """Whether the loaded modules of a reward's package speak of `messages`; without their source, it is taken to.

    A function of TRL's convention reads its keywords, so it is one that speaks of images.
    """
    word = "image" if spec.mode is Mode.TRL else "messages"
    package = (getattr(unwrap(spec.target), "__module__", None) or "").partition(".")[0]
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == package]
    try:
        return not modules or any(word in inspect.getsource(module) for module in modules if module is not None)
    except (OSError, TypeError):
        return True
