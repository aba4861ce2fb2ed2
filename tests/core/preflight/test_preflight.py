"""The parts of the preflight: what is told from boxes, tags, rows and layouts alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from vlm_rewards.preflight import Finding, Severity, check_decoding, check_layout, check_options, examine
from vlm_rewards.preflight.findings import about_rows

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf


def sized(width: int, height: int) -> Any:
    """A picture that is nothing but its size."""
    return SimpleNamespace(size=(width, height))


def scorer(**terms: Any) -> vr.Scorer:
    return vr.load_scorer({"version": 1, "rewards": terms}, context=None)


def texts(findings: Iterable[Finding]) -> list[str]:
    return [f"{finding.severity} {finding.where}: {finding.what}" for finding in findings]


BOX = {"use": "grounding/box_iou"}
FORMAT = {"use": "format/think_answer"}
ANSWER = {"use": "math/answer"}


class TestRows:
    @pytest.mark.parametrize(("rows", "among", "severity"), [(5, 100, "warning"), (6, 100, "error"), (1, 1, "error")])
    def test_few_are_a_warning(self, rows: int, among: int, severity: str) -> None:
        assert about_rows("x", range(rows), among, "bad", "fix").severity == severity

    def test_eight_are_shown_in_order(self) -> None:
        assert about_rows("x", {3, 1}, 4, "bad", "fix").what == "2 of 4 rows (1, 3): bad"
        assert about_rows("x", range(9), 9, "bad", "fix").what == "9 of 9 rows (0, 1, 2, 3, 4, 5, 6, 7, ...): bad"


class TestBoxes:
    @pytest.mark.parametrize(
        ("box", "said"),
        [
            ([10, 10, 50, 40], None),
            ([0, 0, 100, 50], None),
            ([-1, 0, 101, 51], None),  # rounding
            ("[10, 10, 50, 40]", None),  # a list as its JSON text
            ([0, 0, 1, 1.5], None),
            ([50, 10, 20, 30], "likely x, y, width, height"),
            ([10, 30, 40, 20], "likely x, y, width, height"),
            ([10, 10, 10, 40], "likely x, y, width, height"),
            ([0.25, 0.25, 0.5, 1.0], "likely relative"),
            ([0.5, 0.5, 0.25, 0.25], "likely relative"),
            ([10, 10, 103, 40], "outside the picture"),
            ([10, 10, 50, 900], "outside the picture"),
            ([-5, 10, 50, 40], "outside the picture"),
            ([10, 10, 50], "grounding/box_iou cannot use"),
            (None, "grounding/box_iou cannot use"),
        ],
        ids=str,
    )
    def test_what_a_box_tells(self, box: Any, said: str | None) -> None:
        found = texts(examine(scorer(box=BOX), {"solution": [box], "image": [sized(100, 50)]}))
        assert len(found) == (said is not None), found
        assert said is None or said in found[0]

    def test_without_a_picture_only_the_format_is_checked(self) -> None:
        assert texts(examine(scorer(box=BOX), {"solution": [[10, 10, 5000, 40]]})) == []

    def test_only_rows_of_the_route_count(self) -> None:
        columns: dict[str, list[Any]] = {
            "solution": [[9, 9, 1, 1], [1, 1, 9, 9]],
            "task": ["vqa", "box"],
            "image": [sized(10, 10)] * 2,
        }
        found = texts(examine(scorer(box=BOX | {"when": {"column": "task", "in": ["box"]}}), columns))
        assert found == ["error rewards: 1 of 2 rows (0): no term is routed to them, so they get no reward"]

    def test_the_column_of_the_pictures_may_be_named(self) -> None:
        columns: dict[str, list[Any]] = {
            "solution": [[1, 1, 90, 9]],
            "shot": [[sized(10, 10)]],
            "image": [sized(100, 100)],
        }
        mapped = scorer(box=BOX | {"columns": {"images": "shot"}})
        assert "outside the picture" in "".join(texts(examine(mapped, columns)))
        assert texts(examine(scorer(box=BOX), columns)) == []

    def test_four_numbers_of_another_pack_are_no_box(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1))
        def sums(completion: vr.Completion, solution: list[float]) -> float:
            return 0.0

        assert texts(examine(scorer_of(sums), {"solution": [[9, 9, 1, 1]]})) == []

    def test_pictures_lie_beside_the_data(self, tmp_path: Path) -> None:
        pytest.importorskip("PIL.Image").new("RGB", (20, 20)).save(tmp_path / "p.png")
        columns: dict[str, list[Any]] = {"solution": [[1, 1, 9, 9]], "image": ["p.png"]}
        assert texts(examine(scorer(box=BOX), columns, base=tmp_path)) == []
        assert "cannot be read" in "".join(texts(examine(scorer(box=BOX), columns)))


class TestReferences:
    def test_a_reward_of_batches_and_one_of_groups_are_asked(self, scorer_of: ScorerOf) -> None:
        def judge(references: Sequence[str]) -> list[vr.RewardOutput]:
            return [
                vr.RewardOutput.bad_reference("no") if text == "?" else vr.RewardOutput(score=0) for text in references
            ]

        @vr.reward(range=(0, 1))
        def whole(completions: list[vr.Completion], solution: list[str]) -> list[vr.RewardOutput]:
            return judge(solution)

        @vr.reward(range=(0, 1))
        def grouped(group: list[vr.Completion], solution: list[str]) -> list[vr.RewardOutput]:
            return judge(solution)

        found = texts(examine(scorer_of(whole, grouped), {"solution": ["7", "?"]}))
        assert [text.partition(" cannot")[0] for text in found] == [
            "error rewards.whole: 1 of 2 rows (1): lab/whole",
            "error rewards.grouped: 1 of 2 rows (1): lab/grouped",
        ]

    def test_a_term_that_depends_on_another_is_read_but_not_asked(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1))
        def first(completion: vr.Completion) -> float:
            return 0.0

        @vr.reward(range=(0, 1))
        def then(completion: vr.Completion, correct: vr.RewardOutput, solution: int) -> float:
            raise AssertionError("asked")

        terms = {"a": {"use": "lab/first"}, "b": {"use": "lab/then", "depends": {"correct": "a"}}}
        found = texts(examine(scorer_of(first, then, terms=terms), {"solution": [7, "seven"]}))
        assert len(found) == 1
        assert "rewards.b: 1 of 2 rows (1): lab/then cannot use their values, e.g. row 1: column 'solution'" in found[0]

    @pytest.mark.parametrize("columns", [{"solution": []}, {}])
    def test_no_rows_at_all(self, columns: dict[str, list[Any]]) -> None:
        assert texts(examine(scorer(answer=ANSWER), columns)) == ["error data: the dataset has no row"]


class TestDecoding:
    def test_tags_that_a_term_scores_are_an_error(self) -> None:
        terms = scorer(format=FORMAT, box=BOX).terms
        found = texts(check_decoding(terms, drops="<answer>".__eq__, reasoning_prefilled=False))
        assert found == [
            "error rewards.format: the tokenizer drops <answer> as special tokens, so no reward ever sees them"
        ]

    def test_a_term_is_told_of_the_tags_that_it_scores(self) -> None:
        terms = scorer(think={"use": "format/think"}, answer={"use": "format/answer_tag"}, format=FORMAT).terms
        found = texts(check_decoding(terms, drops=["<think>", "◁think▷"].__contains__, reasoning_prefilled=False))
        lost = "as special tokens, so no reward ever sees them"
        assert found == [
            f"error rewards.think, rewards.format: the tokenizer drops <think> {lost}",
            f"warning model: the tokenizer drops ◁think▷ {lost}",
        ]

    def test_boxes_with_their_special_tokens_are_what_syntax_reads(self) -> None:
        terms = scorer(syntax={"use": "grounding/syntax", "params": {"space": "pixels"}}).terms
        assert not texts(check_decoding(terms, drops="<|box_start|>".__eq__, reasoning_prefilled=False))

    def test_boxes_matter_to_grounding_only(self) -> None:
        def found(**terms: Any) -> list[str]:
            return texts(check_decoding(scorer(**terms).terms, drops="<|box_start|>".__eq__, reasoning_prefilled=False))

        assert found(format=FORMAT) == []
        assert found(box=BOX)[0].startswith("warning rewards.box: the tokenizer drops <|box_start|>")

    @pytest.mark.parametrize(
        ("prefilled", "template", "severities"),
        [
            ("auto", True, ["note"]),
            ("auto", False, []),
            (True, True, ["note"]),
            (False, False, []),
            (False, True, ["warning", "note"]),
            (True, False, ["warning"]),
        ],
    )
    def test_what_the_template_opens(self, prefilled: object, template: bool, severities: list[str]) -> None:  # noqa: FBT001
        terms = scorer(format=FORMAT | {"params": {"prefilled": prefilled}}).terms
        findings = check_decoding(terms, drops=lambda _: False, reasoning_prefilled=template)
        assert [finding.severity for finding in findings] == severities


class TestLayoutAndOptions:
    @pytest.mark.parametrize(("rows", "split"), [(8, False), (16, False), (4, True), (12, True)])
    def test_whole_groups(self, rows: int, split: bool) -> None:  # noqa: FBT001
        terms = scorer(answer=ANSWER | {"normalize": "group"}, format=FORMAT).terms
        found = list(check_layout(terms, num_generations=8, rows_per_rank=rows))
        assert [finding.where for finding in found] == (["rewards.answer"] if split else [])

    def test_without_group_terms_any_layout_will_do(self) -> None:
        assert list(check_layout(scorer(answer=ANSWER).terms, num_generations=8, rows_per_rank=3)) == []

    def test_options_that_need_the_model(self) -> None:
        assert texts(check_options(scorer(box=BOX, answer=ANSWER).terms)) == []
        (finding,) = check_options(scorer(box=BOX | {"params": {"space": "qwen2_5_vl"}}).terms)
        assert (finding.severity, finding.where) == (Severity.WARNING, "rewards.box.params")

    def test_a_check_that_is_broken(self, scorer_of: ScorerOf) -> None:
        def check(context: vr.Context) -> None:
            raise KeyError("oops")

        @vr.reward(range=(0, 1), check=check)
        def odd(completion: vr.Completion) -> float:
            return 0.0

        (text,) = texts(check_options(scorer_of(odd, context=None).terms))
        assert text == "error rewards.odd.use: the `check` of 'lab/odd' (lab-rewards 1.2.3) raised KeyError: 'oops'"
