"""Tie a reward's signature to a dataset: read its columns, validate its options, build its instance."""

import contextlib
import math
import threading
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, PydanticUserError, TypeAdapter, ValidationError, create_model

from vlm_rewards.errors import PackLoadError
from vlm_rewards.registry.decorator import ColumnParameter, Mode, RewardSpec
from vlm_rewards.scoring.cache import json_key
from vlm_rewards.text.messages import explain, show
from vlm_rewards.types.images import ImageRef


def _hints(spec: RewardSpec, call: Any, names: Sequence[str]) -> dict[str, Any]:
    """Resolve the annotations of some parameters only: the others may exist for type checkers alone."""
    annotations = {name: hint for name, hint in getattr(call, "__annotations__", {}).items() if name in names}
    holder = types.SimpleNamespace(__annotations__=annotations)
    scope = getattr(call, "__globals__", {})
    try:
        return typing.get_type_hints(holder, globalns=scope, include_extras=True)
    except Exception as error:
        raise PackLoadError(
            f"Reward '{spec.name}': an annotation among {', '.join(names)} cannot be resolved ({explain(error)}); "
            f"import its type outside `if TYPE_CHECKING`."
        ) from error


def params_model(spec: RewardSpec) -> type[BaseModel]:
    """A pydantic model of the reward's options. Raises PackLoadError when an annotation cannot be resolved."""
    call = spec.call.__init__ if spec.is_class else spec.call
    hints = _hints(spec, call, [parameter.name for parameter in spec.params])
    # The names are aliases: a field itself may not be called `_x`, nor `schema`, `json` or what else a model has.
    fields: dict[str, Any] = {
        f"option_{index}": (hints.get(p.name, Any), Field(... if p.default is p.empty else p.default, alias=p.name))
        for index, p in enumerate(spec.params)
    }
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    try:
        return create_model(f"{spec.name}_params", __config__=config, **fields)
    except Exception as error:
        raise PackLoadError(f"Reward '{spec.name}': its options cannot be validated: {explain(error)}.") from error


def validate_params(spec: RewardSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a reward, with defaults filled in. Raises as `params_model`, or pydantic's ValidationError."""
    options = params_model(spec).model_validate(given)
    return dict(zip((p.name for p in spec.params), dict(options).values(), strict=True))


class ColumnReader:
    """Reads one column for one parameter of a reward; each distinct value is validated once."""

    def __init__(self, spec: RewardSpec, parameter: ColumnParameter, column: str) -> None:
        self.parameter, self.column = parameter, column
        hint = _hints(spec, spec.target, [parameter.name]).get(parameter.name, Any)
        if spec.mode in (Mode.BATCH, Mode.GROUP):
            hint = _item_of(hint, f"Reward '{spec.name}': `{parameter.name}`")
        if ImageRef in (hint, *get_args(hint)):
            what = f"`{parameter.name}` cannot be an image; images come in the parameter `images: list[vr.ImageRef]`"
            raise PackLoadError(f"Reward '{spec.name}': {what}.")
        self._untyped = hint is Any
        try:
            self._adapter = _adapter(hint)
        except Exception as error:
            raise PackLoadError(
                f"Reward '{spec.name}': the annotation of `{parameter.name}` cannot be validated: {explain(error)}."
            ) from error

    def read(self, values: Sequence[Any] | None, rows: Sequence[int]) -> tuple[list[Any], dict[int, str]]:
        """The validated values of some rows, in their order, and a reason for each row whose value is unusable."""
        if values is None:
            return [self.parameter.default] * len(rows), {}
        known: dict[Any, tuple[Any, str | None]] = {}
        read, problems = [], {}
        for row in rows:
            key = json_key(values[row])
            if key is None or key not in known:
                known[key] = self._validate(values[row])
            result, problem = known[key]
            read.append(result)
            if problem is not None:
                problems[row] = problem
        return read, problems

    def _validate(self, value: Any) -> tuple[Any, str | None]:
        # A column of whole numbers with gaps comes as floats: 72.0 is the text "72", and a gap is NaN.
        value = _to_builtin(value)
        if value is None and not self.parameter.required:
            return self.parameter.default, None
        if value is None and self._untyped:
            return None, f"column '{self.column}' is None"
        try:
            value = _without_none(value)
            return self._read(value), None
        except ValidationError as error:
            # Arrow has one type per column, so a list or a number may arrive as its JSON text.
            if isinstance(value, str):
                with contextlib.suppress(ValueError):
                    return self._adapter.validate_json(value), None
            wrong = error.errors(include_url=False, include_input=False)[0]["msg"]
        except Exception as error:  # noqa: BLE001 - a validator of the pack failed, or the value is nested too deep
            wrong = explain(error)
        return None, f"column '{self.column}' holds {show(value)}: {wrong}"

    def _read(self, value: Any) -> Any:
        read = self._adapter.validate_python(value)
        whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXACT
        return self._adapter.validate_python(int(value)) if whole and isinstance(read, str) else read


def _item_of(hint: Any, where: str) -> Any:
    """The type of one value of a batch's column: `str` of `list[str]`, `Sequence[str]` or `list[str] | None`.

    Raises PackLoadError for what holds no value for each completion.
    """
    if get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(item for item in get_args(hint) if item is not type(None))
    if get_origin(hint) is typing.Annotated:
        hint = get_args(hint)[0]
    kind = get_origin(hint) or hint
    if isinstance(kind, type) and kind is not Any and not (issubclass(list, kind) or issubclass(kind, (list, tuple))):
        raise PackLoadError(f"{where} has a value for each completion of a batch: write `list[...]` of its type.")
    return next(iter(get_args(hint)), Any)


def _adapter(hint: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(hint, config=ConfigDict(coerce_numbers_to_str=True, arbitrary_types_allowed=True))
    except PydanticUserError:  # models and dataclasses bring a configuration of their own
        return TypeAdapter(hint)


# Up to here a float is one whole number.
_EXACT = 2.0**53


def _to_builtin(value: Any) -> Any:
    """A scalar of numpy as one of Python; NaN, which tables write where a number is missing, as None."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _without_none(value: Any) -> Any:
    """Drop the None keys that `datasets` adds to structs when rows have different keys."""
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value


class Instance:
    """The callable of a reward in this process: its function with validated options, or its instance, set up once."""

    def __init__(self, spec: RewardSpec, params: Mapping[str, Any]) -> None:
        self.spec, self.params = spec, dict(params)
        self._object: Any = None
        self._lock = threading.Lock()

    def get(self, context: object) -> tuple[Any, dict[str, Any]]:
        """What to call, and the keyword arguments of each call. A class is built and `setup(context)` called once."""
        if not self.spec.is_class:
            return self.spec.call, self.params
        with self._lock:
            if self._object is None:
                built = self.spec.call(**self.params)
                if hasattr(built, "setup"):
                    built.setup(context)
                self._object = built
            return self._object, {}

    def close(self) -> None:
        """Call `close()` of an instance that has one; the next call would build a new one."""
        with self._lock:
            built, self._object = self._object, None
        if hasattr(built, "close"):
            built.close()
