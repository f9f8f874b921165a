"""Optimistic locking over HTTP: a resource states its revision as an ETag, a change the revision it is meant for.

Two people who change the same thing are never both believed: the second one is told, and nothing is overwritten.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from api.errors import ApiError

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="ETag of the revision that the change is meant for, as the last GET stated it.",
        examples=['"7"'],
    ),
]


def etag(revision: int) -> str:
    """Return the ETag of a revision."""
    return f'"{revision}"'


def state(response: Response, revision: int) -> None:
    """State the revision of what is sent."""
    response.headers["ETag"] = etag(revision)


def check(if_match: str | None, revision: int, what: str, *, required: bool = True) -> None:
    """Let a change pass that is meant for the present revision.

    Parameters
    ----------
    if_match
        What the request states.
    revision
        The present revision, read in the transaction that makes the change.
    what
        What is changed, for people.
    required
        Whether a request must state a revision.

    Raises
    ------
    ApiError
        428 where none is stated and one is required, 412 where it is another one.
    """
    if if_match is None:
        if required:
            detail = (
                f"State the revision that the change is meant for as If-Match: GET the {what}, send its ETag."
            )
            raise ApiError(428, "precondition-required", detail)
        return
    stated = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    if "*" not in stated and etag(revision) not in stated:
        detail = (
            f"The {what} was changed in the meantime: it is at revision {revision}. "
            "GET it again, look at what changed, and send the change once more."
        )
        raise ApiError(412, "precondition-failed", detail)
