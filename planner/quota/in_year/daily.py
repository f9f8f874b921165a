r"""What a plan's quotas are on every single day, in whole minor units.

An amount for :math:`n` days is dealt like cards: the minor units of all seats, seat after seat and within a seat
account after account, are numbered through, and unit :math:`i` belongs to day :math:`i \bmod n`. So every seat, every
account and the whole company has on each day its :math:`n`-th part, rounded up or down; the days of a seat add up to
its amount, the accounts of a seat to the seat, and no account needs to know which others will ever be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray, read_only
from planner.errors import InvalidInput, Problem
from planner.quota.days import days_of, first_day
from planner.quota.periods import MONTHS, names
from planner.quota.rounding import Cents, largest_remainder
from planner.quota.table import period_table


class Slot(NamedTuple):
    """One month of one period: what is dealt evenly to days."""

    period: int
    month: str
    start: int
    days: int


@dataclass(frozen=True)
class Calendar:
    """The days that quotas are for.

    Parameters
    ----------
    periods
        Names of the periods, in the order of the plan.
    first
        The first day.
    slots
        Months of the periods in order of time; `Slot.start` counts days from `first`.
    """

    periods: tuple[str, ...]
    first: date
    slots: tuple[Slot, ...]

    @property
    def n_days(self) -> int:
        """Days from the first to the last one; days between periods count, and carry nothing."""
        return self.slots[-1].start + self.slots[-1].days

    @property
    def last(self) -> date:
        """The last day."""
        return self.day(self.n_days - 1)

    def day(self, position: int) -> date:
        """Return the day so many days after the first."""
        return self.first + timedelta(days=position)

    def position(self, day: date) -> int:
        """Return how many days after the first a day is; below 0 or beyond `n_days` outside."""
        return (day - self.first).days

    @cached_property
    def period_of_day(self) -> NDArray[np.int64]:
        """Position of the period of each day, shape ``(n_days,)``; −1 between periods."""
        out = np.full(self.n_days, -1)
        for slot in self.slots:
            out[slot.start : slot.start + slot.days] = slot.period
        return out


def calendar_of(periods: Sequence[str], year: int | None = None) -> Calendar:
    """Return the days of periods.

    Parameters
    ----------
    periods
        Names of the periods of a plan.
    year
        Year of periods that state none (``Q3``, ``M07``, ``year``).

    Raises
    ------
    InvalidInput
        Where a name tells no days, or two periods share days.
    """
    spans = [days_of(period, year) for period in periods]
    faults = [
        Problem(
            f"The period {period!r} of the quotas does not say which days it covers.",
            "Set quotas for periods such as 2026, 2026-Q3 or 2026-07.",
            value=period,
            code="period_without_days",
        )
        for period, span in zip(periods, spans, strict=True)
        if span is None
    ]
    known = sorted((span, p) for p, span in enumerate(spans) if span is not None)
    faults += [
        Problem(
            f"The periods {periods[one]!r} and {periods[other]!r} of the quotas share days.",
            "Set quotas for periods that follow one another.",
            value=periods[other],
            code="periods_overlap",
        )
        for ((_, end), one), ((start, _), other) in pairwise(known)
        if start <= end
    ]
    if faults or not known:
        raise InvalidInput(faults or [Problem("There are no quotas.", "Set quotas first.", code="no_quotas")])
    first = known[0][0][0]
    slots = []
    for (start, end), p in known:
        for month in range(start.year * MONTHS + start.month - 1, end.year * MONTHS + end.month):
            opens, closes = first_day(month), first_day(month + 1)
            name = names(opens.year, "month")[opens.month - 1]
            slots.append(Slot(p, name, (opens - first).days, (closes - opens).days))
    return Calendar(tuple(periods), first, tuple(slots))


@dataclass(frozen=True, eq=False)
class PlanDays:
    """Quotas of a plan by day.

    Parameters
    ----------
    calendar
        The days.
    amount_cents
        Quotas, shape ``(n_territories, n_components, n_periods)``, ≥ 0.
    month_weight
        Weight of each slot of the calendar in its period for each territory, shape ``(n_territories, n_slots)``: how
        quotas of quarters and years fall on their months. None for the number of days.
    """

    calendar: Calendar
    amount_cents: Cents
    month_weight: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount_cents", read_only(self.amount_cents, np.int64))

    @cached_property
    def slot_cents(self) -> Cents:
        """Quota of each slot of the calendar, shape ``(n_territories, n_components, n_slots)``."""
        slots = self.calendar.slots
        n_territories, n_components, n_periods = self.amount_cents.shape
        weight = self.month_weight
        if weight is None:
            weight = np.tile([float(slot.days) for slot in slots], (n_territories, 1))
        out = np.zeros((n_territories, n_components, len(slots)), np.int64)
        for p in range(n_periods):
            at = [s for s, slot in enumerate(slots) if slot.period == p]
            for c in range(n_components):
                whole = self.amount_cents[:, c, p]
                out[:, c, at] = whole[:, None] if len(at) == 1 else period_table(weight[:, at], whole)[0]
        return out

    @cached_property
    def cents(self) -> Cents:
        """Quota on each day, shape ``(n_territories, n_components, n_days)``."""
        n_territories, n_components, _ = self.amount_cents.shape
        out = np.zeros((n_territories, n_components, self.calendar.n_days), np.int64)
        for s, slot in enumerate(self.calendar.slots):
            for c in range(n_components):
                amounts, before = self.slot_cents[:, c, s], self.before[:, c, s]
                out[:, c, slot.start : slot.start + slot.days] = dealt(before, before + amounts, slot.days)
        out.setflags(write=False)
        return out

    @cached_property
    def before(self) -> Cents:
        """Minor units of the territories before each one, shape ``(n_territories, n_components, n_slots)``."""
        return np.asarray(self.slot_cents.cumsum(0) - self.slot_cents)


class Carried:
    """What each account carries of the quota of its territory, day by day.

    Parameters
    ----------
    plan
        Quotas by day.
    territory
        Territory of each account in the plan, shape ``(n_entities,)``; negative where nobody's.
    weight
        What accounts carry in proportion to (expected sales, or history), not negative, shape
        ``(n_entities, n_components)``; accounts of a territory that all weigh nothing carry the same.
    """

    def __init__(self, plan: PlanDays, territory: IntArray, weight: FloatArray) -> None:
        self.plan = plan
        self.territory = territory
        self.weight = np.where(np.isfinite(weight), np.maximum(weight, 0.0), 0.0)
        self._parts: dict[tuple[int, int], tuple[NDArray[np.intp], Cents]] = {}

    def on_days(self, entity: int, component: int) -> Cents:
        """Return what an account carries on each day, shape ``(n_days,)``, ≥ 0; zeros where it is nobody's."""
        calendar = self.plan.calendar
        out = np.zeros(calendar.n_days, np.int64)
        owner = int(self.territory[entity])
        if owner < 0:
            return out
        members, parts = self._shared(owner, component)
        place = int(np.searchsorted(members, entity))
        lower = self.plan.before[owner, component] + parts[:place].sum(0)
        for slot, low, own in zip(calendar.slots, lower, parts[place], strict=True):
            out[slot.start : slot.start + slot.days] = dealt(low, low + own, slot.days)
        return out

    def _shared(self, owner: int, component: int) -> tuple[NDArray[np.intp], Cents]:
        """Return the accounts of a territory and what each carries in each slot, shape ``(n_members, n_slots)``."""
        if (owner, component) not in self._parts:
            members = np.flatnonzero(self.territory == owner)
            weight = self.weight[members, component]
            amounts = self.plan.slot_cents[owner, component].tolist()
            parts = np.stack([largest_remainder(weight, cents) for cents in amounts], axis=1)
            self._parts[owner, component] = members, parts
        return self._parts[owner, component]


def dealt(lower: Cents, upper: Cents, days: int) -> Cents:
    """Deal the minor units numbered from `lower` up to `upper` (not included) to days.

    Returns
    -------
    Minor units of each day, shape ``(…, days)``.
    """
    first, end = (np.asarray(side, np.int64)[..., None] for side in (lower, upper))
    day = np.arange(days)
    return np.asarray((end - day + days - 1) // days - (first - day + days - 1) // days)
