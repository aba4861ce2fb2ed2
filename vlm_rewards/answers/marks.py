"""The delimiters that an answer and its reasoning are written in; set once per run, the same for every reward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from vlm_rewards.answers.languages import merged

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AnswerMarks:
    """Opening and closing delimiters; plain strings, so that they travel to workers as JSON.

    Args:
        reasoning: Around the reasoning: DeepSeek-R1, Qwen and TRL; Claude-style prompts; Kimi-VL; Magistral; prompts
            with `<reasoning>` or `<thought>`; Seed-OSS; Sky-T1; the analysis channel of gpt-oss.
        answer: Around the final answer, in any letter case.
        box_tokens: Around the final answer of GLM-4.1V, 4.5V and 4.6V; decoding leaves them in the text.
        boxes: LaTeX commands whose argument is the final answer.
        json_keys: Fields of a JSON object that hold the final answer, the first one present counts.
        end: Tokens of chat templates that may close a completion.
        languages: Codes of the languages whose announcements are read; empty for all of them.

    Raises:
        ValueError: A language is unknown.
    """

    reasoning: Pairs = (
        *(("<think>", "</think>"), ("<thinking>", "</thinking>"), ("◁think▷", "◁/think▷"), ("[THINK]", "[/THINK]")),
        *(("<reasoning>", "</reasoning>"), ("<thought>", "</thought>"), ("<seed:think>", "</seed:think>")),
        ("<|begin_of_thought|>", "<|end_of_thought|>"),
        ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    )
    answer: Pairs = (("<answer>", "</answer>"),)
    box_tokens: Pairs = (("<|begin_of_box|>", "<|end_of_box|>"),)
    boxes: tuple[str, ...] = ("\\boxed", "\\fbox")
    json_keys: tuple[str, ...] = ("answer", "final_answer", "result", "choice", "option")
    end: tuple[str, ...] = (
        *("<|im_end|>", "<|endoftext|>", "</s>", "<|eot_id|>", "<end_of_turn>", "<eos>", "[/INST]", "<|end|>"),
        *("<|return|>", "<|end_of_solution|>", "<｜end▁of▁sentence｜>"),
    )
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        merged(self.languages, ascii_only=False)  # refuses an unknown code

    @classmethod
    def of(cls, fields: Mapping[str, Sequence[Any]]) -> Self:
        """The marks from lists, as JSON and YAML hold them.

        Raises:
            TypeError: A field is unknown.

        >>> AnswerMarks.of({"answer": [["<final>", "</final>"]]}).answer
        (('<final>', '</final>'),)
        """
        pairs = {"reasoning", "answer", "box_tokens"}
        read: dict[str, Any] = {
            name: tuple(map(tuple, held)) if name in pairs else tuple(held) for name, held in fields.items()
        }
        return cls(**read)


DEFAULT_MARKS = AnswerMarks()
