"""The API described for people, from its own OpenAPI document, with nothing loaded from elsewhere."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.routes.pages import page
from api.who import Asking

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
def api_docs(request: Request, _: Asking) -> HTMLResponse:
    """Show every operation of the API."""
    document = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_shown(document, path, method, operation))
    return page(request, "docs.html", groups=groups, about=document["info"]["description"])


def _shown(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    answers = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "body": next((example(document, content) for content in body.values()), None),
        "body_type": next(iter(body), ""),
        "answers": [
            {"status": status, "type": media, "example": example(document, content)}
            for status, answer in answers.items()
            for media, content in answer.get("content", {}).items()
        ],
        "errors": [status for status in operation["responses"] if status >= "400"],
    }


def example(document: dict[str, Any], content: dict[str, Any]) -> str | None:
    """Return the example of a body as indented JSON: as stated, else put together from its fields."""
    if "example" in content:
        return json.dumps(content["example"], indent=2, ensure_ascii=False)
    value = _from_schema(document, content.get("schema", {}))
    return None if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _from_schema(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _from_schema(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if schema.get("examples"):
        return schema["examples"][0]
    if "properties" in schema:
        return {name: _from_schema(document, field) for name, field in schema["properties"].items()}
    if schema.get("type") == "array":
        item = _from_schema(document, schema.get("items", {}))
        return [] if item is None else [item]
    return schema.get("default")
