"""One JSON error shape for every error of the service (RFC 9457 problem details)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from planner.errors import InvalidInput, PlannerError, Problem, Severity

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class ProblemItem(BaseModel):
    """One thing wrong with what was sent, precise enough to mend it."""

    why: str = Field(
        description="What is wrong, in plain words.", examples=["Latitude 91.2 is outside −90 to 90."]
    )
    what_to_do: str = Field(description="The next step.", examples=["Correct the latitude."])
    file: str | None = Field(default=None, description="File it is in.", examples=["accounts.csv"])
    row: int | None = Field(
        default=None, description="Row as in a spreadsheet: the header is row 1.", examples=[17]
    )
    column: str | None = Field(
        default=None, description="Column, or field of a request.", examples=["latitude"]
    )
    value: str | None = Field(default=None, description="The value as it came in.", examples=["91.2"])
    severity: str = Field(
        default="error", description="`error` stops, `warning` is listed.", examples=["error"]
    )
    code: str = Field(default="invalid", description="Stable short name.", examples=["latitude_range"])
    count: int = Field(default=1, description="How many cells share this problem.", examples=[1])

    @classmethod
    def of(cls, problem: Problem) -> ProblemItem:
        """Return the problem as it is sent."""
        return cls.model_validate(problem.as_dict())


class ErrorBody(BaseModel):
    """Every error of this service looks like this."""

    type: str = Field(
        description="Stable name of the kind of error.", examples=["urn:planner:error:not-found"]
    )
    title: str = Field(description="The kind of error in a few words.", examples=["Not found"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(
        description="What happened and what to do next.",
        examples=["There is no plan 'spring-4f2a91'. GET /api/plans lists all plans."],
    )
    problems: list[ProblemItem] = Field(
        default_factory=list, description="Every problem found, errors first."
    )


class ApiError(HTTPException):
    """An error with a status, said on purpose.

    An ``HTTPException``, because that is what the framework lets pass while it reads a body.

    Parameters
    ----------
    status
        HTTP status.
    kind
        Stable short name, the last part of ``type``.
    detail
        What happened and what to do next.
    problems
        Every problem found.
    headers
        Headers of the answer, such as ``Retry-After``.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        problems: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.kind, self.problems = kind, tuple(problems)


def not_found(what: str, name: str, listed_by: str) -> ApiError:
    """Return the error for a resource that is not there."""
    return ApiError(404, "not-found", f"There is no {what} {name!r}. GET {listed_by} lists what there is.")


@contextmanager
def leaving_out_what_is_not_there() -> Iterator[None]:
    """Go on after the block where what it looks at is not there, or not for who asks: for lists."""
    try:
        yield
    except ApiError as error:
        if error.status_code != 404:
            raise


def error_response(
    status: int,
    kind: str,
    detail: str,
    problems: Iterable[Problem] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return an error in the one shape."""
    body = ErrorBody(
        type=f"urn:planner:error:{kind}",
        title=kind.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        problems=[ProblemItem.of(problem) for problem in problems],
    )
    if status == 413:  # else the connection would stay open to take in the rest of what is refused
        headers = {**(headers or {}), "Connection": "close"}
    return _ErrorResponse(body.model_dump(), status, headers)


class _ErrorResponse(JSONResponse):
    """JSON that can also say again what is no text: half a character comes back as its escape."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        said = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return said.encode("utf-8", "backslashreplace")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI responses for errors that a route may give, and those that every route may: 401, 403, 500."""
    return {
        status: {
            "model": ErrorBody,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
        }
        for status in sorted({401, 403, *statuses, 500})
    }


ErrorPage = Callable[[Request, int, str], Response | None]
"""Request, status, detail: an error as a page for a person, or None where a program asked."""


def install(app: FastAPI, page: ErrorPage) -> None:
    """Make `app` answer every error in the one shape, people with a browser by `page`."""

    def answer(
        request: Request,
        status: int,
        kind: str,
        detail: str,
        problems: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        shown = page(request, status, detail)
        return shown or error_response(status, kind, detail, problems, dict(headers or {}))

    async def on_api_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        return answer(request, error.status_code, error.kind, error.detail, error.problems, error.headers)

    async def on_invalid_input(request: Request, error: Exception) -> Response:
        assert isinstance(error, InvalidInput)
        n = sum(problem.severity is Severity.ERROR for problem in error.problems)
        detail = (
            f"The plan folder has {n} error{'s' if n != 1 else ''}. Mend what is listed and upload it again."
        )
        return answer(request, 422, "invalid-input", detail, error.problems)

    async def on_planner_error(request: Request, error: Exception) -> Response:
        return answer(request, 422, "cannot-be-planned", str(error))

    async def on_validation_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        detail = "The request has fields that cannot be used: see problems."
        return answer(request, 422, "invalid-request", detail, [_of_field(fault) for fault in error.errors()])

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        detail = {
            404: f"There is nothing at {request.url.path}. /api/docs lists every address.",
            405: f"{request.method} is not possible at {request.url.path}.",
        }.get(status, str(error.detail))
        kind = status.phrase.lower().replace(" ", "-")
        return answer(request, status, kind, detail, headers=error.headers)

    async def on_any_error(request: Request, error: Exception) -> Response:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        detail = (
            "Something went wrong inside the service. Nothing was changed; the server log has the details."
        )
        return answer(request, 500, "internal-error", detail)

    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(InvalidInput, on_invalid_input)
    app.add_exception_handler(PlannerError, on_planner_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, on_any_error)


def _of_field(fault: Mapping[str, Any]) -> Problem:
    """Return what is wrong with one field of a request."""
    given = fault.get("input")
    return Problem(
        why=f"{fault['msg']}.",
        what_to_do="Correct the request; /api/docs describes every field.",
        column=".".join(str(part) for part in fault["loc"]),
        value=None if given is None or isinstance(given, dict | list) else str(given)[:200],
        code=str(fault["type"]),
    )
