"""What a Scorer scores: completions, the dataset columns that belong to them, and the facts of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from vlm_rewards.answers.marks import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.errors import ColumnError
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import Images, images_of

#: The column that says which completions answer one prompt, when they do not stand in runs of equal length.
GROUP_ID = "group_id"


@dataclass
class Batch:
    """Completions with their dataset columns; every column has one value per completion.

    Args:
        completions: The answers.
        columns: Dataset columns by name. Images are in `images` (a list per row) or `image`.
        context: Facts of the run.
        trl: The keyword arguments that TRL gave, for functions wrapped by `from_trl`; made from the rest when empty.
        base: Folder that relative paths of images start from.
        group_keys: For each completion the key of its group, when neither columns nor context say it.

    Raises:
        ColumnError: A column's length differs from the number of completions.
    """

    completions: Sequence[Completion]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    context: Context = field(default_factory=Context)
    trl: Mapping[str, Any] = field(default_factory=dict)
    base: Path | None = None
    group_keys: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        for name, values in self.columns.items():
            if len(values) != len(self.completions):
                raise ColumnError(
                    f"Column '{name}' has {len(values)} values for {len(self.completions)} completions; "
                    f"give one value per completion."
                )

    def __len__(self) -> int:
        return len(self.completions)

    @classmethod
    def of(
        cls, completions: Iterable[object], *, context: Context | None = None, base: Path | None = None, **columns: Any
    ) -> Self:
        """A batch from answers as strings or messages, and columns as keywords; a lone value stands for every row.

        >>> Batch.of(["4", "5"], solution="4").columns["solution"]
        ['4', '4']
        """
        answers = list(completions)
        filled = {
            name: list(values) if isinstance(values, list | tuple) else [values] * len(answers)
            for name, values in columns.items()
        }
        return cls._read(answers, filled, context, base)

    @classmethod
    def from_rows(
        cls,
        rows: Sequence[Mapping[str, Any]],
        *,
        completion: str = "completion",
        context: Context | None = None,
        base: Path | None = None,
    ) -> Self:
        """A batch from rows that hold the answer beside its columns; a column that a row lacks is None there.

        Raises:
            ColumnError: A row has no answer.
        """
        names = dict.fromkeys(name for row in rows for name in row)
        for index, row in enumerate(rows):
            if completion not in row:
                raise ColumnError(
                    f"Row {index} has no column '{completion}'; its columns are {', '.join(map(str, row)) or 'none'}. "
                    f"Name the column that holds the model's answer."
                )
        columns = {name: [row.get(name) for row in rows] for name in names if name != completion}
        return cls._read([row[completion] for row in rows], columns, context, base)

    @classmethod
    def _read(
        cls, answers: Sequence[object], columns: Mapping[str, Sequence[Any]], context: Context | None, base: Path | None
    ) -> Self:
        context = context or Context()
        return cls(read_completions(answers, columns.get("prompt", ()), context), columns, context, base=base)

    def read_with(self, marks: AnswerMarks) -> Self:
        """The same batch, with completions and context that have these marks."""
        if marks == self.context.marks and all(answer.marks == marks for answer in self.completions):
            return self
        prompts = self.columns.get("prompt", [None] * len(self))
        completions = [
            answer.read_with(marks, starts_in_reasoning=answer.starts_in_reasoning or opens_reasoning(prompt, marks))
            for answer, prompt in zip(self.completions, prompts, strict=True)
        ]
        return replace(self, completions=completions, context=replace(self.context, marks=marks))

    @cached_property
    def images(self) -> Sequence[Images]:
        """The images of every row, unread."""
        return self.images_from(None)

    def images_from(self, column: str | None) -> Sequence[Images]:
        """The images of every row from a named column; by default `images`, or else `image`."""
        name = column or ("images" if "images" in self.columns else "image")
        values = self.columns.get(name)
        return [()] * len(self) if values is None else [images_of(value, base=self.base) for value in values]

    @cached_property
    def trl_arguments(self) -> Mapping[str, Any]:
        """The keyword arguments of a function written to TRL's convention."""
        if self.trl:
            return self.trl
        columns = dict(self.columns)
        return {
            "prompts": columns.pop("prompt", [None] * len(self)),
            "completions": [list(answer.messages) or answer.text for answer in self.completions],
            "completion_ids": [answer.token_ids for answer in self.completions],
            **columns,
        }

    @cached_property
    def duplicate_ids(self) -> Sequence[int]:
        """For each completion a number that it shares with those that no reward can tell from it."""
        numbers: dict[Any, int] = {}
        return [numbers.setdefault(answer.identity, len(numbers)) for answer in self.completions]

    @cached_property
    def has_duplicates(self) -> bool:
        """Whether some completions cannot be told apart."""
        # Different texts are different completions already, and are told apart at less cost.
        if len({answer.text for answer in self.completions}) == len(self):
            return False
        return len(set(self.duplicate_ids)) < len(self)

    def row(self, index: int) -> Mapping[str, Any]:
        """All columns of one row, read-only."""
        return MappingProxyType({name: values[index] for name, values in self.columns.items()})

    @cached_property
    def groups(self) -> Sequence[Any]:
        """For each completion the key of its group: `group_keys`, the column `group_id`, or runs of the group size.

        Raises:
            ColumnError: None of these is there.
        """
        if self.group_keys is not None:
            return self.group_keys
        if GROUP_ID in self.columns:
            return [repr(value) for value in self.columns[GROUP_ID]]
        size = self.context.group_size
        if size is None:
            raise ColumnError(
                f"A group reward cannot tell which completions answer one prompt; add a column '{GROUP_ID}', "
                f"or set the group size (`num_generations`)."
            )
        return [index // size for index in range(len(self))]


def read_completions(
    answers: Sequence[object],
    prompts: Sequence[object],
    context: Context,
    *,
    ids: Sequence[Any] = (),
    decode: Any = None,
) -> list[Completion]:
    """Answers, with their token ids where these are known, as completions of prompts that may open the reasoning."""
    return [
        Completion.from_messages(
            answer,
            token_ids=tokens,
            decode=decode,
            starts_in_reasoning=context.reasoning_prefilled or opens_reasoning(prompt, context.marks),
            marks=context.marks,
        )
        for answer, prompt, tokens in zip_longest(answers, prompts[: len(answers)], ids)
    ]


def opens_reasoning(prompt: object, marks: AnswerMarks = DEFAULT_MARKS) -> bool:
    """Whether a prompt, as text, ends by opening the reasoning."""
    return isinstance(prompt, str) and prompt.rstrip().endswith(tuple(start for start, _ in marks.reasoning))
