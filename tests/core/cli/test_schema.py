"""`vlm-rewards schema`: an editor that uses it accepts what the package accepts, and marks what it refuses."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from pydantic import ValidationError
from ruamel.yaml import YAML

from vlm_rewards.cli import main
from vlm_rewards.cli.schema import command
from vlm_rewards.config.schema import RewardsConfig

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)

FILES = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(ROOT.glob("examples/*/rewards.yaml"))}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = {
    f"{page.name}-{number}": body
    for page in PAGES
    for number, body in enumerate(BLOCK.findall(page.read_text()))
    if "rewards:" in body and "model:" not in body  # recipes are another file
}


@pytest.fixture(scope="module")
def schema() -> Any:
    result = CliRunner().invoke(main, ["schema"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def problems(schema: Any, config: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema)
    return [error.message for error in validator.iter_errors(config)]


def rewards(term: Any = None, **top: Any) -> dict[str, Any]:
    return {"version": 1, "rewards": {"answer": {"use": "math/answer"} | (term or {})}, **top}


def test_it_is_a_schema_of_its_dialect(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    assert schema["title"] == "vlm-rewards: rewards file"


def test_examples_and_documentation_were_found() -> None:
    assert len(FILES) >= 2
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in (FILES | BLOCKS).items()])
def test_an_editor_accepts_every_example(schema: Any, text: str) -> None:
    assert problems(schema, YAML(typ="safe", pure=True).load(text)) == []


@pytest.mark.parametrize(
    "config",
    [
        rewards(),
        rewards({"weight": 0.3}),
        rewards({"weight": 2}),
        rewards({"weight": {"schedule": [[0, 0.0], [500, 0.3]], "kind": "cosine"}}),
        rewards({"gate": "format"}),
        rewards({"gate": {"term": "format", "at_least": 0.5}}),
        rewards({"gate": None}),
        rewards({"when": {"column": "task", "in": ["math", 1]}}),
        rewards({"when": {"column": "task", "not_in": ["rec"]}}),
        rewards({"on_abstain": "drop"}),
        rewards({"on_abstain": -1}),
        rewards({"on_error": "fail"}),
        rewards({"on_error": 0.5}),
        rewards({"clip": [0, 1], "normalize": "group", "isolation": "process", "timeout": 3}),
        rewards({"columns": {"solution": "gold"}, "depends": {"correct": "other"}}),
        rewards(combine="mean"),
        rewards(combine={"op": "sum", "clip": [-1, 2]}),
        rewards(combine={"op": "min", "terms": ["answer", {"name": "both", "op": "product", "terms": ["a", "b"]}]}),
        rewards(on_error="skip_row"),
        rewards(on_error=0),
        rewards(on_error={"policy": "fail", "max_rate": 0.1, "window": 5}),
        rewards(workers={"memory_gib": None}, packs={"math": {"distribution": "vlm-rewards"}}, max_chars=10),
    ],
    ids=json.dumps,
)
def test_every_form_that_loads_is_accepted(schema: Any, config: dict[str, Any]) -> None:
    RewardsConfig.model_validate(config)
    assert problems(schema, config) == []


@pytest.mark.parametrize(
    "config",
    [
        {"rewards": {"answer": {"use": "math/answer"}}},
        rewards() | {"version": 2},
        {"version": 1, "rewards": {}},
        {"version": 1, "rewards": {"Answer": {"use": "math/answer"}}},
        {"version": 1, "rewards": {"answer": {}}},
        rewards(combin="sum"),
        rewards(combine="summ"),
        rewards(combine={"opp": "sum"}),
        rewards(on_error="skip"),
        rewards(on_error={"polcy": "fail"}),
        rewards({"wieght": 1}),
        rewards({"weight": "high"}),
        rewards({"weight": True}),
        rewards({"weight": {"schedule": []}}),
        rewards({"gate": {"trem": "format"}}),
        rewards({"gate": 1}),
        rewards({"when": {"column": "task"}}),
        rewards({"when": {"column": "task", "in": [1], "not_in": [2]}}),
        rewards({"on_abstain": "lowest"}),
        rewards({"clip": [0]}),
        rewards({"normalize": "batch"}),
        rewards({"timeout": 0}),
        rewards(packs={"math": "vlm-rewards"}),
    ],
    ids=json.dumps,
)
def test_every_form_that_is_refused_is_marked(schema: Any, config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RewardsConfig.model_validate(config)
    assert problems(schema, config)


def test_a_misspelt_key_is_named(schema: Any) -> None:
    messages = problems(schema, rewards({"wieght": 1}))
    assert len(messages) == 1
    assert "'wieght' was unexpected" in messages[0]


def test_keys_have_a_description_for_the_editor_to_show(schema: Any) -> None:
    keys = schema["$defs"]["TermConfig"]["properties"]
    assert [name for name, key in keys.items() if not key.get("description")] == []


def test_the_verb_is_installed() -> None:
    entries = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["vlm_rewards.commands"]
    assert EntryPoint("schema", entries["schema"], "").load() is command
