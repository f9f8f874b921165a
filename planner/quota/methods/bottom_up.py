"""Account targets added up; accounts without one by their history."""

from __future__ import annotations

import numpy as np

from planner.quota.known import Estimate, Known
from planner.quota.methods.sold import by_territory, common_growth, latest_year, sold_in


def bottom_up(known: Known) -> Estimate:
    """Return the sum of account targets; an account without one counts last year's sales with the common growth."""
    asked = known.asked_cents
    if asked is None:
        raise ValueError("Nobody stated what accounts are expected to sell.")
    stated = asked >= 0
    rest = np.zeros(len(asked))
    if known.periods:
        window = latest_year(known)
        rest = sold_in(known, window) * common_growth(known, window)
    expected = np.maximum(by_territory(known, np.where(stated, asked, rest)), 0.0)
    held = known.territory >= 0
    note = (
        f"Account targets of {int((stated & held).sum())} account(s); {int((~stated & held).sum())} without one count "
        "by their sales."
    )
    return Estimate("bottom_up", expected, (note,))


def lacks_targets(known: Known) -> str | None:
    """Return why there is nothing to add up; None where there is."""
    if known.asked_cents is None or not ((known.asked_cents >= 0) & (known.territory >= 0)).any():
        return "Nobody stated what accounts are expected to sell."
    return None if bottom_up(known).expected_cents.any() else "Account targets and sales are all 0."
