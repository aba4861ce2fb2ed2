"""The registry: packs are found by metadata, imported only when named, and kept apart when broken or clashing."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import vlm_rewards as vr
from vlm_rewards.errors import PackConflictError, PackError, PackLoadError, PackVersionError, UnknownRewardError
from vlm_rewards.registry.packs import PackInfo, is_name
from vlm_rewards.registry.registry import RegisteredReward, Registry

if TYPE_CHECKING:
    from tests.core.conftest import RegistryOf, Site

GOOD = """
import vlm_rewards as vr

@vr.reward(range=(0, 1))
def brevity(completion, *, limit: int = 10) -> float:
    "Short answers."
    return float(len(completion.text) <= limit)

@vr.reward(range=(0, 1))
def manners(completion) -> float:
    return float("please" in completion.text)

@vr.hookimpl
def vlm_rewards_register():
    return [brevity, manners]
"""

HEAD = "import vlm_rewards as vr\n"


def registering(rewards: str, before: str = "") -> str:
    return f"{HEAD}{before}\n@vr.hookimpl\ndef vlm_rewards_register():\n    {rewards}\n"


class TestDiscovery:
    def test_scanning_imports_no_pack(self, site: Site) -> None:
        module = site.install(GOOD)
        registry = site.registry()
        assert registry.namespaces() == ["acme"]
        assert [str(pack) for pack in registry.packs("acme")] == ["acme-rewards 1.0"]
        assert registry.find("acme").namespace == "acme"
        assert module not in sys.modules

    def test_a_pack_is_imported_when_a_reward_of_it_is_named_and_only_that_pack(self, site: Site) -> None:
        wanted = site.install(GOOD)
        other = site.install(GOOD, namespace="other", distribution="other-rewards")
        found = site.registry().get("acme/brevity")
        assert wanted in sys.modules
        assert other not in sys.modules
        assert (found.full_name, str(found)) == ("acme/brevity", "'acme/brevity' (acme-rewards 1.0)")
        assert found.info.summary == "Short answers."

    def test_a_pack_is_imported_and_asked_once(self, site: Site, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.touch()
        note = f"log = __import__('pathlib').Path({str(log)!r}); log.write_text(log.read_text() + 'x')"
        site.install(registering(f"{note}\n    return []", before=note))
        registry = site.registry()
        for _ in range(3):
            registry.load("acme")
        assert log.read_text() == "xx"

    def test_entry_points_of_other_groups_are_nobodys_business(self, site: Site) -> None:
        site.install(GOOD, entry_points="[console_scripts]\nacme = acme:main\n")
        assert site.registry().namespaces() == []

    def test_one_distribution_may_hold_several_packs_even_in_one_module(self, site: Site) -> None:
        module = site.install(GOOD, entry_points="[vlm_rewards]\n")
        info = next(site.path.glob("*.dist-info"))
        (info / "entry_points.txt").write_text(f"[vlm_rewards]\none = {module}\ntwo = {module}\n")
        registry = site.registry()
        assert registry.namespaces() == ["one", "two"]
        assert registry.get("one/brevity").full_name == "one/brevity"
        assert registry.get("two/brevity").full_name == "two/brevity"

    def test_malformed_metadata_of_one_distribution_takes_no_other_away(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        site.install(GOOD)
        site.install(GOOD, distribution="garbled", entry_points="[vlm_rewards]\nno equals sign\n")
        with caplog.at_level(logging.WARNING):
            assert site.registry().namespaces() == ["acme"]
        assert "The entry points of garbled are malformed" in caplog.text

    def test_installed_packs_are_found_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VLM_REWARDS_PACKS", raising=False)
        monkeypatch.delenv("VLM_REWARDS_BLOCK", raising=False)
        registry = Registry()
        assert {"format", "grounding", "math"} <= set(registry.namespaces())
        assert registry.get("math/answer").pack.distribution == "vlm-rewards"


class TestUnknown:
    def test_a_name_without_a_slash_names_no_reward(self, site: Site) -> None:
        site.install(GOOD)
        with pytest.raises(UnknownRewardError) as caught:
            site.registry().get("acmee")
        assert str(caught.value) == (
            "'acmee' names no reward: write 'pack/reward', as `vlm-rewards list` shows them. Did you mean 'acme'?"
        )

    def test_an_unknown_pack_lists_the_installed_ones(self, site: Site) -> None:
        site.install(GOOD)
        with pytest.raises(UnknownRewardError) as caught:
            site.registry().get("acne/brevity")
        assert str(caught.value) == "No installed pack is named 'acne'; installed: acme. Did you mean 'acme'?"

    def test_an_unknown_pack_like_no_other_is_to_be_installed(self, site: Site) -> None:
        with pytest.raises(UnknownRewardError, match=r"installed: none\. Install the distribution that provides it"):
            site.registry().get("grounding/box_iou")

    def test_an_unknown_reward_lists_those_of_the_pack(self, site: Site) -> None:
        site.install(GOOD)
        with pytest.raises(UnknownRewardError) as caught:
            site.registry().get("acme/brevty")
        assert str(caught.value) == (
            "Pack 'acme' (acme-rewards 1.0) has no reward 'brevty'; it has acme/brevity, acme/manners. "
            "Did you mean 'acme/brevity'?"
        )


class TestClash:
    @pytest.fixture
    def registry(self, site: Site) -> Registry:
        site.install(GOOD, distribution="acme-rewards")
        site.install(GOOD.replace("brevity", "length"), distribution="Other_Rewards", version="2.0")
        site.install(GOOD, namespace="third", distribution="third-rewards")
        return site.registry()

    def test_a_clash_is_an_error_only_when_the_namespace_is_named(self, registry: Registry) -> None:
        assert registry.namespaces() == ["acme", "third"]
        assert registry.get("third/brevity")
        with pytest.raises(PackConflictError) as caught:
            registry.get("acme/brevity")
        message = str(caught.value)
        assert message.startswith("Pack 'acme' is claimed by ")
        assert "acme-rewards 1.0" in message
        assert "Other_Rewards 2.0" in message
        assert "`packs: {acme: {distribution: " in message

    @pytest.mark.parametrize("spelling", ["Other_Rewards", "other-rewards", "other.rewards"])
    def test_a_pin_resolves_it_however_the_name_is_spelt(self, registry: Registry, spelling: str) -> None:
        assert registry.get("acme/length", distribution=spelling).pack.version == "2.0"
        assert registry.get("acme/brevity", distribution="acme-rewards").pack.version == "1.0"

    def test_a_wrong_pin_names_the_choices(self, registry: Registry) -> None:
        with pytest.raises(PackConflictError) as caught:
            registry.get("acme/brevity", distribution="acme-reward")
        message = str(caught.value)
        assert "'acme' is pinned to the distribution 'acme-reward', but is provided by " in message
        assert "Other_Rewards" in message
        assert message.endswith("pin one of these. Did you mean 'acme-rewards'?")

    def test_a_wrong_pin_is_an_error_without_a_clash_too(self, registry: Registry) -> None:
        with pytest.raises(PackConflictError, match="provided by third-rewards"):
            registry.get("third/brevity", distribution="acme-rewards")

    def test_both_are_listed(self, registry: Registry) -> None:
        names = {str(row) for row in registry.all() if isinstance(row, RegisteredReward)}
        assert {"'acme/brevity' (acme-rewards 1.0)", "'acme/length' (Other_Rewards 2.0)"} <= names

    def test_duplicate_metadata_of_one_distribution_is_no_clash(self, site: Site) -> None:
        site.install(GOOD, folder="editable", version="1.1")
        site.install("raise RuntimeError('the second must not be imported')", folder="wheel", version="1.0")
        found = site.registry("editable", "wheel").get("acme/brevity")
        assert found.pack.version == "1.1"


BROKEN = {
    "import error": ("import no_such_module_anywhere", "cannot be imported from", "No module named"),
    "syntax error": ("def :", "cannot be imported from", "SyntaxError"),
    "exit on import": ("raise SystemExit(3)", "cannot be imported from", "SystemExit: 3"),
    "missing module": (None, "cannot be imported from", "ModuleNotFoundError"),
    "raising hook": (registering("raise KeyError('boom')"), "`vlm_rewards_register` raised KeyError: 'boom'", ""),
    "exit in the hook": (registering("raise SystemExit(3)"), "`vlm_rewards_register` raised SystemExit: 3", ""),
    "hook returning a number": (registering("return 7"), "`vlm_rewards_register` raised TypeError", ""),
    "generator that fails": (registering("yield from [1/0]"), "raised ZeroDivisionError", ""),
    "no hook": (HEAD, "implements no 'vlm_rewards_register'; define it under `@vlm_rewards.hookimpl`", ""),
    "misspelt hook": (
        f"{HEAD}@vr.hookimpl\ndef vlm_rewards_registr(): return []",
        "implements 'vlm_rewards_registr', which is not a hook; the hooks are vlm_rewards_register, ",
        "Did you mean 'vlm_rewards_register'?",
    ),
    "hook without marker": (
        "def vlm_rewards_register(): return []",
        "defines 'vlm_rewards_register' without `@vlm_rewards.hookimpl`; add the marker.",
        "",
    ),
    "observer of another form": (
        registering("return []", before="@vr.hookimpl\ndef vlm_rewards_batch_scored(scores): ..."),
        "has a hook of another form than its specification",
        "scores",
    ),
    "text": (registering("return ['brevity']"), "registers 'brevity', which is not a reward; put `@reward", ""),
    "unmarked function": (registering("return [print]"), "registers <built-in function print>, which is no", ""),
    "object whose repr fails": (
        registering("return [Odd()]", before="class Odd:\n    def __repr__(self): raise RuntimeError"),
        "which is not a reward",
        "",
    ),
    "same name twice": (
        registering("return [f, f]", before="@vr.reward(range=(0, 1))\ndef f(completion): ..."),
        "registers 'f' twice; rename one with `@reward(name=...)`.",
        "",
    ),
    "bad reward name": (
        registering("return [f]", before="@vr.reward(range=(0, 1), name='Box IoU')\ndef f(completion): ..."),
        "the reward name 'Box IoU' must be lower-case letters, digits and '_'.",
        "",
    ),
    "bad declaration": (
        registering("return []", before="@vr.reward(range=(0, 1))\ndef f(answer): ..."),
        "PackLoadError: Reward 'f': the first parameter is 'answer'",
        "",
    ),
}


class TestBrokenPacks:
    @pytest.mark.parametrize(("source", "message", "more"), BROKEN.values(), ids=BROKEN)
    def test_a_broken_pack_is_a_load_error_and_disturbs_no_other(
        self, site: Site, source: str | None, message: str, more: str
    ) -> None:
        site.install(source, namespace="bad", distribution="bad-rewards", version="0.3")
        site.install(GOOD)
        registry = site.registry()
        for _ in range(2):  # the second time must not find half a pack of the first
            with pytest.raises(PackLoadError) as caught:
                registry.get("bad/f")
            assert str(caught.value).startswith("Pack 'bad' (bad-rewards 0.3)")
            assert message in str(caught.value)
            assert more in str(caught.value)
        assert registry.get("acme/brevity")

    @pytest.mark.parametrize(("source", "message", "more"), BROKEN.values(), ids=BROKEN)
    def test_a_broken_pack_is_a_row_of_all(self, site: Site, source: str | None, message: str, more: str) -> None:
        site.install(source, namespace="bad", distribution="bad-rewards")
        site.install(GOOD)
        rows = list(site.registry().all())
        assert [row.full_name for row in rows if isinstance(row, RegisteredReward)] == ["acme/brevity", "acme/manners"]
        ((info, error),) = [row for row in rows if not isinstance(row, RegisteredReward)]
        assert info.distribution == "bad-rewards"
        assert message in str(error)

    def test_how_to_go_on_without_a_broken_pack_is_said(self, site: Site) -> None:
        site.install("import no_such_module_anywhere", namespace="bad", distribution="bad-rewards")
        with pytest.raises(PackLoadError, match="Reinstall bad-rewards, or leave it out with VLM_REWARDS_BLOCK=bad"):
            site.registry().load("bad")

    def test_a_bad_namespace_is_refused_before_the_import(self, site: Site) -> None:
        module = site.install(GOOD, namespace="Acme-Pack", distribution="acme-rewards")
        with pytest.raises(PackLoadError, match="must be lower-case letters, digits and '_', like 'acme_pack'"):
            site.registry().get("Acme-Pack/brevity")
        assert module not in sys.modules

    def test_a_pack_that_needs_another_version_says_so_itself(self, site: Site) -> None:
        before = "from vlm_rewards.errors import PackVersionError"
        site.install(registering("raise PackVersionError('needs vlm-rewards 9')", before=before))
        with pytest.raises(PackVersionError, match="needs vlm-rewards 9"):
            site.registry().load("acme")

    @pytest.mark.parametrize(
        ("asked", "fix"),
        [("2", "install a newer vlm-rewards"), ("0", "install a newer acme-rewards"), ("'1'", "newer acme-rewards")],
    )
    def test_a_pack_for_another_version_of_the_api_is_refused(self, site: Site, asked: str, fix: str) -> None:
        site.install(f"{GOOD}\napi_version = {asked}\n")
        with pytest.raises(PackVersionError, match=f"written for version {asked} of the API.*has version 1; .*{fix}"):
            site.registry().load("acme")

    def test_a_pack_for_this_version_of_the_api_is_taken(self, site: Site) -> None:
        site.install(f"{GOOD}\napi_version = 1\n")
        assert set(site.registry().load("acme")) == {"brevity", "manners"}

    def test_an_interrupt_during_an_import_is_no_broken_pack(self, site: Site) -> None:
        site.install("raise KeyboardInterrupt")
        with pytest.raises(KeyboardInterrupt):
            site.registry().load("acme")


class TestAllowAndBlock:
    @pytest.fixture
    def module(self, site: Site) -> str:
        site.install(GOOD, namespace="other", distribution="other-rewards")
        return site.install(GOOD)

    def test_a_blocked_pack_is_never_imported(self, site: Site, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VLM_REWARDS_BLOCK", "acme, unheard_of")
        registry = site.registry()
        assert registry.namespaces() == ["other"]
        assert {row.full_name for row in registry.all() if isinstance(row, RegisteredReward)} == {
            "other/brevity",
            "other/manners",
        }
        with pytest.raises(UnknownRewardError) as caught:
            registry.get("acme/brevity")
        assert str(caught.value) == (
            "Pack 'acme' (acme-rewards 1.0) is installed but blocked by VLM_REWARDS_BLOCK; "
            "take 'acme' out of that variable to use it."
        )
        assert module not in sys.modules

    def test_a_pack_that_is_not_allowed_is_never_imported(
        self, site: Site, module: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VLM_REWARDS_PACKS", "other,third")
        registry = site.registry()
        assert registry.namespaces() == ["other"]
        with pytest.raises(UnknownRewardError) as caught:
            registry.get("acme/brevity")
        assert str(caught.value) == (
            "Pack 'acme' (acme-rewards 1.0) is installed but not among VLM_REWARDS_PACKS=other,third; "
            "add 'acme' to it to use it."
        )
        assert module not in sys.modules

    def test_an_empty_variable_is_as_good_as_unset(
        self, site: Site, module: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VLM_REWARDS_PACKS", "")
        monkeypatch.setenv("VLM_REWARDS_BLOCK", " , ")
        assert "acme" in site.registry().namespaces()

    def test_block_wins_over_allow(self, site: Site, module: str) -> None:
        assert site.registry(allow=["acme", "other"], block=["acme"]).namespaces() == ["other"]

    def test_arguments_win_over_the_environment(self, site: Site, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VLM_REWARDS_PACKS", "none_of_these")
        monkeypatch.setenv("VLM_REWARDS_BLOCK", "acme")
        assert site.registry(allow=["acme"], block=[]).namespaces() == ["acme"]

    def test_a_blocked_pack_that_is_not_installed_is_just_unknown(self, site: Site) -> None:
        with pytest.raises(UnknownRewardError, match="No installed pack is named 'acme'"):
            site.registry(block=["acme"]).get("acme/brevity")


def imported(dotted: str, *, range_: tuple[float, float]) -> RegisteredReward:
    return Registry(found=[]).named(f"trl:{dotted}", folder=Path(), isolation="inline", range_=range_)


class TestImportedByPath:
    def test_a_function_becomes_a_reward_of_trl(self, site: Site) -> None:
        module = site.install("def near(prompts, completions, **kwargs):\n    'Near.'\n    return [1.0]\n")
        found = imported(f"{module}.near", range_=(0, 2))
        assert (found.full_name, found.spec.range, found.info.summary) == ("trl/near", (0.0, 2.0), "Near.")
        assert str(found) == f"'trl/near' ({module} imported by path)"

    @pytest.mark.parametrize(
        ("tail", "message"),
        [
            (".far", "cannot be imported: AttributeError"),
            (".NUMBER", "is 7, not a function."),
            ("_gone.near", "cannot be imported: ModuleNotFoundError"),
        ],
    )
    def test_what_is_no_function_is_a_load_error(self, site: Site, tail: str, message: str) -> None:
        module = site.install("NUMBER = 7\n")
        with pytest.raises(PackLoadError) as caught:
            imported(f"{module}{tail}", range_=(0, 1))
        assert f"'{module}{tail}' {message}" in str(caught.value)

    def test_exit_on_import_is_a_load_error(self, site: Site) -> None:
        module = site.install("raise SystemExit(3)")
        with pytest.raises(PackLoadError, match=r"SystemExit: 3.*PYTHONPATH"):
            imported(f"{module}.near", range_=(0, 1))

    def test_a_path_without_a_module_is_a_load_error(self) -> None:
        with pytest.raises(PackLoadError, match="'near' cannot be imported"):
            imported("near", range_=(0, 1))


@pytest.mark.parametrize("name", ["a", "box_iou", "qwen2_5_vl", "a1"])
def test_good_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "_a", "1a", "A", "a-b", "a b", "a/b", "é", "aé"])
def test_bad_names(name: str) -> None:
    assert not is_name(name)


def test_a_pack_reads_as_distribution_and_version(registry_of: RegistryOf) -> None:
    @vr.reward(range=(0, 1))
    def half(completion: vr.Completion) -> float:
        return 0.5

    pack: PackInfo = registry_of(half).find("lab")
    assert str(pack) == "lab-rewards 1.2.3"


def test_a_reward_of_from_trl_may_be_registered(registry_of: RegistryOf) -> None:
    def near(**kwargs: object) -> list[float]:
        return []

    assert registry_of(vr.from_trl(near, range=(0, 1))).get("lab/near").spec.call is near


def test_errors_of_packs_are_one_family() -> None:
    assert issubclass(PackLoadError, PackError)
    assert issubclass(PackConflictError, PackError)
    assert issubclass(PackVersionError, PackError)
    assert not issubclass(UnknownRewardError, PackError)
