"""Regular expressions of users, on RE2 alone: its time is linear in the text, whatever pattern and text are."""

from functools import cache
from typing import Any


def check_pattern(pattern: str) -> None:
    """Raise ValueError for a pattern that RE2 does not take: back references and look-around, for example."""
    import re2

    try:
        re2.search(pattern, "", options=_options())
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise ValueError(
            f"the pattern {pattern!r} is not one of RE2: {reason}; RE2 has no back references and no look-around, see "
            f"https://github.com/google/re2/wiki/Syntax"
        ) from None
    except UnicodeEncodeError:
        raise ValueError(f"the pattern {pattern!r} holds a lone surrogate") from None


def found(pattern: str, text: str, *, full: bool = False) -> bool:
    r"""Whether a pattern matches somewhere in a text, or from its beginning to its end.

    >>> found("b+", "abbc"), found("^b", "abbc"), found("ab+c", "abbc", full=True), found("b+", "abbc", full=True)
    (True, False, True, False)
    >>> found("a.", "a\ud800")
    True
    """
    import re2

    search = re2.fullmatch if full else re2.search
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # lone surrogates cannot be encoded
    return search(pattern, text, options=_options()) is not None


@cache
def _options() -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False  # a bad pattern is reported once, by `check_pattern`
    options.never_capture = True  # only whether it matches is asked, and that is the fast way
    return options
