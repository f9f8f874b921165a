"""Requests with an ``Idempotency-Key``: sent twice, done once, answered the same.

A program that got no answer cannot know whether its request was done. It sends the same request with the same key
again, and gets the answer of the first time (with ``Idempotent-Replayed: true``), or hears that it is still being done.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import error_response
from data.store.database import Database
from data.store.requests import Recorded, RequestState, answered, begin, forget, marking
from planner.roles import LOCAL

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LARGEST_BODY = 1024 * 1024
_KEPT_HEADERS = ("content-type", "location", "etag")


class Idempotency:
    """Middleware, inside of the one that says who asks.

    Parameters
    ----------
    app
        What answers.
    database
        Where requests are recorded.
    """

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app, self._database = app, database
        self.server = secrets.token_hex(8)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say again what was answered."""
        key = Headers(scope=scope).get(HEADER) if scope["type"] == "http" else None
        if key is None or scope["method"] not in _METHODS:
            await self._app(scope, receive, send)
            return
        if _KEY.fullmatch(key) is None:
            detail = f"{HEADER} is 1 to 200 visible ASCII characters, a fresh UUID for instance."
            await error_response(422, "invalid-request", detail)(scope, receive, send)
            return
        person = getattr(scope.get("state", {}).get("person"), "id", LOCAL.id)
        said = f"{scope['method']} {scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"
        request = hashlib.sha256(said.encode("utf-8")).hexdigest()
        before = await run_in_threadpool(begin, self._database, person, key, request, self.server)
        if before is None:
            await self._first(scope, receive, send, person, key)
        else:
            await self._again(before, request, scope, receive, send)

    async def _first(self, scope: Scope, receive: Receive, send: Send, person: str, key: str) -> None:
        body, whole = hashlib.sha256(), False
        answer: dict[str, Any] = {"status": 500, "headers": {}, "body": bytearray(), "size": 0}

        async def receive_seen() -> Message:
            nonlocal whole
            message = await receive()
            body.update(message.get("body", b""))
            whole = whole or not message.get("more_body", False)
            return message

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer["status"] = message["status"]
                headers = Headers(raw=message["headers"])
                answer["headers"] = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
                if "no-store" in headers.get("cache-control", ""):  # a secret, told this once
                    answer["size"] = _LARGEST_BODY + 1
            elif message["type"] == "http.response.body":
                part = message.get("body", b"")
                answer["size"] += len(part)
                if answer["size"] <= _LARGEST_BODY:
                    answer["body"] += part
                if not message.get("more_body", False):
                    # What refuses a request may not read its body: then nothing is known of it to compare.
                    await self._keep(person, key, body.hexdigest() if whole else None, answer)
            await send(message)

        with marking(person, key):
            try:
                await self._app(scope, receive_seen, send_kept)
            except BaseException:
                await run_in_threadpool(forget, self._database, person, key)
                raise

    async def _keep(self, person: str, key: str, digest: str | None, answer: dict[str, Any]) -> None:
        """Record the answer before the last of it is sent: who has read it can be sure that it will be said again."""
        if answer["status"] >= 500:
            await run_in_threadpool(forget, self._database, person, key)
            return
        body = bytes(answer["body"]) if answer["size"] <= _LARGEST_BODY else None
        await run_in_threadpool(
            answered, self._database, person, key, digest, answer["status"], answer["headers"], body
        )

    async def _again(
        self, before: Recorded, request: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        digest = await _digest(receive)
        if before.request != request or (before.digest is not None and before.digest != digest):
            detail = f"This {HEADER} was used for another request. Take a fresh key for every new request."
            await error_response(422, "key-used", detail)(scope, receive, send)
        elif before.state is RequestState.BEGUN:
            detail = "This request is being worked on. Send it again in a moment."
            await error_response(409, "in-progress", detail, headers={"Retry-After": "1"})(
                scope, receive, send
            )
        elif before.state is RequestState.EFFECTIVE or before.body is None or before.status is None:
            detail = "This request was done, but its answer is not there any more. Read what it changed."
            await error_response(409, "already-done", detail)(scope, receive, send)
        else:
            raw = [(n.encode(), v.encode("latin-1")) for n, v in (before.headers or {}).items()]
            raw += [(REPLAYED.lower().encode(), b"true")]
            if before.status != 204:
                raw += [(b"content-length", str(len(before.body)).encode())]
            await send({"type": "http.response.start", "status": before.status, "headers": raw})
            await send({"type": "http.response.body", "body": before.body})


async def _digest(receive: Receive) -> str:
    seen = hashlib.sha256()
    while True:
        message = await receive()
        seen.update(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return seen.hexdigest()
