"""What is known when quotas of a year are set, and what a baseline method makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.arrays import FloatArray, IntArray, read_only
from planner.quota.rounding import Cents


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
        What account managers expect of each account in the year, shape ``(n_entities,)``; None where not asked.
    capacity
        What each seat can sell in any unit (hours, money), shape ``(n_territories,)``; None where unknown.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "sold_cents", read_only(self.sold_cents, np.int64))
        object.__setattr__(self, "territory", read_only(self.territory, np.int32))


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
