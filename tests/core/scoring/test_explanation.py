"""What an explanation tells of a row: what was read, gates, routes, policies, and the arithmetic of the total."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import vlm_rewards as vr

FORM = {"use": "format/think_answer", "weight": 0.2}
ANSWER = {"use": "vqa/exact"}


def explained(rewards: dict[str, Any], completion: str, /, **more: Any) -> str:
    config = {key: more.pop(key) for key in ("combine",) if key in more}
    with vr.load_scorer({"version": 1, "rewards": rewards, **config}) as scorer:
        return str(scorer.explain({"completion": completion, **more}))


def test_the_arithmetic_gives_the_total() -> None:
    told = explained({"form": FORM, "answer": ANSWER}, "<think>a</think><answer>cat</answer>", solution="cat")
    assert told.splitlines()[0] == "total = form 1 × 0.2 + answer 1 × 1 = 1.2"


def test_operations_in_each_other_and_clips_are_in_the_arithmetic() -> None:
    combine = {
        "op": "sum",
        "clip": [0, 0.5],
        "terms": ["form", {"name": "best", "op": "max", "terms": ["answer", "boxed"]}],
    }
    rewards = {"form": FORM, "answer": ANSWER, "boxed": {"use": "format/boxed"}}
    told = explained(rewards, "<think>a</think><answer>cat</answer>", solution="cat", combine=combine)
    first = told.splitlines()[0]
    assert "form 1 × 0.2 + max(answer 1 × 1, boxed 0 × 1) × 1 clipped to 0..0.5 = 0.5" in first


@pytest.mark.parametrize(
    ("completion", "marked"),
    [
        ("<think>cat</think><answer>cat</answer>", "<think>cat</think><answer>»cat«</answer>"),
        ("The answer is cat. Or so.", "The answer is »cat.« Or so."),
        ("no, cat, no: \\boxed{cat}", "no, cat, no: \\boxed{»cat«}"),
        ("<think>never ended", "<think>never ended"),
        ("", ""),
    ],
)
def test_what_was_read_is_marked_where_it_stood(completion: str, marked: str) -> None:
    assert explained({"answer": ANSWER}, completion, solution="cat").endswith(f"\n\n{marked}")


def test_a_long_completion_is_shown_without_its_middle() -> None:
    told = explained({"answer": ANSWER}, "x " * 5000 + "\\boxed{cat}", solution="cat")
    assert told.endswith("\\boxed{»cat«}")
    assert len(told) < 2000
    assert " [..] " in told


def test_a_gate_that_is_shut_and_a_route_say_what_they_saw() -> None:
    box = {"use": "format/boxed", "when": {"column": "task", "in": ["box"]}}
    told = explained({"form": FORM, "answer": {**ANSWER, "gate": "form"}, "box": box}, "cat", solution="cat", task="x")
    assert "  gate     [1, 1] opens it, and 'form' is 0\n" in told
    assert "  score    0: gate_shut: form\n" in told
    assert "box (format/boxed)\n  route    task in ['box'], and the row has 'x'\n\n" in told


def test_what_counts_otherwise_than_it_scored_names_the_policies() -> None:
    told = explained({"answer": {**ANSWER, "clip": [0.0, 0.4]}}, "cat", solution="cat")
    assert "  score    1\n  counts   0.4, with weight 1\n  by       clip (0.0, 0.4), normalize False" in told
    silent = explained({"answer": ANSWER}, "<think>", solution="cat")
    assert "  score    unparseable: no final answer after the reasoning\n  counts   0, with weight 1\n  by " in silent


def test_a_row_without_a_total_says_so() -> None:
    told = explained({"answer": ANSWER}, "cat", solution=None)
    assert told.startswith("no total\n")
    assert "  score    bad_reference: " in told
    assert "  counts   nothing, with weight 1\n" in told


def test_nothing_of_the_data_is_a_command_of_the_terminal() -> None:
    told = explained({"answer": ANSWER}, "\x1b[2J cat \ud83d", solution="\x1b[2J")
    assert all(line.isprintable() for line in told.splitlines())


def test_a_row_of_a_group_is_explained_beside_the_others() -> None:
    rewards = {"answer": ANSWER, "short": {"use": "shaping/group_length", "depends": {"correct": "answer"}}}
    batch = vr.Batch.of(["cat", "a cat"], solution="cat", group_id=0)
    with vr.load_scorer({"version": 1, "rewards": rewards}) as scorer:
        told = [str(scorer.explain(batch, at)) for at in (0, 1)]
    assert "  score    0.5: 3 characters among 3 to 5, right\n" in told[0]
    assert "  score    -0.5: 5 characters among 3 to 5, right\n" in told[1]


class TestPictures:
    ROW: ClassVar = {"completion": "[10, 10, 50, 50]", "solution": [10, 10, 40, 80]}

    def test_sizes_are_told_and_boxes_are_drawn(self) -> None:
        image = pytest.importorskip("PIL.Image")
        context = vr.Context(frame=vr.FrameSpec(28, 28 * 28, 28 * 28 * 4))
        rewards = {"box": {"use": "grounding/box_iou", "columns": {"solution": "solution"}}}
        batch = vr.Batch.from_rows([{**self.ROW, "image": image.new("RGB", (200, 100))}], context=context)
        with vr.load_scorer({"version": 1, "rewards": rewards}, context=context) as scorer:
            explanation = scorer.explain(batch)
        assert "  images   200x100 pixels, seen by the model as 56x28\n" in str(explanation)
        page = explanation._repr_html_()
        assert page.count("<rect") == 4  # each box, and the light rim under it
        assert 'src="data:image/png;base64,' in page

    def test_a_picture_that_is_not_there_is_no_error(self) -> None:
        rewards = {"box": {"use": "grounding/box_iou", "params": {"space": "per_1000"}}}
        with vr.load_scorer({"version": 1, "rewards": rewards}) as scorer:
            explanation = scorer.explain({**self.ROW, "image": "gone.png"})
        assert str(explanation).startswith("no total\n")
        assert "gone.png does not exist" in explanation._repr_html_()


def test_html_of_a_row_holds_its_texts_escaped() -> None:
    with vr.load_scorer({"version": 1, "rewards": {"answer": ANSWER}}) as scorer:
        page = scorer.explain({"completion": "\\boxed{<b>cat}", "solution": "a <i>cat"})._repr_html_()
    assert "<mark>&lt;b&gt;cat</mark>" in page
    assert "<b>" not in page
    assert "<i>" not in page
