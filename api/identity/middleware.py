"""Lets in who may come in: every request but those of the way in has somebody who sent it."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import error_response
from api.identity.access import LOCAL_ACCESS, Access, by_session, by_token
from api.identity.address import client_address, networks
from api.identity.cookies import CSRF_HEADER, clear_cookies, is_ours, session_cookie
from api.settings import Settings
from data.store.database import Database

OPEN = (
    "/sign-in",
    "/sign-in/company",
    "/sign-in/company/return",
    "/api/sign-in",
    "/api/session",
    "/assets/{digest}/{name:path}",
    "/favicon.ico",
    "/health",
)
"""Paths that answer to people who have not signed in; all others do not."""
_OPEN = tuple(compile_path(path)[0] for path in OPEN)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CHECKED_EVERY_S = 30.0


class Identity:
    """Find out who sent a request, refuse it where nobody did, and end a stream when its session or token ends.

    What it found stands in the state of the request: `person`, and `access` for how that was proved.
    """

    def __init__(self, app: ASGIApp, settings: Settings, database: Database) -> None:
        self._app, self._settings, self._database = app, settings, database
        self._trusted = networks(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["address"] = client_address(scope, self._trusted)
        if not self._settings.team:
            state["person"], state["access"] = LOCAL_ACCESS.person, LOCAL_ACCESS
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        bearer, secret = _bearer(headers), _cookie(headers, session_cookie(self._settings))
        found = await self._find(bearer, secret)
        state["person"], state["access"] = (found.person if found else None), found
        refusal = self._refusal(scope, headers, found, bearer, secret)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if found is None:
            await self._app(scope, receive, send)
            return
        await self._watched(scope, receive, send, bearer, secret)

    async def _find(self, bearer: str | None, secret: str | None) -> Access | None:
        if bearer is not None:
            return await run_in_threadpool(by_token, self._database, bearer)
        if secret is not None:
            return await run_in_threadpool(by_session, self._database, self._settings, secret)
        return None

    def _refusal(
        self, scope: Scope, headers: Headers, found: Access | None, bearer: str | None, secret: str | None
    ) -> Response | None:
        if bearer is not None and found is None:
            detail = "The token is unknown, expired or withdrawn. Make another one with POST /api/tokens."
            return error_response(401, "token-refused", detail, headers={"WWW-Authenticate": "Bearer"})
        if found is None and not any(pattern.match(scope["path"]) for pattern in _OPEN):
            return self._way_in(scope, headers, secret)
        if (
            found is None
            or found.secret is None
            or scope["method"] in _SAFE
            or scope["path"] == "/api/sign-in"
        ):
            return None
        if not is_ours(found.secret, headers):
            detail = (
                f"The header {CSRF_HEADER} does not hold what the cookie of this session says. Reload the page; "
                "programs use a token."
            )
            return error_response(403, "foreign-page", detail)
        return None

    def _way_in(self, scope: Scope, headers: Headers, secret: str | None) -> Response:
        if scope["method"] in _SAFE and "text/html" in headers.get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            asked = scope["path"] + (f"?{query}" if query else "")
            answer: Response = RedirectResponse(f"/sign-in?next={quote(asked, safe='')}", 303)
        else:
            detail = "Nobody is signed in. Sign in at /sign-in, or send a token: Authorization: Bearer …"
            answer = error_response(401, "signed-out", detail, headers={"WWW-Authenticate": "Bearer"})
        answer.headers["Cache-Control"] = "no-store"
        if secret is not None:
            clear_cookies(answer, self._settings)
        return answer

    async def _watched(
        self, scope: Scope, receive: Receive, send: Send, bearer: str | None, secret: str | None
    ) -> None:
        """Pass a request on; what it streams ends soon after whoever asked may not ask any more."""
        checked, ended = time.monotonic(), False

        async def send_watched(message: Message) -> None:
            nonlocal checked, ended
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.add_vary_header("Cookie, Authorization")  # a browser keeps nothing for who comes next
            elif time.monotonic() - checked >= _CHECKED_EVERY_S:
                checked = time.monotonic()
                if await self._find(bearer, secret) is None:
                    ended = True
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    raise _Ended
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception:
            if not ended:
                raise


class _Ended(Exception):
    """Nobody may have any more of this answer."""


def _bearer(headers: Headers) -> str | None:
    kind, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else None


def _cookie(headers: Headers, name: str) -> str | None:
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(name)
