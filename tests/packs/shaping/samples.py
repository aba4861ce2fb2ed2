"""Samples of the `shaping` pack."""

from __future__ import annotations

import vlm_rewards as vr
from tests.packs.sample import Sample

EOS = 0
RUN = vr.Context(max_completion_tokens=70_000, eos_token_ids=(EOS,))
BOXED = {"correct": {"use": "format/boxed"}}
STEPS = "<think>1. count all red apples\n2. count all green apples\n3. add the two numbers</think>\\boxed{7}"


def tokens(text: str) -> list[int]:
    """One token for each character, and the one that ends the answer."""
    return [*(ord(letter) + 1 for letter in text), EOS]


# The last sample of a reward is the one whose growth is measured.
SAMPLES = [
    Sample(
        "shaping/cosine_length",
        "It is \\boxed{7}.",
        params={"correct_short": 1.0, "correct_long": 1.0},
        depends=BOXED,
        context=RUN,
        token_ids=tokens,
        bad="It is 7.",
    ),
    Sample(
        "shaping/cosine_length",
        "\\boxed{7}",
        params={"max_length": 10_000, "correct_short": 1.0, "correct_long": 1.0},
        depends=BOXED,
        bad="It is 7.",
    ),
    Sample("shaping/soft_overlong", "7", params={"cache": 60_000}, context=RUN, token_ids=tokens, bad="7" * 60_000),
    Sample("shaping/soft_overlong", "7", params={"max_length": 20_000, "cache": 15_000}, bad="7" * 60_000),
    Sample("shaping/length_window", "seven", params={"min_length": 5, "unit": "tokens"}, token_ids=tokens, bad="no"),
    Sample("shaping/length_window", "seven", params={"min_length": 5, "max_length": 1000, "margin": 40_000}, bad="no"),
    Sample("shaping/group_length", "\\boxed{7}", depends=BOXED, beside=["x" * 70], token_ids=tokens, bad="It is 7."),
    Sample("shaping/group_length", "\\boxed{7}", depends=BOXED, beside=["x" * 70, "It is \\boxed{7}."], bad="It is 7."),
    Sample("shaping/truncated", "7", context=RUN, token_ids=tokens, bad=""),
    Sample("shaping/repetition", "There are seven apples.", bad="seven " * 50),
    Sample("shaping/repetition", "seven", params={"ngram": 40}, token_ids=tokens, bad="seven " * 50),
    Sample("shaping/ngram_diversity", "seven", params={"min_ngrams": 5}, token_ids=tokens, bad="seven " * 50),
    Sample("shaping/ngram_diversity", "There are seven apples.", params={"min_ngrams": 3}, bad="seven " * 50),
    Sample("shaping/language_consistency", "seven", params={"language": "en"}, bad="семь"),
    Sample(
        "shaping/language_consistency",
        "<think>семь</think> 7",
        params={"where": "reasoning"},
        bad="<think>семь seven</think> 7",
    ),
    Sample("shaping/reasoning_steps", STEPS, bad="<think>7</think>7", broken=()),
    Sample("shaping/duplicate_boxes", "[[0, 0, 9, 9], [20, 20, 30, 30]]", bad="[[0, 0, 9, 9], [0, 0, 9, 9]]"),
]
