"""The routes of a service, what they are asked, and who may ask."""

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import prometheus_client as prometheus
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from vlm_rewards.data.lines import parse
from vlm_rewards.data.written import line_of
from vlm_rewards.errors import ColumnError
from vlm_rewards.export.rewards import unfit_alone
from vlm_rewards.scoring.scorer import Scorer
from vlm_rewards.text.messages import printable
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.context import Context
from vlm_rewards.types.images import FrameSpec
from vlm_rewards.types.output import ScoredRow
from vlm_rewards.types.results import ScoredBatch


class Run(BaseModel, extra="forbid"):
    """Facts of the run."""

    step: int = Field(default=0, ge=0, le=1 << 40)
    group_size: int | None = Field(default=None, ge=1, le=1 << 40)
    reasoning_prefilled: bool = False
    frame: FrameSpec | None = None


class ScoreRequest(BaseModel, extra="forbid"):
    """Rows to score together, each with its `completion` beside its columns."""

    rows: list[dict[str, Any]] = Field(max_length=4096)
    context: Run = Run()


class Queries(BaseModel):
    """What OpenRLHF asks: prompts with their answers behind them, prompts, and labels."""

    query: list[str] = Field(max_length=4096)
    prompts: list[str]
    labels: list[Any] = Field(description="An object, or its JSON, holds columns; anything else is the `solution`.")

    def rows(self) -> list[dict[str, Any]]:
        """The rows; an answer is what follows its prompt. Raises ColumnError for lists of several lengths."""
        if not len(self.query) == len(self.prompts) == len(self.labels):
            raise ColumnError("`query`, `prompts` and `labels` have one item per row.")
        rows = []
        for query, prompt, label in zip(self.query, self.prompts, self.labels, strict=True):
            held = parse(label.encode("utf-8", "replace")) if isinstance(label, str) else label
            columns = held if isinstance(held, dict) else {"solution": label}
            rows.append({**columns, "prompt": prompt, "completion": query.removeprefix(prompt)})
        return rows


class Verify(BaseModel, extra="allow"):
    """What NeMo Gym asks: a request and a response of the Responses API, and columns beside them."""

    responses_create_params: dict[str, Any]
    response: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """The text of the last message, the images of the input, and the columns."""
        asked = self.responses_create_params.get("input")
        said = [item for item in _parts(self.response.get("output")) if item.get("type", "message") == "message"]
        text = "".join(str(part.get("text", "")) for part in _parts(said[-1].get("content"))) if said else None
        parts = [part for turn in _parts(asked) for part in _parts(turn.get("content"))]
        images = [part.get("image_url") for part in parts if part.get("type") == "input_image"]
        return {"images": images, **(self.model_extra or {}), "prompt": asked, "completion": text}


def _parts(value: object) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, Sequence) else []


#: The version of the routes and their schema; both sides say it beside the version of the package.
API, VERSION = "1", version("vlm-rewards")
API_HEADER, VERSION_HEADER = "x-vlm-rewards-api", "x-vlm-rewards-version"

_SECONDS = 30  # that the body of a request may take to come
_REFUSALS: dict[int | str, Any] = {key: {"model": dict[str, str]} for key in (400, 401, 408, 411, 413, 415, 422, 429)}


@dataclass
class Service:
    """The rewards of one file, for those who may ask."""

    scorer: Scorer  # scores one request at a time, in the order in which they came
    images: Path | None = None  # the folder that relative paths of images start from
    token: str | None = None  # what clients send as `Authorization: Bearer TOKEN`; None lets everybody in
    most_bytes: int = 32 << 20  # of one request
    waiting: int = 32  # requests that are read, wait or are scored; another one is told to come again
    no_verdict: float | None = None  # what OpenRLHF is told of a row without a total; None refuses the request
    inside: int = field(default=0, init=False)  # requests that wait

    def app(self) -> FastAPI:
        """The app of ASGI."""
        self.lane = ThreadPoolExecutor(1)
        self.registry = held = prometheus.CollectorRegistry()
        self.seconds = prometheus.Histogram("vlm_rewards_seconds", "Of answers.", ["route", "status"], registry=held)
        self.rows = prometheus.Counter("vlm_rewards_rows", "By outcome.", ["term", "status"], registry=held)
        app = FastAPI(title="vlm-rewards", version=f"{API}.0", docs_url=None, redoc_url=None)
        post = partial(app.add_api_route, methods=["POST"], responses=_REFUSALS)
        post("/v1/score", self.score, response_model=list[ScoredRow])
        post("/openrlhf", self.openrlhf, response_model=dict[str, list[float] | dict[str, list[float]]])
        post("/verify", self.verify, response_model=dict[str, Any])
        post("/seed_session", lambda: {"ready": True}, response_model=dict[str, bool], name="seed_session")
        get = partial(app.add_api_route, responses={status: _REFUSALS[status] for status in (400, 401)})
        get("/health", self.health, response_model=dict[str, Any])
        get("/metrics", self.metrics, response_class=PlainTextResponse)
        self.routes = {getattr(route, "path", "") for route in app.routes}
        app.add_exception_handler(RequestValidationError, lambda _, error: _refused(422, _wrong(error)))
        app.add_exception_handler(ColumnError, lambda _, error: _refused(422, str(error)))
        app.middleware("http")(self.gate)
        return app

    async def gate(self, request: Request, answer: Callable[[Request], Any]) -> Response:
        """Answer a request that is let in; say both versions, and count it."""
        start = perf_counter()
        status, detail = self._refusal(request)
        accepted = request.method == "POST" and not status
        self.inside += accepted
        try:
            async with asyncio.timeout(_SECONDS):
                if accepted:
                    await request.body()
                async for _ in request.stream():  # what nobody reads would cut the connection before the answer
                    pass
            response = _refused(status, detail) if status else await answer(request)
        except (TimeoutError, ClientDisconnect):
            response = _refused(408, f"The body did not come within {_SECONDS} seconds.")
        finally:
            self.inside -= accepted
        response.headers[API_HEADER], response.headers[VERSION_HEADER] = API, VERSION
        route = request.url.path if request.url.path in self.routes else "other"
        self.seconds.labels(route, str(response.status_code)).observe(perf_counter() - start)
        return response

    def _refusal(self, request: Request) -> tuple[int, str]:
        """The status and the reason for a request that is not let in; 0 for one that is."""
        said, path = request.headers, request.url.path
        given, wanted = said.get("authorization", "").encode(), f"Bearer {self.token}".encode()
        if self.token is not None and path != "/health" and not hmac.compare_digest(given, wanted):
            return 401, "The token is missing or wrong; send `Authorization: Bearer TOKEN`."
        if said.get(API_HEADER, API) != API:
            theirs = f"{said[API_HEADER][:9]} of the routes (vlm-rewards {said.get(VERSION_HEADER, 'unknown')[:20]})"
            ours = f"version {API} (vlm-rewards {VERSION})"
            return 400, f"The client speaks version {theirs}, this server {ours}; install one release on both sides."
        length = said.get("content-length", "0")
        if "transfer-encoding" in said or not length.isdecimal():
            return 411, "The size of the body is not known; send `Content-Length`."
        if int(length[:19]) > self.most_bytes:
            return 413, f"The body has over {self.most_bytes} bytes; send fewer rows at a time."
        if length != "0" and said.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "The body must be JSON; send `Content-Type: application/json`."
        if request.method == "POST" and self.inside >= self.waiting:
            return 429, f"{self.waiting} requests are waiting already; come again."
        return 0, ""

    async def score(self, asked: ScoreRequest) -> Response:
        """Score rows; the answer has an item for each, in their order."""
        scored = await self._scored(asked.rows, asked.context)
        rows = b",".join(line_of(row.model_dump()).strip() for row in scored.rows())
        return Response(b"[%s]" % rows, media_type="application/json")

    async def openrlhf(self, asked: Queries) -> Response:
        """Answer what OpenRLHF asks of its `remote_url`."""
        scored = await self._scored(asked.rows())
        if None in scored.totals and self.no_verdict is None:
            row = scored.totals.index(None)
            raise ColumnError(f"Row {row} has no total: {_why(scored, row)}; give --no-verdict to pay a number.")
        paid = [self.no_verdict if total is None else total for total in scored.totals]
        logs = {name: [value or 0.0 for value in term.values] for name, term in scored.terms.items()}
        logs["valid"] = [float(total is not None) for total in scored.totals]
        return JSONResponse({"rewards": paid, "scores": paid, "extra_logs": logs})

    async def verify(self, asked: Verify) -> Response:
        """Answer what NeMo Gym asks of a resources server; a row without a total is masked."""
        scored = await self._scored([asked.row()])
        total = scored.totals[0]
        found = {
            "reward": total or 0.0,
            "reward_components": {name: term.values[0] or 0.0 for name, term in scored.terms.items()},
            "mask_sample": total is None,
            "failure_kind": "vlm-rewards:no_verdict" if total is None else None,
            "failure_reason": _why(scored, 0) if total is None else None,
        }
        return Response(json.dumps({**asked.model_dump(), **found}), media_type="application/json")

    async def health(self) -> dict[str, Any]:
        """That it is there, and what it is."""
        return {"status": "ok", "api": API, "version": VERSION, "terms": list(self.scorer.order)}

    async def metrics(self) -> Response:
        """Counts and times for Prometheus."""
        return Response(prometheus.generate_latest(self.registry), media_type=prometheus.CONTENT_TYPE_LATEST)

    async def _scored(self, rows: list[dict[str, Any]], run: Run | None = None) -> ScoredBatch:
        if run is None and (problems := unfit_alone(self.scorer)):
            raise ColumnError(f"{' '.join(problems)} `/v1/score` takes groups and the step.")

        def work() -> ScoredBatch:
            return self.scorer.score(Batch.from_rows(rows, context=Context(**dict(run or Run())), base=self.images))

        scored = await asyncio.get_running_loop().run_in_executor(self.lane, work)
        for name, term in scored.terms.items():
            for status, count in term.counts.items():
                self.rows.labels(name, status.value).inc(count)
        for total in scored.totals:
            self.rows.labels("total", "none" if total is None else "scored").inc()
        return scored


def _wrong(error: Any) -> str:
    """What is wrong with a body, without what it holds."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])


def _refused(status: int, detail: str) -> Response:
    headers = {429: {"retry-after": "1"}, 401: {"www-authenticate": "Bearer"}}.get(status)
    return JSONResponse({"detail": printable(detail)}, status, headers)


def _why(scored: ScoredBatch, row: int) -> str:
    """Why a row has no total: the first reason of a term that is to blame."""
    outputs = {name: scored.output(row, name) for name in scored.terms}
    blamed = (f"{name}: {out.reason or out.status}" for name, out in outputs.items() if out and out.score is None)
    return next(blamed, "no term applies")
