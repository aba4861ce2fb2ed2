"""Texts inside messages: any value, any exception and any word, whatever a model or a pack made of them."""

import difflib
import os
import reprlib
from collections.abc import Iterable
from pathlib import Path

_HERE = f"{Path(__file__).parent.parent}{os.sep}"
_PYTHON = f"{Path(os.__file__).parent}{os.sep}"

_LONGEST_WORD = 200  # characters that are compared with known words

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 120
_REPR.maxlong = 40
_MOST_CHARS = 60


def show(value: object) -> str:
    """A short text of any value, for messages; a value whose own `repr` fails is named by its type.

    A backslash stands once, as `printable` and `against` leave it: a formula reads alike all over a message.
    """
    try:
        return printable(_REPR.repr(value)).replace("\\\\", "\\")
    except BaseException as error:  # noqa: BLE001 - the value may be hostile, and a message must still be written
        pass_on_interrupt(error)
        return f"<{type(value).__name__} whose repr fails>"


def against(given: str, wanted: str) -> str:
    """`'5107' against '4256'`: an answer beside its reference, each cut to 60 characters, for the reason of a score."""
    shown = (printable(text[: _MOST_CHARS + 1]) for text in (given, wanted))
    return " against ".join(f"'{text}'" if len(text) <= _MOST_CHARS else f"'{text[:_MOST_CHARS]}...'" for text in shown)


def explain(error: BaseException) -> str:
    """`Type: message` of an exception in one line of at most 300 characters, safe for exceptions whose `str` fails."""
    try:
        text = printable(" ".join(str(error).split()))
    except BaseException as unreadable:  # noqa: BLE001 - same reason as above
        pass_on_interrupt(unreadable)
        text = "(its message cannot be read)"
    return f"{type(error).__name__}: {text}"[:300].rstrip(": ")


def pass_on_interrupt(error: BaseException) -> None:
    """Raise again what the user pressed; anything else, of whatever kind, is the fault of the code that raised it."""
    if type(error) is KeyboardInterrupt:
        raise error


def raised(error: BaseException) -> str:
    """`raised Type: message (grade.py:12)`: what a reward raised, and the line of its own package where it did."""
    file, line = place(error)
    return f"raised {explain(error)}" + (f" ({Path(file).name}:{line})" if file else "")


def place(error: BaseException) -> tuple[str, int]:
    """The file of a reward's package in which an error was raised, and its line; no file where none was in one."""
    own, line, home = "", 0, "\0"
    frame = error.__traceback__
    while frame is not None:
        file = frame.tb_frame.f_code.co_filename
        if not own and _is_of_a_reward(file):  # what the package calls may be anybody's
            folder = Path(file).parent
            home = f"{folder}{os.sep}" if (folder / "__init__.py").exists() else file
        if file.startswith(home):
            own, line = file, frame.tb_lineno
        frame = frame.tb_next
    return own, line


def _is_of_a_reward(file: str) -> bool:
    """Whether it is a file of neither this package nor Python."""
    if file.startswith((_HERE, "<")):
        return False
    return "site-packages" in file or not file.startswith(_PYTHON)


def printable(text: str) -> str:
    """Escape what no log or terminal should get from a model: line ends, terminal commands, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the nearest known word, or an empty text."""
    close = difflib.get_close_matches(word[:_LONGEST_WORD], list(known), n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""
