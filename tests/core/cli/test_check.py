"""`vlm-rewards check`: a sample file with every fault of the list, and a clean one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import Result

from vlm_rewards.cli import main
from vlm_rewards_trl.cli.check import command

if TYPE_CHECKING:
    from tests.core.cli.conftest import Install

Run = Callable[..., Result]
ROOT = Path(__file__).parents[3]
DIGITS = ROOT / "examples" / "digits"

FAULTY = """\
version: 1
rewards:
  format: {use: format/think_answer, params: {prefilled: false}, when: {column: task, not_in: [vqa]}}
  answer: {use: math/answer, when: {column: task, in: [sum]}, normalize: group}
  typo:   {use: math/answer, when: {column: task, in: [summ]}}
  absent: {use: math/answer, columns: {solution: gold}, when: {column: task, in: [sum]}}
  box:    {use: grounding/box_iou, when: {column: task, in: [box]}}
"""

ROWS: list[dict[str, Any]] = [
    {"task": "sum", "solution": "7"},
    {"task": "sum", "solution": ""},
    {"task": "sum", "solution": []},
    {"task": "sum", "solution": None},
    {"task": "vqa", "solution": "a cat"},
    {"task": "box", "solution": [10, 10, 50, 40], "image": "p.png"},
    {"task": "box", "solution": [40, 30, 20, 10], "image": "p.png"},
    {"task": "box", "solution": [0.1, 0.1, 0.5, 0.8], "image": "p.png"},
    {"task": "box", "solution": [500, 200, 900, 600], "image": "p.png"},
    {"task": "box", "solution": [10, 10, 50, 40], "image": "gone.png"},
    {"task": "box", "solution": "somewhere", "image": "p.png"},
    {"task": "box", "solution": [0, 0, 101, 51], "image": "p.png"},
]

CLEAN = """\
version: 1
rewards:
  format: {use: format/think_answer, weight: 0.2}
  answer: {use: math/answer, gate: format, when: {column: task, in: [sum]}, normalize: group}
  box:    {use: grounding/box_iou, gate: format, when: {column: task, in: [box]}}
"""


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the verb, whether or not the installed distribution knows it; nothing is wrapped."""

    def get_command(self: click.Group, ctx: click.Context, cmd_name: str) -> click.Command:
        return command

    monkeypatch.setattr(type(main), "get_command", get_command)
    monkeypatch.setenv("COLUMNS", "600")
    return lambda *arguments: run("check", *arguments)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "rewards.yaml"
    path.write_text(FAULTY)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    pytest.importorskip("PIL.Image").new("RGB", (100, 50)).save(tmp_path / "p.png")
    return write(tmp_path / "rows.jsonl", ROWS)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from vlm_rewards_digits import build_model

    return build_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def faulty_model(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A processor that drops tags, and whose template opens the reasoning."""
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(model)
    added = {"extra_special_tokens": ["<think>", "</think>", "<|box_start|>"]}
    processor.tokenizer.add_special_tokens(added, replace_extra_special_tokens=False)
    processor.chat_template = processor.chat_template.replace("<|assistant|>' -}}", "<|assistant|><think>' -}}")
    path = tmp_path_factory.mktemp("faulty")
    processor.save_pretrained(path)
    return path


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def terms(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "rewards.yaml"
    path.write_text("version: 1\nrewards:\n" + "".join(f"  {line}\n" for line in lines))
    return path


def found(result: Result) -> list[str]:
    """The findings, each with single spaces; an empty line ends one."""
    blocks = "\n".join(map(str.rstrip, result.stdout.splitlines())).split("\n\n")
    return [" ".join(block.split()) for block in blocks if block.startswith(("error", "warn", "note"))]


def only(findings: list[str], *parts: str) -> str:
    matching = [finding for finding in findings if all(part in finding for part in parts)]
    assert len(matching) == 1, (parts, findings)
    return matching[0]


class TestEveryPlantedFaultIsFound:
    @pytest.fixture
    def findings(self, run: Run, config: Path, data: Path, faulty_model: Path) -> list[str]:
        layout = ("--num-generations", "8", "--rows-per-rank", "12")
        result = run(config, "--data", data, "--model", faulty_model, *layout)
        assert result.exit_code == 1, result.output
        return found(result)

    def test_each_once(self, findings: list[str]) -> None:
        only(findings, "error rewards.absent Dataset column 'gold' is missing", "map another one with `columns:")
        only(findings, "error rewards.typo.when the route matches no row", "'sum', 'vqa', 'box'", "mean 'sum'?")
        only(findings, "error rewards 1 of 12 rows (4): no term is routed to them")
        only(findings, "error rewards.answer 3 of 4 rows (1, 2, 3): math/answer cannot use", "row 1: the reference")
        only(findings, "error rewards.box 1 of 7 rows (6): x2 <= x1", "likely x, y, width, height", "[40, 30")
        only(findings, "error rewards.box 1 of 7 rows (7): the box lies within 0 to 1", "likely relative")
        only(findings, "error rewards.box 1 of 7 rows (8): the box reaches outside the image", "0-1000")
        only(findings, "error rewards.box 1 of 7 rows (9): the image cannot be read", "gone.png does not exist")
        only(findings, "error rewards.box 1 of 7 rows (10): grounding/box_iou cannot use", "'somewhere'")
        only(findings, "error rewards.answer `normalize: group` needs whole groups, and 12 rows per rank", "of 8")
        only(findings, "error rewards.format the tokenizer drops <think>, </think> as special tokens")
        only(findings, "warning rewards.box the tokenizer drops <|box_start|> as special tokens")
        only(findings, "warning rewards.format.params the chat template opens `<think>`", "`prefilled: false`")
        only(findings, "note model the chat template opens `<think>`", "`prefilled: auto`, the default, handles it")
        only(findings, "warning column image 1 of 12 rows (9): a run stops there", "gone.png does not", "`image_root`")
        assert len(findings) == 15

    def test_errors_come_first(self, findings: list[str]) -> None:
        severities = [finding.split()[0] for finding in findings]
        assert severities == ["error"] * 11 + ["warning"] * 3 + ["note"]

    def test_a_circle_is_shown_in_its_place(self, run: Run, tmp_path: Path) -> None:
        path = terms(tmp_path, "a: {use: format/boxed, gate: b}", "b: {use: format/boxed, gate: a}")
        result = run(path)
        assert result.exit_code == 1
        assert "rewards.yaml:3:" in result.output
        assert "the gates go in a circle" in result.output

    @pytest.mark.parametrize(("name", "what"), [("row", "the whole row"), ("context", "the facts of the run")])
    def test_a_reserved_name_of_a_column(
        self, run: Run, install: Install, tmp_path: Path, name: str, what: str
    ) -> None:
        install(READS_ALL)
        rows = write(tmp_path / "rows.jsonl", [{name: "x", "solution": ""}])
        result = run(terms(tmp_path, "t: {use: acme/reads_all, isolation: process}"), "--data", rows)
        assert result.exit_code == 1
        (finding,) = found(result)
        assert f"Dataset column '{name}' has a reserved name" in finding
        assert what in finding
        assert finding.endswith("rename the column")

    @pytest.mark.parametrize("name", ["prompts", "completions"])
    def test_a_column_named_like_an_argument_of_trl(self, run: Run, tmp_path: Path, name: str) -> None:
        rows = write(tmp_path / "rows.jsonl", [{name: "x", "solution": "7"}])
        result = run(terms(tmp_path, "t: {use: math/answer}"), "--data", rows)
        assert result.exit_code == 1
        only(found(result), f"error data Dataset column '{name}' has the name of an argument that TRL gives")

    def test_a_column_of_a_route_is_missing(self, run: Run, config: Path, tmp_path: Path) -> None:
        result = run(config, "--data", write(tmp_path / "rows.jsonl", [{"solution": "7"}]))
        only(found(result), "error rewards.typo Dataset column 'task' is missing: the route of the term 'typo'")

    def test_a_space_that_needs_images(self, run: Run, tmp_path: Path) -> None:
        path = terms(tmp_path, "box: {use: grounding/box_iou, params: {space: per_1000}}")
        result = run(path, "--data", write(tmp_path / "rows.jsonl", [{"solution": [1, 2, 30, 40]}]))
        only(found(result), "error rewards.box 1 of 1 rows (0): no image, and the space 'per_1000' needs its size")

    def test_a_group_reward(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(GROUP)
        path = terms(tmp_path, "t: {use: acme/spread}")
        result = run(path, "--num-generations", "4", "--rows-per-rank", "6")
        only(found(result), "error rewards.t acme/spread, a group reward, needs whole groups")
        assert run(path, "--num-generations", "4", "--rows-per-rank", "8").exit_code == 0

    def test_a_group_reward_on_a_file_that_does_not_say_what_belongs_together(
        self, run: Run, install: Install, tmp_path: Path
    ) -> None:
        install(GROUP)
        path = terms(tmp_path, "t: {use: acme/spread}")
        rows = write(tmp_path / "rows.jsonl", [{"solution": "7"}])
        result = run(path, "--data", rows)
        only(found(result), "note rewards.t it compares the answers to one prompt", "add a column 'group_id'")
        assert result.exit_code == 0
        assert not found(run(path, "--data", rows, "--num-generations", "4"))
        assert not found(run(path, "--data", write(rows, [{"group_id": 1}])))

    def test_commands_of_a_terminal_in_data_are_shown_and_not_sent(self, run: Run, tmp_path: Path) -> None:
        rows = write(tmp_path / "rows.jsonl", [{"image": "\x1b[31mred\x9b2J.png", "solution": [1, 2, 30, 40]}])
        result = run(terms(tmp_path, "box: {use: grounding/box_iou, params: {space: per_1000}}"), "--data", rows)
        assert "\\x1b[31mred\\x9b2J.png" in "".join(result.output.split())
        config = tmp_path / "bad.yaml"
        config.write_text('version: 1\nrewards: {"\\e[31mt": {use: "math/\\e[32mnone"}}\n"\\e[33m": 1\n')
        broken = run(config)
        assert broken.exit_code == 1
        for output in (result.output, broken.output):
            assert "\\x1b[3" in output
            assert not {"\x1b", "\x9b"} & set(output)

    def test_a_reward_that_fails_on_every_row(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(HOPELESS)
        rows = write(tmp_path / "rows.jsonl", [{"solution": "7"}, {"solution": "8"}])
        result = run(terms(tmp_path, "t: {use: acme/hopeless}"), "--data", rows)
        only(found(result), "error rewards.t 2 of 2 rows (0, 1): the reward fails on every completion", "ZeroDivision")
        assert result.exit_code == 1

    def test_an_option_that_is_read_as_a_column(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(HOPELESS)
        rows = write(tmp_path / "rows.jsonl", [{"solution": "7"}])
        path = terms(tmp_path, "t: {use: acme/short}")
        only(
            found(run(path, "--data", rows)), "warning rewards.t `limit` reads a dataset column", "is always 10", "`*`"
        )
        assert not found(run(path, "--data", write(rows, [{"limit": 3}])))


class TestNothingWrongIsOk:
    def test_a_clean_file(self, run: Run, model: Path, data: Path, tmp_path: Path) -> None:
        config = tmp_path / "rewards.yaml"
        config.write_text(CLEAN)
        write(data, [ROWS[0], ROWS[5], ROWS[11]])
        layout = ("--num-generations", "8", "--rows-per-rank", "16")
        result = run(config, "--data", data, "--model", model, *layout)
        assert result.exit_code == 0, result.output
        assert result.output == f"OK: {config}, {data}, {model}\n"

    def test_the_config_alone(self, run: Run) -> None:
        result = run(DIGITS / "rewards.yaml")
        assert (result.exit_code, result.output) == (0, f"OK: {DIGITS / 'rewards.yaml'}\n")

    def test_the_digits_and_their_model(self, run: Run, model: Path, tmp_path: Path) -> None:
        from vlm_rewards_digits import write_data

        files = write_data(tmp_path / "data", n_sft=8, n_train=24, n_test=8)
        result = run(DIGITS / "rewards.yaml", "--data", files["train"], "--model", model)
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("OK: ")

    def test_a_template_that_opens_the_reasoning_is_only_worth_a_note(
        self, run: Run, model: Path, tmp_path: Path
    ) -> None:
        from transformers import AutoProcessor

        processor = AutoProcessor.from_pretrained(model)
        processor.chat_template = processor.chat_template.replace("<|assistant|>' -}}", "<|assistant|><think>' -}}")
        processor.save_pretrained(tmp_path / "thinks")
        result = run(DIGITS / "rewards.yaml", "--model", tmp_path / "thinks")
        assert result.exit_code == 0
        assert [finding.split()[0] for finding in found(result)] == ["note"]
        assert "OK: " in result.output


class TestData:
    def test_few_bad_rows_are_a_warning(self, run: Run, tmp_path: Path) -> None:
        rows = write(tmp_path / "rows.jsonl", [{"solution": "7"}] * 99 + [{"solution": ""}])
        result = run(terms(tmp_path, "t: {use: math/answer}"), "--data", rows)
        assert result.exit_code == 0
        only(found(result), "warning rewards.t 1 of 100 rows (99): math/answer cannot use their values")
        assert result.output.endswith("\n1 warning\n")

    def test_options_under_another_name_are_pointed_at(self, run: Run, tmp_path: Path) -> None:
        rows = write(tmp_path / "rows.jsonl", [{"question": "?", "choices": ["2", "3"], "solution": "3"}] * 3)
        result = run(terms(tmp_path, "t: {use: vqa/choice}"), "--data", rows)
        only(found(result), "3 of 3 rows", "`columns` (its `options` could be choices), or")
        config = terms(tmp_path, "t: {use: vqa/choice, columns: {options: choices}}")
        assert run(config, "--data", rows).exit_code == 0
        broken = write(tmp_path / "rows.jsonl", [{"choices": ["2", "3"], "solution": "4"}])
        only(found(run(config, "--data", broken)), "map another column with `columns`, or leave them out")

    def test_a_column_is_pointed_at_where_it_makes_rows_usable_and_only_then(self, run: Run, tmp_path: Path) -> None:
        row = {"question": "?", "words": ["a", "b"], "unit": None, "kind": "choice", "solution": "3"}
        config = terms(tmp_path, "t: {use: vqa/choice}")
        some = [{**row, "choices": ["2", "3"]}] * 2 + [{**row, "choices": None}] * 3
        only(found(run(config, "--data", write(tmp_path / "rows.jsonl", some))), "(its `options` could be choices)")
        none = write(tmp_path / "rows.jsonl", [{**row, "choices": ["2", "4"]}])
        only(found(run(config, "--data", none)), "map another column with `columns`, or leave them out")
        both = write(tmp_path / "rows.jsonl", [{"candidates": ["2", "3"], "choices": ["3", "4"], "solution": "3"}])
        only(found(run(config, "--data", both)), "(its `options` could be candidates or choices)")

    def test_many_bad_rows_are_counted_and_the_first_named(self, run: Run, tmp_path: Path) -> None:
        rows = write(tmp_path / "rows.jsonl", [{"solution": None}] * 30)
        result = run(terms(tmp_path, "t: {use: math/answer}"), "--data", rows)
        only(found(result), "30 of 30 rows (0, 1, 2, 3, 4, 5, 6, 7, ...)")

    def test_the_first_rows_only(self, run: Run, tmp_path: Path) -> None:
        rows = write(tmp_path / "rows.jsonl", [{"solution": "7"}, {"solution": ""}])
        config = terms(tmp_path, "t: {use: math/answer}")
        assert run(config, "--data", rows, "--limit", "1").exit_code == 0
        assert run(config, "--data", rows).exit_code == 1

    def test_a_gate_does_not_hide_a_bad_reference(self, run: Run, tmp_path: Path) -> None:
        config = terms(tmp_path, "f: {use: format/boxed}", "t: {use: math/answer, gate: f}")
        assert run(config, "--data", write(tmp_path / "rows.jsonl", [{"solution": ""}])).exit_code == 1

    def test_a_reward_that_fails_on_nothing_is_a_warning(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(FRAGILE)
        config = terms(tmp_path, "t: {use: acme/fragile}")
        result = run(config, "--data", write(tmp_path / "rows.jsonl", [{"solution": "7"}]))
        assert result.exit_code == 0
        only(found(result), "warning rewards.t 1 of 1 rows (0): the reward fails on an empty completion", "IndexError")

    def test_a_judge_is_not_asked(self, run: Run, install: Install, tmp_path: Path) -> None:
        install(FRAGILE)
        config = terms(tmp_path, "t: {use: acme/judge}")
        assert run(config, "--data", write(tmp_path / "rows.jsonl", [{"solution": "7"}])).exit_code == 0

    def test_a_folder_of_images_as_a_dataset(self, run: Run, tmp_path: Path) -> None:
        image = pytest.importorskip("PIL.Image")
        folder = tmp_path / "set" / "train"
        folder.mkdir(parents=True)
        image.new("RGB", (100, 50)).save(folder / "a.png")
        write(folder / "metadata.jsonl", [{"file_name": "a.png", "solution": [10.0, 10.0, 500.0, 40.0]}])
        result = run(terms(tmp_path, "box: {use: grounding/box_iou}"), "--dataset", tmp_path / "set")
        assert result.exit_code == 1, result.output
        only(found(result), "error rewards.box 1 of 1 rows (0): the box reaches outside the image")

    @pytest.mark.parametrize("option", ["--dataset", "--model"])
    def test_what_cannot_be_loaded_is_named(self, run: Run, config: Path, tmp_path: Path, option: str) -> None:
        result = run(config, option, tmp_path / "nowhere")
        assert result.exit_code == 1
        assert result.output.startswith("Error: The ")
        assert "nowhere' cannot be loaded" in result.output


class TestModels:
    def test_an_option_that_no_model_could_mend_is_an_error(self, run: Run, tmp_path: Path) -> None:
        result = run(terms(tmp_path, "box: {use: grounding/box_iou, params: {space: pixel}}"))
        assert result.exit_code == 1
        only(found(result), "error rewards.box.params space 'pixel' is unknown. Did you mean 'pixels'?", "correct the")

    def test_a_resized_space_asks_for_the_model(self, run: Run, tmp_path: Path, model: Path) -> None:
        config = terms(tmp_path, "box: {use: grounding/box_iou, params: {space: qwen2_5_vl}}")
        result = run(config)
        assert result.exit_code == 0
        only(found(result), "warning rewards.box.params space 'qwen2_5_vl'", "give --model")
        result = run(config, "--model", model)
        assert result.exit_code == 1
        assert "rewards.yaml:3:" in result.output
        assert "how the processor resizes is not known" in result.output

    def test_dropped_tags_are_a_warning_when_no_term_scores_them(
        self, run: Run, tmp_path: Path, faulty_model: Path
    ) -> None:
        result = run(terms(tmp_path, "t: {use: math/answer}"), "--model", faulty_model)
        assert result.exit_code == 0
        only(found(result), "warning model the tokenizer drops <think>, </think> as special tokens")

    def test_a_term_told_of_a_prefill_that_is_not_there(self, run: Run, tmp_path: Path, model: Path) -> None:
        result = run(terms(tmp_path, "t: {use: format/tag_count, params: {prefilled: true}}"), "--model", model)
        only(found(result), "warning rewards.t.params the chat template does not open `<think>`", "`prefilled: true`")


class TestUse:
    def test_two_sources_of_rows(self, run: Run, config: Path, data: Path) -> None:
        result = run(config, "--data", data, "--dataset", "x")
        assert result.exit_code == 2
        assert "give one" in result.output

    def test_rows_per_rank_need_the_group(self, run: Run, config: Path) -> None:
        assert run(config, "--rows-per-rank", "8").exit_code == 2

    @pytest.mark.parametrize(("option", "module"), [("--dataset", "datasets"), ("--model", "transformers")])
    def test_a_missing_extra_is_named(
        self, run: Run, config: Path, monkeypatch: pytest.MonkeyPatch, option: str, module: str
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, module, None)
        result = run(config, option, "x")
        assert result.exit_code == 1
        assert "pip install 'vlm-rewards[trl]'" in result.output

    def test_the_verb_is_installed(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        value = project["entry-points"]["vlm_rewards.commands"]["check"]
        assert EntryPoint("check", value, "").load() is command


READS_ALL = """
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def reads_all(completion, row, context):
    return 0.0

@vr.hookimpl
def vlm_rewards_register():
    return [reads_all]
"""

GROUP = """
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def spread(group):
    return [0.0] * len(group)

@vr.hookimpl
def vlm_rewards_register():
    return [spread]
"""

FRAGILE = """
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def fragile(completion, solution: str):
    return float(completion.text[0] == solution)

@vr.reward(range=(0, 1), pure=False)
def judge(completion, solution: str):
    raise RuntimeError("a question costs money")

@vr.hookimpl
def vlm_rewards_register():
    return [fragile, judge]
"""

HOPELESS = """
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def hopeless(completion):
    return 1 / 0

@vr.reward(range=(0, 1))
def short(completion, limit: int = 10, hint: str | None = None):
    return float(len(completion.text) < limit)

@vr.hookimpl
def vlm_rewards_register():
    return [hopeless, short]
"""
