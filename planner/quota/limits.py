"""The least and the most a seat may carry: changes against last year, and shares of the street quota."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray
from planner.quota.allocate import change_limits
from planner.quota.hierarchy import as_fraction
from planner.quota.rounding import Cents
from planner.quota.settings import QuotaSettings

NAMES = ("", "max_decrease", "max_increase", "min_share", "max_share")
"""What may hold a quota, by code."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of the territories of one pool.

    Parameters
    ----------
    lower, upper
        Minor units, ``0 ≤ lower ≤ upper``, shape ``(n,)``.
    least_is, most_is
        Positions in `NAMES` of what sets each of them, shape ``(n,)``.
    """

    lower: Cents
    upper: Cents
    least_is: NDArray[np.int8]
    most_is: NDArray[np.int8]

    def holding(self, at_limit: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return which limit holds each amount, a position in `NAMES`, from −1, 0 and 1 as in `Allocation`."""
        return np.where(at_limit < 0, self.least_is, np.where(at_limit > 0, self.most_is, 0)).astype(np.int8)


def limits_of(settings: QuotaSettings, last_year: Cents, carried: FloatArray, total: int) -> Limits:
    """Return the limits on what each territory of a pool carries.

    Limits on change are of what a territory sold, scaled so that all together sold `total`; a seat that is new or
    vacant counts with the part of the year that it carries. Where a share is above or below what change allows,
    the share holds.

    Parameters
    ----------
    last_year
        Minor units on the new boundaries, shape ``(n,)``.
    carried
        Part of a full seat's year that each seat carries, in [0, 1], shape ``(n,)``.
    total
        Amount to be carried together, minor units.
    """
    sold = last_year if (carried == 1).all() else np.rint(last_year * carried).astype(np.int64)
    lower, upper = change_limits(sold, total, settings.max_decrease, settings.max_increase)
    least_is, most_is = np.full(len(sold), 1, np.int8), np.full(len(sold), 2, np.int8)
    if settings.min_share is not None:
        least = int(as_fraction(settings.min_share) * total)
        shares = np.minimum((least * carried).astype(np.int64), total)
        least_is[shares > lower] = 3
        lower = np.maximum(lower, shares)
        upper = np.maximum(upper, lower)
    if settings.max_share is not None:
        most = int(as_fraction(settings.max_share) * total)
        most_is[most < upper] = 4
        upper = np.minimum(upper, most)
        lower = np.minimum(lower, upper)
    return Limits(lower, upper, least_is, most_is)
