"""Quota of some days handed to several seats, so that both every day and every seat has its part."""

from __future__ import annotations

import numpy as np

from planner.quota.rounding import Cents, controlled_rounding, largest_remainder


def share_out(cents: Cents, carriers: Cents) -> Cents:
    """Split the amount of every day among seats in proportion to what they carry on all these days.

    Parameters
    ----------
    cents
        Minor units of each day, ≥ 0, shape ``(n_days,)``.
    carriers
        What each seat carries, ≥ 0 and not nothing in all, shape ``(n_seats, n_days)``.

    Returns
    -------
    Parts, shape ``(n_seats, n_days)``: each day adds up to its amount, and each seat is within one unit of its share.
    """
    total = int(cents.sum())
    by_seat = largest_remainder(carriers.sum(1), total)
    values = by_seat[:, None] * (cents / total)
    return controlled_rounding(np.asarray(values, np.float64), by_seat, cents)[0]
