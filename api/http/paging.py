"""Long lists a page at a time; a cursor says where the next page begins: what is added meanwhile shifts nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from api.errors import ApiError

Item = TypeVar("Item")
Row = TypeVar("Row")
LARGEST_PAGE = 500

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Most items to return.")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=400, description="Where to go on: `next` of the page before; nothing for the first page."
    ),
]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(
        default=None, description="Cursor of the next page; null on the last one.", examples=["WzQyXQ"]
    )


def page_of(
    rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[Any]], shown: Callable[[Row], Item]
) -> Page[Item]:
    """Return a page.

    Parameters
    ----------
    rows
        The rows from the cursor on, one more than `limit` where there are more.
    limit
        Most items of a page.
    key
        What the rows are ordered by, plain values: the next page begins after that of the last row shown.
    shown
        How a row is sent.
    """
    kept = rows[:limit]
    more = len(rows) > limit
    return Page(items=[shown(row) for row in kept], next=cursor(key(kept[-1])) if more else None)


def cursor(key: Sequence[Any]) -> str:
    """Return the cursor that stands after a key."""
    content = json.dumps(list(key), separators=(",", ":")).encode("utf-8")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def after(given: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """Return the key that a cursor stands after; None for the first page.

    Parameters
    ----------
    given
        The cursor as it came in.
    kinds
        Types of the values of the key, ``str`` or ``int``.

    Raises
    ------
    ApiError
        422 where it is no cursor of such a list.
    """
    if given is None:
        return None
    try:
        found = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list) or [type(value) for value in found] != list(kinds):
        detail = (
            "The cursor is none of this list. Leave it out for the first page, then send `next` as it came."
        )
        raise ApiError(422, "invalid-request", detail)
    # What no column of the store can hold, no database has to be asked for.
    if any(abs(value) >= 2**31 if isinstance(value, int) else "\x00" in value for value in found):
        raise ApiError(422, "invalid-request", "The cursor is none of this list.")
    return tuple(found)


def after_moment(given: str | None) -> tuple[datetime, str] | None:
    """Return the moment and the id that a cursor of a list by time stands after; None for the first page.

    Raises
    ------
    ApiError
        422 where it is no cursor of such a list.
    """
    found = after(given, str, str)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found[0])
        if moment.tzinfo is None:
            raise ValueError("no time zone")
    except ValueError:
        raise ApiError(422, "invalid-request", "The cursor is none of this list.") from None
    return moment, found[1]
