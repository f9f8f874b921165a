"""What is known when quotas of a year are set, and what a baseline method makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray, read_only
from planner.quota.history import History
from planner.quota.periods import PER_YEAR, names, parse
from planner.quota.rounding import Cents

UNKNOWN_YEAR = 10_000
"""Stands for a year that nothing tells: all of the history lies before it."""


@dataclass(frozen=True, eq=False)
class Known:
    """Everything a baseline method may look at: nothing of the year that quotas are for, or later.

    Parameters
    ----------
    year
        Year that quotas are for.
    periods
        Periods of the history before that year, all of one kind, without holes between the first and the last
        (periods without any sale hold zeros), in order of time: ``2020-01``, ``2020-Q1`` or ``2020``. Years that the
        history does not know at all are left out.
    sold_cents
        Sales of one component in minor units, shape ``(n_entities, n_periods)``; may be negative (returns).
    territory
        Territory of each account (or basic unit) on the new boundaries, shape ``(n_entities,)``; negative where
        nobody's.
    n_territories
        Number of territories, at least 1.
    potential
        Potential of each territory in any unit, shape ``(n_territories,)``; None where unknown.
    measures
        Measures of each territory by name, each of shape ``(n_territories,)``, for indices.
    index
        Weight of each measure in an index, by name.
    growth_to_potential
        Share of growth that goes to untapped potential, in [0, 1].
    asked_cents
        What account managers expect of each account in the year, shape ``(n_entities,)``, negative where an account has
        no target of its own (`asked_of`); None where nobody was asked.
    capacity
        What each seat can sell in any unit (hours, money), shape ``(n_territories,)``; None where unknown.
    target_cents
        What all territories are to sell together, minor units, which tells the growth asked; None where unknown.
    """

    year: int
    periods: tuple[str, ...]
    sold_cents: Cents
    territory: IntArray
    n_territories: int
    potential: FloatArray | None = None
    measures: Mapping[str, FloatArray] = field(default_factory=dict)
    index: Mapping[str, float] = field(default_factory=dict)
    growth_to_potential: float = 0.5
    asked_cents: Cents | None = None
    capacity: FloatArray | None = None
    target_cents: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sold_cents", read_only(self.sold_cents, np.int64))
        object.__setattr__(self, "territory", read_only(self.territory, np.int32))

    @property
    def so_far(self) -> str:
        """Until when sales are known, for people: ``before 2026``, or ``yet`` where no year is known."""
        return "yet" if self.year == UNKNOWN_YEAR else f"before {self.year}"


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a method expects the territories to sell in the year.

    Parameters
    ----------
    method
        Name of the method.
    expected_cents
        Expected sales in minor units, not negative, shape ``(n_territories,)``; only proportions count where the
        total is given.
    notes
        What was done and why, for people.
    """

    method: str
    expected_cents: FloatArray
    notes: tuple[str, ...] = ()


def known_of(
    history: History,
    component: str | None,
    year: int,
    territory: IntArray,
    n_territories: int,
    **extras: Any,
) -> Known:
    """Return what `history` tells before a year, re-cut to territories.

    Parameters
    ----------
    history
        Sales of entities. Only periods before `year` are read; where their names are of several kinds (years beside
        months), those of the finest kind.
    component
        Name of the component; None, or one that the history does not know, for all of them together.
    year
        Year that quotas are for.
    territory
        Territory of each entity, shape ``(n_entities,)``; negative where nobody's.
    n_territories
        Number of territories, at least 1.
    extras
        Further fields of `Known`, by name: ``potential``, ``measures``, ``index``, ``capacity`` …

    Returns
    -------
    Known with one column per period from the first with an entry to the last one named before `year`, without the years
    that have no entry at all. No periods where nothing is known.
    """
    before = {
        j: found for j, period in enumerate(history.periods) if (found := parse(period)) and found[0] < year
    }
    chosen = _of_component(history, component)
    seen = np.unique(history.period)
    kinds = {before[j][2] for j in seen.tolist() if j in before}
    kind = max(kinds, key=PER_YEAR.__getitem__, default="year")
    before = {j: found for j, found in before.items() if found[2] == kind}
    entered = [before[j][:2] for j in seen.tolist() if j in before]
    years = {when[0] for when in entered}
    first = min(entered, default=(0, 0))
    last = max((found[:2] for found in before.values() if found[0] in years), default=(-1, 0))
    grid = [
        (name, found[:2])
        for each in sorted(years)
        for name in names(each, kind)
        if (found := parse(name)) is not None and first <= found[:2] <= last
    ]
    column_of = {when: column for column, (_, when) in enumerate(grid)}
    columns = np.full(len(history.periods), -1, np.int32)
    for j, found in before.items():
        columns[j] = column_of.get(found[:2], -1)
    sold = np.zeros((history.n_entities, len(grid)), np.int64)
    column = columns[history.period]
    used = chosen & (column >= 0)
    np.add.at(sold, (history.entity[used], column[used]), history.amount_cents[used])
    return Known(year, tuple(name for name, _ in grid), sold, territory, n_territories, **extras)


def asked_of(asked: History, component: str | None, year: int) -> Cents:
    """Return what is expected of each account in a year, minor units, shape ``(n_entities,)``; −1 where nothing is.

    Parameters
    ----------
    asked
        Account targets as a history of the quota year.
    component
        As in `known_of`.
    year
        Year that quotas are for.
    """
    inside = np.array([(parse(period) or (None,))[0] == year for period in asked.periods], bool)
    used = _of_component(asked, component)
    used &= inside[asked.period] if len(inside) else False
    out = np.zeros(asked.n_entities, np.int64)
    np.add.at(out, asked.entity[used], asked.amount_cents[used])
    stated = np.zeros(asked.n_entities, bool)
    stated[asked.entity[used]] = True
    return np.where(stated, np.maximum(out, 0), -1)


def _of_component(history: History, component: str | None) -> MaskArray:
    """Return which entries are of a component; all of them where the history does not know it."""
    if component is None or component not in history.components:
        return np.ones(len(history.entity), bool)
    return np.asarray(history.component == history.components.index(component))
