"""What is kept of packs between runs, where several threads keep it at once, or two installations share a name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from vlm_rewards.registry import descriptions
from vlm_rewards.registry.packs import PackInfo

KEY, WHOLE = "0" * 64, {"rewards": ["a reward with a long description " * 40] * 200}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("VLM_REWARDS_CACHE", str(tmp_path))
    return tmp_path


def together(work: Callable[[], object], threads: int = 8) -> None:
    """Do the same in threads that begin at one time; an error of one is raised here."""
    ready, errors = threading.Barrier(threads), list[BaseException]()

    def run() -> None:
        ready.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised below
            errors.append(error)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert errors == []


def test_threads_that_keep_one_description_at_once_read_it_whole(folder: Path) -> None:
    descriptions.keep(KEY, WHOLE)

    def work() -> None:
        for _ in range(40):
            descriptions.keep(KEY, WHOLE)
            assert descriptions.kept(KEY) == WHOLE

    together(work)
    assert [path.suffix for path in folder.rglob("*") if path.is_file()] == [".json"]


class Installed(NamedTuple):
    """A distribution as far as a key asks for it."""

    place: str

    def read_text(self, name: str) -> str | None:
        return "acme/__init__.py,sha256=x,1" if name == "RECORD" else None

    def locate_file(self, name: str) -> str:
        return f"{self.place}/{name}"


def test_installations_of_one_name_and_version_in_two_folders_are_told_apart() -> None:
    pack = PackInfo("acme", "acme-rewards", "1.0", "acme")
    first, again, other = (Installed(place) for place in ("/here", "/here", "/there"))
    places: list[Any] = [first, again, other]
    keys = [descriptions.key_of(pack, one) for one in places]
    assert keys[0] is not None
    assert keys[0] == keys[1] != keys[2]
