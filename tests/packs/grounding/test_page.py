"""The tables of families, of keys of references and of actions in `docs/grounding.md` are those of the code.

`python -m tests.packs.grounding.test_page` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from vlm_rewards_grounding.actions.names import ACTIONS, ARGUMENTS, ELEMENTS, PLACES
from vlm_rewards_grounding.actions.names import BOOKKEEPING as OF_ACTIONS
from vlm_rewards_grounding.formats import keys
from vlm_rewards_grounding.frames.presets import PRESETS, Preset
from vlm_rewards_grounding.reference_keys import BOOKKEEPING, CROWD, NEST, NUMBER, READ, UNIT, UNITS

PAGE = Path(__file__).parents[3] / "docs" / "grounding.md"
COUNTS = {
    "resized": "pixels of the resized image",
    "per_1000": "0-1000",
    "per_999": "0-999",
    "relative": "0-1",
    "percent": "percent",
    "bins_1024": "1024 bins",
    "bins_1000": "middles of 1000 bins",
    "grid_32": "cells of a 32 x 32 grid",
}
#: The forms of an action that are read: name, example, families.
SYNTAXES = (
    ("json", '{"action": "click", "coordinate": [x, y]}', "GUI-R1, UI-R1, ShowUI, Holo, AndroidControl"),
    ("tool call", '{"name": "computer_use", "arguments": {"action": "left_click", ..}}', "Qwen2.5-VL, Qwen3-VL"),
    ("message", "the `tool_calls` of the last message, or its blocks `tool_use`", "any chat template"),
    ("call", "click(start_box='(x,y)'), type(content='..'), PressBack()", "UI-TARS, UI-Venus, CogAgent"),
    ("pyautogui", "pyautogui.click(x=.., y=..), pyautogui.hotkey('ctrl', 'c')", "Aguvis, Kimi-VL, OpenCUA"),
    ("do", 'do(action="Tap", element=[x,y]), finish(message="..")', "Open-AutoGLM"),
    ("line", "CLICK <point>[[x, y]]</point>, TYPE [..], SCROLL [DOWN], PRESS_BACK", "OS-Atlas"),
)
#: The models of a family whose name does not say them.
MODELS = {
    "internvl": "2 to 3.5",
    "paligemma": "1, 2",
    "deepseek_vl2": "and OCR",
    "glm4v": "4.1V to 4.6V",
    "ui_tars": "1.0",
}
WRITES = {
    "qwen_vl": "`<ref>t</ref><box>(x1,y1),(x2,y2)</box>`, `<quad>`",
    "qwen2_vl": (
        "`<|object_ref_start|>`, `<|box_start|>(x1,y1),(x2,y2)<|box_end|>`, or bare pairs once these tokens are dropped"
    ),
    "qwen2_5_vl": "JSON `bbox_2d`, `point_2d`",
    "computer_use_qwen25": "tool call with `coordinate`",
    "qwen3_vl": "JSON `bbox_2d`, `point_2d`",
    "computer_use_qwen3": "tool call with `coordinate`",
    "internvl": "`<ref>t</ref><box>[[x1,y1,x2,y2]]</box>`",
    "paligemma": "`<locY1><locX1><locY2><locX2> label ; ...`",
    "florence2": "`label<loc_x1><loc_y1><loc_x2><loc_y2>`; eight for corners",
    "kosmos2": "`<phrase>t</phrase><object><patch_index_a><patch_index_b></object>`",
    "gemini_gemma3": "JSON `box_2d`, `point`",
    "molmo": "`<point x= y= alt=>`, `<points x1= y1= ...>`; `p=523, 604` in per mille",
    "molmo2": '`<points coords="...">`, `<tracks coords="...">`',
    "cogvlm": "`a man [[x1,y1,x2,y2;...]]`",
    "cogagent": "`CLICK(box=[[x1,y1,x2,y2]], ...)`",
    "shikra": "`a man [x1,y1,x2,y2;...]`",
    "ferret": "`a man [x1, y1, x2, y2]`",
    "deepseek_vl2": "`<|ref|>t<|/ref|><|det|>[[x1,y1,x2,y2]]<|/det|>`",
    "glm4v": "`<|begin_of_box|>[[x1,y1,x2,y2]]<|end_of_box|>`, any bracket",
    "minicpm_v": "`<ref>t</ref><box>x1 y1 x2 y2</box>`",
    "rex_omni": (
        "`<|object_ref_start|>t<|object_ref_end|><|box_start|><x1><y1><x2><y2>,..<|box_end|>`, or without these tokens"
    ),
    "moondream": "`x_min`, `y_min`, `x_max`, `y_max`",
    "ui_tars15": "`click(start_box='(x,y)')`, `<point>x y</point>`",
    "ui_tars": "`click(start_box='(x,y)')`, `<point>x y</point>`",
    "kimi_vl": "`pyautogui.click(x=, y=)`, JSON",
    "holo15": '`{"action": "click_absolute", "x": , "y": }`',
    "showui": "`[x, y]`, `{'position': [x, y]}`",
    "ui_venus": "`[x,y]`; `[-1,-1]` where there is nothing to point at",
}
READ_AS = {
    keys.BOX: "boxes, in the form that `reference` says",
    keys.POINT: "points; beside a box its own point; three or more of one key are a region where a box is asked for",
    keys.POLYGON: "polygons: the box around them, where none stands beside them",
    keys.LABEL: "names, one for each thing or one for all; of several keys the first of these that is there",
    NUMBER: "the number of a class, where no name stands beside it",
    CROWD: "COCO's crowds",
    NEST: "the things, where no box or point stands beside them",
    UNIT: "ms-swift's unit: "
    + ", ".join(f"`{unit}` is `{space}`" for unit, space in UNITS.items())
    + "; another than `reference_space` is refused",
}
ROLES = {
    "start": "the first of two places",
    "end": "the second of two places",
    "point": "the place, or the one of two that has no key of its own",
    "box": "the place, as a box",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (f"| {' | '.join(row)} |\n" for row in rows)
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n{''.join(lines)}"


def names(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def families() -> str:
    def row(preset: Preset) -> tuple[str, str, str]:
        models = f" ({MODELS[preset.name]})" if preset.name in MODELS else ""
        counts = COUNTS[preset.space] + (", y first" if preset.order == "yx" else "")
        return f"`{preset.name}`{models}", WRITES[preset.name].replace("|", "\\|"), counts

    return table(("family", "writes", "counts"), map(row, PRESETS.values()))


def keys_of_references() -> str:
    sides = dict.fromkeys(name for group in (*keys.CORNERS, *keys.SIZES) for name in group)
    return table(
        ("key of a reference", "read as"),
        [
            *((names(READ[kind]), READ_AS[kind]) for kind in READ),
            (
                f"{names(sides)}, and `topleft` with `bottomright`",
                "sides and corners of one box or point by their names, whatever `reference` says",
            ),
            (names(BOOKKEEPING), "nothing: bookkeeping"),
        ],
    )


def actions() -> str:
    forms = (
        (name, f"`{example}`" if "`" not in example else example, families) for name, example, families in SYNTAXES
    )
    tables = (
        table(("form", "written as", "by"), forms),
        table(("action", "other names"), ((f"`{name}`", names(others)) for name, others in ACTIONS.items())),
        table(("argument", "its keys"), ((f"`{name}`", names(held)) for name, held in ARGUMENTS.items())),
        table(("place", "its keys"), ((ROLES[role], names(held)) for role, held in PLACES.items())),
        table(
            ("other keys of a reference", ""),
            (
                ("passed over", names(sorted(OF_ACTIONS))),
                ("passed over beside a place, and refused without one", names(sorted(ELEMENTS))),
            ),
        ),
    )
    return "\n".join(tables)


TABLES: dict[str, Callable[[], str]] = {
    "families": families,
    "keys of references": keys_of_references,
    "actions": actions,
}


def around(page: str, name: str) -> tuple[str, str, str]:
    """What stands before the tables of this name, they themselves, and what follows."""
    first, last = f"<!-- tables of {name} -->\n", f"<!-- end of the tables of {name} -->\n"
    before, mark, rest = page.partition(first)
    inside, end, after = rest.partition(last)
    assert mark
    assert end
    return before + mark, inside, end + after


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_the_page_are_those_of_the_code(name: str) -> None:
    assert around(PAGE.read_text(encoding="utf-8"), name)[1] == TABLES[name]()


def test_what_families_write_is_said_of_those_that_are_there_alone() -> None:
    assert set(WRITES) == set(PRESETS)
    assert set(MODELS) <= set(PRESETS)


if __name__ == "__main__":
    for name, made in TABLES.items():
        before, _, after = around(PAGE.read_text(encoding="utf-8"), name)
        PAGE.write_text(before + made() + after, encoding="utf-8")
