"""`shaping/reasoning_steps`: reasoning that goes step by step."""

from __future__ import annotations

from typing import Annotated

import vlm_rewards as vr

_BULLETS = ("- ", "* ", "• ")
_SEQUENCE_WORDS = ("first,", "second,", "third,", "next,", "then,", "finally,")
_PUNCTUATION = ".,;:!?-_*#'\"`~()[]{}"
_DIGITS = frozenset("0123456789")
MAX_STEP_CHARS = 400  # what tells one step from another


@vr.reward(range=(0.0, 1.0))
def reasoning_steps(
    completion: vr.Completion,
    *,
    steps: Annotated[int, vr.Field(ge=1)] = 3,
    min_words: Annotated[int, vr.Field(ge=1)] = 3,
) -> vr.RewardOutput:
    r"""Reasoning in at least `steps` marked steps that differ.

    Range 0 to 1: the number of steps by `steps`, at most 1; never abstains. A step is a line that begins with a mark
    (`Step 1:`, `1.`, `2)`, a bullet, or `First,` `Second,` `Third,` `Next,` `Then,` `Finally,`) and goes on with at
    least `min_words` words that no other step has. Read is the reasoning, or all of the text where there is none.

    Args:
        completion: The answer.
        steps: How many steps earn 1.
        min_words: The least number of words of a step, its mark apart.

    Source: `reasoning_steps_reward` of open-r1 (https://github.com/huggingface/open-r1), which counts the marks alone.

    >>> steps = "Step 1: count the red apples\n2. count the green apples\nFinally, add the two numbers"
    >>> reasoning_steps(vr.Completion(f"<think>{steps}</think>7")).score
    1.0
    >>> reasoning_steps(vr.Completion("It is 7.")).score
    0.0
    >>> reasoning_steps(vr.Completion("\n".join(f"Step {n}: I think so" for n in range(9)))).score  # a hack: marks only
    0.3333333333333333
    """
    text = completion.text if completion.reasoning is None else completion.reasoning
    found = set()
    for line in text.splitlines():
        words = _words(_step(line.strip()[:MAX_STEP_CHARS]))
        if len(words) >= min_words:
            found.add(words)
    reason = f"{len(found)} of {steps} steps that differ" if len(found) < steps else None
    return vr.RewardOutput(score=min(1.0, len(found) / steps), reason=reason, details={"steps": len(found)})


def _words(step: str) -> tuple[str, ...]:
    """What tells a step from others: its words without case, punctuation around them and invisible characters."""
    seen = "".join([letter for letter in step.casefold() if letter.isprintable() or letter.isspace()])
    words = (word.strip(_PUNCTUATION) for word in seen.split())
    return tuple([word for word in words if word])


def _step(line: str) -> str:
    """What follows the mark of a line; empty where there is no mark."""
    for bullet in _BULLETS:
        if line.startswith(bullet):
            return line[len(bullet) :]
    line = line.lstrip("#*_ ")  # Markdown's headings and bold letters
    lower = line[:8].lower()
    for word in _SEQUENCE_WORDS:
        if lower.startswith(word):
            return line[len(word) :]
    start = len("step ") if lower.startswith("step ") else 0
    end = start
    while end < min(len(line), start + 3) and line[end] in _DIGITS:
        end += 1
    marks = ":.)" if start else ".)"
    # A space after the mark: 3.5 is a number and not a third step.
    if end == start or line[end : end + 1] not in marks or line[end + 1 : end + 2] not in {" ", "*"}:
        return ""
    return line[end + 1 :].lstrip("*_ ")
