"""The OpenAPI document, completed with what middleware does for every operation, so that no route has to repeat it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api import who
from api.errors import documented
from api.http.idempotency import HEADER

_CHANGING = frozenset({"post", "put", "patch", "delete"})
_ALWAYS = (413, 421, 422)
"""Refusals of any request: a body too large, a host that is not ours, fields that cannot be used."""
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A fresh UUID: the same request with the same key is done once, and answered the same again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"},
}
_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "planner_session",
        "description": "A browser's session.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's token: see `POST /api/tokens`.",
    },
}


def install(app: FastAPI) -> None:
    """Complete the document of an application, made when it is asked for first."""
    bare = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = bare()
            _complete(document, dict(_routes(app)))
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]  # the way the framework documents


def _complete(document: dict[str, Any], calls: dict[tuple[str, str], frozenset[Callable[..., Any]]]) -> None:
    document["components"]["securitySchemes"] = _SCHEMES
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            asked = calls[path, method]
            signed_in, permitted = who.access in asked, any(hasattr(call, "permission") for call in asked)
            statuses = [*_ALWAYS]
            if signed_in:
                statuses.append(401)
                operation["security"] = [{"session": []}, {"token": []}]
            if permitted or method in _CHANGING:
                statuses.append(403)
            if "requestBody" in operation:
                statuses.append(400)  # a body that cannot be read at all
            if method in _CHANGING:
                statuses.append(409)
                operation.setdefault("parameters", []).append(_KEY)
            for status, told in documented(*statuses).items():
                operation["responses"].setdefault(
                    str(status), {k: v for k, v in told.items() if k != "model"}
                )


def _routes(app: FastAPI) -> Iterator[tuple[tuple[str, str], frozenset[Callable[..., Any]]]]:
    """Yield path, method and everything that each operation depends on."""
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context.original_route, "dependant", None)
        calls = frozenset() if dependant is None else frozenset(_calls(dependant))
        for method in context.methods or ():
            yield (str(context.path), method.lower()), calls


def _calls(dependant: Any) -> Iterator[Callable[..., Any]]:
    for inner in dependant.dependencies:
        if inner.call is not None:
            yield inner.call
        yield from _calls(inner)
