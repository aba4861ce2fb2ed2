"""Packs of others, however they behave where they are imported: whoever lists, checks and scores stays as it was."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
import pytest
from click.testing import CliRunner

import vlm_rewards as vr
from tests.core.outsiders import CHANGES, GOOD, ON_IMPORT, install
from vlm_rewards.cli import main
from vlm_rewards.errors import ConfigError, PackConflictError, PackLoadError
from vlm_rewards.preflight import check_observers, check_options
from vlm_rewards.registry import registry as rooms
from vlm_rewards.registry.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def site(outsiders_site: Path) -> Path:
    return outsiders_site


def listed(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["list", "--json", *arguments])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def load(**terms: dict[str, Any]) -> vr.Scorer:
    return vr.load_scorer({"version": 1, "rewards": terms})


def surroundings() -> tuple[Any, ...]:
    return (
        dict(os.environ),
        Path.cwd(),
        signal.getsignal(signal.SIGTERM),
        pluggy.PluginManager.register,
        sys.getrecursionlimit(),
        list(sys.path),
        {name for name in sys.modules if name.startswith("outsider_")},
    )


@pytest.mark.parametrize("how", ON_IMPORT)
def test_a_pack_that_breaks_its_import_is_a_row_of_the_list_and_an_error_of_the_file(
    site: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    act, told = ON_IMPORT[how]
    install(site, act, namespace="bad")
    install(site, GOOD, namespace="good")
    monkeypatch.setattr(rooms, "PATIENCE", 2.0)
    before = surroundings()

    rows = listed()
    terms = {"t": {"use": "bad/one"}, "u": {"use": "good/brevity"}}
    with pytest.raises(ConfigError) as caught:
        vr.load_scorer({"version": 1, "rewards": terms, "workers": {"startup": 2}})

    (broken,) = [row for row in rows if row["pack"] == "bad"]
    assert told in broken["error"]
    assert "'bad' (bad-rewards 1.0)" in broken["error"]
    assert [row["reward"] for row in rows if row["pack"] == "good"] == ["good/brevity"]
    assert "math/answer" in [row.get("reward") for row in rows]
    (problem,) = caught.value.problems
    assert problem.startswith("rewards.t.use: ")
    assert "'bad' (bad-rewards 1.0)" in problem
    assert told in problem
    assert surroundings() == before


def test_a_pack_that_changes_everything_on_import_changes_nothing_here(site: Path) -> None:
    install(site, CHANGES + GOOD, namespace="acme")
    install(site, GOOD, namespace="other")
    random.seed(5)
    numbers = random.getstate()
    before = surroundings()

    names = {row.get("reward") for row in listed()}
    with load(t={"use": "acme/brevity"}) as scorer:
        totals = scorer.score(vr.Batch.of(["x", "x" * 20], solution="s")).totals

    assert {"acme/brevity", "other/brevity"} <= names
    assert totals == [1.0, 0.0]
    assert surroundings() == before
    assert random.getstate() == numbers


def test_an_error_of_an_import_names_the_file_and_the_line(site: Path) -> None:
    package = site / "inner_of_acme"
    package.mkdir()
    (package / "__init__.py").write_text("from inner_of_acme import part\n")
    (package / "part.py").write_text("a = 1\nb = a / 0\n")
    install(site, GOOD, namespace="acme")
    (site / "acme_rewards-1.0.dist-info" / "entry_points.txt").write_text("[vlm_rewards]\nacme = inner_of_acme\n")
    for isolation in ("process", "inline"):
        with pytest.raises(PackLoadError) as caught:
            Registry().load("acme", isolation=isolation)
        assert f"ZeroDivisionError: division by zero ({package / 'part.py'}:2)" in str(caught.value)


CHECK = """
def check(context, **params):
    {act}

@vr.reward(range=(0, 1), check=check)
def one(completion) -> float:
    return 1.0

@vr.hookimpl
def vlm_rewards_register():
    return [one]
"""


@pytest.mark.parametrize(
    ("act", "told"),
    [("os._exit(5)", "the worker died"), ("sys.exit(5)", "SystemExit: 5"), ("raise ValueError('no')", ": no")],
)
def test_a_check_that_exits_is_an_error_of_its_term(site: Path, act: str, told: str) -> None:
    install(site, CHECK.format(act=act), namespace="acme")
    with pytest.raises(ConfigError) as caught:
        load(t={"use": "acme/one"})
    (problem,) = caught.value.problems
    assert problem.startswith("rewards.t.")
    assert "'acme/one' (acme-rewards 1.0)" in problem
    assert told in problem
    unknown = vr.load_scorer({"version": 1, "rewards": {"t": {"use": "acme/one"}}}, context=None)
    (finding,) = check_options(unknown.terms)
    assert finding.severity == "error"
    assert told.removeprefix(": ") in finding.what


def test_options_are_validated_where_the_pack_is_imported(site: Path) -> None:
    even = "from typing import Annotated\nfrom pydantic import AfterValidator\n"
    even += "def even(n):\n    if n % 2:\n        raise ValueError('must be even')\n    return n\n"
    install(site, even + GOOD.replace("limit: int", "limit: Annotated[int, AfterValidator(even)]"), namespace="acme")
    for params, told in ({"limit": 3}, "must be even, not 3"), ({"limits": 4}, "Did you mean 'limit'?"):
        with pytest.raises(ConfigError, match=f"rewards.t.params.limit.*{told[:12]}"):
            load(t={"use": "acme/brevity", "params": params})
    assert load(t={"use": "acme/brevity", "params": {"limit": "4"}}).terms[0].params == {"limit": 4}


def test_a_bad_reference_comes_before_a_gate(site: Path) -> None:
    install(site, GOOD.replace("solution: str", "solution: int"), namespace="acme")
    terms = {"g": {"use": "format/max_one_answer"}, "t": {"use": "acme/brevity", "gate": "g"}}
    batch = vr.Batch.of(["<answer>1</answer>" * 2, "x"], solution=["one", 2])
    here = {**terms, "t": {**terms["t"], "isolation": "inline"}}

    there = load(**terms).score(batch)

    assert there.totals == load(**here).score(batch).totals
    assert there.terms["t"].outcomes.statuses[0] is vr.Status.BAD_REFERENCE


def test_an_observer_hears_only_when_the_file_lets_its_pack_in(site: Path) -> None:
    hook = "@vr.hookimpl\ndef vlm_rewards_batch_scored(batch):\n    HEARD.append(len(batch))\n"
    module = install(site, f"HEARD = []\n{GOOD}{hook}", namespace="acme")
    hanging = "@vr.hookimpl\ndef vlm_rewards_batch_scored(batch):\n    time.sleep(3600)\n"
    install(site, GOOD + hanging, namespace="hangs")
    rewards = {"t": {"use": "acme/brevity"}, "u": {"use": "hangs/brevity"}}
    batch = vr.Batch.of(["x"], solution="s")

    shut = vr.load_scorer({"version": 1, "rewards": rewards})
    assert shut.score(batch).totals == [2.0]
    assert module not in sys.modules
    open_ = vr.load_scorer({"version": 1, "rewards": rewards, "observers": ["acme"]})
    open_.score(batch)

    assert sys.modules.pop(module).HEARD == [1]
    told = [finding.what for finding in check_observers(open_.watching)]
    assert told == [
        "the pack 'acme' is imported into the training process, where it may do anything",
        "the pack 'hangs' has observers, which do not run: it stays out of the training process",
    ]
    with pytest.raises(ConfigError, match=r"observers\[0\]: No installed pack is named 'acne'.*Did you mean 'acme'"):
        vr.load_scorer({"version": 1, "rewards": rewards, "observers": ["acne"]})


class TestNames:
    def test_who_calls_itself_ours_stays_outside(self, site: Path) -> None:
        module = install(site, GOOD, namespace="math", distribution="vlm-rewards")
        install(site, GOOD, namespace="own", distribution="vlm.rewards")

        assert not any(pack.ours for pack in Registry().packs("own"))
        assert load(t={"use": "own/brevity"}).terms[0].isolated is not None
        with pytest.raises(PackConflictError) as caught:
            Registry().get("math/answer")
        assert "vlm-rewards 1.0" in str(caught.value)
        found = Registry().get("math/answer", distribution="vlm-rewards")
        assert found.pack.ours
        assert module not in sys.modules

    def test_the_hint_never_proposes_who_takes_a_namespace_of_ours(self, site: Path) -> None:
        install(site, GOOD, namespace="math", distribution="aaa-intruder")
        with pytest.raises(PackConflictError, match=r"`packs: \{math: \{distribution: vlm-rewards\}\}`"):
            Registry().get("math/answer")
        rows = [row for row in listed() if row["pack"] == "math"]
        assert {row["distribution"] for row in rows} == {"vlm-rewards", "aaa-intruder"}

    @pytest.mark.parametrize(
        ("namespace", "group", "told"),
        [
            ("acme", "vlm-rewards", "stands in the group 'vlm-rewards'; the group is 'vlm_rewards'"),
            ("Acme-Pack", "vlm_rewards", "like 'acme_pack'"),
        ],
    )
    def test_a_wrong_group_or_name_is_told(self, site: Path, namespace: str, group: str, told: str) -> None:
        install(site, GOOD, namespace=namespace, group=group)
        (row,) = [row for row in listed() if row["pack"] == namespace]
        assert told in row["error"]
        with pytest.raises(ConfigError, match=told[:30]):
            load(t={"use": f"{namespace}/brevity"})

    @pytest.mark.parametrize(
        ("hook", "told"),
        [
            ("@vr.hookimpl\ndef vlm_rewards_batch_scord(batch): ...", "Did you mean 'vlm_rewards_batch_scored'"),
            ("def vlm_rewards_batch_scord(batch): ...", "Did you mean 'vlm_rewards_batch_scored'"),
            ("def vlm_rewards_batch_scored(batch): ...", "without `@vlm_rewards.hookimpl`"),
        ],
    )
    def test_a_hook_that_nobody_calls_is_told(self, site: Path, hook: str, told: str) -> None:
        install(site, f"{GOOD}\n{hook}\n", namespace="acme")
        (row,) = [row for row in listed() if row["pack"] == "acme"]
        assert told in row["error"]


class TestDescriptionsAreKept:
    @pytest.fixture
    def imports(self, site: Path, tmp_path: Path) -> Callable[[], int]:
        log = tmp_path / "log"
        log.touch()
        install(site, f"open({str(log)!r}, 'a').write('x')\n{GOOD}", namespace="acme")
        return lambda: len(log.read_text())

    def test_a_pack_is_imported_once_for_every_list(self, imports: Callable[[], int]) -> None:
        assert listed() == listed()
        assert imports() == 1

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"rewards": [{"name": 7}]}', '{"rewards": 1}', "null"])
    def test_what_is_no_description_is_made_anew(
        self, imports: Callable[[], int], tmp_path: Path, content: str
    ) -> None:
        first = listed()
        (kept,) = (tmp_path / "cache").iterdir()
        kept.write_text(content)
        assert listed() == first
        assert imports() == 2

    def test_a_new_version_or_a_written_file_is_described_anew(self, imports: Callable[[], int], site: Path) -> None:
        listed()
        info = site / "acme_rewards-1.0.dist-info"
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rewards\nVersion: 1.1\n")
        listed()
        assert imports() == 2
        (info / "direct_url.json").write_text(json.dumps({"url": site.as_uri(), "dir_info": {"editable": True}}))
        listed()
        (module,) = site.glob("outsider_acme*.py")
        module.write_text(module.read_text().replace("Short answers", "Very brief answers"))
        (row,) = [row for row in listed() if row["pack"] == "acme"]
        assert row["summary"] == "Very brief answers."


PREFLIGHT = """
def preflight(reading):
    {act}

@vr.reward(range=(0, 1), preflight=preflight)
def one(completion, solution: int, *, most: int = 3) -> float:
    return 1.0

@vr.hookimpl
def vlm_rewards_register():
    return [one]
"""


def run_verb(verb: str, folder: Path, *more: str) -> tuple[int, str]:
    (folder / "rewards.yaml").write_text("version: 1\nworkers: {startup: 2}\nrewards:\n  t: {use: acme/one}\n")
    rows = [{"completion": "x", "solution": value} for value in (1, 2, "three")]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    arguments = [verb, str(folder / "rewards.yaml"), *more, str(folder / "rows.jsonl")]
    done = CliRunner(env={"COLUMNS": "400"}).invoke(main, arguments)
    return done.exit_code, done.output


@pytest.mark.parametrize("how", ["hang", "os_exit", "interrupt"])
def test_check_and_score_end_with_the_name_of_a_pack_that_breaks_its_import(
    site: Path, tmp_path: Path, how: str
) -> None:
    install(site, ON_IMPORT[how][0], namespace="acme")
    for verb, *more in (("check", "--data"), ("score",)):
        code, output = run_verb(verb, tmp_path, *more)
        assert code == 1
        assert "'acme' (acme-rewards 1.0)" in output
        assert ON_IMPORT[how][1] in output


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("yield {'what': f'{reading[\"params\"]} {len(reading[\"rows\"])} rows', 'fix': 'f'}", "{'most': 3} 2 rows"),
        ("os._exit(3)", "the worker died (exit code 3)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_preflight_is_asked_of_a_worker(site: Path, tmp_path: Path, act: str, told: str) -> None:
    install(site, PREFLIGHT.format(act=act), namespace="acme")
    code, output = run_verb("check", tmp_path, "--data")
    assert told in output
    assert "holds 'three'" in output  # which is an error of its own
    assert code == 1


def test_values_that_json_has_not_travel_or_are_bad_references(site: Path) -> None:
    dated = GOOD.replace("solution: str", "solution: object").replace(
        "float(len(completion.text) <= limit)",
        "vr.RewardOutput(score=1.0, reason=f'{type(solution).__name__} {solution}')",
    )
    install(site, f"{dated}", namespace="acme")
    from datetime import date
    from decimal import Decimal

    import numpy as np

    values = [date(2024, 2, 29), Decimal("1.50"), b"ab", np.arange(2), {1, 2}]
    with load(t={"use": "acme/brevity"}) as scorer:
        scored = scorer.score(vr.Batch.of(["x"] * 5, solution=values))
    told = scored.terms["t"].outcomes.reasons
    assert told[:4] == ["str 2024-02-29", "str 1.50", "bytes b'ab'", "list [0, 1]"]
    assert scored.terms["t"].outcomes.statuses[4] is vr.Status.BAD_REFERENCE
    assert "JSON has no set" in str(told[4])


WAY = "from dataclasses import dataclass\n@dataclass\nclass Way:\n    name: str\n    size: tuple\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (f"{WAY}OFFER = Way('w', (1, 2))", ""),
        ("OFFER = 7", "is 7, not a dataclass"),
        ("os._exit(4)", "the worker died"),
        ("OFFER = 1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_an_entry_point_offers_comes_as_data(site: Path, source: str, told: str) -> None:
    module = install(site, source, namespace="acme", group="lab.ways")
    (site / "acme_rewards-1.0.dist-info" / "entry_points.txt").write_text(f"[lab.ways]\nacme = {module}:OFFER\n")
    if told:
        with pytest.raises(ValueError, match=told):
            vr.offered("lab.ways", "acme")
    else:
        assert vr.offered("lab.ways", "acme") == {"name": "w", "size": [1, 2]}
    assert vr.offered("lab.ways", "nothing") is None
    assert module not in sys.modules


def test_options_that_json_has_not_are_an_error_of_their_term(site: Path) -> None:
    install(site, GOOD, namespace="acme")
    with pytest.raises(ConfigError, match=r"rewards\.t\.use: 'acme/brevity' .* cannot be sent to a worker: TypeError"):
        load(t={"use": "acme/brevity", "params": {"limit": object()}})
