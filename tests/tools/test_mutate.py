"""The mutation tool: it changes one thing at a time, and tells a test that looks from one that does not."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.tools.mutants import mutants_of

ROOT = Path(__file__).parents[2]

SOURCE = '''
"""A planted module: 1 < 2."""

from __future__ import annotations

__all__ = ["at_most"]

LIMIT: int = 10


def at_most(number: int = 1 + 2) -> bool:
    assert number != 77
    return number < LIMIT
'''
GOOD = """
from planted.room.calc import at_most

def test_bounds():
    assert [at_most(n) for n in (8, 9, 10, 11)] == [True, True, False, False]
    assert at_most.__defaults__ == (3,)
"""
BAD = """
from planted.room.calc import at_most

def test_it_runs():
    at_most(3)
    at_most()
"""


def changes(source: str) -> list[str]:
    source = textwrap.dedent(source)
    return [f"{mutant.before} -> {mutant.after}" for mutant in mutants_of(source, Path("x.py"))]


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("x < y", ["x < y -> x <= y", "x < y -> x >= y"]),
        ("x is not y", ["x is not y -> x is y"]),
        ("x in y", ["x in y -> x not in y"]),
        ("x and y", ["x and y -> x or y"]),
        ("x // y", ["x // y -> x * y"]),
        ("x - 1", ["x - 1 -> x + 1", "1 -> 2", "1 -> 0"]),
        ("not x", ["not x -> x"]),
        ("True", ["True -> False"]),
        ("max(x)", ["max -> min"]),
        ("'text', f'{x + 1}', None", []),
        ("lambda x: x == y", ["x == y -> x != y"]),
    ],
)
def test_an_expression_has_these_mutants(code: str, made: list[str]) -> None:
    assert changes(f"z = {code}\n") == made


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("f()", ["f() -> pass"]),
        ("a.b = c", ["a.b = c -> pass"]),
        ("a = b", []),
        ("a += b", ["a += b -> a -= b", "a += b -> pass"]),
        ("raise a", ["raise a -> pass"]),
        ("while a:\n    break", ["break -> continue"]),
        ("def f():\n    return a", ["return a -> return None"]),
        ("def f():\n    return None", []),
        ("def f():\n    'Text.'", []),
        ("@f(1)\ndef f(a: 1 = 2) -> 3: ...", ["2 -> 3", "2 -> 1"]),
        ("if TYPE_CHECKING:\n    f()", []),
        ("assert a < b", []),
        ("__all__ = [f(1)]", []),
    ],
)
def test_a_statement_has_these_mutants(code: str, made: list[str]) -> None:
    assert changes(code) == made


def test_every_mutant_is_the_module_with_one_line_changed() -> None:
    mutants = list(mutants_of(SOURCE, Path("x.py")))

    assert [(mutant.line, mutant.before, mutant.after) for mutant in mutants] == [
        (8, "10", "11"),
        (8, "10", "9"),
        (11, "1 + 2", "1 - 2"),
        (11, "1", "2"),
        (11, "1", "0"),
        (11, "2", "3"),
        (11, "2", "1"),
        (13, "return number < LIMIT", "return None"),
        (13, "number < LIMIT", "number <= LIMIT"),
        (13, "number < LIMIT", "number >= LIMIT"),
    ]
    for mutant in mutants:
        ast.parse(mutant.source)
        pairs = zip(SOURCE.splitlines(), mutant.source.splitlines(), strict=True)
        assert [number for number, (old, new) in enumerate(pairs, start=1) if old != new] == [mutant.line]


def test_a_change_behind_letters_of_several_bytes_is_in_its_place() -> None:
    (first, *_) = mutants_of("x = 'ü☃'; y = a < b  # ü\n", Path("x.py"))

    assert first.source == "x = 'ü☃'; y = (a <= b)  # ü\n"


ENDLESS = """
def at_least(number: int) -> int:
    while number < 3:
        number += 1
    return number
"""


def mutate(folder: Path, tests: str, *options: str, source: str = SOURCE) -> subprocess.CompletedProcess[str]:
    room = folder / "planted" / "room"
    room.mkdir(parents=True)
    for package in (room.parent, room):
        (package / "__init__.py").touch()
    (room / "calc.py").write_text(source)
    (folder / "tests" / "core" / "room").mkdir(parents=True)
    (folder / "tests" / "core" / "room" / "test_calc.py").write_text(tests)
    command = [sys.executable, "-m", "tests.tools.mutate", "planted/room", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_test_that_looks_kills_every_mutant(tmp_path: Path) -> None:
    ended = mutate(tmp_path, GOOD)

    assert (ended.stdout, ended.returncode) == ("planted/room: 10 of 10 killed, 100 %\n", 0), ended.stderr
    assert (tmp_path / "planted" / "room" / "calc.py").read_text() == SOURCE


def test_a_test_that_does_not_look_leaves_survivors_in_their_places(tmp_path: Path) -> None:
    ended = mutate(tmp_path, BAD)

    *survivors, last = ended.stdout.splitlines()
    assert last == "planted/room: 0 of 10 killed, 0 %", ended.stderr
    assert len(survivors) == 10
    assert survivors[0] == "[1/10] planted/room/calc.py:8: 10 -> 11"
    assert survivors[-1] == "[10/10] planted/room/calc.py:13: number < LIMIT -> number >= LIMIT"
    assert ended.returncode == 1


def test_a_sample_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    ended = mutate(tmp_path, BAD, "--sample", "3", "--seed", "1", "--least", "0")

    assert [line.partition(" ")[0] for line in ended.stdout.splitlines()] == [
        "[1/3]",
        "[2/3]",
        "[3/3]",
        "planted/room:",
    ]
    assert ended.returncode == 0


def test_tests_that_fail_without_a_change_measure_nothing(tmp_path: Path) -> None:
    ended = mutate(tmp_path, "def test_it():\n    assert False\n")

    assert ended.returncode != 0
    assert "The tests fail without a change" in ended.stderr
    assert "killed" not in ended.stdout


@pytest.mark.slow
def test_a_mutant_that_never_ends_is_killed(tmp_path: Path) -> None:
    tests = (
        "from planted.room.calc import at_least\n\ndef test_it_ends():\n    assert at_least(0) == at_least(3) == 3\n"
    )

    ended = mutate(tmp_path, tests, source=ENDLESS)

    assert ended.stdout == "planted/room: 9 of 9 killed, 100 %\n", ended.stderr
