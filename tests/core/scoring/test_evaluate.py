"""How rewards are called: one by one, in batches, in groups, as TRL calls, with state, and awaited."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import vlm_rewards as vr
from vlm_rewards.errors import ColumnError, ScoringError

if TYPE_CHECKING:
    from tests.core.conftest import ScorerOf

WHO = "'lab/any' (lab-rewards 1.2.3)"


def statuses(scored: vr.ScoredBatch, term: str = "any") -> list[str | None]:
    return [status and status.value for status in scored.terms[term].outcomes.statuses]


def reason(scored: vr.ScoredBatch, row: int = 0, term: str = "any") -> str:
    return scored.terms[term].outcomes.reasons[row] or ""


class TestOneByOne:
    def test_columns_pictures_row_and_context_are_injected_by_name(self, scorer_of: ScorerOf) -> None:
        calls: list[Any] = []

        @vr.reward(range=(0, 1), name="any")
        def injected(  # noqa: PLR0917 - every kind of parameter
            completion: vr.Completion,
            context: vr.Context,
            solution: str,
            row: Mapping[str, Any],
            images: vr.Images,
            hint: str = "none",
            *,
            limit: int = 3,
        ) -> float:
            calls.append((completion.text, context.step, solution, row["extra"], images[0].source, hint, limit))
            return 1.0

        terms = {"t": {"use": "lab/any", "params": {"limit": 5}, "columns": {"solution": "gold"}}}
        batch = vr.Batch.of(
            ["a", "b"], context=vr.Context(step=9), gold=["1", "2"], extra=["x", "y"], images=[["p"], ["q"]]
        )
        assert scorer_of(injected, terms=terms).score(batch).totals == [1.0, 1.0]
        assert calls == [("a", 9, "1", "x", "p", "none", 5), ("b", 9, "2", "y", "q", "none", 5)]

    def test_pictures_may_be_mapped_to_another_column(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def looks(completion: vr.Completion, images: vr.Images) -> float:
            return float(images[0].source == "crop.png")

        terms = {"t": {"use": "lab/any", "columns": {"images": "crop"}}}
        batch = vr.Batch.of(["a"], images=[["whole.png"]], crop=["crop.png"])
        assert scorer_of(looks, terms=terms).score(batch).totals == [1.0]

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (ValueError("boom"), "raised ValueError: boom"),
            (SystemExit(3), "raised SystemExit: 3"),
            (RecursionError("too deep"), "raised RecursionError: too deep"),
            (MemoryError(), "raised MemoryError"),
            (AssertionError(), "raised AssertionError"),
            (GeneratorExit(), "raised GeneratorExit"),
            (StopIteration(), "raised StopIteration"),
            (StopAsyncIteration(), "raised StopAsyncIteration"),
            (asyncio.CancelledError(), "raised CancelledError"),
            (type("Cancelled", (BaseException,), {})(), "raised Cancelled"),
            (type("Interrupted", (KeyboardInterrupt,), {})(), "raised Interrupted"),
            (BaseExceptionGroup("all", [KeyboardInterrupt()]), "raised BaseExceptionGroup"),
            (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd"), "raised UnicodeDecodeError"),
        ],
    )
    def test_what_a_reward_raises_is_a_fault_with_its_name(
        self, scorer_of: ScorerOf, error: BaseException, text: str
    ) -> None:
        @vr.reward(range=(0, 1), name="any")
        def breaks(completion: vr.Completion) -> float:
            if completion.text == "bad":
                raise error
            return 1.0

        scored = scorer_of(breaks).score(vr.Batch.of(["good", "bad", "good"]))
        assert statuses(scored) == ["scored", "failed", "scored"]
        assert scored.totals == [1.0, None, 1.0]
        assert reason(scored, 1).startswith(f"Reward {WHO} {text}")

    @pytest.mark.parametrize("bad", [[0], [2], [0, 1, 2], [1, 2]])
    def test_a_reward_that_runs_out_of_something_loses_no_other_row(self, scorer_of: ScorerOf, bad: list[int]) -> None:
        @vr.reward(range=(0, 1), name="any")
        def takes_the_first(completion: vr.Completion) -> float:
            return float(next(iter(completion.text)))

        texts = ["" if row in bad else str(row // 2) for row in range(3)]
        totals = [None if row in bad else float(row // 2) for row in range(3)]
        assert scorer_of(takes_the_first).score(vr.Batch.of(texts)).totals == totals

    def test_an_exception_that_claims_to_be_nothing_is_a_fault_too(self, scorer_of: ScorerOf) -> None:
        class FalsyError(Exception):
            def __bool__(self) -> bool:
                return False

        class UntrueError(Exception):
            def __bool__(self) -> bool:
                raise RuntimeError

        @vr.reward(range=(0, 1), name="any")
        def breaks(completion: vr.Completion) -> float:
            raise {"falsy": FalsyError, "untrue": UntrueError}[completion.text]

        @vr.reward(range=(0, 1), name="later")
        async def breaks_later(completion: vr.Completion) -> float:
            raise {"falsy": FalsyError, "untrue": UntrueError}[completion.text]

        scored = scorer_of(breaks, breaks_later).score(vr.Batch.of(["falsy", "untrue"]))
        assert statuses(scored) == statuses(scored, "later") == ["failed", "failed"]

    def test_a_real_recursion_is_a_fault(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def deep(completion: vr.Completion) -> float:
            return deep(completion)

        scored = scorer_of(deep).score(vr.Batch.of(["x"]))
        assert "raised RecursionError" in reason(scored)

    def test_an_interrupt_is_the_users_and_ends_the_run(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def interrupted(completion: vr.Completion) -> float:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            scorer_of(interrupted).score(vr.Batch.of(["x"]))

    def test_a_message_that_quotes_half_a_character_can_still_be_written(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def quotes(completion: vr.Completion) -> float:
            raise ValueError(completion.text)

        scored = scorer_of(quotes).score(vr.Batch.of(["\ud83d"]))
        assert next(scored.rows()).model_dump_json()
        assert "\\ud83d" in reason(scored)


class TestBatches:
    def test_a_batch_reward_sees_the_rows_it_is_for_and_their_columns(self, scorer_of: ScorerOf) -> None:
        calls: list[Any] = []

        @vr.reward(range=(0, 9), name="any")
        def ranks(
            completions: list[vr.Completion],
            solution: list[int],
            context: vr.Context,
            row: list[Mapping[str, Any]],
            images: list[vr.Images],
        ) -> list[float]:
            calls.append(([c.text for c in completions], solution, context.step, [r["task"] for r in row], len(images)))
            return [float(number) for number in solution]

        terms = {"t": {"use": "lab/any", "when": {"column": "task", "in": ["m"]}}}
        batch = vr.Batch.of(
            list("abcd"),
            context=vr.Context(step=2),
            solution=["1", 2, "many", 4],
            task=["m", "m", "m", "x"],
            images=[[], [], [], []],
        )
        scored = scorer_of(ranks, terms=terms).score(batch)
        assert calls == [(["a", "b"], [1, 2], 2, ["m", "m"], 2)]
        assert scored.totals == [1.0, 2.0, None, None]

    def test_a_missing_picture_costs_its_own_row_and_no_other_of_the_call(self, scorer_of: ScorerOf) -> None:
        calls: list[list[str]] = []

        @vr.reward(range=(0, 99), name="any")
        def areas(completions: list[vr.Completion], images: list[vr.Images]) -> list[float]:
            calls.append([completion.text for completion in completions])
            return [float(pictures[0].size[0]) for pictures in images]

        pictures = [[Image.new("1", (3, 1))], ["gone.png"], [Image.new("1", (7, 1))], ["also_gone.png"]]
        scored = scorer_of(areas).score(vr.Batch.of(list("abcd"), images=pictures))
        assert scored.totals == [3.0, None, 7.0, None]
        assert calls == [list("abcd"), list("ac")]
        assert statuses(scored) == ["scored", "bad_reference", "scored", "bad_reference"]
        assert "gone.png does not exist" in reason(scored, 1)

    @pytest.mark.parametrize(
        ("returned", "text"),
        [
            ([1.0], "returned 1 scores for 2 completions; return one float or None per completion"),
            ([1.0, 1.0, 1.0], "returned 3 scores for 2 completions; return one float or None per completion"),
            (1.0, "returned 1.0 for 2 completions; return one float or None per completion"),
            ("ab", "returned 'ab' for 2 completions"),
            (None, "returned None for 2 completions"),
        ],
    )
    def test_another_length_is_a_fault_of_the_whole_call(
        self, scorer_of: ScorerOf, returned: object, text: str
    ) -> None:
        @vr.reward(range=(0, 1), name="any")
        def miscounts(completions: list[vr.Completion]) -> Any:
            return returned

        scored = scorer_of(miscounts).score(vr.Batch.of(["a", "b"]))
        assert statuses(scored) == ["failed", "failed"]
        assert reason(scored).startswith(f"Reward {WHO} {text}")

    def test_arrays_are_lists(self, scorer_of: ScorerOf) -> None:
        numpy = pytest.importorskip("numpy")

        @vr.reward(range=(0, 1), name="any")
        def arrays(completions: list[vr.Completion]) -> Any:
            return numpy.array([0.25, 0.5], dtype="float32")

        assert scorer_of(arrays).score(vr.Batch.of(["a", "b"])).totals == [0.25, 0.5]

    def test_one_bad_score_takes_no_other_down(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def mixed(completions: list[vr.Completion]) -> list[Any]:
            return [0.5, float("nan"), None, vr.RewardOutput.bad_reference("odd")]

        scored = scorer_of(mixed).score(vr.Batch.of(list("abcd")))
        assert statuses(scored) == ["scored", "failed", "abstained", "bad_reference"]
        assert scored.totals == [0.5, None, 0.0, None]

    @pytest.mark.parametrize("error", [StopIteration, StopAsyncIteration])
    def test_a_batch_reward_that_runs_out_of_something_is_a_fault(
        self, scorer_of: ScorerOf, error: type[Exception]
    ) -> None:
        @vr.reward(range=(0, 1), name="any")
        def breaks(completions: list[vr.Completion]) -> list[float]:
            raise error

        scored = scorer_of(breaks).score(vr.Batch.of(["a", "b"]))
        assert statuses(scored) == ["failed", "failed"]
        assert f"raised {error.__name__}" in reason(scored, 1)

    def test_a_batch_reward_is_not_called_for_nothing(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def fails(completions: list[vr.Completion]) -> list[float]:
            raise AssertionError

        assert scorer_of(fails).score(vr.Batch.of([])).totals == []
        terms = {"t": {"use": "lab/any", "when": {"column": "task", "in": ["other"]}}}
        assert scorer_of(fails, terms=terms).score(vr.Batch.of(["a"], task="m")).totals == [None]


class TestGroups:
    def test_a_group_reward_is_called_once_per_group_and_puts_each_score_in_its_place(
        self, scorer_of: ScorerOf
    ) -> None:
        calls: list[list[str]] = []

        @vr.reward(range=(0, 9), name="any")
        def place(group: list[vr.Completion], solution: list[int]) -> list[float]:
            calls.append([completion.text for completion in group])
            return [index + 0.1 * number for index, number in enumerate(solution)]

        batch = vr.Batch.of(list("abcde"), group_id=["x", "y", "x", "y", "x"], solution=[1, 2, 3, 4, 5])
        scored = scorer_of(place).score(batch)
        assert calls == [["a", "c", "e"], ["b", "d"]]
        assert scored.totals == pytest.approx([0.1, 0.2, 1.3, 1.4, 2.5])

    def test_a_fault_of_one_group_stays_in_it(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def breaks(group: list[vr.Completion]) -> list[float]:
            if group[0].text == "c":
                raise ValueError("boom")
            return [1.0] * (3 if group[0].text == "e" else 2)

        scored = scorer_of(breaks).score(vr.Batch.of(list("abcdef"), context=vr.Context(group_size=2)))
        assert statuses(scored) == ["scored"] * 2 + ["failed"] * 4
        assert "boom" in reason(scored, 2)
        assert "returned 3 scores for 2 completions" in reason(scored, 4)

    def test_without_groups_it_says_what_to_add(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        def any_group(group: list[vr.Completion]) -> list[float]:
            return [1.0 for _ in group]

        with pytest.raises(ColumnError, match="add a column 'group_id'"):
            scorer_of(any_group).score(vr.Batch.of(["a"]))


class TestTrlFunctions:
    def test_it_gets_the_keyword_arguments_of_trl_for_its_rows(self, scorer_of: ScorerOf) -> None:
        seen: dict[str, Any] = {}

        def near(prompts: list[str], completions: list[str], **kwargs: Any) -> list[float | None]:
            seen.update(kwargs, prompts=prompts, completions=completions)
            return [0.5, None]

        terms = {"t": {"use": "lab/near", "when": {"column": "task", "in": ["m"]}}}
        state = object()
        raw = {"prompts": ["p", "q", "r"], "completions": ["a", "b", "c"], "task": ["m", "x", "m"], "state": state}
        batch = vr.Batch([vr.Completion(text) for text in "abc"], {"task": ["m", "x", "m"]}, trl=raw)
        scored = scorer_of(vr.from_trl(near, range=(0, 1)), terms=terms).score(batch)
        assert seen == {"prompts": ["p", "r"], "completions": ["a", "c"], "task": ["m", "m"], "state": state}
        assert statuses(scored, "t") == ["scored", None, "abstained"]

    def test_async_functions_of_trl_are_awaited(self, scorer_of: ScorerOf) -> None:
        async def near(completions: list[str], **kwargs: Any) -> list[float]:
            await asyncio.sleep(0)
            return [0.5 for _ in completions]

        assert scorer_of(vr.from_trl(near, range=(0, 1))).score(vr.Batch.of(["a"])).totals == [0.5]

    def test_another_length_is_a_fault(self, scorer_of: ScorerOf) -> None:
        def near(**kwargs: Any) -> list[float]:
            return []

        scored = scorer_of(vr.from_trl(near, range=(0, 1))).score(vr.Batch.of(["a"]))
        assert "returned 0 scores for 1 completions" in reason(scored, term="near")


class TestState:
    def test_setup_runs_once_per_scorer_and_close_when_the_scorer_closes(self, scorer_of: ScorerOf) -> None:
        log: list[str] = []

        @vr.reward(range=(0, 1), name="any")
        class Counting:
            def setup(self, context: vr.Context) -> None:
                log.append(f"setup {context.step}")

            def __call__(self, completion: vr.Completion) -> float:
                return 1.0

            def close(self) -> None:
                log.append("close")

        with scorer_of(Counting) as scorer:
            assert log == []
            scorer.score(vr.Batch.of(["a", "b"], context=vr.Context(step=3)))
            scorer.score(vr.Batch.of(["a"]))
            assert log == ["setup 3"]
        assert log == ["setup 3", "close"]
        scorer.close()
        assert log == ["setup 3", "close"]

    def test_a_term_that_is_never_routed_is_never_set_up(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        class Costly:
            def __init__(self) -> None:
                raise AssertionError

            def __call__(self, completion: vr.Completion) -> float:
                return 1.0

        terms = {"t": {"use": "lab/any", "when": {"column": "task", "in": ["other"]}}}
        with scorer_of(Costly, terms=terms) as scorer:
            assert scorer.score(vr.Batch.of(["a"], task="m")).totals == [None]

    @pytest.mark.parametrize("error", [OSError("no server"), SystemExit(3)])
    def test_a_setup_that_fails_is_a_fault_of_every_row(self, scorer_of: ScorerOf, error: BaseException) -> None:
        @vr.reward(range=(0, 1), name="any")
        class Remote:
            def setup(self, context: vr.Context) -> None:
                raise error

            def __call__(self, completion: vr.Completion) -> float:
                return 1.0

        scored = scorer_of(Remote).score(vr.Batch.of(["a", "b"]))
        assert statuses(scored) == ["failed", "failed"]
        assert reason(scored).startswith(f"Reward {WHO} could not be set up: {type(error).__name__}")

    def test_a_reward_that_fails_to_close_keeps_no_other_open(
        self, scorer_of: ScorerOf, caplog: pytest.LogCaptureFixture
    ) -> None:
        log: list[str] = []

        @vr.reward(range=(0, 1), name="any")
        class Sticky:
            def __init__(self, *, breaks: bool) -> None:
                self.breaks = breaks

            def __call__(self, completion: vr.Completion) -> float:
                return 1.0

            def close(self) -> None:
                if self.breaks:
                    raise OSError("stuck")
                log.append("closed")

        terms = {
            "t": {"use": "lab/any", "params": {"breaks": True}},
            "u": {"use": "lab/any", "params": {"breaks": False}},
        }
        with scorer_of(Sticky, terms=terms) as scorer:
            scorer.score(vr.Batch.of(["a"]))
        assert log == ["closed"]
        assert f"Reward {WHO} failed to close" in caplog.text


@vr.reward(range=(0, 1), name="any")
async def judged(completion: vr.Completion) -> float | None:
    await asyncio.sleep(0)
    match completion.text:
        case "bad":
            raise ValueError("boom")
        case "exit":
            raise SystemExit(3)
        case "interrupt":
            raise KeyboardInterrupt
        case "cancel":
            raise asyncio.CancelledError
        case "stop":
            raise StopIteration
        case "stop async":
            raise StopAsyncIteration
        case "none":
            return None
    return 0.5


class TestAsync:
    def test_rewards_are_awaited_in_a_script(self, scorer_of: ScorerOf) -> None:
        scored = scorer_of(judged).score(vr.Batch.of(["a", "bad", "none", "b"]))
        assert statuses(scored) == ["scored", "failed", "abstained", "scored"]
        assert reason(scored, 1).startswith(f"Reward {WHO} raised ValueError: boom (test_evaluate.py:")

    def test_rewards_are_awaited_inside_a_running_loop(self, scorer_of: ScorerOf) -> None:
        async def notebook() -> Any:
            return scorer_of(judged).score(vr.Batch.of(["a", "b"])).totals

        assert asyncio.run(notebook()) == [0.5, 0.5]

    def test_rewards_are_awaited_from_several_threads(self, scorer_of: ScorerOf) -> None:
        scorer = scorer_of(judged)
        totals: list[Any] = []

        def work() -> None:
            totals.append(scorer.score(vr.Batch.of(["a", "b"])).totals)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert totals == [[0.5, 0.5]] * 4

    def test_the_completions_of_a_batch_are_awaited_together(self, scorer_of: ScorerOf) -> None:
        arrived: list[asyncio.Event] = []

        @vr.reward(range=(0, 1), name="any")
        async def meets(completion: vr.Completion) -> float:
            arrived.append(asyncio.Event())
            if len(arrived) == 3:
                for event in arrived:
                    event.set()
            await asyncio.wait_for(arrived[-1].wait() if len(arrived) == 3 else arrived[0].wait(), timeout=10)
            return 1.0

        assert scorer_of(meets).score(vr.Batch.of(["a", "b", "c"])).totals == [1.0, 1.0, 1.0]

    def test_terms_that_do_not_depend_on_each_other_are_awaited_together(self, scorer_of: ScorerOf) -> None:
        arrived: dict[str, asyncio.Event] = {}

        async def meet(name: str, other: str) -> float:
            arrived.setdefault(name, asyncio.Event()).set()
            await asyncio.wait_for(arrived.setdefault(other, asyncio.Event()).wait(), timeout=10)
            return 1.0

        @vr.reward(range=(0, 1))
        async def first(completion: vr.Completion) -> float:
            return await meet("first", "second")

        @vr.reward(range=(0, 1))
        async def second(completion: vr.Completion) -> float:
            return await meet("second", "first")

        @vr.reward(range=(0, 1))
        async def after(completion: vr.Completion, of: vr.RewardOutput) -> float:
            assert {*arrived} == {"first", "second"}
            return 0.5 * float(of.score or 0)

        terms = {
            "c": {"use": "lab/after", "depends": {"of": "b"}, "gate": "a"},
            "a": {"use": "lab/first"},
            "b": {"use": "lab/second"},
        }
        scored = scorer_of(first, second, after, terms=terms).score(vr.Batch.of(["x"]))
        assert [scored.terms[name].values for name in "abc"] == [[1.0], [1.0], [0.5]]

    def test_a_term_that_is_awaited_beside_others_stops_a_run_as_alone(self, scorer_of: ScorerOf) -> None:
        terms = {name: {"use": "lab/any", "on_error": "fail"} for name in ("a", "b")}
        with pytest.raises(ScoringError, match=r"term 'a', row 0: .*boom.* \(1 more\)"):
            scorer_of(judged, terms=terms).score(vr.Batch.of(["bad"]))

    @pytest.mark.parametrize("aside", [True, False])
    def test_a_reward_that_scores_on_the_loop_is_a_fault_and_beside_it_is_not(
        self, scorer_of: ScorerOf, *, aside: bool
    ) -> None:
        inner = scorer_of(judged)

        @vr.reward(range=(0, 1), name="any")
        async def outer(completion: vr.Completion) -> float | None:
            batch = vr.Batch.of([completion])
            return (await asyncio.to_thread(inner.score, batch) if aside else inner.score(batch)).totals[0]

        scored = scorer_of(outer).score(vr.Batch.of(["a"]))
        assert scored.totals == [0.5 if aside else None]
        assert aside or "await asyncio.to_thread(scorer.score, batch)" in reason(scored)

    def test_a_reward_on_the_loop_may_wait_for_one_in_a_worker(self, scorer_of: ScorerOf, tmp_path: Path) -> None:
        signature = "async def half(completion: vr.Completion) -> float:"
        source = f"import vlm_rewards as vr\n\n@vr.reward(range=(0, 1))\n{signature}\n    return 0.5\n"
        (tmp_path / "half.py").write_text(source)
        inner = vr.load_scorer(
            {"version": 1, "rewards": {"half": {"use": f"{tmp_path}/half.py:half", "isolation": "process"}}}
        )

        @vr.reward(range=(0, 1), name="any")
        async def outer(completion: vr.Completion) -> float | None:
            return inner.score(vr.Batch.of([completion])).totals[0]

        assert scorer_of(outer).score(vr.Batch.of(["a"])).totals == [0.5]

    @pytest.mark.parametrize("text", ["exit", "interrupt", "cancel", "stop", "stop async"])
    def test_a_reward_that_ends_the_loop_is_a_fault_and_the_loop_lives_on(self, scorer_of: ScorerOf, text: str) -> None:
        scorer = scorer_of(judged)
        results: list[vr.ScoredBatch] = []

        def work() -> None:
            results.append(scorer.score(vr.Batch.of(["a", text, "b"])))
            results.append(scorer.score(vr.Batch.of(["a"])))

        # In a thread: a loop that died would be waited for without end.
        waiting = threading.Thread(target=work, daemon=True)
        waiting.start()
        waiting.join(timeout=20)
        assert not waiting.is_alive()
        assert statuses(results[0]) == ["scored", "failed", "scored"]
        assert results[1].totals == [0.5]

    def test_batches_and_classes_may_be_async_too(self, scorer_of: ScorerOf) -> None:
        @vr.reward(range=(0, 1), name="any")
        class Remote:
            async def __call__(self, completions: list[vr.Completion]) -> list[float]:
                await asyncio.sleep(0)
                return [0.25 for _ in completions]

        assert scorer_of(Remote).score(vr.Batch.of(["a", "b"])).totals == [0.25, 0.25]


class TestPicturesThatCannotBeRead:
    def test_a_missing_picture_is_the_datas_fault_with_a_reason(self, scorer_of: ScorerOf) -> None:
        pytest.importorskip("PIL")

        @vr.reward(range=(0, 1), name="any")
        def wide(completion: vr.Completion, images: vr.Images) -> float:
            return float(images[0].size[0] > 1)

        scored = scorer_of(wide).score(vr.Batch.of(["a"], images=[["nowhere.png"]]))
        assert statuses(scored) == ["bad_reference"]
        assert reason(scored) == ("Image nowhere.png does not exist; check the path, or the folder it is relative to.")
        assert scored.totals == [None]
