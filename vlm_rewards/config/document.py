"""A YAML file (or a dict) that knows where each of its values stands, so that every mistake is shown in its place."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from vlm_rewards.errors import ConfigError
from vlm_rewards.text.messages import did_you_mean, printable, show

M = TypeVar("M", bound=BaseModel)
Location: TypeAlias = tuple[str | int, ...]

_TAG = "tag:"
_SHOWN = 160  # characters of a line


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where in the document, what is wrong, and whether the key (not its value) is to blame."""

    path: Location
    message: str
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A configuration before it is validated: its plain content, and where each of its values stands."""

    data: Any
    name: str | None = None  # of the file, as the user gave it; None for a dict
    lines: tuple[str, ...] = ()  # of the file
    folder: Path = field(default_factory=Path)  # what relative paths inside it start from
    _tree: Any = None

    @classmethod
    def read(cls, source: str | Path | Mapping[str, Any] | Document, *, what: str) -> Document:
        """Read a YAML file (`what`, in messages), or take a dict or a document. Raises ConfigError for what is none."""
        if isinstance(source, Document):
            return source
        if isinstance(source, Mapping):
            return cls(source)
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        from vlm_rewards.config.yaml import load_yaml

        path = Path(source)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: the {what} cannot be read: {error}. Check the path.") from error
        lines = tuple(text.splitlines())
        try:
            tree = load_yaml(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = f"not valid YAML: {error.problem or error.context}."
            place = _place(str(path), lines, mark.line, mark.column, problem) if mark else f"{path}: {problem}"
            raise ConfigError(place, source=str(path)) from error
        except YAMLError as error:
            raise ConfigError(f"{path}: not valid YAML: {error}.", source=str(path)) from error
        return cls(to_builtin(tree), str(path), lines, path.parent, tree)

    def validate(self, model: type[M]) -> M:
        """The document as a model. Raises ConfigError with every mistake at once."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise self.error(_problems(error, model)) from None

    def salvage(self, model: type[M]) -> tuple[M, list[Problem]]:
        """A model of what is right, to find further mistakes with and for nothing else, and what is wrong."""
        try:
            return model.model_validate(self.data), []
        except ValidationError as error:
            problems = _problems(error, model)
        rest = copy.deepcopy(self.data)
        whole = all([_delete(rest, problem.path) for problem in problems])  # noqa: C419 - delete every one of them
        try:
            if whole:
                return model.model_validate(rest), problems
        except ValidationError:
            pass
        raise self.error(problems)

    def error(self, problems: Iterable[Problem]) -> ConfigError:
        """A ConfigError that shows each problem in its place, in the order of the file."""
        return ConfigError((text for _, text in sorted(map(self._placed, problems))), source=self.name)

    def _position(self, problem: Problem) -> tuple[int, int] | None:
        """Line and column (from 0) of the deepest part of the path that is in the file; None when no part is."""
        node, position = self._tree, None
        for depth, step in enumerate(problem.path):
            key = problem.at_key and depth == len(problem.path) - 1
            try:
                if isinstance(node, Mapping) and step in node:
                    # None for a key that came through a merge (`<<`): its mapping has to do as the place.
                    position = (node.lc.key(step) if key else node.lc.value(step)) or position  # type: ignore[attr-defined]
                elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                    position = node.lc.item(step)  # type: ignore[attr-defined]
                else:
                    break
            except (AttributeError, KeyError):  # nodes behind a merge key carry no position of their own
                break
            node = node[step]
        return position and (position[0], position[1])

    def _placed(self, problem: Problem) -> tuple[tuple[int, int], str]:
        text = f"{_dotted(problem.path)}: {problem.message}" if problem.path else problem.message
        if self.name is None or (position := self._position(problem)) is None:
            return (0, 0), text if self.name is None else f"{self.name}: {text}"
        return position, _place(self.name, self.lines, *position, text)


def tag(name: str) -> str:
    """The tag of one alternative of a union, as pydantic's `Discriminator` wants it; it is not shown in a problem."""
    return _TAG + name


def _delete(data: Any, path: Location) -> bool:
    """Delete the value at a path of keys; False when it is not the value of a key."""
    for step in path[:-1]:
        data = data.get(step) if isinstance(data, dict) else None
    if not isinstance(data, dict) or not path or path[-1] not in data:
        return False
    del data[path[-1]]
    return True


def _place(name: str, lines: tuple[str, ...], line: int, column: int, message: str) -> str:
    first = max(0, column - _SHOWN // 2)  # of a long line a part is shown
    source = printable((lines[line] if line < len(lines) else "")[first : first + _SHOWN].expandtabs(1))
    number = str(line + 1)
    marker = " " * (column - first) + "^"
    return f"{name}:{number}:{column + 1}: {message}\n  {number} | {source}\n  {' ' * len(number)} | {marker}"


def _dotted(path: Location) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def to_builtin(node: Any) -> Any:
    """A tree of YAML as plain values, without what it remembers of how they were written."""
    if isinstance(node, Mapping):
        return {key: to_builtin(value) for key, value in node.items()}
    if isinstance(node, list):
        return [to_builtin(item) for item in node]
    return next((kind(node) for kind in (bool, int, float, str) if isinstance(node, kind)), node)


def _problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    problems = []
    for item in error.errors(include_url=False):
        # pydantic marks a bad key of a dict by one more step, `[key]`.
        is_key = item["loc"][-1:] == ("[key]",)
        path = tuple(step for step in item["loc"][: -1 if is_key else None] if not str(step).startswith(_TAG))
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            models = _models_at(model, path[:-1])
            known = [info.alias or name for here in models for name, info in here.model_fields.items()]
            message = f"unknown key '{path[-1]}'; the keys are {', '.join(known)}.{did_you_mean(str(path[-1]), known)}"
        elif item["type"] == "missing":
            message = "this key is required."
        elif item["type"] in ("model_type", "dict_type"):
            message = f"must be a mapping, like {{key: value}}, not {show(item['input'])}."
        else:
            message = f"{message[:1].lower()}{message[1:].rstrip('.')}, not {show(item['input'])}."
        problems.append(Problem(path, message, at_key=is_key or item["type"] == "extra_forbidden"))
    return problems


def _models_at(annotation: Any, path: Location) -> Iterator[type[BaseModel]]:
    """The models that a type has at a path of keys; walks through dicts, lists, unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not path:
            yield annotation
        for name, info in annotation.model_fields.items():
            if path[:1] == (info.alias or name,):
                yield from _models_at(info.annotation, path[1:])
    elif get_origin(annotation) in (Annotated, Union, UnionType):
        for item in get_args(annotation):
            yield from _models_at(item, path)
    elif path:
        for item in get_args(annotation)[-1:]:
            yield from _models_at(item, path[1:])
