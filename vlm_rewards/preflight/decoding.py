"""Text that never reaches a reward: tags that decoding drops, and reasoning that the chat template opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.scoring.term import Term
from vlm_rewards.types.completion import REASONING

__all__ = ["check_decoding"]

#: What `Completion` and the packs look for.
ANSWER_TAGS = ("<answer>", "</answer>", *(tag for tags in REASONING for tag in tags))

#: What models write around boxes: Qwen-VL, InternVL, Kosmos, DeepSeek-VL2, and Qwen2-VL's own tokens.
BOX_TAGS = (
    *("<box>", "</box>", "<ref>", "</ref>", "<bbox>", "</bbox>", "<quad>", "</quad>", "<|ref|>", "<|/ref|>"),
    *("<|det|>", "<|/det|>", "<|box_start|>", "<|box_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
)

_THINK, _ANSWER = ("<think>", "</think>"), ("<answer>", "</answer>")

#: The rewards that score tags themselves, and which.
SCORED_TAGS = {
    "format/think_answer": {*_THINK, *_ANSWER},
    "format/tag_count": {*_THINK, *_ANSWER},
    "format/think": {*_THINK},
    "format/answer_tag": {*_ANSWER},
}

#: The reward that reads answers with their special tokens, which nothing drops.
READS_ALL = "grounding/syntax"


def check_decoding(
    terms: Sequence[Term], *, drops: Callable[[str], bool], reasoning_prefilled: bool
) -> Iterator[Finding]:
    """Findings about what a model's tokenizer and chat template do to its answers.

    Args:
        terms: The terms of the file.
        drops: Whether decoding without special tokens, as TRL does, loses a piece of text.
        reasoning_prefilled: Whether the chat template opens `<think>` at the end of the prompt.
    """
    fix = "add them to the tokenizer as ordinary tokens (special=False), or ask for another form in the prompt"
    dropped = list(filter(drops, ANSWER_TAGS))
    wanted = {term.name: SCORED_TAGS.get(term.full_name, set()).intersection(dropped) for term in terms}
    needed = set().union(*wanted.values())
    for severity, where, tags in (
        (Severity.ERROR, ", ".join(f"rewards.{name}" for name in wanted if wanted[name]), needed),
        (Severity.WARNING, "model", set(dropped) - needed),
    ):
        if tags:
            lost = ", ".join(tag for tag in dropped if tag in tags)
            what = f"the tokenizer drops {lost} as special tokens, so no reward ever sees them"
            yield Finding(severity, where, what, fix)
    names = {term.name: term.full_name for term in terms}
    grounding = [name for name, full in names.items() if full.startswith("grounding/") and full != READS_ALL]
    lost = ", ".join(filter(drops, BOX_TAGS)) if grounding else ""
    if lost:
        what = f"the tokenizer drops {lost} as special tokens, so boxes reach the reward without them"
        fix = "ask for plain or JSON boxes in the prompt, or add the tokens as ordinary ones (special=False)"
        yield Finding(Severity.WARNING, ", ".join(f"rewards.{name}" for name in grounding), what, fix)
    yield from _prefilled(terms, reasoning_prefilled=reasoning_prefilled)


def _prefilled(terms: Sequence[Term], *, reasoning_prefilled: bool) -> Iterator[Finding]:
    told = {term.name: term.instance.params["prefilled"] for term in terms if "prefilled" in term.instance.params}
    for name, value in told.items():
        if value != "auto" and value is not reasoning_prefilled:
            does = "opens" if reasoning_prefilled else "does not open"
            what = f"the chat template {does} `<think>`, and the term says `prefilled: {str(value).lower()}`"
            yield Finding(Severity.WARNING, f"rewards.{name}.params", what, "leave `prefilled` out: `auto` sees it")
    if reasoning_prefilled:
        what = "the chat template opens `<think>` at the end of the prompt, so answers start inside the reasoning"
        yield Finding(Severity.NOTE, "model", what, "nothing to do: `prefilled: auto`, the default, handles it")
