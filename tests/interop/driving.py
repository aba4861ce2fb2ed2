"""What every driver does in the environment of its framework: asks for all rows, and says what it was told of each."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "bare", "drive", "load", "planted", "tell"]

#: Where the exported files, the rows and the answers are.
FOLDER = Path(os.environ["VLM_REWARDS_INTEROP"])


def planted() -> list[dict[str, Any]]:
    """The rows, each with its answer as `completion`."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / "rows.json").read_text())["rows"]
    return rows


def load(file: str, name: str) -> Any:
    """An object of an exported file, where the framework has no loader of its own."""
    spec = importlib.util.spec_from_file_location(file.removesuffix(".py"), FOLDER / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def bare(*packages: str) -> None:
    """Packages whose own imports are left out, so that one module of them can be imported without a GPU."""
    for name in packages:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)


def drive(version: str, ask: Callable[[dict[str, Any]], Any]) -> None:
    """Ask row by row; an error is told by the name of its class."""
    answers = []
    for row in planted():
        try:
            answer = ask(row)
            answers.append(asyncio.run(answer) if inspect.iscoroutine(answer) else answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the framework makes of the row
            answers.append(type(error).__name__)
    tell(version, answers)


def tell(version: str, answers: Sequence[float | str | None]) -> None:
    """Write what was told: a number, None where it was said that there is no verdict, or the name of an error."""
    (FOLDER / "told.json").write_text(json.dumps({"version": version, "answers": list(answers)}))
