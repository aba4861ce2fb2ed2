"""Text that never reaches a reward: tags that decoding drops, and reasoning that the chat template opens."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from vlm_rewards.answers.marks import DEFAULT_MARKS, AnswerMarks
from vlm_rewards.preflight.findings import Finding, Severity
from vlm_rewards.scoring.term import Term


def check_decoding(
    terms: Sequence[Term],
    *,
    drops: Callable[[str], bool],
    reasoning_prefilled: bool,
    marks: AnswerMarks = DEFAULT_MARKS,
) -> Iterator[Finding]:
    """Findings about what a model's tokenizer and chat template do to its answers.

    `drops` tells whether decoding without special tokens, as TRL does, loses a piece of text, `reasoning_prefilled`
    whether the chat template opens the reasoning at the end of the prompt.
    """
    # Rewards that ask for the first delimiters of each kind declare those by their defaults.
    own = dict(zip(_first(DEFAULT_MARKS), _first(marks), strict=True))
    scored = {
        f"rewards.{term.name}": [tag for tag in (own.get(tag, tag) for tag in term.info.tags) if drops(tag)]
        for term in terms
    }
    optional = {f"rewards.{term.name}": list(filter(drops, term.info.optional_tags)) for term in terms}
    needed = {tag for tags in scored.values() for tag in tags}
    read = {"model": [tag for tag in filter(drops, chain(*marks.answer, *marks.reasoning)) if tag not in needed]}
    yield from _dropped(Severity.ERROR, scored, "so no reward ever sees them")
    yield from _dropped(Severity.WARNING, read, "so no reward ever sees them")
    yield from _dropped(Severity.WARNING, optional, "so answers reach the reward without them")
    yield from _prefilled(terms, opening=marks.reasoning[0][0], reasoning_prefilled=reasoning_prefilled)


def _first(marks: AnswerMarks) -> tuple[str, ...]:
    return (*marks.reasoning[0], *marks.answer[0])


def _dropped(severity: Severity, tags: Mapping[str, Sequence[str]], effect: str) -> Iterator[Finding]:
    """One finding about all tags that are lost, and all that they are lost to."""
    lost = ", ".join(dict.fromkeys(tag for held in tags.values() for tag in held))
    if lost:
        where = ", ".join(place for place in tags if tags[place])
        what = f"the tokenizer drops {lost} as special tokens, {effect}"
        fix = "add them to the tokenizer as ordinary tokens (special=False), or ask for another form in the prompt"
        yield Finding(severity, where, what, fix)


def _prefilled(terms: Sequence[Term], *, opening: str, reasoning_prefilled: bool) -> Iterator[Finding]:
    told = {term.name: term.params["prefilled"] for term in terms if "prefilled" in term.params}
    for name, value in told.items():
        if value != "auto" and value is not reasoning_prefilled:
            does = "opens" if reasoning_prefilled else "does not open"
            what = f"the chat template {does} `{opening}`, and the term says `prefilled: {str(value).lower()}`"
            yield Finding(Severity.WARNING, f"rewards.{name}.params", what, "leave `prefilled` out: `auto` sees it")
    if reasoning_prefilled:
        what = f"the chat template opens `{opening}` at the end of the prompt, so answers start inside the reasoning"
        yield Finding(Severity.NOTE, "model", what, "nothing to do: `prefilled: auto`, the default, handles it")
