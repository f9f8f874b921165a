"""The two cookies of somebody who signed in: one that proves it, and one that pages read and send back in a header.

A page of another site can make a browser send cookies along, but can neither read them nor set the header.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from fastapi import Response

from api.settings import Settings

CSRF_HEADER = "X-CSRF-Token"
_SESSION, _CSRF = "planner_session", "planner_csrf"
_HOST_ONLY = "__Host-"  # browsers then refuse it over http, and from any other host


def session_cookie(settings: Settings) -> str:
    """Return the name of the cookie that proves who signed in."""
    return (_HOST_ONLY if settings.behind_tls else "") + _SESSION


def csrf_cookie(settings: Settings) -> str:
    """Return the name of the cookie that pages read."""
    return (_HOST_ONLY if settings.behind_tls else "") + _CSRF


def csrf_of(secret: str) -> str:
    """Return what a page has to send in the header in a session; tells nothing of the session itself."""
    found = hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(found).decode("ascii").rstrip("=")


def is_ours(secret: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from a page of this service."""
    sent = headers.get(CSRF_HEADER.lower(), "")
    return hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), csrf_of(secret).encode("ascii"))


def set_cookies(response: Response, secret: str, settings: Settings) -> None:
    """Let the browser keep a session."""
    lasts = int(settings.session_hours * 3600)
    for name, value, hidden in (
        (session_cookie(settings), secret, True),
        (csrf_cookie(settings), csrf_of(secret), False),
    ):
        response.set_cookie(
            name, value, max_age=lasts, path="/", secure=settings.behind_tls, httponly=hidden, samesite="lax"
        )


def clear_cookies(response: Response, settings: Settings) -> None:
    """Let the browser forget its session."""
    for name, hidden in ((session_cookie(settings), True), (csrf_cookie(settings), False)):
        response.delete_cookie(name, path="/", secure=settings.behind_tls, httponly=hidden, samesite="lax")
