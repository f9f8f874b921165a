"""Large answers about a working state: packed once for everybody, not sent again to who has them already."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

from api.desk import Now
from api.http.preconditions import etag, state

_LEVEL = 4
"""Effort of packing: more takes longer than it saves on the way."""


class Known:
    """What whoever asks has already, and how they take answers."""

    def __init__(
        self,
        if_none_match: Annotated[
            str | None,
            Header(max_length=200, description="ETag of what is there already; 304 where that still holds."),
        ] = None,
        accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> None:
        self._etags = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
        self._packed = "gzip" in accept_encoding

    def knows(self, revision: int) -> bool:
        """Return whether who asks has this revision."""
        return etag(revision) in self._etags

    def unchanged(self, revision: int) -> Response:
        """Return the answer to who has this revision."""
        response = Response(status_code=304)
        state(response, revision)
        return response

    def answer(self, revision: int, now: Now, name: str, make: Callable[[], BaseModel]) -> Response:
        """Return an answer about a working state, kept with it under a name; made anew where that is empty."""

        def plain() -> bytes:
            return make().model_dump_json().encode("utf-8")

        def packed() -> bytes:
            return gzip.compress(plain(), _LEVEL, mtime=0)

        if not name:
            response = Response(plain(), media_type="application/json")
        elif self._packed:
            response = Response(now.kept(f"{name} packed", packed), media_type="application/json")
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Vary"] = "Accept-Encoding"
        else:
            response = Response(now.kept(name, plain), media_type="application/json")
        state(response, revision)
        response.headers["Cache-Control"] = "private, no-cache"
        return response
