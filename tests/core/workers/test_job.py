"""A job keeps one answer for each item, the first that comes, and is done with the last."""

from __future__ import annotations

from vlm_rewards.workers.job import BATCH_ITEMS, Answer, Job

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


def test_the_time_of_a_batch_is_for_1024_items_and_a_longer_file_has_it_once_for_each_such_chunk() -> None:
    one, two = (Job(TARGET, [1] * count, 1.0, batch_timeout=1e6) for count in (BATCH_ITEMS, BATCH_ITEMS + 1))
    assert round((two.deadline - one.deadline) / 1e6) == 1


def test_an_item_is_tried_again_once() -> None:
    job = Job(TARGET, [1, 4], 1.0)
    job.todo.clear()
    job.try_again(1, Answer(fault="lost"))
    assert (list(job.todo), job.answers[1]) == ([1], None)
    job.try_again(1, Answer(fault="lost"))
    assert job.answers[1] == Answer(fault="lost")


def test_what_is_to_be_tried_alone_goes_to_a_fresh_worker_by_itself() -> None:
    job = Job(TARGET, [1, 4, 9], 1.0)
    job.todo.remove(1)
    job.try_again(1, Answer(fault="no memory"), alone=True)
    assert job.wanted() == 3
    assert job.share(1, fresh=False) == [0]
    assert job.share(1, fresh=True) == [1]
    assert job.wanted() == 1


def test_items_that_wait_together_go_to_one_worker() -> None:
    job = Job(TARGET, list(range(100)), 1.0, together=8)
    assert job.wanted() == 1
    assert job.share(4, fresh=True) == list(range(100))
    assert job.wanted() == 0


def test_to_fail_a_job_answers_what_is_open_and_leaves_nothing_to_do() -> None:
    job = Job(TARGET, [1, 4], 1.0)
    job.answer(0, Answer(1.0))
    job.fail("no more")
    assert job.answers == [Answer(1.0), Answer(fault="no more")]
    assert job.done.is_set()
    assert job.wanted() == 0
