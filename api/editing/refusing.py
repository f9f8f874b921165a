"""Why an edit is not made, in words: who was quicker, what is locked and by whom, that the plan is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from api.errors import ApiError
from data.store.plans import PlanRow
from data.store.versions import VersionRow
from planner.editing.changes import Subject
from planner.editing.events import Event
from planner.editing.working import Conflict, Refusal, Resolved
from planner.errors import Problem

MOST_TOLD = 500
"""Accounts and units that are told one by one; the rest are counted."""


def refuse(resolved: Resolved, last: Mapping[Subject, Event]) -> NoReturn:
    """Refuse edits with everything that stands against them.

    Parameters
    ----------
    resolved
        What the edits come to.
    last
        Who changed last what stands against them.

    Raises
    ------
    ApiError
        422 for what is unknown, 409 for what is elsewhere by now, or locked.
    """
    if resolved.problems:
        first = resolved.problems[0]
        status, kind = (409, "changes-nothing") if first.code == "changes_nothing" else (422, "invalid-edit")
        raise ApiError(status, kind, f"Nothing was changed. {first.why}", resolved.problems[:MOST_TOLD])
    told = [
        *(_conflict(each, last.get(each.subject)) for each in resolved.conflicts),
        *(_refusal(each, last.get(each.subject)) for each in resolved.refusals),
    ]
    kind, what = ("conflict", "elsewhere by now") if resolved.conflicts else ("locked", "locked")
    detail = f"Nothing was changed: {len(told)} of what was to be edited is {what}. {told[0].why}"
    raise ApiError(409, kind, detail, told[:MOST_TOLD])


def frozen(plan: PlanRow, at: VersionRow | None) -> ApiError:
    """Return the error for an edit of a plan that is frozen."""
    if at is None or at.frozen_at is None:
        since = f"is {plan.stage}"
    else:
        since = f"was frozen at version {at.number} by {at.frozen_by} on {at.frozen_at:%d %B %Y at %H:%M} UTC"
    detail = (
        f"The plan {plan.name!r} {since}: it is not edited any more. Reopen it, or branch a new plan from it."
    )
    return ApiError(409, "frozen", detail)


def undo_refused(kind: str, error: Exception) -> ApiError:
    """Return the error for an undo or a redo that is not possible."""
    return ApiError(409, f"cannot-{kind}", f"Nothing was changed. {error}")


def _by(event: Event | None) -> str:
    if event is None:
        return ""
    return f" {event.author} changed that on {event.at:%d %B %Y at %H:%M:%S} UTC (edit {event.number})."


def _conflict(conflict: Conflict, last: Event | None) -> Problem:
    where = f"in {conflict.present}" if conflict.present else "nobody's"
    believed = f"in {conflict.believed}" if conflict.believed else "nobody's"
    why = f"The {conflict.what} {conflict.id!r} is {where}, not {believed}.{_by(last)}"
    return Problem(
        why,
        "Look at where it is now, and move it from there if that is still wanted.",
        column=conflict.present,
        value=conflict.id,
        code="conflict",
    )


def _refusal(refusal: Refusal, last: Event | None) -> Problem:
    whose = "by the data" if refusal.by_data else "by hand"
    why = f"The {refusal.what} {refusal.id!r} is locked {whose}.{_by(last)}"
    return Problem(why, "Unlock it first, if it is to move.", value=refusal.id, code="locked")
