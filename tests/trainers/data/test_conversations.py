"""Rows of conversations: each kind that TRL fails on, or learns from in silence, is named before a model is loaded."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from vlm_rewards.cli import main
from vlm_rewards.errors import ColumnError
from vlm_rewards_trl import METHODS, check
from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.methods.method import Method
from vlm_rewards_trl.recipe.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("default")

Make = Callable[..., dict[str, Any]]

FOLDER = Path(__file__).parents[2] / "fixtures/rows/conversations"

# What is said of the third row of each file, after its number, and its column: the value or the turn, and the fix.
SAID = {
    "prompt_none": ("prompt", r"None is no text and no list of turns, .* leave the row out"),
    "prompt_without_turns": ("prompt", r"\[\] is no text and no list of turns, or an empty one"),
    "prompt_without_user": ("prompt", r"it has turns of system, and none of a user; add the question"),
    "prompt_role_unknown": ("prompt", r"turn 0 of the role 'human': TRL knows .*; call who asks `user`"),
    "prompt_sharegpt": (
        "prompt",
        r"turn 0 is {'from': 'human', .*}; a turn has a `role` and a `content`: write `from`",
    ),
    "prompt_content_none": ("prompt", r"turn 0 of the role 'user' has the content None; write a text there"),
    "prompt_content_blank": ("prompt", r"turn 0 of the role 'user' has the content ' '; write a text there"),
    "prompt_answered": ("prompt", r"it has turns of user, assistant, and .* cut off what follows the user's last turn"),
    "prompt_ends_with_system": ("prompt", r"it has turns of user, system, and .* cut off what follows"),
    "prompt_turn_text": ("prompt", r"turn 0 is 'What is 3\+4\?'; a turn has a `role`"),
    "prompt_one_turn": ("prompt", r"{'content': 'What is 3\+4\?', 'role': 'user'} is no text and no list of turns"),
    "prompt_mark_too_many": ("prompt", r"places for images: 2 in its prompt, but 1 in column 'images'. Fix or leave"),
    "prompt_mark_later": (
        "prompt",
        r"turn 2 of the role 'user' has the mark <image>, .* write blocks of {type: image}",
    ),
    "prompt_mark_of_system": ("prompt", r"turn 0 of the role 'system' has the mark <image>, .* or take the mark out"),
    "prompt_blocks_without_image": ("prompt", r"places for images: 0 in its prompt, but 1 in column 'images'"),
    "prompt_block_filled": ("prompt", r"turn 0 .* has the block {'image': 'a.png', 'type': 'image'}; TRL takes the im"),
    "prompt_block_video": (
        "prompt",
        r"turn 0 of the role 'user' has the block {'type': 'video'}; TRL reads {type: text",
    ),
    "prompt_block_without_type": (
        "prompt",
        r"turn 0 .* has the block {'text': 'What is 3\+4\?'}; TRL reads {type: text",
    ),
    "prompt_block_text_none": (
        "prompt",
        r"turn 0 .* has the block {'text': None, 'type': 'text'}; TRL reads {type: text",
    ),
    "prompt_text_none": ("prompt", r"None is no text and no list of turns"),
    "prompt_text_empty": ("prompt", r"'' is no text and no list of turns, or an empty one"),
    "prompt_text_mark_too_many": ("prompt", r"places for images: 2 in its prompt, but 1 in column 'images'"),
    "prompt_text_nested": ("prompt", r"turn 0 is \[{.*'role': 'user'.*}\]; a turn has a `role`"),
    "completion_text_list": ("completion", r"turn 0 is '7'; a turn has a `role`"),
    "messages_content_list": ("messages", r"turn 0 of the role 'user' has the block '3\+4\?'; TRL reads"),
    "pair_empty": (
        "chosen",
        r"'' is no conversation with a prompt; name a column of prompts with `rename: {COLUMN: prompt}`",
    ),
    "pair_of_texts": ("chosen", r"'I see 7' is no conversation with a prompt; name a column of prompts"),
    "completion_none": (
        "completion",
        r"None is no text and no list .*; name another column with `rename: {COLUMN: com",
    ),
    "completion_without_turns": ("completion", r"\[\] is no text and no list of turns, or an empty one"),
    "completion_ends_with_user": (
        "completion",
        r"it has turns of assistant, user, and the last is not .*; add the answer",
    ),
    "completion_begins_with_user": (
        "completion",
        r"it has turns of user, assistant, and the prompt is in 'prompt'; cut",
    ),
    "completion_blank": ("completion", r"turn 0 of the role 'assistant' has the content ''; write a text there"),
    "completion_mark": ("completion", r"the answer .*<image>7.* has a place for an image, .*; take it out"),
    "completion_role_unknown": ("completion", r"turn 0 of the role 'gpt': TRL knows .* and who answers `assistant`"),
    "completion_text_none": ("completion", r"None is no text and no list of turns"),
    "completion_text_blank": ("completion", r"' ' is no text and no list of turns, or an empty one"),
    "completion_text_mark": ("completion", r"the answer 'As <image> shows, 7' has a place for an image"),
    "chosen_none": ("chosen", r"None is no text and no list of turns"),
    "chosen_text_none": ("chosen", r"None is no text and no list of turns"),
    "chosen_content_none": ("chosen", r"turn 0 of the role 'assistant' has the content None; write a text there"),
    "rejected_none": ("rejected", r"None is no text and no list of turns"),
    "rejected_without_turns": ("rejected", r"\[\] is no text and no list of turns, or an empty one"),
    "rejected_ends_with_user": ("rejected", r"it has turns of assistant, user, and the last is not the assistant's"),
    "rejected_text_empty": ("rejected", r"'' is no text and no list of turns, or an empty one"),
    "pair_none": ("rejected", r"None is no conversation with a prompt; name a column of prompts"),
    "pair_without_answer": ("chosen", r"it has turns of user, and the last is not the assistant's: nothing is learnt"),
    "pair_without_shared_turn": (
        "rejected",
        r"its first turn is not that of 'chosen'; name a column of prompts with `rename:",
    ),
    "messages_none": (
        "messages",
        r"None is no list of turns, .* name another column with `rename: {COLUMN: messages}`",
    ),
    "messages_without_turns": ("messages", r"\[\] is no list of turns, or an empty one"),
    "messages_without_answer": (
        "messages",
        r"it has turns of user, and the last is not the assistant's: .* add the ans",
    ),
    "messages_without_user": ("messages", r"it has turns of system, assistant, and none of a user; add the question"),
    "messages_content_none": ("messages", r"turn 1 of the role 'assistant' has the content None; write a text there"),
    "messages_sharegpt": ("messages", r"turn 0 is {'from': 'human', .*}; .* write `from` and `value`, as ShareGPT has"),
    "messages_text": ("messages", r"'What is 3\+4\? 7' is no list of turns"),
    "messages_mark_too_many": ("messages", r"places for images: 2 in its messages, but 1 in column 'images'"),
    "messages_mark_of_answer": ("messages", r"turn 1 of the role 'assistant' has the mark <image>"),
    "messages_role_unknown": ("messages", r"turn 0 of the role 'human': TRL knows .*; call who asks `user`"),
    "messages_image_of_answer": (
        "messages",
        r"turn 1 of the role 'assistant' has the block {'type': 'image'}; TRL takes",
    ),
}
LEARNS = {"completion": "sft", "chosen": "dpo", "rejected": "dpo", "pair": "mpo", "messages": "sft"}


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """A function that returns the `dataset` of a recipe for one of the files."""
    Image.new("RGB", (28, 28)).save(tmp_path / "a.png")

    def make(name: str, **options: Any) -> dict[str, Any]:
        return {"path": "json", "data_files": str(FOLDER / f"{name}.jsonl"), "image_root": str(tmp_path), **options}

    return make


def test_every_file_has_what_is_said_of_it() -> None:
    assert sorted(SAID) == sorted(path.stem for path in FOLDER.glob("*.jsonl"))


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("name", SAID)
def test_the_row_is_named_before_a_model_is_loaded(
    recipe: Make, dataset: Make, name: str, monkeypatch: pytest.MonkeyPatch, *, streaming: bool
) -> None:
    monkeypatch.setattr(Method, "build", lambda *_, **__: pytest.fail("a model was loaded"))
    column, said = SAID[name]
    method = LEARNS.get(name.partition("_")[0], "grpo")
    made = recipe("train" if method == "grpo" else "sft", dataset=dataset(name, streaming=streaming))
    with pytest.raises(ColumnError, match=rf"^Row 2 of the dataset '.*{name}.jsonl', columns? .*'{column}': {said}"):
        METHODS[method](Recipe.read(made))


@pytest.mark.parametrize("name", SAID)
def test_check_names_the_row_that_a_run_would_stop_at(name: str, tmp_path: Path) -> None:
    Image.new("RGB", (28, 28)).save(tmp_path / "a.png")
    data = str(shutil.copy(FOLDER / f"{name}.jsonl", tmp_path))
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {format: {use: format/boxed}}\n")
    found = CliRunner(env={"COLUMNS": "600"}).invoke(main, ["check", str(tmp_path / "rewards.yaml"), "--data", data])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    column, said = SAID[name]
    where = rf"column {column} +1 of \d rows \(2\): a run stops there, e.g. at row 2: "
    assert re.search(where + said, found.output)
    assert found.exit_code == (not name.startswith("completion"))


@pytest.mark.parametrize(
    ("method", "name"),
    [("grpo", "prompt_none"), ("sft", "messages_none"), ("dpo", "pair_none"), ("rloo", "messages_none")],
)
def test_a_dry_run_reads_the_first_rows(recipe: Make, dataset: Make, method: str, name: str) -> None:
    made = recipe("sft" if method in ("sft", "dpo") else "train", dataset=dataset(name))
    with pytest.raises(ColumnError, match="None is no" if method != "rloo" else "no column 'prompt'"):
        check(method, made)


def test_a_dry_run_reads_no_more_than_the_first_rows(recipe: Make, dataset: Make, tmp_path: Path) -> None:
    first, _, bad, *_ = (FOLDER / "prompt_none.jsonl").read_text().splitlines()
    (tmp_path / "late.jsonl").write_text("\n".join([*[first] * 70, bad]))
    (tmp_path / "form.yaml").write_text("version: 1\nrewards: {format: {use: format/boxed}}\n")
    rewards = str(tmp_path / "form.yaml")
    assert check("grpo", recipe(dataset=dataset("", data_files=str(tmp_path / "late.jsonl")), rewards=rewards))[0] == 64
    assert check("grpo", recipe(dataset=dataset("prompt_none", limit=2), rewards=rewards))[0] == 2


@pytest.mark.parametrize("rows", [[{"completion": "7"}, {"completion": "8"}], [{"solution": "7"}], []])
def test_check_asks_rows_to_be_scored_for_no_prompt(rows: list[dict[str, str]], tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {format: {use: format/boxed}}\n")
    command = ["check", str(tmp_path / "rewards.yaml"), "--data", str(tmp_path / "rows.jsonl")]
    assert "a run stops there" not in CliRunner().invoke(main, command).output


def test_a_later_row_of_a_stream_is_named_when_it_is_read(dataset: Make, tmp_path: Path) -> None:
    first, _, bad, *_ = (FOLDER / "prompt_none.jsonl").read_text().splitlines()
    (tmp_path / "late.jsonl").write_text("\n".join([*[first] * 70, bad]))
    config = dataset("", data_files=str(tmp_path / "late.jsonl"), streaming=True)
    rows = iter(load(Recipe.read({"model": "m", "dataset": config, "output_dir": "o"})))
    assert len([next(rows) for _ in range(70)]) == 70
    with pytest.raises(ColumnError, match=r"Row 70 of the dataset .*, column 'prompt': None is no text"):
        next(rows)


@pytest.mark.parametrize("method", ["grpo", "gspo", "rloo"])
def test_methods_that_sample_need_prompts(recipe: Make, dataset: Make, method: str) -> None:
    made = recipe(dataset=dataset("good/messages_mark"))
    with pytest.raises(
        ColumnError, match=r"no column 'prompt', .* only .*messages.* with `rename: {COLUMN: prompt}`\."
    ):
        METHODS[method](Recipe.read(made))


def test_the_column_of_conversations_may_have_another_name(recipe: Make, dataset: Make) -> None:
    config = dataset("good/messages_mark", rename={"messages": "conversations"})
    with pytest.raises(ColumnError, match=r"only .*conversations.* with `rename: {COLUMN: messages}`\."):
        METHODS["sft"](Recipe.read(recipe("sft", dataset=config)))


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("grpo", "prompt_mark"),
        ("gspo", "prompt_mark_in_block"),
        ("rloo", "prompt_blocks_then_text"),
        ("grpo", "prompt_text_of_a_mark"),
        ("sft", "messages_mark"),
        ("sft", "messages_images_of_turns"),
        ("sft", "messages_numbers"),
        ("sft", "completion_mark_of_prompt"),
        ("dpo", "pair_mark"),
    ],
)
def test_rows_of_every_other_form_train(recipe: Make, dataset: Make, tmp_path: Path, method: str, name: str) -> None:
    made = recipe("train" if "prompt" in name and method != "sft" else "sft", dataset=dataset(f"good/{name}"))
    made["training"] |= {"max_steps": 1}
    (tmp_path / "rewards.yaml").write_text("version: 1\nrewards: {answer: {use: math/answer}}\n")
    trainer = METHODS[method](Recipe.read(made))
    trainer.train()
    assert trainer.state.global_step == 1


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("name", "first", "other"),
    [
        ("prompt_mark", ["Think.", "What is 3+4? Box it."], ["<think>", "What is ? Box it."]),
        ("prompt_text_of_a_mark", ["Think.", " Box it."], ["Think.", "7 Box it."]),
    ],
)
def test_the_system_turn_and_the_suffix_of_the_recipe_surround_every_prompt(
    dataset: Make, name: str, first: list[str], other: list[str], *, streaming: bool
) -> None:
    config = dataset(f"good/{name}", system="Think.", suffix=" Box it.", streaming=streaming)
    rows = islice(load(Recipe.read({"model": "m", "dataset": config, "output_dir": "o"})), 2)
    assert [[turn["content"] for turn in row["prompt"]] for row in rows] == [first, other]


def test_beside_blocks_the_system_turn_and_the_suffix_are_blocks(dataset: Make) -> None:
    config = dataset("good/prompt_mark_in_block", system="Think.", suffix=" Box it.")
    row = load(Recipe.read({"model": "m", "dataset": config, "output_dir": "o"}))[0]
    system, user = ([block.get("text") for block in turn["content"]] for turn in row["prompt"])
    assert (system, user) == (["Think."], [None, "What is 3+4?", " Box it."])


class TestMarks:
    """A literal `<image>` is the place of an image: taken out of a text, as TRL has a place of its own."""

    def contents(self, rows: Any, column: str) -> list[list[Any]]:
        return [[turn["content"] for turn in row[column]] for row in islice(rows, 2)]

    @pytest.fixture
    def loaded(self, dataset: Make) -> Callable[..., Any]:
        def make(name: str, **options: Any) -> Any:
            return load(Recipe.read({"model": "m", "dataset": dataset(f"good/{name}", **options), "output_dir": "o"}))

        return make

    def test_of_a_text_turn(self, loaded: Any) -> None:
        assert self.contents(loaded("prompt_mark"), "prompt") == [["What is 3+4?"], ["<think>", "What is ?"]]

    def test_of_blocks(self, loaded: Any) -> None:
        text = {"type": "text", "text": "What is 3+4?"}
        # Where no block has a place, the mark was it; else the block is.
        assert self.contents(loaded("prompt_mark_in_block"), "prompt") == [[[{"type": "image"}, text]]] * 2

    def test_beside_blocks_a_text_is_a_block_too(self, loaded: Any) -> None:
        first, other = self.contents(loaded("prompt_blocks_then_text"), "prompt")
        assert first[2] == [{"type": "text", "text": "And 4+4?"}]
        assert other == ["What is 3+4?"]

    @pytest.mark.parametrize("streaming", [False, True])
    def test_texts_that_look_like_json_stay_texts_beside_blocks(self, loaded: Any, *, streaming: bool) -> None:
        first, other = self.contents(loaded("messages_numbers", streaming=streaming), "messages")
        assert first == [[{"type": "image"}, {"type": "text", "text": "007"}], "007"]
        assert other == ["[1, 2]", '[{"bbox_2d":[1,2,3,4]}]']
