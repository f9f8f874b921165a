"""What a manager may do to quotas: hand out what the own regions carry, no more and no less."""

from __future__ import annotations

from collections.abc import Mapping

from api.editing.loading import Amounts, present_amount
from api.errors import ApiError, not_found
from api.fence import Fence
from planner.editing.changes import Change, Kind, Subject, Value


def check_handed_out(
    changes: tuple[Change, ...], fence: Fence, known: Amounts, by_hand: Mapping[Subject, Value]
) -> None:
    """Let those pass who see everything, and those who only hand out what the own regions carry.

    Parameters
    ----------
    changes
        Amounts that are to be decided.
    fence
        What the person sees.
    known
        Quotas of the last written version.
    by_hand
        What was decided by hand before.

    Raises
    ------
    ApiError
        404 for a territory that is not seen; 409 where a sum would change, or an amount would be left to the method,
        which hands out over the whole company.
    """
    if fence.everything:
        return
    difference: dict[tuple[str, str], int] = {}
    for change in changes:
        subject = change.subject
        if subject.kind is not Kind.QUOTA or not fence.sees(subject.id):
            raise not_found("territory", subject.id, "…/territories")
        if not isinstance(change.new, int):
            detail = f"The quota of {subject.id} cannot be left to the method from here: it hands out over all regions."
            raise ApiError(409, "sum-changes", f"Nothing was changed. {detail} Decide another amount.")
        key = subject.component, subject.period
        now = present_amount(known, by_hand, subject)
        difference[key] = difference.get(key, 0) + change.new - now
    for (component, period), cents in difference.items():
        if cents:
            what = " ".join(part for part in (component, period) if part) or "the year"
            detail = (
                f"Nothing was changed. The quotas of your regions for {what} would carry {cents:+,} minor units: what "
                "one territory gets, others have to give. Challenge the total if it is wrong."
            )
            raise ApiError(409, "sum-changes", detail)
