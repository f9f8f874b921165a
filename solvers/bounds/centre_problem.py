"""Choose centres among candidate places and give every unit to one: the Hess model and the p-median, as arrays.

Hess, Weaver, Siegfeldt, Whelan, Zitlau 1965 (https://doi.org/10.1287/opre.13.6.998) for balanced territories around
centre units; with a ceiling alone it is the capacitated p-median.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray

ROUNDING = 1e-9
"""Relative widening of limits, so that a load on a limit does not fall outside by rounding."""


@dataclass(frozen=True, eq=False)
class CentreProblem:
    """Units, candidate centres, and what a territory may hold.

    Parameters
    ----------
    cost
        Cost of each unit at each candidate, one row per candidate, shape ``(n_candidates, n_units)``, any unit, not
        NaN; inf where the pair is impossible.
    activity
        What is limited, nonnegative, shape ``(n_units, n_measures)``.
    lower, upper
        Hard limits of each candidate's territory, shape ``(n_candidates, n_measures)``.
    k
        Number of centres.
    exactly
        Whether just `k` centres are opened, else at most `k`.
    member
        Unit that belongs to the territory of each candidate where that is opened, −1 where none, shape
        ``(n_candidates,)``.

    Raises
    ------
    ValueError
        Where shapes do not agree, or there are fewer candidates than centres.
    """

    cost: FloatArray
    activity: FloatArray
    lower: FloatArray
    upper: FloatArray
    k: int
    exactly: bool
    member: IntArray

    def __post_init__(self) -> None:
        p, n = self.cost.shape
        limits = (p, self.activity.shape[1])
        if len(self.activity) != n or self.member.shape != (p,):
            raise ValueError("activities belong to units, members to candidates")
        if self.lower.shape != limits or self.upper.shape != limits:
            raise ValueError(f"limits must have shape {limits}")
        if not 1 <= self.k <= p:
            raise ValueError("there must be at least as many candidates as centres, and one centre")

    @classmethod
    def from_units(
        cls,
        cost: FloatArray,
        activity: FloatArray,
        lower: FloatArray | float,
        upper: FloatArray | float,
        k: int,
        *,
        exactly: bool = True,
    ) -> CentreProblem:
        """Return the problem in which every unit is a candidate that belongs to its own territory.

        Parameters
        ----------
        cost
            Cost of each unit (row) at each centre unit (column), shape ``(n_units, n_units)``.
        activity
            Shape ``(n_units,)`` or ``(n_units, n_measures)``.
        lower, upper
            Limits that hold for every territory, shape ``(n_measures,)`` or a number.
        k, exactly
            As in the class.
        """
        n = len(cost)
        activity = np.ascontiguousarray(activity, dtype=np.float64).reshape(n, -1)
        shape = (n, activity.shape[1])
        lower, upper = np.asarray(lower, float), np.asarray(upper, float)
        return cls(
            cost=np.ascontiguousarray(cost.T, dtype=np.float64),
            activity=activity,
            lower=np.ascontiguousarray(
                np.broadcast_to(lower - ROUNDING * abs(lower), shape), dtype=np.float64
            ),
            upper=np.ascontiguousarray(
                np.broadcast_to(upper + ROUNDING * abs(upper), shape), dtype=np.float64
            ),
            k=k,
            exactly=exactly,
            member=np.arange(n, dtype=np.int32),
        )

    @property
    def n_candidates(self) -> int:
        """Number of candidate places."""
        return len(self.cost)

    @property
    def n_units(self) -> int:
        """Number of basic units."""
        return len(self.activity)
