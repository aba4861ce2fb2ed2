"""How each family of models writes boxes and points: syntax, coordinate space and order, as data.

A space is declared, never guessed: [100, 100, 300, 300] is a different box in each of them.

Another distribution adds a family with an entry point in the group `vlm_rewards.box_presets`, whose name is the
family's and whose object is a `Preset`. Entry points are looked at only when a name is asked for that is not here, and
a worker imports them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal, TypeAlias

import vlm_rewards as vr
from vlm_rewards.text.messages import did_you_mean

#: `auto`: tags where there are any, else JSON. `json`: JSON, Python literals, calls, plain lists; the last answer of
#: the text. `actions`: the same behind the last `Action:`. `inline`: lists among the words that they belong to; all of
#: them. `tags`: between tags, and inline where the tags were dropped. `final`: JSON or a list between the last
#: `<|begin_of_box|>` and its end. `points`: Molmo. `loc`: PaliGemma. `loc_`: Florence-2. `patch_index`: Kosmos-2.
Syntax: TypeAlias = Literal[
    "auto", "json", "actions", "inline", "tags", "final", "points", "loc", "loc_", "patch_index"
]

ENTRY_POINTS = "vlm_rewards.box_presets"


@dataclass(frozen=True, slots=True)
class Space:
    """What the numbers of an answer count."""

    name: str  # how a config names it
    unit: float | Literal["original", "resized"]  # so many make a side; of images, as many as it has pixels
    centred: bool = False  # numbers are indices of bins, and stand for the middle of a bin


SPACES = {
    space.name: space
    for space in (
        Space("pixels", "original"),
        Space("resized", "resized"),
        Space("relative", 1.0),
        Space("percent", 100.0),
        Space("per_1000", 1000.0),
        Space("per_999", 999.0),
        Space("bins_1024", 1024.0),
        Space("bins_1000", 1000.0, centred=True),
        Space("grid_32", 32.0),
    )
}


@dataclass(frozen=True, slots=True, eq=False)
class Preset:
    """How one family writes boxes and points. Equal to itself alone, which makes it a cheap key.

    Args:
        name: How a config names it, lower case with underscores.
        syntax: What surrounds the numbers.
        space: What the numbers count: a name in `SPACES`.
        order: Whether x or y comes first in lists.
        points: Plain pairs of numbers are points; else two of them are the corners of a box.
        plain: A list without a key is what the family writes, and not a slip.
        infeasible: The point by which the family says that there is nothing to point at.
        resize: How its processor resizes, for `resized` images whose size is not given.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    name: str
    syntax: Syntax
    space: str
    order: Literal["xy", "yx"] = "xy"
    points: bool = False
    plain: bool = False
    infeasible: tuple[float, float] | None = None
    resize: vr.FrameSpec | None = None

    def __post_init__(self) -> None:
        if self.space not in SPACES:
            raise ValueError(f"preset '{self.name}' has the unknown space '{self.space}'; known: {', '.join(SPACES)}")
        if self.syntax == "points" and isinstance(SPACES[self.space].unit, str):
            raise ValueError(f"preset '{self.name}' writes Molmo's points, which count parts of a side, not pixels")


_QWEN2_5 = vr.FrameSpec(factor=28, min_pixels=4 * 28 * 28, max_pixels=16384 * 28 * 28)
_UI_TARS = vr.FrameSpec(factor=28, min_pixels=100 * 28 * 28, max_pixels=16384 * 28 * 28)
_HOLO = vr.FrameSpec(factor=28, min_pixels=4 * 28 * 28, max_pixels=2560 * 1440)

#: The families, by name. Sources: docs/grounding.md.
PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("qwen_vl", "tags", "per_1000"),
        Preset("qwen2_vl", "tags", "per_1000"),
        Preset("qwen2_5_vl", "json", "resized", resize=_QWEN2_5),
        Preset("computer_use_qwen25", "json", "resized", points=True, resize=_QWEN2_5),
        Preset("qwen3_vl", "json", "per_1000"),
        Preset("computer_use_qwen3", "json", "per_1000", points=True),
        Preset("internvl", "tags", "per_1000"),
        Preset("paligemma", "loc", "bins_1024", order="yx"),
        Preset("florence2", "loc_", "bins_1000"),
        Preset("kosmos2", "patch_index", "grid_32"),
        Preset("gemini_gemma3", "json", "per_1000", order="yx"),
        Preset("molmo", "points", "percent", points=True),
        Preset("molmo2", "points", "per_1000", points=True),
        Preset("cogvlm", "inline", "per_1000"),
        Preset("cogagent", "actions", "per_1000"),
        Preset("shikra", "inline", "relative"),
        Preset("ferret", "inline", "per_1000"),
        Preset("deepseek_vl2", "tags", "per_999"),
        Preset("glm4v", "final", "per_1000"),
        Preset("minicpm_v", "tags", "per_1000"),
        Preset("rex_omni", "tags", "per_999"),
        Preset("moondream", "json", "relative"),
        Preset("ui_tars15", "actions", "resized", points=True, resize=_UI_TARS),
        Preset("ui_tars", "actions", "per_1000", points=True),
        Preset("kimi_vl", "actions", "relative"),
        Preset("holo15", "json", "resized", points=True, resize=_HOLO),
        Preset("showui", "actions", "relative", points=True, plain=True),
        Preset("ui_venus", "actions", "per_1000", points=True, plain=True, infeasible=(-1.0, -1.0)),
    )
}

#: Other names of the same families, and of models that write the same way, as they are spelt without punctuation.
_ALIASES = {
    "qwenvlchat": "qwen_vl",
    "qwen25": "qwen2_5_vl",
    "qwen3": "qwen3_vl",
    "qwen35": "qwen3_vl",
    "qwen25vlcomputeruse": "computer_use_qwen25",
    "qwen3vlcomputeruse": "computer_use_qwen3",
    **dict.fromkeys(("internvl2", "internvl25", "internvl3", "internvl35"), "internvl"),
    "paligemma2": "paligemma",
    **dict.fromkeys(("gemini", "gemma3", "gemini2", "gemini25", "gemma4"), "gemini_gemma3"),
    **dict.fromkeys(("florence",), "florence2"),
    "kosmos": "kosmos2",
    "rexomni3b": "rex_omni",
    **dict.fromkeys(("deepseekvl", "deepseekocr", "deepseek"), "deepseek_vl2"),
    **dict.fromkeys(("glm", "glm41v", "glm45v", "glm46v", "glmv"), "glm4v"),
    **dict.fromkeys(("minicpm", "minicpmo"), "minicpm_v"),
    **dict.fromkeys(("moondream2", "moondream3"), "moondream"),
    **dict.fromkeys(("uitars1", "uitars10"), "ui_tars"),
    **dict.fromkeys(("kimi", "kimivla3b"), "kimi_vl"),
    **dict.fromkeys(("holo", "holo1"), "holo15"),
    "showui2b": "showui",
    **dict.fromkeys(("cogvlm2", "cogvlmgrounding"), "cogvlm"),
    **dict.fromkeys(("ferretv2", "ferretui"), "ferret"),
}


def preset_of(name: str) -> Preset:
    """The preset of a family (`qwen2_5_vl`, `Qwen2.5-VL`), or of a space (`per_1000`, `auto:per_1000`).

    Of a space the syntax is detected: it is there to see. A space never is, for any four numbers are a box in each.
    Raises ValueError for a name that is neither.

    >>> preset_of("Qwen2.5-VL").space, preset_of("auto:per_1000").syntax
    ('resized', 'auto')
    """
    return PRESETS.get(name) or _look_up(name)


@cache
def _look_up(name: str) -> Preset:
    space = name.removeprefix("auto:")
    if space in SPACES:
        return Preset(space, "auto", space)
    spelt = _without_punctuation(name)
    known = {_without_punctuation(family): family for family in PRESETS} | _ALIASES
    if spelt in known:
        return PRESETS[known[spelt]]
    if (fields := vr.offered(ENTRY_POINTS, name)) is not None:
        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(Preset).validate_python(fields)
        except ValidationError as error:
            wrong = error.errors()[0]
            what = ": ".join(map(str, (*wrong["loc"], wrong["msg"].removeprefix("Value error, "))))
            raise ValueError(f"the box preset '{name}' is not a Preset: {what}") from error
    hint = did_you_mean(name, [*SPACES, *PRESETS])
    if name in {"auto", "auto:"}:
        hint = " The syntax can be detected, what the numbers mean cannot."
    raise ValueError(
        f"space '{name}' is unknown.{hint} Give a space ({', '.join(SPACES)}) or a family ({', '.join(PRESETS)})"
    )


def _without_punctuation(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())
