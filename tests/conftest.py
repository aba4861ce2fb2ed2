"""Settings that must stand before torch is imported, a pack is used, or a property is collected."""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# One thread: these models are tiny, and a busy machine makes threads wait for each other many times longer.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# The packs that tests plant live in this process; tests of workers take the variable away.
os.environ.setdefault("VLM_REWARDS_ISOLATION", "inline")

# The same examples on every machine, and no time limit, which a busy one breaks; `make test-all` asks for more of them.
# Here and not in a folder: a benchmark that is collected first imports modules of tests.
settings.register_profile("tests", deadline=None, derandomize=True, database=None, max_examples=40)
settings.register_profile("thorough", settings.get_profile("tests"), max_examples=200)
settings.load_profile("tests")

#: What takes longest, before all else: processes that share the files then end together.
_LONG = (
    "test_guests",
    "test_every_reward",
    "test_learning",
    "test_pages_that_run",
    "test_fsdp2",
    "test_ranks",
    "test_attack",
    "test_conform",
    "test_pool",
    "test_collision_law",
    "test_hostile",
    "test_stream",
    "test_sampling",
    "test_new",
    "test_resume",
    "test_conversations",
    "test_first_pack",
    "test_methods",
    "test_workers",
    "test_examples",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of the files; within one it stays."""
    items.sort(key=lambda item: _LONG.index(item.path.stem) if item.path.stem in _LONG else len(_LONG))


def pytest_xdist_auto_num_workers() -> int:
    """One process for each CPU, since a crowded one blurs how work grows, and at most four, since each holds torch."""
    return min(os.cpu_count() or 1, 4)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: the garbage collector does not look at it, and at the rest more rarely."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        gc.enable()
