"""One reader of final answers: where the answer of a completion stands, and which option it names."""

from vlm_rewards.answers.boxes import boxed_spans
from vlm_rewards.answers.choices import Choice, find_choice
from vlm_rewards.answers.extract import (
    NUMERIC,
    SHORT,
    STATED,
    Answer,
    Source,
    answer_block,
    extract_answer,
    is_cut_off,
    reference_answer,
)
from vlm_rewards.answers.marks import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.answers.options import Options, read_options
from vlm_rewards.answers.values import with_point

__all__ = [
    "DEFAULT_MARKS",
    "NUMERIC",
    "SHORT",
    "STATED",
    "Answer",
    "AnswerMarks",
    "Choice",
    "Options",
    "Source",
    "answer_block",
    "boxed_spans",
    "extract_answer",
    "find_choice",
    "is_cut_off",
    "read_options",
    "reference_answer",
    "with_point",
]
