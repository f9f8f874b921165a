"""Gives every request a number, writes one log line when it was answered, and counts it."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.logs import logger
from api.http.metrics import Metrics

REQUEST_ID = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,80}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = logger("planner.requests")


class Telling:
    """Middleware, outermost: a request id that goes back in the answer and into every log line on the way.

    Parameters
    ----------
    app
        What answers.
    metrics
        Where to count.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _ACCEPTED.fullmatch(given) else secrets.token_hex(8)
        seen: dict[str, Any] = {"status": 500, "bytes": 0, "stream": False}

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                seen["status"] = message["status"]
                seen["stream"] = headers.get("content-type", "").startswith("text/event-stream")
            elif message["type"] == "http.response.body":
                seen["bytes"] += len(message.get("body", b""))
            await send(message)

        began = time.perf_counter()
        self._metrics.begun()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_told)
            finally:
                seconds = time.perf_counter() - began
                self._tell(scope, seen, seconds)

    def _tell(self, scope: Scope, seen: dict[str, Any], seconds: float) -> None:
        # The template of the path, never the path: ids would make as many counters as there are plans.
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.ended(method, route, seen["status"], seconds, stream=seen["stream"])
        person = scope.get("state", {}).get("person")
        _log.info(
            "request",
            method=method,
            path=scope["path"],
            status=seen["status"],
            ms=round(1000 * seconds, 1),
            bytes=seen["bytes"],
            person=getattr(person, "id", None),
        )
