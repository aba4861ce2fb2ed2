"""What goes over the pipes: every message comes back as it was, and its length is told before it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_rewards.workers.protocol import HEADER, in_worker, read_message, write_message

MESSAGES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(MESSAGES.filter(lambda message: message is not None)))
def test_messages_come_back_one_by_one_and_then_the_end(messages: list[Any]) -> None:
    stream = io.BytesIO()
    for message in messages:
        write_message(stream, message)
    stream.seek(0)
    assert [read_message(stream) for _ in messages] == messages
    assert read_message(stream) is None


def test_the_length_of_a_message_is_four_bytes_before_it() -> None:
    stream = io.BytesIO()
    write_message(stream, ["ü\ud800"])
    assert stream.getvalue()[:4] == HEADER.pack(len(stream.getvalue()) - 4)


@pytest.mark.parametrize("message", [object(), {1, 2}, {"a": b"bytes"}])
def test_what_json_cannot_hold_is_not_written_at_all(message: object) -> None:
    stream = io.BytesIO()
    with pytest.raises(TypeError):
        write_message(stream, message)
    assert stream.getvalue() == b""


def test_a_process_is_a_worker_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_worker()
    monkeypatch.setenv("VLM_REWARDS_WORKER", "1")
    assert in_worker()
