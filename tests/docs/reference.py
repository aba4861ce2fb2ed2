"""The pages of docs/reference, from the code: `python -m tests.docs.reference` writes them anew.

A page has what a reader looks up and no sentence could say better; what it means is explained elsewhere, and linked.
"""

from __future__ import annotations

import inspect
import json
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import distributions, entry_points
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

import vlm_rewards as vr
from tests.docs.reference_texts import HEADS, METRICS, VARIABLES
from vlm_rewards import Batch, Registry, errors, load_scorer
from vlm_rewards.cli import main
from vlm_rewards.cli.schema import DIALECT
from vlm_rewards.config.schema import RewardsConfig
from vlm_rewards.registry.registry import RegisteredReward
from vlm_rewards.scoring.binding import params_model
from vlm_rewards_trl.recipe.recipe import RecipeConfig

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
SCHEMAS: dict[str, tuple[str, type[BaseModel]]] = {
    "rewards.schema.json": ("the rewards file", RewardsConfig),
    "recipe.schema.json": ("the recipe", RecipeConfig),
}

OURS = ("vlm_rewards", "vlm_rewards_trl", "vlm_rewards_digits")
TOO_HIGH = """\
import vlm_rewards as vr


@vr.reward(range=(0, 1))
def short(completion: vr.Completion) -> float:
    return 2.0
"""
BOUNDS = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}


def table(headings: str, rows: list[tuple[str, ...]]) -> str:
    """A table of Markdown; a bar inside a cell is escaped."""
    heads = headings.split(", ")
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def block(text: str, language: str = "text") -> str:
    """Text in a fence, in lines that the site holds."""
    lines = [textwrap.fill(line, 100, break_long_words=False, break_on_hyphens=False) for line in text.splitlines()]
    return "\n".join([f"```{language}", *lines, "```\n"])


def verbs() -> str:
    """What `--help` says of every verb."""
    parts = [HEADS["verbs"]]
    above = click.Context(main, info_name="vlm-rewards", **main.context_settings)
    found = entry_points(group="vlm_rewards.commands")
    for name in sorted({entry.name for entry in found if entry.module.partition(".")[0] in OURS}):
        command = main.get_command(above, name)
        assert command is not None
        context = click.Context(command, parent=above, info_name=name, terminal_width=88, max_content_width=88)
        parts.append(f"## `{name}`\n\n{block(command.get_help(context))}")
    return "\n".join(parts)


def rewards() -> str:
    """Every reward of this distribution with its range, columns and options."""
    parts = [HEADS["rewards"]]
    for pack in ("math", "vqa", "grounding", "format", "shaping", "judge"):
        page = "judges" if pack == "judge" else pack
        parts.append(f"## [`{pack}`](../{page}.md)\n")
        parts += map(_reward, Registry().load(pack).values())
    return "\n".join(parts)


def _reward(found: RegisteredReward) -> str:
    info = found.info
    low, high = info.range
    columns = [
        f"`{column.name}`{'' if column.required else '?'}{' (the outcome of a term)' if column.wants_output else ''}"
        for column in info.columns
        if column.name != "context"
    ]
    reads = ", ".join(columns) or "no column"
    text = f"### `{found.full_name}`\n\n{info.summary}\n\nFrom {low:g} to {high:g}; reads {reads}.\n"
    schema = params_model(found.spec).model_json_schema()
    return text + (f"\n{_keys(schema, {}, 'option, type, default')}" if info.options else "")


def keys() -> str:
    """The keys of the rewards file and the recipe."""
    parts = [HEADS["keys"]]
    for name, (title, _) in SCHEMAS.items():
        schema = json.loads(schema_of(name))
        parts.append(f"## {title[0].upper()}{title[1:]}\n\n{_keys(schema, schema['$defs'])}")
        for inner, held in schema["$defs"].items():
            if "properties" in held:
                parts.append(f"### `{inner}`\n\n{held['description']}\n\n{_keys(held, schema['$defs'])}")
    return "\n".join(parts)


def _keys(schema: Mapping[str, Any], parts: Mapping[str, Any], headings: str = "key, type, default, meaning") -> str:
    needed = schema.get("required", ())
    rows = []
    for key, held in schema["properties"].items():
        default = "required" if key in needed else f"`{json.dumps(held['default'])}`" if "default" in held else ""
        kind = _kind(held)
        named: Mapping[str, Any] = next((parts[word] for word in kind.split() if word in parts), {})
        meaning = held.get("description", named.get("description", ""))
        cells = (f"`{key}`", f"`{kind}`", default, meaning)
        rows.append(cells[: len(headings.split(", "))])
    return table(headings, rows)


def _kind(held: Mapping[str, Any]) -> str:
    """A type in few words, from its JSON Schema."""
    if "$ref" in held:
        return str(held["$ref"]).rpartition("/")[2]
    if "const" in held:
        return json.dumps(held["const"])
    if "enum" in held:
        return " or ".join(map(json.dumps, held["enum"]))
    bounds = [f"{sign} {held[key]}" for key, sign in BOUNDS.items() if key in held]
    if bounds:
        return f"{held['type']} {', '.join(bounds)}"
    if several := held.get("anyOf", held.get("oneOf")):
        return " or ".join(dict.fromkeys(map(_kind, several)))
    if "prefixItems" in held:
        return f"[{', '.join(map(_kind, held['prefixItems']))}]"
    if held.get("type") == "array":
        return f"list of {_kind(held.get('items', {}))}"
    if held.get("type") == "object":
        inside = held.get("additionalProperties")
        return f"mapping to {_kind(inside)}" if isinstance(inside, dict) and inside else "mapping"
    return str(held.get("type", "any"))


def schema_of(name: str) -> str:
    """The JSON Schema of one of `SCHEMAS`, as text."""
    title, model = SCHEMAS[name]
    schema = {"$schema": DIALECT, **model.model_json_schema(), "title": f"vlm-rewards: {title.removeprefix('the ')}"}
    return json.dumps(schema, indent=2) + "\n"


def outcomes() -> str:
    """Statuses and errors, with a message of each that was really raised."""
    statuses = inspect.cleandoc(vr.Status.__doc__ or "").partition("\n\n")[2]
    parts = [HEADS["statuses"] + "\n" + statuses + "\n", HEADS["errors"]]
    for name, call in raised().items():
        when = (inspect.getdoc(getattr(errors, name)) or "").partition("\n")[0]
        parts.append(f"### `{name}`\n\n{when}\n\n{block(message(call))}")
    return "\n".join(parts)


def message(call: Callable[[], object]) -> str:
    """The message of what a call raises."""
    try:
        call()
    except errors.VLMRewardsError as error:
        return str(error)
    raise AssertionError("nothing was raised")


def raised() -> dict[str, Callable[[], object]]:
    """For each error a call that raises it."""
    answer = {"use": "math/answer"}

    def stop() -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "rewards.py").write_text(TOO_HIGH)
            term = {"use": f"{folder}/rewards.py:short", "isolation": "inline"}
            load_scorer({"version": 1, "rewards": {"short": term}, "on_error": "fail"}).score(Batch.of(["7"]))

    return {
        "ConfigError": lambda: load_scorer(
            {"version": 1, "rewards": {"form": {"use": "format/think_answer"}, "answer": {**answer, "gate": "from"}}}
        ),
        "UnknownRewardError": lambda: Registry().get("math/anwser"),
        "PackLoadError": lambda: _find({"acme_rewards": "import nothing_of_that_name\n"}),
        "PackConflictError": lambda: _find({"one_rewards": "", "two_rewards": ""}),
        "PackVersionError": lambda: _find({"newer_rewards": "api_version = 9\n"}),
        "ColumnError": lambda: load_scorer({"version": 1, "rewards": {"answer": answer}}).score(Batch.of(["7"])),
        "ScoringError": stop,
    }


def _find(modules: Mapping[str, str]) -> None:
    """Look for `acme/brevity` where each module is a distribution that offers the pack `acme`."""
    with tempfile.TemporaryDirectory() as folder:
        for name, body in modules.items():
            home = Path(folder) / f"{name}-1.0.dist-info"
            home.mkdir()
            (Path(folder) / f"{name}.py").write_text(body)
            (home / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            (home / "entry_points.txt").write_text(f"[vlm_rewards]\nacme = {name}\n")
        sys.path.insert(0, folder)
        before = {name: sys.modules.pop(name) for name in modules if name in sys.modules}
        try:
            found = sorted(distributions(path=[folder]), key=lambda one: one.name)
            Registry(found=found).get("acme/brevity")
        except errors.VLMRewardsError as error:
            raise type(error)(str(error).replace(f"{folder}/", "")) from None
        finally:
            sys.path.remove(folder)
            for name in modules:
                sys.modules.pop(name, None)
            sys.modules.update(before)


def settings() -> str:
    """Environment variables, and the metrics that a run logs."""
    return (
        HEADS["variables"]
        + table("variable, what it does", [(f"`{name}`", text) for name, text in VARIABLES.items()])
        + HEADS["metrics"]
        + table("metric, what it is", [(f"`{name}`", text) for name, text in METRICS.items()])
    )


def files() -> Iterator[tuple[str, str]]:
    """Every file of docs/reference with its text."""
    yield from {"verbs.md": verbs(), "rewards.md": rewards(), "keys.md": keys()}.items()
    yield from {"outcomes.md": outcomes(), "settings.md": settings()}.items()
    yield from ((name, schema_of(name)) for name in SCHEMAS)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in files():
        (FOLDER / file).write_text(text, encoding="utf-8")
