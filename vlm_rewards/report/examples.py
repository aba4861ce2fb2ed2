"""The models' answers to the same prompt, side by side: what they wrote, what it earned, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from vlm_rewards.report.html import Html, tag
from vlm_rewards.report.images import boxes_of, figure, reference_boxes
from vlm_rewards.report.records import AnsweredRow
from vlm_rewards.report.style import REFERENCE
from vlm_rewards.text.messages import show
from vlm_rewards.types.images import ImageRef

__all__ = ["side_by_side"]

#: Characters of a text that are shown: a page must stay light, whatever a model wrote.
_SHOWN = 2_000


def side_by_side(rows: Iterable[AnsweredRow], colours: Mapping[str, str], *, base: Path, examples: int) -> list[Html]:
    """A section per prompt, for the first prompts of the file, with the first answer of each model: the greedy one."""
    prompts: dict[int, dict[str, AnsweredRow]] = defaultdict(dict)
    for row in rows:
        if row.row in prompts or len(prompts) < examples:
            prompts[row.row].setdefault(row.model, row)
    return [_prompt(number, answers, colours, base) for number, answers in prompts.items()]


def _prompt(number: int, answers: Mapping[str, AnsweredRow], colours: Mapping[str, str], base: Path) -> Html:
    first = next(iter(answers.values()))
    boxes = {colours[model]: boxes_of(answer.terms) for model, answer in answers.items()}
    boxes[REFERENCE] = reference_boxes(first.solution)  # last: its dashes stay visible over a box that equals it
    images = [
        figure(image if isinstance(image, ImageRef) else ImageRef(image, base=base), boxes if place == 0 else {})
        for place, image in enumerate(first.images)
    ]
    text = tag("p", _cut(first.prompt), class_="text") if first.prompt else None
    solution = None
    if first.solution is not None:
        shown = _cut(first.solution) if isinstance(first.solution, str) else show(first.solution)
        solution = tag("p", tag("b", "solution "), shown, class_="solution")
    question = tag("div", *images, text, solution, class_="question")
    given = [_answer(model, answer, colours[model]) for model, answer in answers.items()]
    heading = tag("h3", f"row {number}")
    return tag("section", heading, tag("div", question, tag("div", *given, class_="answers"), class_="row"))


def _answer(model: str, row: AnsweredRow, colour: str) -> Html:
    total = "no total" if row.total is None else f"{row.total:.3f}"
    mode = tag("span", f" {row.mode}", class_="quiet") if row.mode else None
    head = tag("header", tag("b", model), mode, tag("span", total, class_="total"), style=f"border-color: {colour}")
    text = tag("pre", _cut(row.completion)) if row.completion is not None else None
    return tag("article", head, text, _terms(row), class_="answer")


def _terms(row: AnsweredRow) -> Html:
    lines = [
        tag(
            "tr",
            tag("td", name),
            tag("td", output.status if output.score is None else f"{output.score:.3f}", class_="number"),
            tag("td", _cut(output.answer_read or "", 300)),
            tag("td", _cut(output.reason or "", 300), class_="quiet"),
        )
        for name, output in row.terms.items()
    ]
    return tag("table", *lines, class_="terms")


def _cut(text: str, most: int = _SHOWN) -> str:
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most} more characters)"
