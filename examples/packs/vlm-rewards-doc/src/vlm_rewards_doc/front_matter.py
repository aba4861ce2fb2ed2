"""`doc/front_matter`: the fields between two lines of dashes at the top of a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import vlm_rewards as vr
from vlm_rewards_doc.texts import held, judged


@vr.reward(range=(0.0, 1.0))
def front_matter(
    completion: vr.Completion, solution: dict[str, Any] | str, *, form: Annotated[float, vr.Field(ge=0, lt=1)] = 0.5
) -> vr.RewardOutput:
    r"""Front matter that can be read earns `form`, and each field with the right value its share of the rest.

    Range 0 to 1; never abstains. The answer begins with a line `---`, then has one `name: value` in a line and a line
    `---` again. Values are compared as text, without quotes and case. Anything else there, or a name twice, is
    unparseable. Fields that nobody asked for earn nothing.

    Args:
        completion: The answer.
        solution: The fields with their values, or their JSON text.
        form: What front matter that can be read earns by itself.

    Source: the front matter rewards of olmOCR (Poznanski et al., arXiv 2510.19817): half for the form, a tenth for each
    of five fields.

    >>> gold = {"primary_language": "en", "is_table": False}
    >>> front_matter(vr.Completion("---\nprimary_language: en\nis_table: false\n---\nText"), gold).score
    1.0
    >>> front_matter(vr.Completion("---\nprimary_language: en\nis_table: true\n---\n"), gold).score
    0.75
    >>> hack = vr.Completion("---\nis_table: true\nis_table: false\n---")  # a hack: both values
    >>> front_matter(hack, gold).status.value
    'unparseable'
    """

    def score(given: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[float, str]:
        wrong = [name for name, value in wanted.items() if given.get(name) != value]
        told = f"wrong or missing: {', '.join(wrong[:10])}" if wrong else ""
        return 1 - (1 - form) * len(wrong) / len(wanted), told

    return judged(completion, solution, _wanted, _given, score)


def _wanted(reference: Any) -> dict[str, str]:
    if not isinstance(fields := held(reference), dict) or not fields:
        raise ValueError("the reference is no mapping of names and values")
    return {name: _said(value) for name, value in fields.items()}


def _given(text: str) -> dict[str, str]:
    """The fields of the front matter of a text. Raises ValueError, with the reason, where it has none."""
    first, *lines = text.splitlines()
    given: dict[str, str] = {}
    for line in lines if first.rstrip() == "---" else ():
        if line.rstrip() == "---":
            return given
        name, colon, value = line.partition(":")
        if not colon or name in given or name.strip() != name or not name:
            raise ValueError("the front matter has a line that is no `name: value`, or a name twice")
        given[name] = _said(value)
    raise ValueError("no front matter: the answer does not begin with a line ---, or there is no other")


def _said(value: object) -> str:
    """A value as text; what YAML leaves empty is null."""
    text = (value if isinstance(value, str) else json.dumps(value)).strip()
    return "null" if text in ("", "~") else text.strip("\"'").casefold()
