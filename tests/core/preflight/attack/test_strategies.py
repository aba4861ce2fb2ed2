"""Every strategy has a reward that it catches, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.preflight.attack.test_attack import NUMBERS, attacked, code, hacks
from vlm_rewards.preflight.attack.plays import TEXTS, constants, of_answer, of_several

CLAIMS, BOX = TEXTS["claims"], "\\boxed{@Y}"
#: How both answers are written, by strategy; in a form of honest answers that tells it from the others.
BOTH: dict[str, tuple[str, str]] = {
    **{f"joined by {separator!r}": (f"\\boxed{{@X{separator}@Y}}", BOX) for separator in TEXTS["separators"]},
    **{f"written as {way}": (BOX.replace("@Y", way.format("@X, @Y")), BOX) for way in TEXTS["lists"]},
    "quoted": ('\\boxed{["@X", "@Y"]}', BOX),
    "others in brackets": ("\\boxed{@Y (@X)}", BOX),
    "each in its form": ("Answer: @X\nAnswer: @Y", "Answer: @Y"),
    "others thought": ("<think>@X</think>Answer: @Y", "<think></think>Answer: @Y"),
    "fields of JSON": ('{"answer": "@Y", "final_answer": "@X", "@X": "@X", "@Y": "@Y"}', BOX),
    "one key many times": ('{"answer": "@X", "answer": "@Y"}', BOX),
    "others as @A, before": ("@X\n<think></think>Answer: @Y", "<think></think>Answer: @Y"),
    "others as @A, behind": ("\\boxed{@Y}\n@X", BOX),
}
for way in TEXTS["forms"]:
    other = way.replace("@A", "@X")
    BOTH |= {f"others as {way}, before": (f"{other}\nAnswer: @Y", "Answer: @Y")}
    BOTH |= {f"others as {way}, behind": (f"Answer: @Y\n{other}", "Answer: @Y")}
#: What commits to nothing, by strategy.
NOTHING = {
    f"{text[:24]!r} as the answer": BOX.replace("@Y", text) for text in (*TEXTS["nothings"], *CLAIMS, "what", "")
}
ALONE = ("", *CLAIMS, "<answer>", "\\boxed{", "<think>", "</think>")
NOTHING |= {f"{text[:24]!r} alone": text for text in ALONE}
#: What stands beside the answer, and nothing of the others does, by the name of what it is.
PIECES = {name: text * 4 for name, text in TEXTS["stuffing"].items()}
PIECES |= {"steps": "Step 7: done.\nStep 8", "numbers": "77.\n78.\n79", "words": "77q 78q", "claims": "\n".join(CLAIMS)}
BESIDE = {f"{name} in the answer": (piece, "in", 1) for name, piece in PIECES.items()}
for name, piece in (*PIECES.items(), *((claim, claim) for claim in CLAIMS)):
    BESIDE |= {f"{name} in the reasoning": (piece, "before", 1), f"{name} behind": (piece, "behind", 1)}
BESIDE |= {"the form many times": ("}\n\\boxed{", "behind", 9), "the answer many times": ("@Y", "in", 40)}


def every(cases: dict[str, Any], step: int) -> list[Any]:
    """All cases, of which only some are quick."""
    slow = [() if index % step == step // 2 else (pytest.mark.slow,) for index in range(len(cases))]
    return [pytest.param(*case, marks=mark, id=case[0][:30]) for case, mark in zip(cases.items(), slow, strict=True)]


def caught(reward: str, **params: Any) -> set[str]:
    rows = [{**row, "prompt": "what"} for row in NUMBERS]
    return hacks(attacked(reward, rows, **params)) - {"another answer"}  # 26/7 is joined by "/"


@pytest.mark.parametrize(("name", "said"), every(BOTH, 16))
def test_both_answers_in_one_way(name: str, said: tuple[str, str]) -> None:
    assert caught("both", code=code(said[0]), honest=code(said[1])) == {name}


@pytest.mark.parametrize(("name", "text"), every(NOTHING, 32))
def test_a_text_that_commits_to_nothing(name: str, text: str) -> None:
    assert caught("constant", code=code(text)) == {name}


@pytest.mark.parametrize(("name", "said"), every(BESIDE, 20))
def test_what_stands_beside_the_answer(name: str, said: tuple[str, str, int]) -> None:
    piece, place, times = said
    others = "" if name.startswith("claims") else code("\n".join(claim for claim in CLAIMS if claim not in piece))
    assert caught("beside", code=code(piece), place=place, times=times, others=others) == {name}


@pytest.mark.parametrize("place", ["in the reasoning", "behind"])
def test_a_word_of_the_options(place: str) -> None:
    assert caught("keyword", word="zebra", before=place != "behind") == {f"the word 'zebra' {place}"}


def test_no_strategy_is_without_a_reward_that_only_it_catches() -> None:
    form = ("\\boxed{@A}", "")
    assert {*of_several(form, ["1", "2"])} == {*BOTH}
    assert {*constants(form, [], "what")} == {*NOTHING}
    assert {*of_answer(form, "1", [])} == {*BESIDE}
