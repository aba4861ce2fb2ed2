"""The parts of the preflight: what is told from boxes, tags, rows and layouts alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import vlm_rewards as vr
from vlm_rewards.answers import AnswerMarks
from vlm_rewards.errors import PackLoadError
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

    def test_an_async_reward_is_asked_about_a_few_rows(self, scorer_of: ScorerOf) -> None:
        asked = []

        @vr.reward(range=(0, 1))
        async def judge(completion: vr.Completion, solution: str) -> vr.RewardOutput:
            asked.append(solution)
            return vr.RewardOutput.bad_reference("no") if solution == "1" else vr.RewardOutput(score=0)

        @vr.reward(range=(0, 1))
        async def broken(completion: vr.Completion, solution: str) -> float:
            raise RuntimeError("no service")

        found = list(examine(scorer_of(judge, broken), {"solution": [str(index) for index in range(100)]}))
        assert len(asked) == 8
        assert ["row 1: no" in texts(found)[0], "fails on every completion" in texts(found)[1]] == [True, True]
        assert found[1].severity is Severity.ERROR

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

    @pytest.mark.parametrize(("says", "warned"), [([None, None], True), ([None, 0.0], False), ([0.0, None], False)])
    def test_a_reward_that_abstains_on_every_row(
        self, scorer_of: ScorerOf, says: list[float | None], *, warned: bool
    ) -> None:
        @vr.reward(range=(0, 1))
        def silent(completion: vr.Completion, solution: str) -> float | None:
            return says[bool(completion.text)]

        found = list(examine(scorer_of(silent), {"solution": ["1", "2"]}))
        assert [finding.severity for finding in found] == [Severity.WARNING] * warned
        assert all("abstains on every row" in finding.what for finding in found)

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

    def test_the_marks_of_the_file_are_looked_for(self) -> None:
        terms = scorer(think={"use": "format/think"}, answer={"use": "format/answer_tag"}, format=FORMAT).terms
        marks = AnswerMarks(reasoning=(("<plan>", "</plan>"), ("<x>", "</x>")), answer=(("<final>", "</final>"),))

        def found(*dropped: str) -> list[str]:
            return texts(check_decoding(terms, drops=dropped.__contains__, reasoning_prefilled=False, marks=marks))

        lost = "as special tokens, so no reward ever sees them"
        assert found("<think>", "<answer>") == []
        assert found("<plan>") == [f"error rewards.think, rewards.format: the tokenizer drops <plan> {lost}"]
        assert found("</final>") == [f"error rewards.answer, rewards.format: the tokenizer drops </final> {lost}"]
        assert found("<x>") == [f"warning model: the tokenizer drops <x> {lost}"]

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


class TestDeclared:
    """What `@reward(preflight=..., tags=...)` of anybody's pack declares."""

    def test_four_numbers_of_another_pack_are_no_box(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1))
        def sums(completion: vr.Completion, solution: list[float]) -> float:
            return 0.0

        assert texts(examine(scorer_of(sums), {"solution": [[9, 9, 1, 1]]})) == []

    @staticmethod
    def declared(preflight: Any, **options: Any) -> Any:
        @vr.reward(range=(0, 1), preflight=preflight, **options)
        def years(completion: vr.Completion, solution: Any, images: vr.Images, *, oldest: int = 1800) -> float:
            return 0.0

        return years

    def test_a_reading_is_plain_json_of_the_routed_rows(self, scorer_of: ScorerOf) -> None:
        seen: list[Any] = []

        def look(reading: dict[str, Any]) -> list[dict[str, Any]]:
            seen.append(reading)
            return []

        terms = {"t": {"use": "lab/years", "when": {"column": "task", "in": ["year"]}}}
        columns: dict[str, list[Any]] = {
            "solution": ["1999", (1, 2), object(), float("inf"), "else"],
            "task": ["year"] * 4 + ["other"],
            "images": [[sized(100, 50)], ["gone.png"], [], [], []],
        }
        scorer = scorer_of(self.declared(look), terms=terms)
        list(examine(scorer, columns, context=vr.Context(max_steps=7)))
        (reading,) = seen
        assert json.loads(json.dumps(reading, allow_nan=False)) == reading
        assert reading["params"] == {"oldest": 1800}
        assert (reading["context"]["max_steps"], reading["context"]["frame"]["factor"]) == (7, 28)
        assert [row["row"] for row in reading["rows"]] == [0, 1]  # an object and an infinity cannot travel
        assert reading["rows"][0] == {"row": 0, "columns": {"solution": "1999"}, "images": [{"size": [100, 50]}]}
        assert reading["rows"][1]["columns"] == {"solution": [1, 2]}
        assert "gone.png does not exist" in reading["rows"][1]["images"][0]["error"]

    def test_the_same_fault_of_several_rows_is_one_finding(self, scorer_of: ScorerOf) -> None:
        def old(reading: dict[str, Any]) -> Iterator[dict[str, Any]]:
            for row in reading["rows"]:
                value = row["columns"]["solution"]
                if value < reading["params"]["oldest"]:
                    yield {"row": row["row"], "what": "too old", "fix": "drop it", "example": str(value)}
            yield {"what": "no calendar", "fix": "install one", "severity": "note"}
            yield {"what": "no clock", "fix": "install one"}

        columns: dict[str, list[Any]] = {"solution": [1999, 1700, 1600], "images": [[]] * 3}
        found = texts(examine(scorer_of(self.declared(old)), columns))
        assert found == [
            "error rewards.years: 2 of 3 rows (1, 2): too old, e.g. row 1: 1700",
            "note rewards.years: no calendar",
            "error rewards.years: no clock",
        ]

    def test_a_row_of_a_finding_is_not_reported_again_as_a_bad_reference(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), preflight=lambda _: [{"row": 0, "what": "odd", "fix": "fix"}])
        def picky(completion: vr.Completion, solution: str) -> vr.RewardOutput:
            return vr.RewardOutput.bad_reference("never good")

        found = texts(examine(scorer_of(picky), {"solution": ["7", "8"]}))
        assert found[0] == "error rewards.picky: 1 of 2 rows (0): odd"
        assert "1 of 2 rows (1): lab/picky cannot use" in found[1]
        assert len(found) == 2

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ([{"what": "no fix"}], "fix"),
            ([{"what": "x", "fix": "y", "rows": [1]}], "rows"),
            ([{"what": "x", "fix": "y", "severity": "fatal"}], "severity"),
            ([{"what": "x", "fix": "y", "row": "1"}], "row"),
            (None, "TypeError"),
        ],
    )
    def test_a_broken_preflight_is_a_warning_about_the_pack(self, scorer_of: ScorerOf, given: Any, said: str) -> None:
        columns: dict[str, list[Any]] = {"solution": [1], "images": [[]]}
        (text,) = texts(examine(scorer_of(self.declared(lambda _: given)), columns))
        assert text.startswith("warning rewards.years: the `preflight` of 'lab/years' (lab-rewards 1.2.3) raised")
        assert said in text

    def test_a_class_declares_them_too(self, scorer_of: ScorerOf) -> None:
        @vr.reward(name="scenes", range=(0, 1), preflight=lambda _: [{"what": "odd", "fix": "fix"}], tags=["<scene>"])
        class Scenes:
            """Scenes."""

            def __call__(self, completion: vr.Completion, solution: str) -> float:
                return 0.0

        scenes = scorer_of(Scenes)
        assert texts(examine(scenes, {"solution": ["x"]})) == ["error rewards.scenes: odd"]
        found = texts(check_decoding(scenes.terms, drops="<scene>".__eq__, reasoning_prefilled=False))
        assert found[0].startswith("error rewards.scenes: the tokenizer drops <scene> as special tokens")

    def test_tags_that_are_not_needed_are_a_warning(self, scorer_of: ScorerOf) -> None:
        terms = scorer_of(self.declared(None, tags=("<a>",), optional_tags=("<b>",))).terms
        found = texts(check_decoding(terms, drops=["<a>", "<b>"].__contains__, reasoning_prefilled=False))
        assert [text.partition(" as ")[0] for text in found] == [
            "error rewards.years: the tokenizer drops <a>",
            "warning rewards.years: the tokenizer drops <b>",
        ]

    @pytest.mark.parametrize("tags", ["<think>", [""], [7]])
    def test_tags_are_several_texts(self, tags: Any) -> None:
        with pytest.raises(PackLoadError, match="not a tuple of texts"):
            self.declared(None, tags=tags)
