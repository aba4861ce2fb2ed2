"""What a reader sees of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards.text.visible import is_visible, shown, visible


@pytest.mark.parametrize("blank", ["\u115f", "\u1160", "\u2800", "\u3164", "\uffa0", "\u0301", "\u20dd", "\ufe0f"])
def test_a_blank_is_not_visible(blank: str) -> None:
    assert not visible(blank)


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_shown_of_a_text_is_its_visible_signs_with_single_spaces(text: str) -> None:
    seen = shown(text)
    assert seen.replace(" ", "") == "".join(filter(is_visible, text))
    assert seen == " ".join(seen.split())
    assert shown(seen) == seen
    assert bool(seen) == visible(text)
