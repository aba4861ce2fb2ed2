"""Every example is in order up to what needs a GPU or the hub: recipes, rewards, scripts and launch files."""

from __future__ import annotations

import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from vlm_rewards import Batch, Context, FrameSpec, load_scorer
from vlm_rewards.errors import ConfigError
from vlm_rewards_trl import check
from vlm_rewards_trl.methods.registry import METHODS
from vlm_rewards_trl.recipe.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("default")

EXAMPLES = Path(__file__).parents[3] / "examples"
LAUNCH = sorted((EXAMPLES / "scale").glob("[!g]*.yaml"))
# Those that need a guest, under `packs`, `documents` and `zoom`, are tested where it is installed: tests/downstream.
GUESTS = ("documents", "zoom")
REWARDS = sorted(path for path in EXAMPLES.glob("*/rewards.yaml") if path.parent.name not in GUESTS)
# Those of the digits are run, not only read.
RECIPES = sorted(
    path
    for path in EXAMPLES.glob("*/*.yaml")
    if path.name != "rewards.yaml" and path not in LAUNCH and path.parent.name not in ("digits", *GUESTS)
)
SCRIPTS = sorted(path for path in EXAMPLES.glob("*/*.py") if path.parent.name != "zoom")


def named(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def script(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name.replace("/", "_"), EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scorer(path: Path) -> Any:
    try:
        return load_scorer(path, context=Context(frame=FrameSpec(28, 3136, 802816), max_completion_tokens=512))
    except ConfigError as error:
        if "vqa/relaxed_accuracy" in str(error) and "no reward" in str(error):
            pytest.skip("this tree has no vqa/relaxed_accuracy")
        raise


def test_the_examples_are_all_here() -> None:
    assert len(RECIPES) == 14
    assert {path.stem for path in LAUNCH} == {"ddp", "fsdp2", "zero3"}


@pytest.mark.parametrize("path", RECIPES, ids=named)
def test_a_recipe_builds_the_config_of_its_method(path: Path) -> None:
    method = path.stem.partition("_")[0]
    if Recipe.read(path).config.rewards is not None:
        scorer(Recipe.read(path).rewards)
    assert method in METHODS
    METHODS[method].check(Recipe.read(path, use_cpu=True, bf16=False))
    assert "not run" in " ".join(path.read_text().lower().replace("#", "").split())


@pytest.mark.parametrize("path", REWARDS, ids=named)
def test_a_rewards_file_loads(path: Path) -> None:
    assert scorer(path).order


@pytest.mark.parametrize("path", LAUNCH, ids=named)
def test_accelerate_reads_a_launch_file_and_knows_its_options(path: Path) -> None:
    launch, config = (importlib.import_module(f"accelerate.commands.{name}") for name in ("launch", "config"))
    read = config.config_args.load_config_from_file(str(path))
    parser = launch.launch_command_parser()
    options = {text.lstrip("-") for action in parser._actions for text in action.option_strings}
    assert not {*read.fsdp_config, *read.deepspeed_config} - options
    assert read.num_processes == 8
    assert "Not run here" in path.read_text()


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_is_short_and_can_be_imported(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 40
    assert callable(script(named(path).removesuffix(".py")).main)


def test_the_pairs_of_mmpr_are_those_of_one_image_and_no_image_is_in_both_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    home = tmp_path / "downloads" / "MMPR-v1.2"
    (home / "images/a").mkdir(parents=True)
    (home / "annotations").mkdir()
    rows: list[dict[str, Any]] = []
    for number in range(150):
        Image.new("RGB", (8, 8)).save(home / f"images/a/{number}.png")
        asked = {"question": "<image>\nHow many?", "image": f"{number}.png", "chosen": "Two.", "rejected": "Three."}
        rows += [asked, {**asked, "question": "What else?\n<image>"}]
    rows.append({**rows[0], "question": "The same?", "image": ["0.png", "1.png"]})
    lines = "\n".join(json.dumps(row) for row in rows)
    (home / "annotations/a.jsonl").write_text(lines)
    # Paths from the folder of meta.json, or from the one around it.
    for root, place in (("", home), ("MMPR-v1.2/", home)):
        meta = {"a": {"root": f"{root}images/a", "annotation": f"{root}annotations/a.jsonl"}}
        (place / "meta.json").write_text(json.dumps(meta))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["prepare.py", str(home)])
        script("mmpr/prepare").main()
        train, test = (
            [json.loads(line) for line in (tmp_path / f"runs/mmpr/data/{name}.jsonl").read_text().splitlines()]
            for name in ("train", "test")
        )
        assert len(train) + len(test) == 300
        assert 0 < len(test) < 30
        assert not {row["image"] for row in train} & {row["image"] for row in test}
        assert {row["prompt"] for row in train} == {"How many?", "What else?"}
    check("mpo", EXAMPLES / "mmpr/mpo_internvl3.yaml", bf16=False, use_cpu=True)


class TestWhatThePreparedRowsEarn:
    def total(self, folder: str, completion: str, **row: Any) -> float | None:
        from PIL import Image

        row["image"] = Image.new("RGB", (200, 400))
        made = script(f"{folder}/prepare").convert(row)
        assert made["prompt"]
        batch = Batch.from_rows([{**row, **made, "completion": completion or made["completion"]}])
        total: float | None = scorer(EXAMPLES / folder / "rewards.yaml").score(batch).totals[0]
        return total

    def test_the_demonstration_of_a_maths_problem(self) -> None:
        answer = "<think>\n2 and 3\n</think>\n\n<answer>5</answer>"
        for solution in (answer, "<think>2 and 3</think><answer>\\boxed{5}</answer>"):
            assert self.total("multimodal_open_r1", answer, problem="?", solution=solution) == pytest.approx(1.2)
        wrong = answer.replace("5", "6")
        assert self.total("multimodal_open_r1", wrong, problem="?", solution=answer) == pytest.approx(0.2)

    def test_the_box_of_an_expression_in_thousandths(self) -> None:
        answer = '<think>left</think><answer>{"bbox_2d": [100, 100, 600, 600]}</answer>'
        row = {"question": "?", "answer": ["left cup", "cup"], "bbox": [20.0, 40.0, 100.0, 200.0]}
        assert self.total("refcoco", answer, **row) == pytest.approx(1.2)

    def test_the_answer_about_a_chart(self) -> None:
        row = {"query": "How many?", "label": ["14"]}
        assert self.total("chartqa", "", **row) == pytest.approx(1.2)
        assert self.total("chartqa", "<think>?</think><answer>20</answer>", **row) == pytest.approx(0.2)
