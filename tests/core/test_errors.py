"""The errors themselves: one tree, and messages that count their problems."""

from __future__ import annotations

import pickle

from vlm_rewards import errors
from vlm_rewards.errors import ConfigError, VLMRewardsError


class TestTree:
    def test_every_error_is_of_the_family_and_in_the_tree_of_the_docstring(self) -> None:
        for name in errors.__all__:
            assert issubclass(getattr(errors, name), VLMRewardsError)
            assert name in (errors.__doc__ or "")

    def test_a_config_error_keeps_its_problems_and_counts_them(self) -> None:
        error = ConfigError(["one thing", "another"], source="r.yaml")
        assert error.problems == ("one thing", "another")
        assert str(error) == "r.yaml: 2 problems\none thing\nanother"
        assert str(ConfigError("one thing", source="r.yaml")) == "r.yaml: 1 problem\none thing"
        assert str(ConfigError(["one", "two"])) == "one\ntwo"

    def test_a_config_error_survives_the_way_to_another_process(self) -> None:
        error = pickle.loads(pickle.dumps(ConfigError(["one thing", "another"], source="r.yaml")))
        assert (error.problems, error.source) == (("one thing", "another"), "r.yaml")
        assert str(error) == "r.yaml: 2 problems\none thing\nanother"
