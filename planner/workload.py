"""Hours of work: calls times their length, and the travel that they take.

For the accounts ``i`` of one territory with ``f_i`` calls a year of ``d_i`` hours each::

    calls   = Σ_i f_i · d_i
    between = Σ over rounds of the year of the tour through the accounts called on in it
    home    = Σ_i f_i · (d_i + leg_i) · min(1, 2·t_i / (H − 2·t_i))
    total   = calls + max(between + home, max_i 2·f_i·t_i)

Rounds are nested: an account with fewer calls is called on in some of the rounds of those with more. ``t_i`` is the
time from home, ``H`` the field hours of a day: a day out loses ``2·t_i`` to the way there and back, as in Daganzo 1984
(https://doi.org/10.1287/trsc.18.4.331); where that were more than half of it the rep stays overnight, so the way never
takes longer than the work. No account is reached less often than it is called on, which the last line keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, MaskArray, read_only, sum_by
from planner.measures.separation import travel_hours
from planner.tours import leg_hours

FIELD_TIME = 0.80
"""Share of working time spent on calls and on the way to them; practice of field-sales products."""
HOURS_PER_DAY = 8.0
"""Working hours of a day."""
MOST_ROUNDS = 12
"""Kinds of rounds told apart; more different numbers of calls are grouped."""


@dataclass(frozen=True)
class WorkDay:
    """How working time is spent.

    Parameters
    ----------
    field_time
        Share of working time for calls and travel, in (0, 1]; the rest is office, training, administration.
    hours_per_day
        Working hours of a day.
    """

    field_time: float = FIELD_TIME
    hours_per_day: float = HOURS_PER_DAY

    @property
    def field_hours(self) -> float:
        """Hours of a day for calls and travel."""
        return self.field_time * self.hours_per_day


@dataclass(frozen=True, eq=False)
class Calls:
    """What calling on each entity takes.

    Parameters
    ----------
    per_year
        Calls a year, shape ``(n_entities,)``, ≥ 0.
    hours
        Length of one call in hours, shape ``(n_entities,)``, ≥ 0.
    """

    per_year: FloatArray
    hours: FloatArray

    def __post_init__(self) -> None:
        for name in ("per_year", "hours"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    @property
    def total_hours(self) -> FloatArray:
        """Hours a year spent at each entity, shape ``(n_entities,)``."""
        return self.per_year * self.hours


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Travel times in hours that the user brought; pairs that are not stated are estimated.

    Parameters
    ----------
    between
        Sparse and symmetric, shape ``(n_entities, n_entities)``; None where none is stated.
    from_home
        Sparse, shape ``(n_entities, n_territories)``; None where none is stated.
    """

    between: csr_array | None = None
    from_home: csr_array | None = None


@dataclass(frozen=True, eq=False)
class Workload:
    """Hours a year of each territory, each of shape ``(n_territories,)``.

    Parameters
    ----------
    calls, between, home
        At the customer; from call to call; from home and back.
    """

    calls: FloatArray
    between: FloatArray
    home: FloatArray

    @property
    def field_hours(self) -> FloatArray:
        """Hours a year for calls and travel, shape ``(n_territories,)``."""
        return self.calls + self.between + self.home

    def working_hours(self, day: WorkDay) -> FloatArray:
        """Return the working hours a year that this takes, office and all, shape ``(n_territories,)``."""
        return np.asarray(self.field_hours / day.field_time)


@dataclass(frozen=True, eq=False)
class CallPlan:
    """Everything that the workload of any alignment follows from.

    Parameters
    ----------
    calls
        What calling on the entities takes.
    xy_m
        Their places in metres, shape ``(n_entities, 2)``; NaN where unknown.
    day
        How working time is spent.
    times
        Travel times that the user brought.
    """

    calls: Calls
    xy_m: FloatArray
    day: WorkDay
    times: TravelTimes | None = None

    def entity_working_hours(self) -> FloatArray:
        """Return the working hours a year of each entity without the way from home, shape ``(n_entities,)``."""
        return entity_hours(self.calls, self.xy_m, self.times) / self.day.field_time

    def workload(self, territory: IntArray, start_m: FloatArray) -> Workload:
        """Return the workload of territories; see `territory_hours`."""
        return territory_hours(self.calls, self.xy_m, territory, start_m, self.day, self.times)


def entity_hours(calls: Calls, xy_m: FloatArray, times: TravelTimes | None = None) -> FloatArray:
    """Return the hours a year of each entity, calls and travel from call to call, shape ``(n_entities,)``.

    Legs are those of rounds through all entities, so they do not depend on who serves them; the way from home does,
    and is left out. An entity without a place (NaN) takes no travel.
    """
    everything = np.arange(len(xy_m), dtype=np.int32)
    return np.asarray(calls.total_hours + _between(calls, xy_m, everything, times))


def territory_hours(
    calls: Calls,
    xy_m: FloatArray,
    territory: IntArray,
    start_m: FloatArray,
    day: WorkDay,
    times: TravelTimes | None = None,
) -> Workload:
    """Return the workload of each territory.

    Parameters
    ----------
    calls
        What calling on the entities takes.
    xy_m
        Their places in metres, shape ``(n_entities, 2)``; NaN where unknown: such an entity takes no travel.
    territory
        Territory of each, shape ``(n_entities,)``; negative where nobody's.
    start_m
        Home of each territory's rep, or another point that days begin at, shape ``(n_territories, 2)``; NaN where
        there is none: then nothing is counted for the way from home.
    day
        How working time is spent.
    times
        Travel times that the user brought.
    """
    k = len(start_m)
    between, home = np.zeros(k), np.zeros(k)
    order = np.argsort(territory, kind="stable").astype(np.int32)
    first = np.searchsorted(territory[order], np.arange(k + 1))
    for j in range(k):
        members = order[first[j] : first[j + 1]]
        legs = _between(calls, xy_m, members, times)
        between[j] = legs.sum()
        away = _from_home(xy_m, members, start_m[j], j, times)
        home[j] = _home(calls, members, legs, away, day)
    held = territory >= 0
    at_customers = sum_by(territory[held], calls.total_hours[held], k)
    return Workload(at_customers, between, home)


def _between(calls: Calls, xy_m: FloatArray, members: IntArray, times: TravelTimes | None) -> FloatArray:
    """Return the hours a year from call to call of each of `members`, over the nested rounds of a year."""
    hours = np.zeros(len(members))
    often = calls.per_year[members]
    placed: MaskArray = np.isfinite(xy_m[members]).all(axis=1) & (often > 0)
    before = 0.0
    for level in _levels(often[placed]):
        here = np.flatnonzero(placed & (often >= level))
        stated = None
        if times is not None and times.between is not None:
            stated = csr_array(times.between[members[here]][:, members[here]])
        hours[here] += (level - before) * leg_hours(xy_m[members[here]], stated)
        before = level
    return hours


def _levels(often: FloatArray) -> FloatArray:
    """Return the numbers of calls at which rounds change, ascending, at most `MOST_ROUNDS` of them."""
    found = np.unique(often)
    if len(found) <= MOST_ROUNDS:
        return found
    return np.unique(np.quantile(often, np.linspace(0.0, 1.0, MOST_ROUNDS), method="nearest"))


def _from_home(
    xy_m: FloatArray, members: IntArray, start_m: FloatArray, territory: int, times: TravelTimes | None
) -> FloatArray:
    """Return the hours from home to each of `members`; 0 where a place is unknown."""
    hours = travel_hours(np.hypot(*(xy_m[members] - start_m).T))
    if times is not None and times.from_home is not None:
        stated = csr_array(times.from_home[members][:, [territory]]).tocoo()
        hours[stated.row] = stated.data
    return np.nan_to_num(hours, nan=0.0)


def _home(calls: Calls, members: IntArray, legs: FloatArray, away: FloatArray, day: WorkDay) -> float:
    """Return the hours a year from home and back, at least what the farthest and most frequent calls take."""
    if not len(members):
        return 0.0
    out_and_back = 2.0 * away
    left = day.field_hours - out_and_back
    share = np.where(left > out_and_back, out_and_back / np.where(left > 0, left, 1.0), 1.0)
    way = float((calls.total_hours[members] + legs) @ share)
    least = float((calls.per_year[members] * out_and_back).max())
    return max(way, least - float(legs.sum()))
