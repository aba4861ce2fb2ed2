"""HTML that cannot be broken out of: every text is escaped, and only what this module built counts as markup."""

from __future__ import annotations

from html import escape

from vlm_rewards.text.messages import printable

__all__ = ["Html", "Part", "tag"]


class Html(str):
    """Markup, as against text."""

    __slots__ = ()


#: What an element may hold: markup, text that will be escaped, or nothing.
Part = Html | str | None

_EMPTY = frozenset({"img", "rect", "line", "meta"})


def tag(name: str, /, *parts: Part, **attributes: str | float | None) -> Html:
    """An element; parts and attributes that are None are left out, `class_` stands for `class`, `_` for `-`.

    >>> tag("p", "1 < 2 ", tag("b", "yes"), class_='a"b')
    '<p class="a&quot;b">1 &lt; 2 <b>yes</b></p>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_readable(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Html(f"<{name}{given}>" if name in {"img", "meta"} else f"<{name}{given}/>")
    inner = "".join(part if isinstance(part, Html) else _readable(part) for part in parts if part is not None)
    return Html(f"<{name}{given}>{inner}</{name}>")


def _readable(text: str) -> str:
    """Escaped text; control characters and lone surrogates, which no page may hold, are written out."""
    return escape("\n".join(map(printable, text.split("\n"))))
