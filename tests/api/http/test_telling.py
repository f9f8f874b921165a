"""Request ids, log lines, metrics."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from api.http import logs
from api.http.metrics import Metrics
from api.http.telling import Telling


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Log lines in JSON; the loggers are put back afterwards."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure("json", written)
    yield written
    root.handlers[:] = kept
    root.setLevel(level)


def _app(metrics: Metrics) -> FastAPI:
    app = FastAPI()

    @app.get("/plans/{plan_id}")
    async def plan(plan_id: str) -> dict[str, str]:
        logging.getLogger("inside").warning("looked up %s", plan_id)
        return {"id": plan_id}

    app.add_middleware(Telling, metrics=metrics)
    return app


def _get(app: FastAPI, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers=headers)

    import anyio

    return anyio.run(ask)


def test_a_request_is_told_in_one_line_with_its_id_and_so_is_what_happened_inside(lines: io.StringIO) -> None:
    answer = _get(_app(Metrics("1", dict)), "/plans/p1")
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    inside, request = [line for line in told if line["logger"] in ("inside", "planner.requests")]
    assert inside["event"] == "looked up p1"
    assert (request["method"], request["path"], request["status"]) == ("GET", "/plans/p1", 200)
    assert request["request_id"] == inside["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("sent", "kept"), [("order-4711.a_b", True), ("short", False), ("a b c d e f g", False)]
)
@pytest.mark.usefixtures("lines")
def test_an_id_that_was_sent_along_is_kept_where_it_is_harmless(sent: str, kept: bool) -> None:
    answer = _get(_app(Metrics("1", dict)), "/plans/p1", {"x-request-id": sent})
    assert (answer.headers["x-request-id"] == sent) is kept


@pytest.mark.usefixtures("lines")
def test_requests_are_counted_by_route_not_by_path() -> None:
    metrics = Metrics("1", lambda: {"running": 2})
    app = _app(metrics)
    for name in ("p1", "p2", "p3"):
        _get(app, f"/plans/{name}")
    _get(app, "/nothing")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }
    seen = ("method", "GET"), ("route", "/plans/{plan_id}"), ("status", "200")
    assert samples["planner_request_seconds_count", seen] == 3
    assert samples["planner_requests_open", ()] == 0
    assert samples["planner_jobs", (("state", "running"),)] == 2
    assert ("route", "/plans/p1") not in {label for _, labels in samples for label in labels}
