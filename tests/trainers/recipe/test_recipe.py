"""Recipes: validated against TRL's own config classes, every mistake in its place."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vlm_rewards.cli import main
from vlm_rewards.config.document import Problem
from vlm_rewards.errors import ConfigError
from vlm_rewards_trl.methods.registry import METHODS
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.training.train import check

EXAMPLES = Path(__file__).parents[3] / "examples"

pytestmark = pytest.mark.filterwarnings("default")


def written(tmp_path: Path, training: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(f"model: m\ndataset: {{path: d}}\noutput_dir: {tmp_path}/out\ntraining:\n  {training}\n")
    return path


@pytest.mark.parametrize(
    ("method", "recipe"),
    [
        ("sft", "digits/sft.yaml"),
        ("grpo", "digits/grpo.yaml"),
        ("gspo", "digits/gspo.yaml"),
        ("rloo", "digits/rloo.yaml"),
        ("dpo", "digits/dpo.yaml"),
        ("mpo", "digits/mpo.yaml"),
        ("grpo", "geometry3k/grpo.yaml"),
    ],
)
def test_every_example_is_in_order_up_to_the_download(method: str, recipe: str) -> None:
    METHODS[method].check(Recipe.read(EXAMPLES / recipe))


def test_a_method_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"no method 'grop', only sft, .*Did you mean 'grpo'"):
        check("grop", EXAMPLES / "digits/grpo.yaml")


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ("lerning_rate: 1.0", r"recipe.yaml:5:3: training.lerning_rate: .*no argument.*Did you mean 'learning_rate'"),
        ("learning_rate: fast", r"recipe.yaml:5:18: .*valid number.*not 'fast'"),
        ("remove_unused_columns: true", r"rewards read the columns"),
        ("output_dir: here", r"write `output_dir` at the top"),
        ("num_generations: 1", r"GRPOConfig refuses these arguments"),
        ("num_generations: 0", r"recipe.yaml:5:20: training.num_generations: .* greater than 0, not 0"),
        ("gradient_accumulation_steps: 0", r"recipe.yaml:5:32: .* greater than 0, not 0"),
        ("steps_per_generation: -1", r"recipe.yaml:5:25: .* greater than 0, not -1"),
        ("num_iterations: 0", r"recipe.yaml:5:19: .* greater than 0, not 0"),
        ("per_device_train_batch_size: 0", r"recipe.yaml:5:32: .* greater than 0, not 0"),
        ("max_completion_length: 0", r"recipe.yaml:5:26: .* greater than 0, not 0"),
        ("temperature: 0", r"recipe.yaml:5:16: .* greater than 0, not 0"),
        ("learning_rate: -1.0", r"recipe.yaml:5:18: .* greater than or equal to 0, not -1.0"),
        ("learning_rate: .nan", r"recipe.yaml:5:18: .* finite number, not nan"),
        ("seed: -1", r"recipe.yaml:5:9: .* greater than or equal to 0, not -1"),
        ("scale_rewards: grp", r"recipe.yaml:5:18: .* 'group', 'batch' or 'none', not 'grp'"),
        ("importance_sampling_level: seq", r"recipe.yaml:5:30: .* 'token' or 'sequence', not 'seq'"),
        ("multi_objective_aggregation: sum", r"recipe.yaml:5:32: .* 'normalize_then_sum', not 'sum'"),
        ("loss_type: dap", r"recipe.yaml:5:14: .*Input should be 'grpo', .* or 'vespo', not 'dap'"),
        ("top_p: 2", r"recipe.yaml:5:10: .* less than or equal to 1, not 2"),
        ("top_p: 0", r"recipe.yaml:5:10: .* greater than 0, not 0"),
        ("epsilon: -1", r"recipe.yaml:5:12: .* greater than or equal to 0, not -1"),
        ("epsilon_high: -0.1", r"recipe.yaml:5:17: .* greater than or equal to 0, not -0.1"),
        ("beta: .inf", r"recipe.yaml:5:9: .* finite number, not inf"),
        ("top_entropy_quantile: 2", r"recipe.yaml:5:25: .* less than or equal to 1, not 2"),
        ("adam_beta2: 1", r"recipe.yaml:5:15: .* less than 1, not 1"),
        ("repetition_penalty: 0", r"recipe.yaml:5:23: .* greater than 0, not 0"),
        ("num_iterations: null", r"recipe.yaml:5:19: .* valid integer, not None"),
        ("save_steps: -3", r"recipe.yaml:5:15: .* greater than or equal to 0, not -3"),
    ],
)
def test_a_wrong_argument_is_named_with_its_place(tmp_path: Path, training: str, expected: str) -> None:
    from trl import GRPOConfig

    with pytest.raises(ConfigError, match=expected):
        Recipe.read(written(tmp_path, training)).arguments(GRPOConfig, {})


@pytest.mark.parametrize(
    ("name", "training", "expected"),
    [
        ("DPOConfig", "loss_type: [sigmoid, sigmod]", r"recipe.yaml:5:14: .*Input should be 'sigmoid', .*'sigmod'"),
        ("DPOConfig", "loss_type: sigmoid", r"recipe.yaml:5:14: .*valid list, not 'sigmoid'"),
        ("DPOConfig", "label_smoothing: 2", r"recipe.yaml:5:20: .* less than or equal to 1, not 2"),
        ("SFTConfig", "loss_type: grpo", r"recipe.yaml:5:14: .*Input should be 'nll', .*, not 'grpo'"),
        ("SFTConfig", "max_length: 0", r"recipe.yaml:5:15: .* greater than 0, not 0"),
    ],
)
def test_methods_that_learn_from_answers_have_values_of_their_own(
    tmp_path: Path, name: str, training: str, expected: str
) -> None:
    import trl

    with pytest.raises(ConfigError, match=expected):
        Recipe.read(written(tmp_path, training)).arguments(getattr(trl, name), {})


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ("lr_scheduler_kwargs: {lr_min: 1.0}", r"recipe.yaml:5:24: .*refuses these arguments: TypeError: .*'lr_min'"),
        ("lr_scheduler_kwargs: {num_cycles: many}\n  lr_scheduler_type: cosine", r"recipe.yaml:5:24: .*float: 'many'"),
        ("optim: adamw_anyprecision", r"recipe.yaml:5:10: training.optim: .* ValueError: Please install https://"),
        ("optim: galore_adamw", r"recipe.yaml:5:10: training.optim: .*: You need to "),
        ("lr_scheduler_type: cosine_with_min_lr", r"training.lr_scheduler_kwargs: .*One of min_lr or min_lr_rate"),
    ],
)
def test_options_of_the_schedule_and_optimisers_are_tried(tmp_path: Path, training: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        METHODS["sft"].check(Recipe.read(written(tmp_path, training)))


def test_an_optimiser_that_takes_the_model_is_left_to_the_trainer(tmp_path: Path) -> None:
    assert METHODS["sft"].check(Recipe.read(written(tmp_path, "optim: lomo"))).optim == "lomo"


@pytest.mark.parametrize("given", [{"num_cycles": 2}, {"min_lr": 1e-6}, {"num_decay_steps": 5}])
def test_options_of_a_schedule_that_has_them_are_in_order(tmp_path: Path, given: dict[str, Any]) -> None:
    kinds = {"num_cycles": "cosine_with_restarts", "min_lr": "cosine_with_min_lr"}
    kind = kinds.get(next(iter(given)), "warmup_stable_decay")
    path = written(tmp_path, f"lr_scheduler_type: {kind}\n  lr_scheduler_kwargs: {json.dumps(given)}")
    assert METHODS["sft"].check(Recipe.read(path)).lr_scheduler_kwargs == given


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("path: d", "path: ''", r"recipe.yaml:2:17: dataset.path: .* at least 1 character, not ''"),
        ("path: d", "path: d, data_files: []", r"recipe.yaml:2:32: dataset.data_files: .* at least 1 .*, not \[\]"),
        ("path: d", "path: d, data_files: ''", r"recipe.yaml:2:32: dataset.data_files: .* at least 1 .*, not ''"),
        ("model: m", "model: ''", r"recipe.yaml:1:8: model: .* at least 1 character, not ''"),
    ],
)
def test_what_names_nothing_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    path = written(tmp_path, "max_steps: 1")
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=expected):
        Recipe.read(path)
    with pytest.raises(ConfigError, match=r"with --set: output_dir: .* at least 1 character, not ''"):
        Recipe.read(written(tmp_path, "max_steps: 1"), output_dir="")


def test_an_error_about_a_value_of_the_command_line_names_set_and_no_line(tmp_path: Path) -> None:
    path = written(tmp_path, "max_steps: 1")
    given: dict[str, Any] = {"output_dir": "x", "dataset.limit": 3, "lora": {"r": 1}, "training.seed": 1, "beta": 0}
    read = Recipe.read(path, **given)
    for place, shown in {
        ("output_dir",): "--set.output_dir",
        ("dataset", "limit"): "--set.dataset.limit",
        ("lora", "r"): "--set.lora.r",
        ("training", "seed"): "--set.seed",
        ("training", "beta"): "--set.beta",
    }.items():
        assert str(read.error(place, "no.")) == f"{path}: 1 problem\n{path}: {shown}: no."
        with pytest.raises(ConfigError, match=shown):
            read.refuse([Problem(place, "no.")])
    assert "recipe.yaml:5:14: training.max_steps: no." in str(read.error(("training", "max_steps"), "no."))
    assert "recipe.yaml:2:10: dataset: no." in str(read.error(("dataset",), "no."))
    read.refuse([])


def test_the_recipe_for_preferences_is_in_order() -> None:
    read = Recipe.read(EXAMPLES / "digits/prefer.yaml")
    assert read.rewards.exists()
    assert read.config.preferences.k == 8


def test_the_last_checkpoint_is_true(tmp_path: Path) -> None:
    from trl import GRPOConfig

    read = Recipe.read(written(tmp_path, "resume_from_checkpoint: true"))
    assert read.arguments(GRPOConfig, {}).resume_from_checkpoint is True


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    from trl import GRPOConfig

    recipe = Recipe.read(written(tmp_path, "lerning_rate: 1\n  max_step: 3"))
    with pytest.raises(ConfigError) as raised:
        recipe.arguments(GRPOConfig, {})
    assert len(raised.value.problems) == 2


def test_the_recipe_wins_over_the_algorithm_and_the_command_line_over_both(tmp_path: Path) -> None:
    from trl import GRPOConfig

    path = written(tmp_path, "learning_rate: 2.0e-5\n  beta: 0.1")
    arguments = Recipe.read(path, beta=0.2).arguments(GRPOConfig, {"beta": 0.0, "epsilon": 0.3})
    assert (arguments.learning_rate, arguments.beta, arguments.epsilon) == (2.0e-5, 0.2, 0.3)
    assert arguments.output_dir == f"{tmp_path}/out"


def test_the_rewards_file_is_found_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("model: m\ndataset: {path: d}\noutput_dir: o\nrewards: r.yaml\n")
    (tmp_path / "r.yaml").touch()
    assert Recipe.read(tmp_path / "recipe.yaml").rewards == tmp_path / "r.yaml"
    with pytest.raises(ConfigError, match="needs `rewards: FILE`"):
        _ = Recipe.read(written(tmp_path, "max_steps: 1")).rewards


def test_a_rewards_file_that_is_not_there_is_named_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "rewards.yaml").touch()
    path = written(tmp_path, "max_steps: 1")
    path.write_text(f"{path.read_text()}\nrewards: reward.yaml\n")
    with pytest.raises(
        ConfigError, match=r"recipe.yaml:\d+:10: rewards: there is no file .*Did you mean 'rewards.yaml'"
    ):
        _ = Recipe.read(path).rewards


class TestTheVerb:
    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(main, ["train", *arguments])

    def test_dry_run_checks_and_loads_nothing(self) -> None:
        result = self.run("grpo", str(EXAMPLES / "geometry3k/grpo.yaml"), "--dry-run")
        assert result.exit_code == 0, result.output
        assert "in order" in result.output

    def test_dry_run_tells_how_many_rows_and_pictures_it_read(self, tmp_path: Path) -> None:
        image = pytest.importorskip("PIL.Image")
        for place in range(3):
            image.new("RGB", (56, 56)).save(tmp_path / f"{place}.png")
        rows = [{"question": "What?", "images": [f"{place}.png"] * 2, "solution": "7"} for place in range(3)]
        data = tmp_path / "rows.jsonl"
        data.write_text("\n".join(map(json.dumps, rows)))
        (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {it: {use: vqa/exact}}\n")
        recipe = written(tmp_path, "max_steps: 1\nrewards: rewards.yaml")
        recipe.write_text(recipe.read_text().replace("{path: d}", f"{{path: json, data_files: {data}}}"))
        result = self.run("grpo", str(recipe), "--dry-run")
        assert result.exit_code == 0, result.output
        assert "3 rows with 6 images" in result.output

    @pytest.mark.parametrize(
        ("method", "text", "told"),
        [
            ("sft", '{"question": "What?"}', "has no column 'completion'"),
            ("mpo", '{"question": "What?", "chosen": "A."}', "has no column 'rejected'"),
            ("grpo", '{"question": "What?"}', "Dataset column 'solution' is missing"),
            ("grpo", "What?", "the dataset cannot be loaded: "),
        ],
    )
    def test_dry_run_tells_what_the_rows_lack(self, tmp_path: Path, method: str, text: str, told: str) -> None:
        pytest.importorskip("PIL.Image").new("RGB", (56, 56)).save(tmp_path / "0.png")
        data = tmp_path / "rows.jsonl"
        data.write_text(text.replace("}", ', "image": "0.png"}'))
        (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {it: {use: vqa/exact}}\n")
        recipe = written(tmp_path, "max_steps: 1\nrewards: rewards.yaml")
        recipe.write_text(recipe.read_text().replace("{path: d}", f"{{path: json, data_files: {data}}}"))
        result = self.run(method, str(recipe), "--dry-run")
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)  # no traceback
        assert told in result.output

    def test_set_replaces_one_argument(self) -> None:
        result = self.run("grpo", str(EXAMPLES / "digits/grpo.yaml"), "--dry-run", "--set", "learning_rat=1")
        assert result.exit_code == 1
        assert "--set.learning_rat" in result.output
        assert "Did you mean 'learning_rate'" in result.output

    def test_set_replaces_any_value_of_the_recipe(self) -> None:
        path = str(EXAMPLES / "digits/grpo.yaml")
        for text, expected in {
            "dataset.limit=none": "dataset.limit: input should be",
            "dataset.limti=3": "Did you mean 'limit'",
            "model.name=x": "'model' is 'runs/digits/sft' and has no 'name'",
            "rewards.box.weight=2": "'rewards' is 'rewards.yaml' and has no 'box'",
            "dataset=rows.jsonl": "dataset: must be a mapping, like {key: value}, not 'rows.jsonl'",
            "training.max_stesp=3": "Did you mean 'max_steps'",
        }.items():
            result = self.run("grpo", path, "--dry-run", "--set", text)
            assert result.exit_code == 1, text
            assert expected in result.output
        read = Recipe.read(path, **{"dataset.limit": 8, "lora.r": 4, "output_dir": "runs/x", "max_steps": 3})
        assert (read.config.dataset.limit, read.config.lora, read.config.output_dir) == (8, {"r": 4}, "runs/x")
        assert read.config.training["max_steps"] == 3
        assert read.config.training["num_generations"] == 8
        assert read.overridden == {"dataset.limit", "lora.r", "output_dir", "training.max_steps"}

    def test_set_needs_a_value(self) -> None:
        result = self.run("grpo", str(EXAMPLES / "digits/grpo.yaml"), "--set", "x")
        assert result.exit_code == 2
        assert "NAME=VALUE" in result.output

    @pytest.mark.parametrize("value", ["[" * 1000, "9" * 10_000, "{a: [", "&a [*a]"])
    def test_a_value_that_is_no_yaml_within_bounds_is_wrong_input(self, value: str) -> None:
        result = self.run("grpo", str(EXAMPLES / "digits/grpo.yaml"), "--set", f"x={value}")
        assert result.exit_code == 2
        assert "the value cannot be read" in result.output

    def test_locked_refuses_rewards_without_a_lock(self) -> None:
        for verb in (["train", "grpo"], ["evaluate"]):
            result = CliRunner().invoke(main, [*verb, str(EXAMPLES / "digits/grpo.yaml"), "--locked"])
            assert result.exit_code == 1
            assert "rewards.lock.json: there is no lock; write it with `vlm-rewards lock" in result.output

    def test_a_blocked_pack_fails_early_and_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VLM_REWARDS_BLOCK", "math")
        result = self.run("grpo", str(EXAMPLES / "digits/grpo.yaml"))
        assert result.exit_code == 1
        assert "rewards.answer.use" in result.output
        assert "take 'math' out of that variable" in result.output

    @pytest.mark.parametrize("verb", [["train", "grpo"], ["prefer"], ["evaluate"]])
    def test_without_the_extra_it_says_what_to_install(self, verb: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "trl", None)
        result = CliRunner().invoke(main, [*verb, str(EXAMPLES / "digits/grpo.yaml")])
        assert result.exit_code == 1
        assert "pip install 'vlm-rewards[trl]'; trl cannot be found." in result.output
