"""Actual sales to date, credited to the seat that owned the account on the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.arrays import IntArray, read_only
from planner.quota.in_year.changes import Move, in_order
from planner.quota.in_year.daily import Calendar
from planner.quota.rounding import Cents, largest_remainder


@dataclass(frozen=True, eq=False)
class Sold:
    """Amounts sold, one entry a row of the actuals.

    Parameters
    ----------
    entity, territory
        Position of the account (or basic unit), or of the territory where that is stated instead, shape ``(n,)`` each;
        −1 for the other kind.
    component
        Position of the component, shape ``(n,)``; −1 where none is stated.
    first, last
        First and last day of each row, as ordinals, shape ``(n,)``.
    cents
        Minor units, shape ``(n,)``; may be negative (returns).
    """

    entity: IntArray
    territory: IntArray
    component: IntArray
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    cents: Cents

    def __post_init__(self) -> None:
        for name in ("entity", "territory", "component"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int32))
        for name in ("first", "last", "cents"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int64))


@dataclass(frozen=True, eq=False)
class Credited:
    """What each seat sold to date.

    Parameters
    ----------
    cents
        Minor units, shape ``(n_territories, n_components + 1)``; the last column holds what states no component.
    nobody_cents
        Sales of accounts that nobody owned.
    left_out_cents
        Sales of periods before the quotas begin or after the day.
    left_out
        Number of rows with such.
    """

    cents: Cents
    nobody_cents: int
    left_out_cents: int
    left_out: int

    @property
    def by_component(self) -> Cents | None:
        """Sales by component, shape ``(n_territories, n_components)``; None where any row states none."""
        return None if self.cents[:, -1].any() else self.cents[:, :-1]


def latest_day(sold: Sold, calendar: Calendar) -> date:
    """Return the last day that sales are known for, at most the last of the quotas and at least the first."""
    last = int(sold.last.max(initial=0))
    return date.fromordinal(min(max(last, calendar.first.toordinal()), calendar.last.toordinal()))


def credited(
    sold: Sold,
    territory: IntArray,
    moves: Sequence[Move],
    n_territories: int,
    n_components: int,
    calendar: Calendar,
    as_of: date,
) -> Credited:
    """Credit sales to seats.

    The amount of a row is taken as sold evenly over its days up to `as_of`: where an account moves inside them, each
    owner is credited with its days.

    Parameters
    ----------
    territory
        Territory of each account in the plan, shape ``(n_entities,)``; negative where nobody's.
    as_of
        Day up to which sales are known; rows that begin later are left out.
    """
    counts = (sold.first >= calendar.first.toordinal()) & (sold.first <= as_of.toordinal())
    owner = np.where(sold.entity >= 0, territory[sold.entity], sold.territory)
    changes: dict[int, list[Move]] = {}
    for j in in_order(moves):
        changes.setdefault(moves[j].entity, []).append(moves[j])
    moved = counts & np.isin(sold.entity, list(changes))
    cents = np.zeros((n_territories, n_components + 1), np.int64)
    column = np.where(sold.component >= 0, sold.component, n_components)
    plain = counts & ~moved & (owner >= 0)
    np.add.at(cents, (owner[plain], column[plain]), sold.cents[plain])
    nobody = int(sold.cents[counts & ~moved & (owner < 0)].sum())
    for row in np.flatnonzero(moved).tolist():
        first, end = int(sold.first[row]), min(int(sold.last[row]), as_of.toordinal()) + 1
        owners, days = [int(owner[row])], [first]
        for move in changes[int(sold.entity[row])]:
            at = min(max(move.day.toordinal(), first), end)
            owners.append(move.target)
            days.append(at)
        lengths = np.diff([*days, end])
        amount = int(sold.cents[row])
        parts = largest_remainder(lengths, abs(amount)) * (-1 if amount < 0 else 1)
        for seat, part in zip(owners, parts.tolist(), strict=True):
            if seat >= 0:
                cents[seat, column[row]] += part
            else:
                nobody += part
    return Credited(cents, nobody, int(sold.cents[~counts].sum()), int((~counts).sum()))
