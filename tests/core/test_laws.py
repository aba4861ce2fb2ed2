"""What the source may use: libraries, public names, nothing that evaluates text; who may import whom is in the
architecture's test."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

import vlm_rewards as vr
from tests.sources import sources

OURS = distribution("vlm-rewards").entry_points
CORE = sources("vlm_rewards")
PACKS = sources("plugins")
TRAINERS = sources("trainers")

CORE_MAY_IMPORT = {"pluggy", "pydantic", "ruamel", "vlm_rewards"}
CLI_MAY_IMPORT = CORE_MAY_IMPORT | {"click", "rich"}
#: The room that only `vlm-rewards serve` opens, once it has seen that its extra is there.
SERVE_MAY_IMPORT = CORE_MAY_IMPORT | {"fastapi", "starlette", "prometheus_client"}
#: What modules of the core may import inside functions.
INSIDE = {
    "images.py": {"PIL"},
    "pixels.py": {"PIL", "numpy"},
    "tally.py": {"numpy"},
    "tables.py": {"pyarrow", "datasets"},
    "written.py": {"pyarrow"},
    "http.py": {"httpx2"},
    "cluster.py": {"ray"},
    "serve.py": {"uvicorn"},
}
#: What a pack may import, but only inside functions, so that `vlm-rewards list` stays fast.
HEAVY = {"torch", "sympy", "scipy", "numpy", "re2", "PIL", "transformers", "trl", "datasets", "pydantic"}
#: What runs, or matches by backtracking, what a model wrote.
DANGEROUS_BUILTINS = {"eval", "exec", "compile", "__import__"}
DANGEROUS_CALLS = {"sympify", "parse_expr", "literal_eval", "lambdify", "parse_latex"}
DANGEROUS_MODULES = {"re", "pickle", "marshal", "shelve", "sympy", "code", "codeop"}
#: Runs in a worker alone and gets trees of our own parser, never text (docs/design/0006); no other module imports it.
ALGEBRA = "vlm_rewards_math/equality/computer_algebra.py"


def name_of(path: Path) -> str:
    return "/".join(within(path))


def within(path: Path) -> tuple[str, ...]:
    """The path from the package on."""
    start = max(index for index, part in enumerate(path.parts[:-1]) if part.startswith("vlm_rewards"))
    return path.parts[start:]


def module_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run on import, those under `if` and `try` too, but not those for type checkers."""
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            todo += node.orelse
            continue
        yield node
        todo += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]


def imports(nodes: Iterator[ast.stmt] | Iterator[ast.AST]) -> set[str]:
    """Full names of the modules that are imported."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide who imports whom"
            found.add(node.module or "")
    return found


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def foreign(modules: set[str]) -> set[str]:
    return roots(modules) - set(sys.stdlib_module_names)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_house_was_found() -> None:
    assert len(CORE) > 15
    assert len(PACKS) > 5
    assert TRAINERS


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_core_imports_only_what_it_may(path: Path) -> None:
    tree = parse(path)
    rooms = {"cli": CLI_MAY_IMPORT, "serve": SERVE_MAY_IMPORT}
    may = next((rooms[part] for part in within(path) if part in rooms), CORE_MAY_IMPORT)
    fixtures = {"pytest"} if within(path)[-2:] == ("testing", "__init__.py") else set()
    assert foreign(imports(module_level(tree))) <= may | fixtures
    inside = foreign(imports(ast.walk(tree)))
    # Extras inside functions of report and testing, too.
    may = may | INSIDE.get(path.name, set())
    if not {"report", "testing"} & set(within(path)):
        assert inside <= may


@pytest.mark.parametrize("path", PACKS, ids=name_of)
def test_packs_import_nothing_heavy_on_import(path: Path) -> None:
    tree = parse(path)
    assert not roots(imports(module_level(tree))) & (HEAVY - ({"sympy"} if name_of(path) == ALGEBRA else set()))
    assert "vlm_rewards_math.equality.computer_algebra" not in imports(ast.walk(tree))


@pytest.mark.parametrize("path", PACKS, ids=name_of)
def test_packs_use_only_public_names(path: Path) -> None:
    tree = parse(path)
    modules = {name for name in imports(ast.walk(tree)) if name.partition(".")[0] == "vlm_rewards"}
    public = {"vlm_rewards", *(f"vlm_rewards.{name}" for name in ("answers", "errors"))}
    assert {name for name in modules if not name.startswith("vlm_rewards.text.")} <= public
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "vlm_rewards"
    }
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }
    used |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "vlm_rewards"
        for alias in node.names
    }
    assert used <= set(vr.__all__)


@pytest.mark.parametrize("path", [*CORE, *PACKS], ids=name_of)
def test_nothing_evaluates_or_backtracks_over_text(path: Path) -> None:
    tree = parse(path)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & (DANGEROUS_BUILTINS | DANGEROUS_CALLS)
    assert not attributes & DANGEROUS_CALLS
    allowed = {"sympy"} if name_of(path) == ALGEBRA else set()
    assert not roots(imports(ast.walk(tree))) & (DANGEROUS_MODULES - allowed)


@pytest.mark.parametrize("path", [*CORE, *PACKS, *TRAINERS], ids=name_of)
def test_every_public_thing_has_a_docstring(path: Path) -> None:
    tree = parse(path)
    assert ast.get_docstring(tree), "the module"

    def undocumented(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[0] != "_":
                decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
                if not ast.get_docstring(node) and not any("overload" in name for name in decorators):
                    yield prefix + node.name
                if isinstance(node, ast.ClassDef):
                    yield from undocumented(node.body, f"{prefix}{node.name}.")

    assert not list(undocumented(tree.body))


@pytest.mark.parametrize("path", [*CORE, *PACKS, *TRAINERS], ids=name_of)
def test_a_name_with_an_underscore_is_used_in_its_own_module_alone(path: Path) -> None:
    taken = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vlm_rewards")
        for alias in node.names
        if alias.name[0] == "_" and not alias.name.startswith("__")
    ]
    assert not taken
