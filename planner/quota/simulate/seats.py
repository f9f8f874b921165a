"""What seats may sell while they are there: a new or vacant one sells a part of what its territory would."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray
from planner.quota.outlook import Outlook
from planner.quota.quota_plan import QuotaPlan


def expected_while_there(quotas: QuotaPlan) -> FloatArray:
    """Return what each territory is expected to sell while its seat is there, minor units, ``(n_territories,)``."""
    return np.asarray((quotas.expected_cents * quotas.present_share).sum(1), dtype=np.float64)


def outlook_while_there(quotas: QuotaPlan) -> Outlook | None:
    """Return how certain that is; None where the history does not tell.

    Quotas are relieved of what a seat cannot carry, so that they are held against this and not against the sales of
    the whole territory in the whole year.
    """
    if quotas.outlook is None:
        return None
    whole, there = quotas.expected_cents.sum(1), expected_while_there(quotas)
    share = np.divide(there, whole, out=quotas.present_share.mean(1), where=whole > 0)
    return quotas.outlook.scaled(share)
