"""The rewards file: what may stand in it, and what each mistake is answered with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vlm_rewards.answers import AnswerMarks
from vlm_rewards.config.document import Document
from vlm_rewards.config.schema import RewardsConfig
from vlm_rewards.errors import ConfigError

TERM_KEYS = (
    "use, params, columns, weight, gate, when, depends, clip, normalize, isolation, timeout, concurrency, range, "
    "on_abstain, on_error"
)


def read(term: str = "{use: a/b}", *, top: str = "", version: str = "1", path: Path | None = None) -> RewardsConfig:
    assert path is not None
    path.write_text(f"version: {version}\nrewards:\n  t: {term}\n{top}\n")
    return Document.read(path, what="rewards file").validate(RewardsConfig)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "r.yaml"


FULL = {
    "version": 1,
    "rewards": {
        "format": {"use": "format/think_answer", "weight": 0.2},
        "answer": {
            "use": "math/answer",
            "params": {"a": 1},
            "columns": {"solution": "gold"},
            "gate": {"term": "format", "at_least": 0.5},
            "when": {"column": "task", "in": ["math", None, 3]},
            "clip": [-1, 1],
            "on_abstain": "drop",
            "on_error": "fail",
        },
        "own": {"use": "trl:pkg.mod.fn", "range": [0, 1], "on_abstain": -0.5, "on_error": 0},
    },
    "combine": {"op": "sum", "clip": [-1, 2]},
    "on_error": {"policy": "skip_row"},
    "answers": {"tags": [["<final>", "</final>"]], "languages": ["en"]},
    "packs": {"math": {"distribution": "vlm-rewards"}},
    "allow_imports": True,
    "max_chars": 100,
}


class TestGoodFiles:
    def test_a_dict_and_a_file_load_the_same_models(self, file: Path) -> None:
        import json

        file.write_text(json.dumps(FULL))  # JSON is YAML
        from_file = Document.read(file, what="rewards file").validate(RewardsConfig)
        assert from_file == Document.read(FULL, what="rewards file").validate(RewardsConfig)
        answer = from_file.rewards["answer"]
        assert answer.gate is not None
        assert answer.when is not None
        assert (answer.gate.term, answer.gate.at_least, answer.clip) == ("format", 0.5, (-1.0, 1.0))
        assert (answer.when.column, answer.when.in_, answer.when.not_in) == ("task", ["math", None, 3], None)
        assert list(from_file.rewards) == ["format", "answer", "own"]

    def test_the_defaults(self, file: Path) -> None:
        config = read(path=file)
        term = config.rewards["t"]
        assert (term.on_abstain, term.on_error, term.gate, term.when) == (None, None, None, None)
        assert term.weight.schedule == [(0, 1.0)]
        assert (config.combine.op, config.combine.clip, config.on_error.policy) == ("sum", None, "skip_row")
        assert (config.allow_imports, config.max_chars, config.packs) == (False, 65_536, {})

    @pytest.mark.parametrize(
        ("short", "long"),
        [
            ("{use: a/b, gate: other}", "{use: a/b, gate: {term: other}}"),
            ("{use: a/b, when: {column: task, not_in: [x]}}", "{use: a/b, when: {not_in: [x], column: task}}"),
        ],
    )
    def test_short_forms_of_terms(self, file: Path, short: str, long: str) -> None:
        assert read(short, path=file) == read(long, path=file)

    def test_short_forms_of_the_top(self, file: Path) -> None:
        assert read(top="combine: sum", path=file) == read(top="combine: {op: sum}", path=file)
        assert read(top="on_error: fail", path=file) == read(top="on_error: {policy: fail}", path=file)
        assert read(top="on_error: -1", path=file).on_error.policy == -1.0

    def test_marks_that_are_left_out_keep_their_default(self, file: Path) -> None:
        assert read(path=file).answers.marks == AnswerMarks()
        marks = read(top='answers: {reasoning: [["<plan>", "</plan>"]], languages: [en, zh]}', path=file).answers.marks
        assert marks == AnswerMarks(reasoning=(("<plan>", "</plan>"),), languages=("en", "zh"))

    def test_anchors_and_merge_keys_are_values_like_any_other(self, file: Path) -> None:
        file.write_text(
            "version: 1\nrewards:\n  a: &base {use: p/q, weight: &w 0.5, params: {x: *w}}\n  b:\n    <<: *base\n"
            "    use: p/r\n"
        )
        config = Document.read(file, what="rewards file").validate(RewardsConfig)
        assert config.rewards["b"].use == "p/r"
        assert config.rewards["b"].weight.schedule == [(0, 0.5)]
        assert config.rewards["a"].params == {"x": 0.5}


class TestBadFiles:
    def test_a_mistake_in_a_node_is_one_problem_in_its_own_place(self, tmp_path: Path) -> None:
        path = tmp_path / "rewards.yaml"
        path.write_text(
            "version: 1\nrewards:\n  a: {use: p/q}\n"
            "combine: {op: sum, terms: [{name: n, op: sum, terms: [a], wieght: 2}, 3]}\n"
        )
        with pytest.raises(ConfigError) as caught:
            Document.read(path, what="rewards file").validate(RewardsConfig)
        places = [line for line in str(caught.value).splitlines() if line.startswith(str(path))]
        assert [place.partition(": ")[2].partition(",")[0] for place in places[1:]] == [
            "combine.terms[0].wieght: unknown key 'wieght'; the keys are name",
            "combine.terms[1]: input should be a valid string",
        ]

    @pytest.mark.parametrize(
        ("term", "column", "message"),
        [
            (
                "{use: a/b, wieght: 2}",
                17,
                f"rewards.t.wieght: unknown key 'wieght'; the keys are {TERM_KEYS}. Did you mean 'weight'?",
            ),
            ("{weight: 1}", 6, "rewards.t.use: this key is required."),
            (
                "{use: a/b, weight: heavy}",
                25,
                "rewards.t.weight: must be a finite number or {schedule: [[STEP, WEIGHT], ...]}, not 'heavy'.",
            ),
            (
                "{use: a/b, weight: .inf}",
                25,
                "rewards.t.weight: must be a finite number or {schedule: [[STEP, WEIGHT], ...]}, not inf.",
            ),
            (
                "{use: a/b, weight: .nan}",
                25,
                "rewards.t.weight: must be a finite number or {schedule: [[STEP, WEIGHT], ...]}, not nan.",
            ),
            ("{use: 3}", 12, "rewards.t.use: input should be a valid string, not 3."),
            ("a/b", 6, "rewards.t: must be a mapping, like {key: value}, not 'a/b'."),
            ("{use: a/b, params: [1]}", 25, "rewards.t.params: must be a mapping, like {key: value}, not [1]."),
            ("{use: a/b, columns: {solution: 3}}", 37, "rewards.t.columns.solution: input should be a valid string"),
            ("{use: a/b, gate: 3}", 23, "rewards.t.gate.term: input should be a valid string, not 3."),
            (
                "{use: a/b, gate: {term: x, atleast: 1}}",
                33,
                "rewards.t.gate.atleast: unknown key 'atleast'; the keys are term, at_least, at_most. Did you mean ",
            ),
            ("{use: a/b, gate: {term: x, at_least: high}}", 43, "rewards.t.gate.at_least: input should be a valid num"),
            (
                "{use: a/b, when: {column: task}}",
                23,
                "rewards.t.when: a route needs `in` or `not_in`: {column: task, in: [math]}, not {'column': 'task'}.",
            ),
            ("{use: a/b, when: {column: t, in: [1], not_in: [2]}}", 23, "rewards.t.when: a route needs `in` or `not"),
            ("{use: a/b, when: {column: task, in: math}}", 42, "rewards.t.when.in: input should be a valid list"),
            ("{use: a/b, when: {in: [math]}}", 23, "rewards.t.when.column: this key is required."),
            ("{use: a/b, clip: [1, 0]}", 23, "rewards.t.clip: must be two rising numbers, like [0, 1]"),
            ("{use: a/b, clip: [1, 1]}", 23, "rewards.t.clip: must be two rising numbers, like [0, 1]"),
            ("{use: 'trl:a.b', range: [1, 0]}", 30, "rewards.t.range: must be two rising numbers, like [0, 1]"),
            ("{use: a/b, clip: [0, .inf]}", 27, "rewards.t.clip[1]: input should be a finite number, not inf."),
            ("{use: a/b, clip: 1}", 23, "rewards.t.clip: input should be a valid tuple, not 1."),
            (
                "{use: a/b, on_abstain: zero}",
                29,
                "rewards.t.on_abstain: must be low, skip_row, drop or a finite number, not 'zero'.",
            ),
            ("{use: a/b, on_abstain: .nan}", 29, "rewards.t.on_abstain: must be low, skip_row, drop or a finite"),
            ("{use: a/b, on_abstain: true}", 29, "rewards.t.on_abstain: must be low, skip_row, drop or a finite"),
            (
                "{use: a/b, on_error: low}",
                27,
                "rewards.t.on_error: must be skip_row, fail or a finite number, not 'low'",
            ),
            ("{use: a/b, on_error: -.inf}", 27, "rewards.t.on_error: must be skip_row, fail or a finite number"),
        ],
    )
    def test_a_mistake_in_a_term(self, file: Path, term: str, column: int, message: str) -> None:
        with pytest.raises(ConfigError) as caught:
            read(term, path=file)
        (problem,) = caught.value.problems
        assert problem.startswith(f"{file}:3:{column}: {message}")
        assert problem.endswith(f"  3 |   t: {term}\n    | {' ' * (column - 1)}^")

    @pytest.mark.parametrize(
        ("top", "message"),
        [
            ("on_eror: fail", "on_eror: unknown key 'on_eror'; the keys are version, rewards, combine, answers,"),
            (
                "combine: most",
                "combine.op: input should be 'sum', 'mean', 'product', 'min', 'max' or 'first_applicable'",
            ),
            ("combine: {op: sum, clip: [0]}", "combine.clip"),
            ("on_error: skip", "on_error.policy: must be skip_row, fail or a finite number, not 'skip'."),
            ("answers: {tag: []}", "answers.tag: unknown key 'tag'; the keys are tags, reasoning, languages."),
            ("answers: {tags: []}", "answers.tags: must be a list of pairs, like [['<final>', '</final>']], not []."),
            ("answers: {tags: <final>}", "answers.tags: must be a list of pairs, like [['<final>', '</final>']], not"),
            (
                "answers: {tags: [<final>]}",
                "answers.tags: must be a list of pairs, like [['<final>', '</final>']], not",
            ),
            ("answers: {tags: [[<final>]]}", "answers.tags: must be a list of pairs, like [['<final>', '</final>']]"),
            (
                "answers: {reasoning: [[<plan>, ' ']]}",
                "answers.reasoning: must hold tags like '<final>': two characters",
            ),
            ("answers: {tags: [[<final>, end]]}", "answers.tags: must hold tags like '<final>': two characters or"),
            ("answers: {tags: [['<', </end>]]}", "answers.tags: must hold tags like '<final>': two characters or more"),
            ("answers: {tags: [[<end>, '</end> ']]}", "answers.tags: must hold tags like '<final>': two characters or"),
            ("answers: {tags: [[<final>, 5]]}", "answers.tags: must hold tags like '<final>': two characters or more"),
            ("answers: {tags: [[<ans, </ans>], [<ans>, </a>]]}", "answers: each delimiter must differ from all others"),
            ("answers: {tags: [[<plan>, <PLAN>]]}", "answers: each delimiter must differ from all others, and '<plan"),
            ("answers: {tags: [[<think>, </t>]]}", "answers: each delimiter must differ from all others, and '<th"),
            ("answers: {languages: [en, xx]}", "answers.languages[1]: must be one of en, zh,"),
            ("answers: {languages: en}", "answers.languages: must be a list of codes, like [en, zh], not 'en'."),
            ("packs: {math: vlm-rewards}", "packs.math: must be a mapping"),
            ("max_chars: 0", "max_chars: input should be greater than 0, not 0."),
            ("allow_imports: perhaps", "allow_imports: input should be a valid boolean"),
        ],
    )
    def test_a_mistake_at_the_top(self, file: Path, top: str, message: str) -> None:
        with pytest.raises(ConfigError) as caught:
            read(top=top, path=file)
        (problem,) = caught.value.problems
        assert problem.startswith(f"{file}:4:")
        assert f" {message}" in problem
        assert f"  4 | {top}\n" in problem

    @pytest.mark.parametrize(("said", "code"), [("english", "en"), ("Chinese", "zh"), ("PT", "pt"), ("zh-CN", "zh")])
    def test_the_code_of_a_language_is_suggested(self, file: Path, said: str, code: str) -> None:
        with pytest.raises(ConfigError, match=rf"did you mean '{code}'\?\), not '{said}'\."):
            read(top=f"answers: {{languages: [{said}]}}", path=file)

    @pytest.mark.parametrize("version", ["2", "'1'", "null"])
    def test_another_version_is_refused(self, file: Path, version: str) -> None:
        with pytest.raises(ConfigError, match="version: input should be 1"):
            read(version=version, path=file)

    @pytest.mark.parametrize("name", ["Format", "box-iou", "2nd", "_x"])
    def test_a_bad_name_of_a_term_is_pointed_at(self, file: Path, name: str) -> None:
        file.write_text(f"version: 1\nrewards:\n  {name}: {{use: a/b}}\n")
        with pytest.raises(ConfigError) as caught:
            Document.read(file, what="rewards file").validate(RewardsConfig)
        assert f"{file}:3:3: rewards.{name}: string should match pattern" in str(caught.value)

    def test_a_file_without_terms_is_refused(self, file: Path) -> None:
        file.write_text("version: 1\nrewards: {}\n")
        with pytest.raises(ConfigError, match="rewards: dictionary should have at least 1 item"):
            Document.read(file, what="rewards file").validate(RewardsConfig)

    def test_a_term_named_like_a_key_is_told_the_keys_of_terms(self) -> None:
        config: dict[str, Any] = {"version": 1, "rewards": {"gate": {"use": "a/b", "wieght": 1}}}
        with pytest.raises(ConfigError) as caught:
            Document.read(config, what="rewards file").validate(RewardsConfig)
        assert f"the keys are {TERM_KEYS}. Did you mean 'weight'?" in str(caught.value)
