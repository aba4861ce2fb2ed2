"""One model answer and its lazily parsed, cached views.

The text is hostile: every view is found with `find`/`rfind` in one pass, and nothing here matches a regular expression
or evaluates anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from vlm_rewards.answers.boxes import boxed_spans
from vlm_rewards.answers.extract import Answer, extract_answer
from vlm_rewards.answers.languages import lowered
from vlm_rewards.answers.marks import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.answers.reasoning import split_reasoning
from vlm_rewards.text.messages import show

_REASONING_FIELDS = ("reasoning_content", "thinking", "reasoning")


class Completion:
    r"""One model answer.

    Args:
        text: The answer as text, of any length (a Scorer reads at most its `max_chars` characters).
        messages: The turns of the answer when it came as messages, else empty.
        reasoning_field: Reasoning that the chat template keeps in a message field of its own.
        token_ids: Ids of the generated tokens, when known.
        decode: Turns token ids into text with its special tokens, for `raw_text`.
        starts_in_reasoning: Whether the prompt already opened the reasoning (`<think>` at its end).
        problem: Why this value could not be read as an answer; None for every real answer.
        marks: The delimiters of its reasoning and its answer.

    >>> answer = Completion("<think>3 + 4</think><answer>\\boxed{7}</answer>")
    >>> answer.reasoning, answer.response, answer.answer, answer.boxed
    ('3 + 4', '<answer>\\boxed{7}</answer>', '\\boxed{7}', '7')
    """

    def __init__(
        self,
        text: str,
        *,
        messages: Sequence[Mapping[str, Any]] = (),
        reasoning_field: str | None = None,
        token_ids: Sequence[int] | None = None,
        decode: Callable[[Sequence[int]], str] | None = None,
        starts_in_reasoning: bool = False,
        problem: str | None = None,
        marks: AnswerMarks = DEFAULT_MARKS,
    ) -> None:
        self.text = text
        self.messages = tuple(messages)
        self.reasoning_field = reasoning_field
        self.token_ids = token_ids
        self.starts_in_reasoning = starts_in_reasoning
        self.problem = problem
        self.marks = marks
        self._decode = decode
        self._parts: tuple[str | None, str] | None = None

    def __repr__(self) -> str:
        return f"Completion({show(self.text)})"

    @classmethod
    def from_messages(
        cls,
        value: object,
        *,
        token_ids: Sequence[int] | None = None,
        decode: Callable[[Sequence[int]], str] | None = None,
        starts_in_reasoning: bool = False,
        marks: AnswerMarks = DEFAULT_MARKS,
    ) -> Completion:
        """Read a string, one message, or a list of messages; anything else becomes a completion with a `problem`.

        Of several turns (tool calls and their results between them) the last assistant turn is the answer. Content
        blocks of type text are joined; images and tool calls among them carry no text.
        """
        made = partial(cls, token_ids=token_ids, decode=decode, starts_in_reasoning=starts_in_reasoning, marks=marks)
        if isinstance(value, Completion):
            return value
        if isinstance(value, str):
            return made(value)
        messages = [value] if isinstance(value, Mapping) else value
        if not isinstance(messages, Sequence) or not all(isinstance(turn, Mapping) for turn in messages):
            return made("", problem=f"unexpected completion {show(value)}: neither text nor messages")
        answers = [turn for turn in messages if turn.get("role", "assistant") == "assistant"]
        if not answers:
            return made("", messages=messages, problem="no assistant turn among the messages")
        text = _content_text(answers[-1].get("content"))
        if text is None:
            return made("", messages=messages, problem=f"unexpected content {show(answers[-1].get('content'))}")
        fields = (answers[-1].get(name) for name in _REASONING_FIELDS)
        reasoning = next((field for field in fields if isinstance(field, str) and field.strip()), None)
        return made(text, messages=messages, reasoning_field=reasoning)

    def read_with(self, marks: AnswerMarks, *, starts_in_reasoning: bool) -> Completion:
        """The same answer, read with other marks."""
        return Completion(
            self.text,
            messages=self.messages,
            reasoning_field=self.reasoning_field,
            token_ids=self.token_ids,
            decode=self._decode,
            starts_in_reasoning=starts_in_reasoning,
            problem=self.problem,
            marks=marks,
        )

    @property
    def raw_text(self) -> str:
        """The text with its special tokens, decoded from `token_ids`; plain `text` when they are not known."""
        if self._decode is None or self.token_ids is None:
            return self.text
        return self._decode(self.token_ids)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Everything a reward can see of it: two completions with equal identities are scored alike."""
        tokens = None if self.token_ids is None else tuple(self.token_ids)
        # One turn of plain text says nothing more than `text`; one that calls a tool, or shows an image, does.
        one = self.messages[0] if len(self.messages) == 1 else {}
        is_text = one.keys() <= {"role", "content"} and isinstance(one.get("content", ""), str)
        turns = None if is_text and len(self.messages) < 2 else repr(self.messages)
        return (self.text, self.reasoning_field, tokens, turns, self.starts_in_reasoning)

    def _split(self) -> tuple[str | None, str]:
        # Reasoning that came in a field of its own was taken out of the text, also when the prompt had opened it.
        opened = self.starts_in_reasoning and self.reasoning_field is None
        self._parts = split_reasoning(self.text, self.marks.reasoning, opened=opened)
        return self._parts

    @property
    def reasoning(self) -> str | None:
        """The reasoning: a message field of its own, or all before the last closing delimiter; None without any."""
        return (self._parts or self._split())[0] if self.reasoning_field is None else self.reasoning_field

    @property
    def response(self) -> str:
        """What follows the last closing reasoning delimiter; empty when the reasoning was opened and never ended."""
        return (self._parts or self._split())[1]

    @property
    def answer(self) -> str | None:
        """Inside of the last `<answer>..</answer>` of the response, in any letter case, stripped; None without one."""
        lower, insides = lowered(self.response), []
        for opening, closing in self.marks.answer:
            end = lower.rfind(closing.lower())
            start = lower.rfind(opening.lower(), 0, max(end, 0))
            if start >= 0:
                insides.append((start, self.response[start + len(opening) : end].strip()))
        return max(insides)[1] if insides else None

    @cached_property
    def final_answer(self) -> Answer | None:
        """The final answer, by the one rule of `vlm_rewards.answers`; None without one."""
        return extract_answer(self)

    @cached_property
    def boxed_spans(self) -> tuple[tuple[int, int], ...]:
        r"""Start and end (characters of `response`) of the inside of each closed, outermost box.

        A box is `\boxed{..}`, or `<|begin_of_box|>..<|end_of_box|>` as GLM writes it, unless a `\boxed{..}` is in it.
        """
        return boxed_spans(self.response, ("\\boxed",), self.marks.box_tokens)

    @property
    def boxed(self) -> str | None:
        """Inside of the last closed box of the response, stripped; None without one."""
        if not self.boxed_spans:
            return None
        start, end = self.boxed_spans[-1]
        return self.response[start:end].strip()


def _content_text(content: object) -> str | None:
    if content is None:  # a turn that only calls tools
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence) or not all(isinstance(block, str | Mapping) for block in content):
        return None
    texts = (block if isinstance(block, str) else block.get("text") for block in content)
    return "".join(text for text in texts if isinstance(text, str))
