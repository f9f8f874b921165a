"""Whether a territory can carry another quota: inside its own limits, the others of its region taking or giving the
difference inside theirs, so that every sum above stays what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.quota.allocate import allocate
from planner.quota.currency import money
from planner.quota.rounding import Cents


@dataclass(frozen=True)
class Breach:
    """A rule that a quota does not keep.

    Parameters
    ----------
    rule
        Its name.
    text
        What is wrong, with the amounts.
    """

    rule: str
    text: str


@dataclass(frozen=True, eq=False)
class QuotaCheck:
    """What another quota of one territory means.

    Parameters
    ----------
    breaches
        Rules that it does not keep; empty where it can be granted.
    after_cents
        Quotas of the territories of the region afterwards, minor units, shape ``(n,)``; as they are where it cannot
        be granted.
    nearest_cents
        The nearest quota that can be granted, minor units.
    """

    breaches: tuple[Breach, ...]
    after_cents: Cents
    nearest_cents: int


def check_quota(
    names: list[str],
    cents: Cents,
    wanted: dict[int, int],
    lower: Cents,
    upper: Cents,
    locked: NDArray[np.bool_],
    currency: str,
) -> QuotaCheck:
    """Check other quotas of some territories of one region.

    Parameters
    ----------
    names
        Names of the territories of the region.
    cents
        Their quotas now, minor units, shape ``(n,)``; what they add up to stays.
    wanted
        Position and quota asked for, minor units.
    lower, upper
        Least and most that each may carry, minor units, shape ``(n,)``.
    locked
        Whether an amount was decided by hand and so neither takes nor gives, shape ``(n,)``.
    currency
        ISO 4217 code, for texts.
    """
    total = int(cents.sum())
    breaches = [
        breach
        for t, amount in wanted.items()
        for breach in _own_limits(names[t], amount, lower[t], upper[t], currency)
    ]
    asked = np.isin(np.arange(len(cents)), list(wanted))
    fixed = locked & ~asked
    free = ~(asked | fixed)
    # Who is outside the limits already neither has to come back inside nor may go further out.
    low, high = np.minimum(lower, cents)[free], np.maximum(upper, cents)[free]
    rest = total - sum(wanted.values()) - int(cents[fixed].sum())
    least, most = int(low.sum()), int(high.sum())
    if not least <= rest <= most:
        more = rest < least
        bound = least if more else most
        breaches.append(
            Breach(
                "total of the region",
                f"the other territories of the region would carry {money(rest, currency)} together; "
                f"{'at least' if more else 'at most'} {money(bound, currency)} is allowed",
            )
        )
    nearest = _nearest(cents, wanted, lower, upper, fixed, (least, most))
    if breaches:
        return QuotaCheck(tuple(breaches), cents, nearest)
    after = cents.copy()
    after[list(wanted)] = list(wanted.values())
    if free.any():
        after[free] = allocate(cents[free].astype(np.float64), rest, low, high).cents
    return QuotaCheck((), after, nearest)


def _own_limits(name: str, amount: int, lower: int, upper: int, currency: str) -> list[Breach]:
    if int(lower) <= amount <= int(upper):
        return []
    low, high = money(int(lower), currency), money(int(upper), currency)
    text = f"territory {name} would carry {money(amount, currency)}; allowed are {low} to {high}"
    return [Breach("limits of the quota", text)]


def _nearest(
    cents: Cents,
    wanted: dict[int, int],
    lower: Cents,
    upper: Cents,
    fixed: NDArray[np.bool_],
    free: tuple[int, int],
) -> int:
    """Return the nearest amount to the last one asked for that keeps every rule, the others as asked."""
    last, amount = list(wanted.items())[-1]
    others = sum(value for t, value in wanted.items() if t != last)
    room = int(cents.sum()) - others - int(cents[fixed].sum())
    low = max(int(lower[last]), room - free[1])
    high = min(int(upper[last]), room - free[0])
    return int(np.clip(amount, low, high)) if low <= high else int(cents[last])
