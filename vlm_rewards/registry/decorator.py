"""`@reward`: a reward is a function (or a class), and its signature is its contract."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from vlm_rewards.errors import PackLoadError
from vlm_rewards.text.messages import show

F = TypeVar("F", bound=Callable[..., Any])
Range = tuple[float, float]
Preflight = Callable[[dict[str, Any]], Iterable[dict[str, Any]]]
Figures = Callable[..., Any]

#: Parameter names with a meaning of their own; every other positional parameter is a dataset column.
RESERVED = frozenset({"images", "row", "context"})

_MARK = "__vlm_reward__"
_NO_RANGE: Any = None  # an error that says what to write


class Mode(StrEnum):
    """What one call of a reward sees, told by the name of its first parameter."""

    ONE = "completion"
    BATCH = "completions"
    GROUP = "group"
    TRL = "trl"


@dataclass(frozen=True, slots=True)
class ColumnParameter:
    """A positional parameter of a reward: a dataset column of that name, or one of the reserved values."""

    name: str
    default: Any = inspect.Parameter.empty

    @property
    def required(self) -> bool:
        """Whether the column must be there."""
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class RewardSpec:
    """One reward as its author declared it.

    Args:
        name: The noun after the slash, `box_iou`.
        range: Least and greatest score, both finite.
        call: The function, or the class whose instances are called.
        mode: What one call sees.
        columns: Positional parameters after the first.
        params: Keyword-only parameters: the options that a config may set.
        pure: Whether equal input always gives an equal score.
        check, preflight, tags, optional_tags, figures, strategies, goes_in: As `reward` is given them.

    Raises:
        PackLoadError: The range cannot be used.
    """

    name: str
    range: Range
    call: Callable[..., Any]
    mode: Mode
    columns: tuple[ColumnParameter, ...]
    params: tuple[inspect.Parameter, ...] = ()
    pure: bool = True
    check: Callable[..., None] | None = None
    preflight: Preflight | None = None
    tags: tuple[str, ...] = ()
    optional_tags: tuple[str, ...] = ()
    figures: Figures | None = None
    strategies: Preflight | None = None
    goes_in: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "range", _check_range(self.range, self.name))

    @property
    def is_class(self) -> bool:
        """Whether the reward holds state: a class with `__init__(*, params)` and `__call__`."""
        return inspect.isclass(self.call)

    @property
    def target(self) -> Callable[..., Any]:
        """The function that scores: the reward itself, or the `__call__` of its class."""
        return self.call.__call__ if inspect.isclass(self.call) else self.call

    @property
    def is_async(self) -> bool:
        """Whether calls return awaitables."""
        return inspect.iscoroutinefunction(self.target)


def reward(
    bare: None = None,
    /,
    *,
    range: Range = _NO_RANGE,  # noqa: A002 - the field's word
    name: str | None = None,
    pure: bool = True,
    check: Callable[..., None] | None = None,
    preflight: Preflight | None = None,
    tags: Iterable[str] = (),
    optional_tags: Iterable[str] = (),
    figures: Figures | None = None,
    strategies: Preflight | None = None,
    goes_in: str = "",
) -> Callable[[F], F]:
    """Declare a function or a class as a reward; it is returned unchanged, and stays callable as it is.

    The first parameter is `completion` (one), `completions` (a batch) or `group` (all completions of one prompt).
    Further positional parameters are dataset columns by name, or `images`, `row`, `context`; batches and groups get
    lists of them, aligned with the completions. Keyword-only parameters are options that a config sets.

    Args:
        bare: Nothing: `@reward` alone, without the range, is an error.
        range: Least and greatest score; both finite.
        name: Name in the registry; the function's own by default, and of a class `TextOverlap` `text_overlap`.
        pure: False when equal input may give different scores (sampling, a remote judge).
        check: `check(context, **params)`, called once when a config is composed; a ValueError it raises becomes a
            ConfigError, so that a run that could only score wrongly never starts.
        preflight: `preflight(reading)`, which looks for faults of a dataset and gives one finding for each; both are
            plain JSON, as docs/writing-a-pack.md lays out.
        tags: Tags that the score depends on (`"<think>"`): a tokenizer that drops one is an error of the preflight.
        optional_tags: Tags that answers may have and are read without: dropping one is a warning.
        figures: A class for figures over all answers, which no mean of scores gives. An evaluation makes one for each
            model with `figures(**params)`, calls `add` with what the reward is called with for each greedy answer, and
            `result()` at the end for the figures by their names. A ValueError says why there are none.
        strategies: `strategies(reading)`, which gives the honest answers to a row and ways to cheat, for
            `vlm-rewards attack`; plain JSON, as docs/is-it-gameable.md lays out.
        goes_in: For a reward that is deprecated, the version of its pack in which it goes and what to use instead, like
            `"2.0: use acme/exact"`; who uses it is warned.

    Raises:
        PackLoadError: The range, the tags or the signature cannot be used.

    >>> @reward(range=(0.0, 1.0))
    ... def brevity(completion, *, limit: int = 10) -> float:
    ...     "An answer of at most `limit` characters."
    ...     return float(len(completion.text) <= limit)
    """

    def mark(call: F) -> F:
        own = name or _name_of(call)
        dropped = (_check_tags(tags, own), _check_tags(optional_tags, own))
        read = _read_signature(call, own)
        spec = RewardSpec(own, range, call, *read, pure, check, preflight, *dropped, figures, strategies, goes_in)
        setattr(call, _MARK, spec)
        return call

    return mark if bare is None else mark(bare)  # `@reward` without its range is an error like `@reward()`


def from_trl(function: Callable[..., Any], *, range: Range, name: str | None = None) -> RewardSpec:  # noqa: A002
    """Wrap a function written to TRL's convention: it gets TRL's raw keyword arguments, and None means it abstains.

    Args:
        function: Called as `function(prompts=..., completions=..., completion_ids=..., **columns)`; returns a list.
        range: Least and greatest score; both finite.
        name: Name in the registry; the function's own by default.

    Raises:
        PackLoadError: The range cannot be used.
    """
    return RewardSpec(name or _name_of(function), range, function, Mode.TRL, columns=(), pure=False)


def unwrap(call: Callable[..., Any]) -> Callable[..., Any]:
    """The function under `functools.partial`, which has the name and the documentation."""
    return call.func if isinstance(call, functools.partial) else call


def spec_of(declared: object) -> RewardSpec | None:
    """The spec of what a pack registered: a spec itself, or something under `@reward`; None for anything else."""
    if isinstance(declared, RewardSpec):
        return declared
    # Read from the object's own namespace: a subclass must not pass for the reward that its base class is.
    own = getattr(declared, "__dict__", {}).get(_MARK)
    return own if isinstance(own, RewardSpec) else None


def _name_of(call: Callable[..., Any]) -> str:
    inner = unwrap(call)
    name = str(getattr(inner, "__name__", type(inner).__name__))
    return _snake_case(name) if inspect.isclass(inner) else name


def _snake_case(name: str) -> str:
    """`html_table` of `HTMLTable`: a word begins at a capital that follows a small letter, or precedes one."""
    words = ""
    for before, letter, after in zip(" " + name, name, name[1:] + " ", strict=False):
        begins = letter.isupper() and before.isalnum() and (not before.isupper() or after.islower())
        words += f"_{letter}" if begins else letter
    return words.lower()


def _error(name: str, what: str) -> PackLoadError:
    return PackLoadError(f"Reward '{name}': {what}")


def _read_signature(
    call: Callable[..., Any], name: str
) -> tuple[Mode, tuple[ColumnParameter, ...], tuple[inspect.Parameter, ...]]:
    """What one call sees, the columns it reads, and its options."""
    is_class = inspect.isclass(call)
    if is_class and "__call__" not in dir(call):
        raise _error(name, "the class has no `__call__`; define `__call__(self, completion, ...)`.")
    scoring: Any = call.__call__ if is_class else call  # type: ignore[operator] # a class whose instances are called
    given = list(inspect.signature(scoring).parameters.values())[is_class:]
    options = list(inspect.signature(call).parameters.values()) if is_class else given
    keyword_only = tuple(p for p in options if p.kind is p.KEYWORD_ONLY)
    positional = [p for p in given if p.kind is not p.KEYWORD_ONLY]
    if is_class and len(keyword_only) != len(options):
        raise _error(name, "`__init__` may only take keyword-only parameters; write `__init__(self, *, ...)`.")
    if is_class and len(positional) != len(given):
        bad = [p.name for p in given if p not in positional]
        raise _error(name, f"`__call__` takes the options {bad}; options of a class belong to `__init__`.")
    for parameter in positional:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            fix = "name each column, or wrap a function of TRL's convention with `from_trl`."
            raise _error(name, f"the parameter `{parameter}` hides which columns it reads; {fix}")
    first = positional[0].name if positional else "nothing"
    if first not in (Mode.ONE, Mode.BATCH, Mode.GROUP):
        fix = "name it 'completion' (one), 'completions' (a batch) or 'group' (all completions of one prompt)."
        raise _error(name, f"the first parameter is {first!r}; {fix}")
    columns = tuple(ColumnParameter(p.name, p.default) for p in positional[1:])
    return Mode(first), columns, keyword_only


def _check_range(value: object, name: str) -> Range:
    fix = "give two finite numbers, the lower one first, like range=(0.0, 1.0)"
    try:
        low, high = (float(bound) for bound in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError):
        raise _error(name, f"range={show(value)} is not a pair of numbers; {fix}.") from None
    if not (float("-inf") < low < high < float("inf")):
        raise _error(name, f"range={show(value)} is not finite and rising; {fix}.")
    return (low, high)


def _check_tags(value: Iterable[str], name: str) -> tuple[str, ...]:
    tags = () if isinstance(value, str) else tuple(value)
    if isinstance(value, str) or not all(isinstance(tag, str) and tag for tag in tags):
        raise _error(name, f'tags {show(value)} are not a tuple of texts; write ("<think>",).')
    return tags
