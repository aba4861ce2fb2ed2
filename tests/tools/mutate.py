"""Mutation testing: change one small thing in a module, run its tests, and list the changes that no test notices.

    python -m tests.tools.mutate vlm_rewards/scoring --sample 150
    python -m tests.tools.mutate vlm_rewards/report/summary.py
    python -m tests.tools.mutate vlm_rewards/scoring/{term,scorer}.py --tests tests/core/scoring/test_{e,s}*.py

- A mutant is one change: a comparison or its bound, `and` / `or`, an arithmetic operator, a number by one, True or
  False, a `not`, what is returned, a statement left out, `min` / `max`, `break` / `continue`. Declarations
  (decorators, annotations, `__all__`, asserts, docstrings, f-strings) are left alone.
- Every mutant runs in a fork of this process, which has imported what the tests import from elsewhere. The fork sees a
  copy of the package with the change in it instead of the package, and so do the processes that tests start.
- The tests are those of the room that mirrors the module's, or what `--tests` names: `test_MODULE.py` first, then the
  quickest files. The first test that fails kills the mutant, and so does one that takes far longer than the slowest.
- `--sample N` draws N mutants with `--seed`; the same seed draws the same mutants while the source stays as it is.

The exit code is 0 when at least `--least` of 100 mutants are killed in every folder. `survivors.md` keeps the last run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.tools.mutants import Mutant, mutants_of

__all__ = ["main"]

# A mutant may loop while it collects; the memory of one is what a worker of the tests may ask for, and some more.
MAX_MEMORY = 12 << 30


class Runner:
    """Runs tests against changed copies of a package.

    Args:
        package: Folder of the package.
        tests: Files and folders of tests.
        folder: An empty folder for the copy, and for what the tests print.
    """

    def __init__(self, package: Path, tests: Sequence[str], folder: Path) -> None:
        self.package, self.tests, self.folder = package, list(tests), folder
        self.output = folder / "output.txt"
        self.seconds: dict[str, float] = {}
        self.limit, self.limit_of_test = 600.0, 0
        shutil.copytree(package, folder / package.name)

    def warm_up(self) -> None:
        """Import what the tests import from elsewhere, and time them. Raises SystemExit unless they pass."""
        notes = self.folder / "notes.json"
        self._run(["--collect-only", *self.tests], _Imports(notes, [self.folder, Path.cwd()]))
        for name in json.loads(notes.read_text()):
            with suppress(Exception):
                importlib.import_module(name)
        start = time.monotonic()
        if self._run(self.tests, _Clock(notes)) != 0:
            raise SystemExit(f"The tests fail without a change:\n{self.output.read_text()[-5000:]}")
        self.limit = 5 * (time.monotonic() - start) + 20
        self.seconds, slowest = json.loads(notes.read_text())
        self.limit_of_test = math.ceil(3 * slowest) + 10

    def survives(self, mutant: Mutant) -> bool:
        """Whether every test passes with a mutant in place of its module."""
        nearest = f"test_{mutant.module.stem}.py"
        files = sorted(self.seconds, key=lambda file: (Path(file).name != nearest, self.seconds[file]))
        place = self.folder / self.package.name / mutant.module.relative_to(self.package)
        place.write_text(mutant.source)
        try:
            return self._run(files, _Alarm(self.limit_of_test)) == 0
        finally:
            shutil.copy2(mutant.module, place)

    def _run(self, arguments: Sequence[str], *plugins: object) -> int | None:
        """The exit code of the tests in a process of their own; None when they ran too long."""
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = self._test(arguments, plugins)
            except BaseException:  # noqa: BLE001 - a fork may not go on as if it were its parent
                traceback.print_exc()
            finally:
                os._exit(code)
        end = time.monotonic() + self.limit
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return None

    def _test(self, arguments: Sequence[str], plugins: Sequence[object]) -> int:
        os.setsid()
        output = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        sys.dont_write_bytecode = True
        os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(self.folder)}
        sys.path.insert(0, str(self.folder))
        path = f"pythonpath={self.folder} {Path.cwd()}"
        options = ["-x", "-q", "--assert=plain", "-m", "not slow", "-p", "no:cacheprovider", "-o", path]
        return int(pytest.main([*options, *arguments], plugins=plugins))


class _Imports:
    """Notes the modules that tests import from outside some folders."""

    def __init__(self, notes: Path, folders: Sequence[Path]) -> None:
        self.notes, self.folders = notes, folders

    def pytest_sessionfinish(self) -> None:
        places = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
        outside = [name for name, place in places.items() if place and not self._is_inside(Path(place))]
        self.notes.write_text(json.dumps([name for name in outside if "pytest" not in name and name != "__main__"]))

    def _is_inside(self, place: Path) -> bool:
        inside = any(place.is_relative_to(folder) for folder in self.folders)
        return inside and not place.is_relative_to(sys.prefix)


class _Clock:
    """Notes the seconds of each file of tests, and of the slowest test."""

    def __init__(self, notes: Path) -> None:
        self.notes = notes
        self.seconds: dict[str, float] = defaultdict(float)
        self.slowest = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid.partition("::")[0]] += report.duration
        self.slowest = max(self.slowest, report.duration)

    def pytest_sessionfinish(self) -> None:
        self.notes.write_text(json.dumps([self.seconds, self.slowest]))


class _Alarm:
    """Ends the process when a test takes too many seconds."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def pytest_runtest_logstart(self) -> None:
        signal.alarm(self.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Mutate modules, run their tests, print the survivors and the share that was killed; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.tools.mutate", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("targets", nargs="+", type=Path, help="modules and folders of modules, of one room")
    parser.add_argument("--tests", nargs="+", help="files and folders of tests")
    parser.add_argument("--sample", type=int, help="how many mutants are drawn; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--least", type=float, default=80, help="of 100 mutants, how many must be killed")
    given = parser.parse_args(arguments)
    targets: list[Path] = [target.resolve() for target in given.targets]
    modules = [path for target in targets for path in ([target] if target.is_file() else sorted(target.rglob("*.py")))]
    mutants = [mutant for module in modules for mutant in mutants_of(module.read_text(), module)]
    if given.sample is not None and given.sample < len(mutants):
        chosen = random.Random(given.seed).sample(range(len(mutants)), given.sample)
        mutants = [mutants[index] for index in sorted(chosen)]
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(_package(targets[0]), given.tests or [*map(_mirror, targets)], Path(folder).resolve())
        runner.warm_up()
        killed, of = Counter[Path](), Counter[Path]()
        for number, mutant in enumerate(mutants, start=1):
            room = mutant.module.parent.relative_to(Path.cwd())
            of[room] += 1
            if runner.survives(mutant):
                place = mutant.module.relative_to(Path.cwd())
                print(f"[{number}/{len(mutants)}] {place}:{mutant.line}: {mutant.before} -> {mutant.after}", flush=True)
            else:
                killed[room] += 1
    for room, drawn in of.items():
        print(f"{room}: {killed[room]} of {drawn} killed, {100 * killed[room] / drawn:.0f} %")
    return int(any(100 * killed[room] < given.least * number for room, number in of.items()))


def _package(target: Path) -> Path:
    """The outermost package around a module or folder."""
    package = target if target.is_dir() else target.parent
    while (package.parent / "__init__.py").exists():
        package = package.parent
    return package


def _mirror(target: Path) -> str:
    """The tests of a module or a room of the core, which lie as it does."""
    below = target.relative_to(_package(target))
    return str(Path("tests/core", below.with_name(f"test_{below.name}") if target.is_file() else below))


if __name__ == "__main__":
    sys.exit(main())
