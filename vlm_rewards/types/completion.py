"""One model answer and its lazily parsed, cached views.

The text is hostile: every view is found with `find`/`rfind` in one pass, and nothing here matches a regular expression
or evaluates anything.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from vlm_rewards.text.messages import show

__all__ = ["Completion"]

# Opening and closing delimiters of reasoning: DeepSeek-R1, Qwen and TRL; Claude-style prompts; Kimi-VL.
REASONING = (("<think>", "</think>"), ("<thinking>", "</thinking>"), ("◁think▷", "◁/think▷"))
# Tokens around the final answer of GLM-4.1V, 4.5V and 4.6V; decoding leaves them in the text.
BOX_TOKENS = ("<|begin_of_box|>", "<|end_of_box|>")
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
    ) -> None:
        self.text = text
        self.messages = tuple(messages)
        self.reasoning_field = reasoning_field
        self.token_ids = token_ids
        self.starts_in_reasoning = starts_in_reasoning
        self.problem = problem
        self._decode = decode
        self._parts: tuple[str | None, str, str | None] | None = None  # a `cached_property` costs more

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
    ) -> Completion:
        """Read a string, one message, or a list of messages; anything else becomes a completion with a `problem`.

        Of several turns (tool calls and their results between them) the last assistant turn is the answer. Content
        blocks of type text are joined; images and tool calls among them carry no text.
        """
        extra: dict[str, Any] = {
            "token_ids": token_ids,
            "decode": decode,
            "starts_in_reasoning": starts_in_reasoning,
        }
        if isinstance(value, Completion):
            return value
        if isinstance(value, str):
            return cls(value, **extra)
        messages = [value] if isinstance(value, Mapping) else value
        if not isinstance(messages, Sequence) or not all(isinstance(turn, Mapping) for turn in messages):
            return cls("", problem=f"unexpected completion {show(value)}: neither text nor messages", **extra)
        answers = [turn for turn in messages if turn.get("role", "assistant") == "assistant"]
        if not answers:
            return cls("", messages=messages, problem="no assistant turn among the messages", **extra)
        text = _content_text(answers[-1].get("content"))
        if text is None:
            return cls("", messages=messages, problem=f"unexpected content {show(answers[-1].get('content'))}", **extra)
        fields = (answers[-1].get(name) for name in _REASONING_FIELDS)
        reasoning = next((field for field in fields if isinstance(field, str) and field.strip()), None)
        return cls(text, messages=messages, reasoning_field=reasoning, **extra)

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

    @property
    def _split(self) -> tuple[str | None, str, str | None]:
        if self._parts is None:
            # Reasoning that came in a field of its own was taken out of the text, also when the prompt had opened it.
            opened = self.starts_in_reasoning and self.reasoning_field is None
            reasoning, response = _split_reasoning(self.text, opened=opened)
            self._parts = (reasoning, response, _last_answer(response))
        return self._parts

    @property
    def reasoning(self) -> str | None:
        """The reasoning: a message field of its own, or all before the last closing delimiter; None without any."""
        return self._split[0] if self.reasoning_field is None else self.reasoning_field

    @property
    def response(self) -> str:
        """What follows the last closing reasoning delimiter; empty when the reasoning was opened and never ended."""
        return self._split[1]

    @property
    def answer(self) -> str | None:
        """Inside of the last `<answer>..</answer>` of the response, stripped; None without one."""
        return self._split[2]

    @cached_property
    def boxed_spans(self) -> tuple[tuple[int, int], ...]:
        r"""Start and end (characters of `response`) of the inside of each closed, outermost box.

        A box is `\boxed{..}`, or `<|begin_of_box|>..<|end_of_box|>` as GLM writes it, unless a `\boxed{..}` is in it.
        """
        spans = _boxed_spans(self.response)
        return _with_token_boxes(self.response, spans) if BOX_TOKENS[1] in self.response else spans

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
    if not isinstance(content, Sequence):
        return None
    parts: list[str] = []
    for block in content:
        if isinstance(block, str):
            parts.append(block)
        elif isinstance(block, Mapping):
            text = block.get("text")
            if isinstance(text, str):
                parts.append(text)
        else:
            return None
    return "".join(parts)


def _last_answer(response: str) -> str | None:
    end = response.rfind("</answer>")
    start = response.rfind("<answer>", 0, end) if end >= 0 else -1
    return None if start < 0 else response[start + len("<answer>") : end].strip()


def _split_reasoning(text: str, *, opened: bool) -> tuple[str | None, str]:
    last = text.rfind("think")  # the one word of all delimiters
    if last < 0:
        return (text, "") if opened else (None, text)
    if text.startswith("</think>", max(last - 2, 0)):  # the usual delimiter, and nothing opens behind it
        start = text.find("<think>", 0, last)
        return text[start + 7 if start >= 0 else 0 : last - 2], text[last + 6 :]
    close, opening, after = -1, "", 0
    for start_tag, end_tag in REASONING:
        at = text.rfind(end_tag)
        if at > close:
            close, opening, after = at, start_tag, at + len(end_tag)
    reopened = any([text.find(start_tag, after) >= 0 for start_tag, _ in REASONING])  # noqa: C419 - a list is faster
    if close < 0:
        if opened or reopened:
            return text, ""
        return None, text
    start = text.find(opening, 0, close)
    reasoning = text[start + len(opening) if start >= 0 else 0 : close]
    # Reasoning that opens again and never ends leaves no answer behind it.
    return reasoning, "" if reopened else text[after:]


def _boxed_spans(text: str) -> tuple[tuple[int, int], ...]:
    r"""One pass over the braces; `\{` and `\}` are text, as in LaTeX, but `\\` before a brace is a line break."""
    command = "\\boxed"
    at = text.find(command)
    spans: list[tuple[int, int]] = []
    depth: list[int] = []  # for each open brace: where its inside starts if a box opened it, else -1
    next_open, next_close = text.find("{", at), text.find("}", at)
    while at >= 0 and next_close >= 0:
        if 0 <= next_open < next_close:
            here, next_open = next_open, text.find("{", next_open + 1)
            if _escaped(text, here):
                continue
            depth.append(here + 1 if text.endswith((command, command + " "), 0, here) else -1)
            continue
        here, next_close = next_close, text.find("}", next_close + 1)
        if not depth or _escaped(text, here):
            continue
        start = depth.pop()
        if start >= 0:
            while spans and spans[-1][0] > start:  # boxes inside this one
                spans.pop()
            spans.append((start, here))
    return tuple(spans)


def _with_token_boxes(text: str, spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The spans, and those between each closing token and the last opening one before it that overlap none of them."""
    opening, closing = BOX_TOKENS
    found = list(spans)
    before, end = 0, text.find(closing)
    while end >= 0:
        start = text.rfind(opening, before, end) + len(opening)
        at = bisect_left(spans, (end,))
        if start >= before + len(opening) and (not at or spans[at - 1][1] < start):
            found.append((start, end))
        before, end = end, text.find(closing, end + 1)
    return tuple(sorted(found))


def _escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before a position."""
    start = at
    while start and text[start - 1] == "\\":
        start -= 1
    return (at - start) % 2 == 1
