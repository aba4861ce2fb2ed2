"""`vlm-rewards new`: a distribution with rewards, tests and all that publishing needs."""

import keyword
import os
from importlib.metadata import entry_points, version
from importlib.resources import files
from pathlib import Path
from shutil import rmtree
from string import Template

import click

from vlm_rewards.registry.packs import is_name
from vlm_rewards.text.messages import show

#: The kinds of rewards, each with the name of the one that is written.
KINDS = {
    "function": "exact",
    "batch": "shared_words",
    "group": "unique",
    "async": "judged",
    "class": "Same",
    "image": "picture_size",
}


@click.command()
@click.argument("namespace")
@click.option("--kinds", default="function", show_default=True, help=f"Rewards to begin with: {','.join(KINDS)}.")
@click.option("--into", default=".", type=click.Path(path_type=Path), help="The folder that gets the distribution.")
def command(namespace: str, kinds: str, into: Path) -> None:
    """Begin a pack of your own: a distribution that installs and passes its tests.

    NAMESPACE is what stands before the slash in the names of its rewards: `acme` in `acme/exact`. The folder is called
    `acme-rewards`.
    """
    _check_namespace(namespace)
    chosen = list(dict.fromkeys(kinds.split(",")))
    if unknown := [kind for kind in chosen if kind not in KINDS]:
        raise click.BadParameter(f"no kind {show(unknown[0])}; there are {', '.join(KINDS)}.", param_hint="--kinds")
    folder = into / f"{namespace.replace('_', '-')}-rewards"
    if folder.exists() or folder.is_symlink():
        raise click.ClickException(f"'{folder}' exists already; move it away, or choose another --into.")
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")  # what is interrupted leaves no half of a pack
    try:
        for name, text in _pack(namespace, chosen).items():
            file = draft / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        draft.rename(folder)
    finally:
        rmtree(draft, ignore_errors=True)
    click.echo(f"Wrote {folder}. Next: cd {folder} && pip install -e '.[dev]' && python -m pytest")


def _check_namespace(namespace: str) -> None:
    """Raise a click error for a name that cannot be a namespace, or is one already."""
    if not namespace or not is_name(namespace) or keyword.iskeyword(namespace):
        fix = "write small letters, digits and underscores, a letter first, and no word of Python's"
        raise click.BadParameter(f"{show(namespace)} cannot be a namespace; {fix}.", param_hint="NAMESPACE")
    for entry in entry_points(group="vlm_rewards", name=namespace):
        owner = entry.dist.name if entry.dist else entry.value
        raise click.BadParameter(f"'{namespace}' is taken by {owner}; choose another.", param_hint="NAMESPACE")


def _pack(namespace: str, kinds: list[str]) -> dict[str, str]:
    """The text of every file of the distribution, by its path."""
    package = f"{namespace}_rewards"
    names = sorted(KINDS[kind] for kind in kinds)
    uses = [f"{namespace}/{name.lower()}" for name in names]
    values = {
        "namespace": namespace,
        "package": package,
        "distribution": f"{namespace.replace('_', '-')}-rewards",
        "version": version("vlm-rewards"),
        "uses": ", ".join(f"`{use}`" for use in uses),
        "config": "version: 1\nrewards:\n" + "".join(f"  {use.partition('/')[2]}: {{use: {use}}}\n" for use in uses),
        "names": ", ".join(names),
        "picture": ', "images": ["picture.ppm"]' if "image" in kinds else "",
        "imports": "".join(f"from {package}.{name.lower()} import {name}\n" for name in sorted(names, key=str.lower)),
    }
    written = {
        "pyproject.toml": "pyproject",
        "README.md": "readme",
        "AGENTS.md": "agents",
        ".github/workflows/test.yml": "workflow",
        "answers.jsonl": "answers",
        f"src/{package}/__init__.py": "init",
    }
    if "image" in kinds:
        written["picture.ppm"] = "picture"
    for kind in kinds:
        name = KINDS[kind].lower()
        written[f"src/{package}/{name}.py"] = f"kinds/{kind}"
        written[f"tests/test_{name}.py"] = f"kinds/test_{kind}"
    templates = files("vlm_rewards.cli") / "new_pack"
    pack = {path: Template((templates / f"{text}.txt").read_text("utf-8")) for path, text in written.items()}
    filled = {path: template.substitute(values) for path, template in pack.items()}
    return filled | {"rewards.yaml": values["config"], f"src/{package}/py.typed": ""}
