"""The routes of a service, asked in this process: the same totals, and every refusal by its status."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

import httpx2
from PIL import Image

import vlm_rewards as vr
from vlm_rewards.serve.app import API_HEADER, VERSION, VERSION_HEADER, Service
from vlm_rewards.types.images import ImageRef

ROWS: list[dict[str, Any]] = [
    {"completion": "\\boxed{7}", "solution": "7"},
    {"completion": "\\boxed{8}", "solution": 7},
    {"completion": [{"role": "assistant", "content": "<think>seven"}], "solution": "7"},
    {"completion": "\\boxed{7}", "solution": None},
    {"completion": 3, "solution": "7"},
]
Ask = Callable[..., httpx2.Response]
BOX: dict[str, Any] = {"version": 1, "rewards": {"box": {"use": "grounding/box_iou", "params": {"space": "relative"}}}}
TARGET = {"completion": "[0, 0, 0.5, 0.5]", "solution": [0, 0, 5, 5]}


def asking(scorer: vr.Scorer, **options: Any) -> Ask:
    app = Service(scorer, **options).app()

    def ask(path: str, body: object = None, **keywords: Any) -> httpx2.Response:
        async def once() -> httpx2.Response:
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(
                    "GET" if body is None and not keywords else "POST", path, json=body, **keywords
                )

        return asyncio.run(once())

    return ask


@pytest.fixture
def ask(config: Path) -> Ask:
    return asking(vr.load_scorer(config))


class TestScore:
    def test_the_outcomes_are_those_of_the_scorer(self, ask: Ask, config: Path) -> None:
        answer = ask("/v1/score", {"rows": ROWS})
        scored = vr.load_scorer(config).score(vr.Batch.from_rows(ROWS))
        assert [vr.ScoredRow.model_validate(row) for row in answer.json()] == list(scored.rows())
        assert [row["total"] for row in answer.json()] == [3.0, 1.0, 0.0, None, 0.0]

    def test_no_rows_are_answered_with_none(self, ask: Ask) -> None:
        assert ask("/v1/score", {"rows": []}).content == b"[]"

    def test_both_versions_are_said_in_every_answer(self, ask: Ask) -> None:
        for answer in (ask("/health"), ask("/v1/score", {"rows": []}), ask("/v1/score", {})):
            assert answer.headers[API_HEADER] == "1"
            assert answer.headers[VERSION_HEADER] == VERSION

    def test_the_facts_of_the_run_reach_the_rewards(self) -> None:
        weighted = {
            "version": 1,
            "rewards": {"form": {"use": "format/boxed", "weight": {"schedule": [[0, 0.0], [10, 1.0]]}}},
        }
        ask = asking(vr.load_scorer(weighted))
        asked = {"rows": ROWS[:1], "context": {"step": 5}}
        assert ask("/v1/score", asked).json()[0]["total"] == 0.5

    def test_a_group_is_told_by_its_column_or_its_size(self) -> None:
        ask = asking(vr.load_scorer({"version": 1, "rewards": {"form": {"use": "format/boxed", "normalize": "group"}}}))
        rows = [{"completion": "\\boxed{7}", "group_id": 1}, {"completion": "7", "group_id": 1}]
        assert [row["total"] for row in ask("/v1/score", {"rows": rows}).json()] == [1.0, -1.0]
        without = [{"completion": row["completion"]} for row in rows]
        sized = {"rows": without, "context": {"group_size": 2}}
        assert [row["total"] for row in ask("/v1/score", sized).json()] == [1.0, -1.0]
        assert "group_id" in ask("/v1/score", {"rows": without}).json()["detail"]

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ({}, "body.rows: Field required"),
            ({"rows": [{"solution": "7"}]}, "Row 0 has no column 'completion'"),
            ({"rows": [{"completion": "7"}]}, "Dataset column 'solution' is missing"),
            ({"rows": [7]}, "body.rows.0"),
            ({"rows": [], "more": 1}, "body.more"),
            ({"rows": ROWS[:1], "context": {"group_size": 0}}, "body.context.group_size"),
            ({"rows": [{"completion": ""}] * 4097}, "at most 4096 items"),
        ],
    )
    def test_a_body_that_cannot_be_scored_is_refused_with_the_reason(self, ask: Ask, body: object, told: str) -> None:
        answer = ask("/v1/score", body)
        assert answer.status_code == 422
        assert told in answer.json()["detail"]

    @pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"rows": ' + b"1" * 10_000 + b"}", b"\xff"])
    def test_what_is_no_json_is_refused(self, ask: Ask, body: bytes) -> None:
        answer = ask("/v1/score", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422)
        assert answer.json()["detail"]

    def test_half_a_character_and_nan_are_scored(self, ask: Ask) -> None:
        body = b'{"rows": [{"completion": "\\ud800 \\\\boxed{7}", "solution": NaN, "more": "\\ud800"}]}'
        answer = ask("/v1/score", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200
        assert answer.json()[0]["terms"]["answer"]["status"] == "bad_reference"


class TestPictures:
    @pytest.fixture(autouse=True)
    def root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "pictures"
        folder.mkdir()
        for path in (folder / "ten.png", tmp_path / "outside.png"):
            Image.new("RGB", (10, 10)).save(path)
        (folder / "link.png").symlink_to(tmp_path / "outside.png")
        monkeypatch.setattr(ImageRef, "root", folder.resolve())
        return folder

    def test_a_path_inside_of_the_folder_is_read_and_bytes_are(self, root: Path) -> None:
        ask = asking(vr.load_scorer(BOX), images=root)
        encoded = base64.b64encode((root / "ten.png").read_bytes()).decode()
        pictures = ["ten.png", str(root / "ten.png"), encoded, f"data:image/png;base64,{encoded}", {"bytes": encoded}]
        answer = ask("/v1/score", {"rows": [{**TARGET, "images": [picture]} for picture in pictures]})
        assert [row["total"] for row in answer.json()] == [1.0] * 5

    @pytest.mark.parametrize(
        "path", ["../outside.png", "link.png", "/etc/passwd", "file:///etc/passwd", "ten.png/../../outside.png"]
    )
    def test_a_path_that_leaves_it_costs_its_row_alone(self, root: Path, path: str) -> None:
        ask = asking(vr.load_scorer(BOX), images=root)
        rows = [{**TARGET, "images": [path]}, {**TARGET, "images": [{"path": path}]}, {**TARGET, "images": ["ten.png"]}]
        answer = ask("/v1/score", {"rows": rows}).json()
        assert [row["terms"]["box"]["status"] for row in answer] == ["bad_reference", "bad_reference", "scored"]
        assert "outside of the folder" in answer[0]["terms"]["box"]["reason"]

    def test_no_path_is_read_where_no_folder_is_given(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ImageRef, "root", Path())
        ask = asking(vr.load_scorer(BOX))
        (row,) = ask("/v1/score", {"rows": [{**TARGET, "images": [str(root / "ten.png")]}]}).json()
        assert row["terms"]["box"]["status"] == "bad_reference"

    def test_a_worker_is_not_sent_a_path_that_leaves_it(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        config = {"version": 1, "rewards": {"box": {**BOX["rewards"]["box"], "isolation": "process"}}}
        monkeypatch.delenv("VLM_REWARDS_ISOLATION", raising=False)
        with vr.load_scorer(config) as scorer:
            ask = asking(scorer, images=root)
            buffer = io.BytesIO()
            Image.new("RGB", (10, 10)).save(buffer, "PNG")
            pictures = ["../outside.png", "ten.png", base64.b64encode(buffer.getvalue()).decode()]
            answer = ask("/v1/score", {"rows": [{**TARGET, "images": [picture]} for picture in pictures]}).json()
        assert [row["total"] for row in answer] == [None, 1.0, 1.0]
        assert "outside of the folder" in answer[0]["terms"]["box"]["reason"]


class TestOpenRLHF:
    def test_answers_stand_behind_their_prompts_and_labels_hold_columns(self, ask: Ask) -> None:
        asked = {
            "query": ["2+5?\\boxed{7}<|im_end|>", "2+5?\\boxed{8}"],
            "prompts": ["2+5?", "2+5?"],
            "labels": ["7", '{"solution": "8"}'],
        }
        answer = ask("/openrlhf", asked).json()
        assert answer["rewards"] == answer["scores"] == [3.0, 3.0]
        assert answer["extra_logs"] == {"answer": [1.0, 1.0], "form": [1.0, 1.0], "valid": [1.0, 1.0]}

    def test_a_row_without_a_total_is_refused_or_paid_what_was_said_and_counted(self, ask: Ask, config: Path) -> None:
        asked = {"query": ["\\boxed{7}"] * 2, "prompts": [""] * 2, "labels": ["7", None]}
        refused = ask("/openrlhf", asked)
        assert refused.status_code == 422
        assert "Row 1 has no total: answer: column 'solution' holds None" in refused.json()["detail"]
        answer = asking(vr.load_scorer(config), no_verdict=-1.0)("/openrlhf", asked).json()
        assert answer["rewards"] == [3.0, -1.0]
        assert answer["extra_logs"]["valid"] == [1.0, 0.0]

    def test_lists_of_unequal_length_and_none_at_all(self, ask: Ask) -> None:
        assert ask("/openrlhf", {"query": ["7"], "prompts": [], "labels": []}).status_code == 422
        assert ask("/openrlhf", {"query": [], "prompts": [], "labels": []}).json()["rewards"] == []


class TestNeMoGym:
    def asked(self, text: str, **columns: object) -> dict[str, Any]:
        output = [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "\\boxed{1}"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]},
        ]
        return {"responses_create_params": {"input": "2+5?"}, "response": {"id": "r", "output": output}, **columns}

    def test_the_answer_repeats_what_was_asked_and_pays(self, ask: Ask) -> None:
        asked = self.asked("\\boxed{7}", solution="7")
        answer = ask("/verify", asked).json()
        assert answer == {
            **asked,
            "reward": 3.0,
            "reward_components": {"answer": 1.0, "form": 1.0},
            "mask_sample": False,
            "failure_kind": None,
            "failure_reason": None,
        }

    def test_a_row_without_a_total_is_masked(self, ask: Ask) -> None:
        answer = ask("/verify", self.asked("\\boxed{7}", solution=None)).json()
        assert answer["mask_sample"]
        assert answer["reward_components"] == {"answer": 0.0, "form": 1.0}
        assert answer["failure_reason"].startswith("answer: column 'solution' holds None")

    def test_pictures_stand_in_the_input(self) -> None:
        buffer = io.BytesIO()
        Image.new("RGB", (10, 10)).save(buffer, "PNG")
        address = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        asked = self.asked("[0, 0, 0.5, 0.5]", solution=[0, 0, 5, 5])
        parts = [{"type": "input_text", "text": "Where?"}, {"type": "input_image", "image_url": address}]
        asked["responses_create_params"]["input"] = [{"role": "user", "content": parts}]
        assert asking(vr.load_scorer(BOX))("/verify", asked).json()["reward"] == 1.0

    @pytest.mark.parametrize("response", [{}, {"output": 3}, {"output": []}, {"output": [{"content": None}]}])
    def test_a_response_without_a_message_earns_nothing(self, ask: Ask, response: object) -> None:
        answer = ask("/verify", {"responses_create_params": {}, "response": response, "solution": "7"})
        assert answer.status_code == 200
        assert answer.json()["reward"] == 0.0

    def test_a_session_starts(self, ask: Ask) -> None:
        assert ask("/seed_session", {}).json() == {"ready": True}

    def test_what_compares_rows_needs_to_know_their_group(self) -> None:
        ask = asking(vr.load_scorer({"version": 1, "rewards": {"form": {"use": "format/boxed", "normalize": "group"}}}))
        assert "A group reward cannot tell" in ask("/verify", self.asked("7")).json()["detail"]
        assert ask("/openrlhf", {"query": ["7"], "prompts": [""], "labels": [""]}).status_code == 422


class TestWhoIsLetIn:
    def test_the_token(self, config: Path) -> None:
        ask = asking(vr.load_scorer(config), token="geheim")
        for given in ({}, {"authorization": "Bearer other"}, {"authorization": "geheim"}):
            for path in ("/v1/score", "/openrlhf", "/verify"):
                answer = ask(path, {"rows": []}, headers=given)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == "Bearer"
        assert ask("/metrics").status_code == 401
        assert ask("/health").status_code == 200
        assert ask("/v1/score", {"rows": []}, headers={"authorization": "Bearer geheim"}).status_code == 200

    def test_a_client_of_another_version_is_told_both(self, ask: Ask) -> None:
        answer = ask("/v1/score", {"rows": []}, headers={API_HEADER: "2", VERSION_HEADER: "9.9"})
        assert answer.status_code == 400
        assert "version 2 of the routes (vlm-rewards 9.9)" in answer.json()["detail"]
        assert f"version 1 (vlm-rewards {VERSION})" in answer.json()["detail"]

    def test_a_body_too_large_or_of_unknown_size(self, config: Path) -> None:
        ask = asking(vr.load_scorer(config), most_bytes=100)
        assert ask("/v1/score", {"rows": [{"completion": "7" * 100}]}).status_code == 413

        async def parts() -> Any:
            yield b'{"rows": []}'

        answer = ask("/v1/score", content=parts(), headers={"content-type": "application/json"})
        assert answer.status_code == 411

    def test_a_page_of_a_browser_cannot_ask(self, ask: Ask) -> None:
        answer = ask("/v1/score", content=b'{"rows": []}', headers={"content-type": "text/plain"})
        assert answer.status_code == 415

    def test_more_requests_than_may_wait_are_told_to_come_again(self, config: Path) -> None:
        app = Service(vr.load_scorer(config), waiting=3).app()
        body = {"rows": ROWS[:1] * 50}

        async def many() -> list[httpx2.Response]:
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
                return await asyncio.gather(*(client.post("/v1/score", json=body) for _ in range(20)))

        answers = asyncio.run(many())
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {200, 429}
        assert statuses.count(200) >= 3
        assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 429)


def test_metrics_count_answers_and_outcomes_and_each_service_its_own(config: Path) -> None:
    ask, other = asking(vr.load_scorer(config)), asking(vr.load_scorer(config))
    ask("/v1/score", {"rows": ROWS})
    ask("/v1/score", {})
    ask("/no/such/route")
    told = ask("/metrics").text
    assert 'vlm_rewards_rows_total{status="bad_reference",term="answer"} 1.0' in told
    assert 'vlm_rewards_rows_total{status="none",term="total"} 1.0' in told
    assert 'vlm_rewards_seconds_count{route="/v1/score",status="422"} 1.0' in told
    assert 'vlm_rewards_seconds_count{route="other",status="404"} 1.0' in told
    assert "vlm_rewards_rows_total{" not in other("/metrics").text


def test_the_schema_has_a_version_and_every_route(ask: Ask) -> None:
    schema = ask("/openapi.json").json()
    assert schema["info"]["version"] == "1.0"
    assert schema["paths"].keys() == {"/v1/score", "/openrlhf", "/verify", "/seed_session", "/health", "/metrics"}
    assert json.dumps(schema["components"]["schemas"]["ScoreRequest"])
