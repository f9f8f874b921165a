"""How every seat stands by what it is credited with, where credit is shared: owners, splits, overlays.

Sales and quotas of a territory are split among its owner and those who share it as its quota of the year was, component
by component, so that they add up to the territory and all seats to the company. Overlays get their part of both on top,
and count towards nothing but themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from planner.arrays import read_only
from planner.quota.credits import Role
from planner.quota.in_year.attainment import LEVEL, Standing, YearAmounts
from planner.quota.in_year.forecast import Forecast
from planner.quota.in_year.ledger import Ledger
from planner.quota.in_year.sold import Credited
from planner.quota.rounding import Cents, split_exactly

CREDITED, OVERLAY = "credited", "overlay"
"""Levels of the rows: what counts towards the company, and what stands beside it."""


@dataclass(frozen=True, eq=False)
class CreditLine:
    """What one seat is credited with in one territory, as planned.

    Parameters
    ----------
    seat_id, territory
        The seat, empty where nobody owns the territory, and the position of the territory.
    role
        Owner, split or overlay.
    share
        Part of the territory, a fraction: holds where the territory has no quota to tell it.
    plan_cents
        Quota of the year by component, minor units, shape ``(n_components,)``.
    """

    seat_id: str
    territory: int
    role: Role
    share: float
    plan_cents: Cents

    def __post_init__(self) -> None:
        object.__setattr__(self, "plan_cents", read_only(self.plan_cents, np.int64))


@dataclass(frozen=True, eq=False)
class _Part:
    """What a line has of its territory: by component, and of sales that state none in the last column.

    Quota of the year after changes and to date, and sales to date, minor units, the first two of shape
    ``(n_components,)``, the last of ``(n_components + 1,)``; and its part of what the territory is expected to sell.
    """

    line: CreditLine
    quota_cents: Cents
    to_date_cents: Cents
    sold_cents: Cents
    part: float


def credit_standings(
    lines: Sequence[CreditLine],
    book: Ledger,
    sold: Credited,
    as_of: date,
    foreseen: Forecast,
    components: Sequence[str],
    names: Mapping[str, str],
) -> tuple[Standing, ...]:
    """Return how every seat stands by what it is credited with, what counts towards the company first.

    Parameters
    ----------
    lines
        What seats are credited with.
    book, sold, foreseen
        Quotas by day, sales to date, and how the year of every territory may end.
    as_of
        Last day that sales are known for.
    names
        What people call the seats (their reps), by id.
    """
    shared = _Shared(book, sold, as_of)
    by_territory: dict[int, list[CreditLine]] = {}
    for line in lines:
        by_territory.setdefault(line.territory, []).append(line)
    parts = [part for t, own in by_territory.items() for part in shared.parts(t, own)]
    told = tuple(components) if len(components) > 1 and sold.by_component is not None else ()
    out: list[Standing] = []
    for level in (CREDITED, OVERLAY):
        seats: dict[str, list[_Part]] = {}
        for part in parts:
            if (part.line.role is Role.OVERLAY) == (level == OVERLAY):
                seats.setdefault(part.line.seat_id, []).append(part)
        for seat, own in seats.items():
            out += _rows(level, seat, names.get(seat, ""), own, foreseen, told)
    return tuple(out)


@dataclass(frozen=True, eq=False)
class _Shared(YearAmounts):
    """Amounts of territories that lines have their parts of."""

    def parts(self, t: int, lines: Sequence[CreditLine]) -> Iterator[_Part]:
        """Yield what each line has of territory `t`: owner and splits add up to it, overlays come on top."""
        counted = [line for line in lines if line.role is not Role.OVERLAY]
        if counted:
            stated = np.array([line.plan_cents for line in counted])
            shares = [max(Fraction(0), Fraction(line.share)) for line in counted]
            whole = _weights(stated.sum(1), stated.sum(1), shares)
            weights = [*(_weights(column, stated.sum(1), shares) for column in stated.T), whole]
            # Sales that state no component stand in the last column.
            quota, to_date, sold = (_split(row[t], weights) for row in self._amounts)
            for k, line in enumerate(counted):
                yield _Part(line, quota[k], to_date[k], sold[k], float(whole[k]))
        for line in lines:
            if line.role is Role.OVERLAY:
                yield self._overlay(t, line)

    @property
    def _amounts(self) -> tuple[Cents, Cents, Cents]:
        return self.quota, self.to_date, self.sold.cents

    def _overlay(self, t: int, line: CreditLine) -> _Part:
        own, plan = ([*row.tolist(), int(row.sum())] for row in (line.plan_cents, self.plan[t]))
        # A component that the overlay is not for has a quota, but no part in it.
        rates = [Fraction(a, b) if b > 0 else Fraction(line.share) for a, b in zip(own, plan, strict=True)]
        quota, to_date, sold = (
            np.array([round(c * rate) for c, rate in zip(row[t].tolist(), rates, strict=False)], np.int64)
            for row in self._amounts
        )
        return _Part(line, quota, to_date, sold, float(rates[-1]))


def _weights(own: Cents, together: Cents, shares: Sequence[Fraction]) -> list[Fraction]:
    """Return the part of each line in a component: as its quotas are, else those of all components, else the shares."""
    found = next(
        ([Fraction(cents) for cents in stated.tolist()] for stated in (own, together) if stated.any()),
        list(shares),
    )
    whole = sum(found, Fraction(0))
    return [weight / whole if whole else Fraction(1, len(found)) for weight in found]


def _split(cents: Cents, weights: Sequence[Sequence[Fraction]]) -> Cents:
    """Split amounts by column, which may be below 0, exactly; shape ``(n_lines, n_columns)``."""
    columns = []
    for total, parts in zip(cents.tolist(), weights, strict=False):
        found = split_exactly([part * abs(total) for part in parts], abs(total))
        columns.append(found if total >= 0 else [-part for part in found])
    return np.array(columns, np.int64).T


def _rows(
    level: str,
    seat: str,
    name: str,
    parts: Sequence[_Part],
    foreseen: Forecast,
    components: Sequence[str],
) -> Iterator[Standing]:
    """Yield the row of a seat, and one for each of the components."""
    own = _own_forecast(foreseen, parts)
    every = slice(None)
    low, high = own.interval(every, LEVEL)
    quota = sum(int(part.quota_cents.sum()) for part in parts)
    yield Standing(
        level,
        seat,
        name,
        "",
        sum(int(part.line.plan_cents.sum()) for part in parts),
        quota,
        sum(int(part.to_date_cents.sum()) for part in parts),
        sum(int(part.sold_cents.sum()) for part in parts),
        own.total(every)[0],
        low,
        high,
        own.chance(every, quota),
    )
    for c, component in enumerate(components):
        yield Standing(
            level,
            seat,
            name,
            component,
            *(
                sum(int(row[c]) for row in rows)
                for rows in (
                    [part.line.plan_cents for part in parts],
                    [part.quota_cents for part in parts],
                    [part.to_date_cents for part in parts],
                    [part.sold_cents for part in parts],
                )
            ),
        )


def _own_forecast(whole: Forecast, parts: Sequence[_Part]) -> Forecast:
    """Return the forecast of parts of territories; several parts of one stray together."""
    at, which = np.unique([part.line.territory for part in parts], return_inverse=True)
    part = np.bincount(which, [one.part for one in parts])
    sold = np.bincount(which, [float(one.sold_cents.sum()) for one in parts]).astype(np.float64)
    return Forecast(
        sold,
        part * whole.rest_cents[at],
        part * whole.own_sd[at],
        part * whole.exposure[at],
        part * whole.common_sd[at],
    )
