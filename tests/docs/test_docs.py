"""What the documentation says is so: links lead somewhere, and every example loads."""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.core.public_names import FRONT_DOORS
from tests.release import version
from tests.sources import HOMES, sources
from vlm_rewards import load_scorer
from vlm_rewards.errors import ConfigError

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / f"{name}.md" for name in ("README", "AGENTS", "CONTRIBUTING", "RELEASING", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
FILES = [
    found
    for page in [ROOT / "docs/first-reward.md", *(ROOT / "docs").glob("judge*.md")]
    for found in re.findall(r"`(\w+\.py)`:\n\n```python\n(.*?)```", page.read_text(), re.DOTALL)
]
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (f"{page.name}-{number}", body)
        for page in PAGES
        for number, (kind, body) in enumerate(BLOCK.findall(page.read_text()))
        if kind == language
    ]


def named(found: list[tuple[str, str]]) -> list[object]:
    return [pytest.param(body, id=name) for name, body in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def anchors(page: Path) -> set[str]:
    """What a link may name behind `#`: the headings of a page, as sites and repositories write them."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads]
    return {re.sub(r"[^\w\- ]", "", head).strip().replace(" ", "-") for head in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text())
    missing = [(name, head) for name, head in links if head not in anchors(page.parent / name if name else page)]
    assert missing == []


def test_the_anchor_of_a_heading_is_read(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# What `use` may name?\n```bash\n# not one\n```\n## [math](math.md), 2 of it\n")
    assert anchors(page) == {"what-use-may-name", "math-2-of-it"}


@pytest.mark.parametrize("body", named(blocks("yaml")))
def test_every_rewards_file_and_recipe_loads(body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, module in FILES:
        Path(name).write_text(module)
    content = YAML(typ="safe").load(body)
    if "rewards" in content and "model" not in content:
        assert load_scorer(content).order == tuple(content["rewards"])
    else:
        from vlm_rewards_trl import Recipe

        assert Recipe.read(content).config.model == content["model"]


@pytest.mark.parametrize("body", named(blocks("python")))
def test_every_python_block_compiles(body: str) -> None:
    compile(body, "docs", "exec") if ">>>" not in body else None


def taught() -> Iterator[tuple[str, str]]:
    """The imports of ours that a reader is shown, and where: in pages, notebooks and examples."""
    line = re.compile(r"^(?:>>> |\.\.\. )?\s*((?:from|import) vlm_rewards\S*.*)$", re.MULTILINE)
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        yield from ((page.name, found) for found in line.findall(page.read_text(encoding="utf-8")))
    scripts = [*(ROOT / "docs/notebooks").glob("*.py"), *(ROOT / "examples").rglob("*.py")]
    for script in sorted(script for script in scripts if script.parent.name != "vlm_rewards_digits"):  # is a front door
        yield from ((script.name, found) for found in line.findall(script.read_text(encoding="utf-8")))
    for notebook in sorted((ROOT / "docs/notebooks").glob("*.ipynb")):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            yield from ((notebook.name, found) for found in line.findall("".join(cell["source"])))


def test_only_names_of_front_doors_are_taught() -> None:
    found = list(taught())
    assert len({place for place, _ in found}) > 8
    deep = []
    ours = {door.partition(".")[0] for door in FRONT_DOORS}  # a guest may import what is its own
    for place, text in found:
        (statement,) = ast.parse(text if text.count("(") == text.count(")") else f"{text} _)").body
        homes = (
            [statement.module]
            if isinstance(statement, ast.ImportFrom)
            else [alias.name for alias in statement.names if isinstance(statement, ast.Import)]  # type: ignore[attr-defined]
        )
        deep += [
            f"{place}: {text}" for home in homes if str(home).partition(".")[0] in ours and home not in FRONT_DOORS
        ]
    assert deep == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name != "design"], ids=lambda page: page.name)
def test_no_page_names_a_module_that_is_not_a_front_door(page: Path) -> None:
    """In prose too; what follows a front door's name is one of its public names."""
    known = {"vlm_rewards.commands", "vlm_rewards.box_presets", "vlm_rewards.json", "vlm_rewards.yaml", *FRONT_DOORS}
    known |= {f"{door}.{name}" for door in FRONT_DOORS for name in importlib.import_module(door).__all__}
    assert set(re.findall(r"vlm_rewards(?:_\w+)?\.[\w.]*\w", page.read_text(encoding="utf-8"))) <= known


def test_the_error_that_the_readme_shows_is_the_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rewards.yaml").write_text(
        "version: 1\nrewards:\n  format: {use: format/think_answer, weight: 0.2}\n"
        "  answer: {use: math/answer, gate: formt}\n"
    )
    with pytest.raises(ConfigError) as raised:
        load_scorer("rewards.yaml")
    shown = dict(blocks("text"))
    assert raised.value.problems[0] in next(iter(shown.values()))


def test_the_pack_of_the_documentation_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import distributions

    from vlm_rewards import Batch, Registry

    toml, module = (dict(blocks(kind)) for kind in ("toml", "python"))
    source = next(body for body in module.values() if "def vlm_rewards_register" in body and "brevity" in body)
    entry = next(line for line in next(iter(toml.values())).splitlines() if line.startswith("acme ="))
    (tmp_path / "acme_rewards.py").write_text(source)
    metadata = tmp_path / "acme_rewards-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rewards\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[vlm_rewards]\n{entry.replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "acme_rewards", raising=False)  # other tests have packs of that name
    registry = Registry(found=distributions(path=[str(tmp_path)]))
    scorer = load_scorer({"version": 1, "rewards": {"b": {"use": "acme/brevity"}}}, registry=registry)
    scored = scorer.score(Batch.of(["short", "x" * 100, "<think>no end"], solution="7"))
    assert scored.totals == [1.0, 0.0, 0.0]
    assert scored.output(2, "b").status == "unparseable"  # type: ignore[union-attr]


def test_the_directory_has_every_pack_with_its_page() -> None:
    from vlm_rewards import Registry

    registry = Registry()
    ours = {name for name in registry.namespaces() if any(pack.ours for pack in registry.packs(name))}
    rows = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8").splitlines()
    assert len(ours) > 4
    assert all(any(f"| `{name}` | [{name}]({name}" in row for row in rows) for name in ours)


NEW = re.compile(r"\bNew in ([\d.]*\d)\b")


def early(text: str, version: str) -> list[str]:
    """What a text calls new in a version that is behind the next one, or is not one."""
    known = [int(part) for part in version.split(".")[:2]]
    return [found for found in NEW.findall(text) if found.count(".") != 1 or [*map(int, found.split("."))] > known]


def test_what_is_new_names_a_version_that_there_will_be() -> None:
    assert early("A verb. *New in 0.1.* Another one. New in 0.3. A key. New in 0.2.1.", "0.2.0") == ["0.3", "0.2.1"]
    pages = [page for page in PAGES if page.name not in {"CONTRIBUTING.md", "versions.md"}]  # these explain the rule
    assert {str(file): found for file in [*pages, *sources()] if (found := early(file.read_text(), version()))} == {}


def test_every_link_of_a_change_leads_somewhere_from_the_changelog() -> None:
    changes = [file for file in sorted((ROOT / "changelog").glob("*.md")) if file.name != "README.md"]
    links = [link for file in (*changes, ROOT / "CHANGELOG.md") for link in LINK.findall(file.read_text())]
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
AMERICAN = re.compile(
    r"\b(?:\w*(?:normaliz|optimiz|quantiz|recogniz|summariz|initializ|serializ|organiz)\w*|\w*color\w*|center\w*|gray|labeled|neighbor\w*|behavior\w*|favor\w*)\b"
)
CODE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.name != "reference"], ids=lambda page: page.name
)
def test_prose_is_in_british_english(page: Path) -> None:
    assert AMERICAN.findall(CODE.sub("", page.read_text(encoding="utf-8"))) == []


def told(file: Path) -> str:
    """The docstrings and comments of a module, without their examples."""
    source = file.read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Module | ast.ClassDef | FUNCTION)]
    lines = [line for node in nodes for line in (ast.get_docstring(node) or "").splitlines() if ">>>" not in line]
    lines += [line.strip() for line in source.splitlines() if line.lstrip().startswith("#")]
    return CODE.sub("", "\n".join(lines))


@pytest.mark.parametrize("home", HOMES)
def test_docstrings_and_comments_are_in_british_english(home: str) -> None:
    texts = {str(file): told(file) for file in sources(home)}
    assert sum(map(len, texts.values())) > 10_000
    assert {file: found for file, text in texts.items() if (found := AMERICAN.findall(text))} == {}


def test_a_word_in_american_english_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('"""The `color` of a center."""\n# gray\n')
    assert AMERICAN.findall(told(tmp_path / "module.py")) == ["center", "gray"]
