"""A job keeps one answer for each item, the first that comes, and is done with the last."""

from __future__ import annotations

from vlm_rewards.workers.job import Answer, Job

TARGET = {"function": "math:sqrt"}


def test_the_last_answer_ends_the_job_and_the_first_of_an_item_stays() -> None:
    job = Job(TARGET, [1, 4], 1.0)
    job.answer(1, Answer(2.0))
    job.answer(1, Answer(fault="too late"))
    assert not job.done.is_set()
    job.answer(0, Answer(1.0))
    assert job.done.is_set()
    assert job.answers == [Answer(1.0), Answer(2.0)]


def test_an_item_that_cannot_be_sent_has_its_answer_at_once() -> None:
    job = Job(TARGET, [1, object()], 1.0)
    assert list(job.todo) == [0]
    assert job.answers[0] is None
    assert "cannot be sent to a worker: TypeError" in str(job.answers[1])


def test_a_job_with_nothing_to_send_is_done() -> None:
    assert Job(TARGET, [], 1.0).done.is_set()
    assert Job(TARGET, [object()], 1.0).done.is_set()
    assert not Job(TARGET, [1], 1.0).done.is_set()


def test_a_job_without_a_time_for_all_items_has_no_deadline() -> None:
    assert Job(TARGET, [1], 1.0).deadline == float("inf")
    assert Job(TARGET, [1], 1.0, batch_timeout=5.0).deadline < float("inf")
