"""What every request passes first: whose host, whose page, how big; and the headers every answer carries."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, error_response
from api.settings import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.IGNORECASE)


class Guard:
    """Refuse foreign hosts, foreign pages and oversized bodies; add the security headers.

    A page of another site can make a browser send requests to this machine. The Host header tells a rebound DNS
    name from a local one, the Origin header tells whose page it was.
    """

    def __init__(self, app: ASGIApp, settings: Settings, upload_path: str) -> None:
        self._app, self._settings, self._upload_path = app, settings, upload_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal is not None:
            status, kind, detail = refusal
            await error_response(status, kind, detail)(scope, receive, send_guarded)
            return
        await self._app(scope, _counted(receive, self._limit(scope)), send_guarded)

    def _limit(self, scope: Scope) -> int:
        upload = scope["method"] == "POST" and scope["path"] == self._upload_path
        return self._settings.max_upload_bytes if upload else self._settings.max_request_bytes

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if _LOCAL_HOST.fullmatch(host) is None:
            return 421, "wrong-host", f"This service answers to localhost only, not to {host!r}."
        origin = headers.get("origin")
        if scope["method"] not in _SAFE and origin is not None and urlsplit(origin).netloc != host:
            return 403, "foreign-page", f"A page of {origin!r} may not change anything here."
        length = headers.get("content-length", "0")
        limit = self._limit(scope)
        if not length.isdigit() or int(length) > limit:
            return 413, "too-large", _too_large(limit)
        return None


def _counted(receive: Receive, limit: int) -> Callable[[], Awaitable[Message]]:
    total = 0

    async def receive_counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            raise ApiError(413, "too-large", _too_large(limit))
        return message

    return receive_counted


def _too_large(limit: int) -> str:
    return f"The body is larger than the limit of {limit:,} bytes. Send less, or raise the limit in the settings."
