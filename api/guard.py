"""What every request passes first: whose host, whose page, how big; and the headers every answer carries."""

from __future__ import annotations

import ipaddress
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
_TLS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOCAL_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_ANY_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?(:\d{1,5})?", re.IGNORECASE)


class Guard:
    """Refuse foreign hosts, foreign pages and oversized bodies; add the security headers.

    A page of another site can make a browser send requests to this machine. The Host header tells a rebound DNS
    name from a local one, the Origin header tells whose page it was.
    """

    def __init__(self, app: ASGIApp, settings: Settings, upload_path: str) -> None:
        self._app, self._settings, self._upload_path = app, settings, upload_path
        self._headers = {**_HEADERS, **(_TLS_HEADERS if settings.behind_tls else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    answer.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal is not None:
            status, kind, detail = refusal
            await error_response(status, kind, detail)(scope, receive, send_guarded)
            return
        await self._app(scope, _counted(receive, self._limit(scope)), send_guarded)

    def _is_ours(self, host: str) -> bool:
        if _LOCAL_HOST.fullmatch(host) is not None:
            return True
        if not self._settings.team or _ANY_HOST.fullmatch(host) is None:
            return False
        name = host.lower().partition(":")[0]
        return any(
            name.endswith(allowed) if allowed.startswith(".") else name == allowed
            for allowed in map(str.lower, self._settings.allowed_hosts)
        )

    def _is_own_page(self, origin: str, host: str) -> bool:
        try:
            page = urlsplit(origin)
        except ValueError:
            return False
        return page.netloc == host and (page.scheme == "https" or not self._settings.behind_tls)

    def _limit(self, scope: Scope) -> int:
        upload = scope["method"] == "POST" and scope["path"] == self._upload_path
        return self._settings.max_upload_bytes if upload else self._settings.max_request_bytes

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            told = "the names in PLANNER_ALLOWED_HOSTS" if self._settings.team else "localhost only"
            return 421, "wrong-host", f"This service answers to {told}, not to {host!r}."
        if not self._settings.team and not _is_near(scope):
            return 403, "far-away", "This service is for one person on this machine. See PLANNER_MODE."
        origin = headers.get("origin")
        if scope["method"] not in _SAFE and origin is not None and not self._is_own_page(origin, host):
            return 403, "foreign-page", f"A page of {origin!r} may not change anything here."
        length = headers.get("content-length", "0")
        limit = self._limit(scope)
        if not length.isdigit() or int(length) > limit:
            return 413, "too-large", _too_large(limit)
        return None


def _is_near(scope: Scope) -> bool:
    """Return whether a request came from this machine; over a socket of this machine it has no address."""
    try:
        return ipaddress.ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return True


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
