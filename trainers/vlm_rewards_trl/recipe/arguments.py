"""Arguments of other people's classes (TRL's configs, peft's LoraConfig): checked before they are used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from vlm_rewards.config.document import Problem
from vlm_rewards.text.messages import did_you_mean, show


def check_arguments(
    given: Mapping[str, Any], hints: Mapping[str, Any], *, owner: str, place: tuple[str | int, ...]
) -> Iterator[Problem]:
    """A problem for every argument that the owner ("GRPOConfig of TRL") does not have, or that has the wrong type."""
    for name, value in given.items():
        if name not in hints:
            message = f"{owner} has no argument '{name}'.{did_you_mean(name, hints)}"
            yield Problem((*place, name), message, at_key=True)
            continue
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(hints[name], config=ConfigDict(arbitrary_types_allowed=True))
            adapter.validate_python(value)
        except PydanticSchemaGenerationError:
            continue  # a type that says nothing about values; the class itself must judge
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]["msg"]
            yield Problem((*place, name), f"{owner}: {wrong}, not {show(value)}.")
