"""Who imports whom, drawn from syntax trees: imports inside functions and for type checkers alone count too."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["Graph", "Module", "crowded", "cycles", "named_packs", "unresolved", "upwards"]


@dataclass(frozen=True)
class Module:
    """One source file.

    Args:
        name: Its dotted name; a package has that of its folder.
        path: Where it is.
    """

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @cached_property
    def lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


class Graph:
    """The modules of some packages, and what each imports of the others.

    Args:
        folders: The packages' folders.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        found = [_module(path, folder) for folder in folders for path in sorted(folder.rglob("*.py"))]
        self.modules = {module.name: module for module in found}
        self.edges = {module.name: frozenset(self._imports(module)) for module in found}

    def _imports(self, module: Module) -> Iterator[str]:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in self.modules)
            elif isinstance(node, ast.ImportFrom):
                home = self._home(node, module)
                for alias in node.names:
                    inner = f"{home}.{alias.name}"
                    if inner in self.modules or home in self.modules:
                        yield inner if inner in self.modules else home

    @staticmethod
    def _home(node: ast.ImportFrom, module: Module) -> str:
        """The module that a `from` names, a relative one too."""
        if node.level == 0:
            return node.module or ""
        parts = module.name.split(".")
        base = parts[: len(parts) - node.level + module.is_package]
        return ".".join([*base, *([node.module] if node.module else [])])

    def reached(self, start: str) -> set[str]:
        """Every module of the graph that a room (or one module) imports, directly or by way of others."""
        todo = [name for name in self.modules if _is_in(name, start)]
        found: set[str] = set()
        while todo:
            new = self.edges[todo.pop()] - found
            found |= new
            todo += new
        return {name for name in found if not _is_in(name, start)}


def cycles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The groups of nodes that reach each other, each sorted; a node that points at itself is one too."""

    def reach(start: str) -> set[str]:
        found: set[str] = set()
        todo = [start]
        while todo:
            new = set(graph[todo.pop()]) - found
            found |= new
            todo += new
        return found

    reached = {node: reach(node) for node in graph}
    groups = {
        tuple(sorted(other for other in reached[node] if node in reached[other]))
        for node in graph
        if node in reached[node]
    }
    return sorted(map(list, groups))


def upwards(graph: Graph, order: Sequence[str]) -> list[str]:
    """The imports that run against an order of rooms and modules, from the lowest to the highest.

    A module belongs to the longest name that it lies under. One that no name holds is a fault as well, but for the
    modules of other packages.
    """
    faults = []
    packages = {name.partition(".")[0] for name in order}
    for name, imported in graph.edges.items():
        if name.partition(".")[0] not in packages:
            continue
        floor = _floor(name, order)
        if floor is None:
            faults.append(f"{name} is in no room of the order")
            continue
        for other in sorted(imported):
            higher = _floor(other, order)
            if higher is not None and higher > floor:
                faults.append(f"{name} imports {other}")
    return faults


def unresolved(graph: Graph, *, known: Iterable[str] = ()) -> list[str]:
    """Texts that name a module, or `module:function`, of the packages and lead nowhere: imports by text.

    Args:
        graph: The packages.
        known: Dotted names that are not modules.
    """
    packages = "|".join(sorted({re.escape(name.partition(".")[0]) for name in graph.modules}))
    dotted = re.compile(rf"(?:{packages})(?:\.\w+)*(?::\w+)?")
    faults = []
    for module in graph.modules.values():
        skipped = docstrings(module.tree)
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)) or id(node) in skipped:
                continue
            text = node.value
            if dotted.fullmatch(text) and text not in known and not _resolves(text, graph):
                faults.append(f"{module.name}:{node.lineno}: {text}")
    return faults


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def defined(tree: ast.Module) -> set[str]:
    """The names that a module defines or imports at its top."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            found |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return found


def _resolves(text: str, graph: Graph) -> bool:
    module, colon, attribute = text.partition(":")
    return module in graph.modules and (not colon or attribute in defined(graph.modules[module].tree))


def _module(path: Path, folder: Path) -> Module:
    parts = path.relative_to(folder.parent).with_suffix("").parts
    return Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)


def _is_in(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def _floor(name: str, order: Sequence[str]) -> int | None:
    """The place of a module in an order, in which a package's front door may stand as `package.__init__`."""
    if "." not in name and f"{name}.__init__" in order:
        return order.index(f"{name}.__init__")
    rooms = [room for room in order if _is_in(name, room)]
    return order.index(max(rooms, key=len)) if rooms else None


def named_packs(graph: Graph, package: str, rewards: Iterable[str]) -> list[str]:
    """Where the code of a package knows a pack: a text or an identifier that says which; docstrings may.

    A text does that when it holds `pack/reward` of a pack, its module's name, or is a reward's name of several words
    (`box_iou`; one word like `count` means other things too). An identifier does when it is such a name or holds a
    pack's name that is not a module or builtin of Python's own, as `math` and `format` are.

    Args:
        graph: The packages.
        package: The one that may not know any.
        rewards: Full names of the packs' rewards, `pack/reward`.
    """
    names = list(rewards)
    packs = {name.partition("/")[0] for name in names}
    several = {short for name in names if "_" in (short := name.partition("/")[2])}
    own = {pack for pack in packs if pack not in sys.stdlib_module_names and not hasattr(builtins, pack)}
    alternatives = "|".join(sorted(packs))
    text = re.compile(rf"\b(?:{alternatives})/[a-z]|\bvlm_rewards_(?:{alternatives})\b")
    faults = []
    for name, module in graph.modules.items():
        if not _is_in(name, package):
            continue
        skipped = docstrings(module.tree)
        for node in ast.walk(module.tree):
            said = ""
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
                said = node.value if text.search(node.value) or node.value in several | own else ""
            for field in ("id", "attr", "arg", "name", "asname"):
                word = getattr(node, field, None)
                if isinstance(word, str) and (word in several or text.search(word) or own & set(word.split("_"))):
                    said = word
            if said:
                faults.append(f"{name}:{getattr(node, 'lineno', 0)}: {said}")
    return faults


def crowded(graph: Graph, most: int, exceptions: Mapping[str, int] | None = None) -> list[str]:
    """Folders with more modules beside each other than they may have; `__init__` is not counted."""
    beside: Counter[str] = Counter(
        name.rpartition(".")[0] for name, module in graph.modules.items() if not module.is_package
    )
    allowed = exceptions or {}
    return [f"{room}: {count}" for room, count in sorted(beside.items()) if count > allowed.get(room, most)]
