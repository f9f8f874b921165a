r"""What a simulation found.

In draw :math:`d` the company sells :math:`S_d = \sum_t X_{td}`. The plan succeeds where :math:`S_d \ge T`, the company
target; street quota is :math:`Q = \sum_t q_t`. *Sales do not respond to quotas in this model*: whether a higher quota
makes people sell more is not something a history of one quota system can tell. So the over-assignment that reaches a
probability :math:`p` has two readings, and they answer different questions:

(a) **Sales as they come.** The draws stay what they are and the target gives way: the target that is reached with
    probability :math:`p` is :math:`T(p) = \max \{ x : P[S \ge x] \ge p \}`. With the street quota as it is, that is an
    over-assignment of :math:`Q / T(p) - 1`.
(b) **Attainment as it comes.** Every seat sells :math:`q_t A_t` with attainment :math:`A_t = X_t / m_t`, where
    :math:`m_t` is what the method expects: its own errors in past years are the distribution of attainment, whatever
    the level of quotas. With weights :math:`w_t = q_t / Q` and :math:`B = \sum_t w_t A_t`, a street quota of
    :math:`(1 + v) T` brings :math:`(1 + v) T B`, which reaches the target with probability :math:`p` where
    :math:`1 + v = 1 / b(p)`, :math:`b(p) = \max \{ x : P[B \ge x] \ge p \}`.

Under (a) more over-assignment never makes a plan more likely; under (b) it does, because seats are taken to sell the
same part of whatever they are asked. The truth is in between, and (b) only holds near the quotas of the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from planner.arrays import FloatArray, read_only
from planner.quota.fairness.interval import Interval, share_interval
from planner.quota.simulate.calibration import Calibration

QUANTILES = (0.1, 0.5, 0.9)
"""Told of every distribution."""


@dataclass(frozen=True)
class Distribution:
    """Mean and percentiles of something over all draws."""

    mean: float
    p10: float
    p50: float
    p90: float

    @classmethod
    def of(cls, values: FloatArray) -> Distribution:
        """Return the distribution of values, shape ``(draws,)``, at least one."""
        p10, p50, p90 = np.quantile(values, QUANTILES).tolist()
        return cls(float(values.mean()), p10, p50, p90)


@dataclass(frozen=True, eq=False)
class Risk:
    """What may become of a plan. Probabilities are shares of draws.

    Parameters
    ----------
    draws, seed
        How many years were drawn, and from which seed.
    target_cents, street_cents
        Company target, and the sum of quotas, in minor units.
    sold_cents
        What the company sells in each draw, ascending, minor units, shape ``(draws,)``.
    at_quota
        Share of seats with a quota that reach it in each draw, ascending, shape ``(draws,)``; empty where no seat has
        one.
    held
        B above, ascending, shape ``(draws,)``; empty where nothing is expected of seats with a quota.
    chance
        Share of draws in which each territory reaches its quota, shape ``(n_territories,)``; NaN without a quota.
    goal
        Share of draws in which the share of seats at quota is inside the goal of 60-70 %.
    calibration
        How well stated intervals held in past years; None where that is not known.
    """

    draws: int
    seed: int
    target_cents: int
    street_cents: int
    sold_cents: FloatArray
    at_quota: FloatArray
    held: FloatArray
    chance: FloatArray
    goal: Interval
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        for name in ("sold_cents", "at_quota", "held", "chance"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.float64))

    @property
    def over_assignment(self) -> float | None:
        """Street quota over target − 1; None without a target."""
        return self.street_cents / self.target_cents - 1 if self.target_cents > 0 else None

    @property
    def plan(self) -> Interval:
        """Probability that the company sells its target, with what the number of draws leaves open (95 %)."""
        return self.chance_of(self.target_cents)

    @property
    def street(self) -> Interval:
        """Probability that the company sells its street quota."""
        return self.chance_of(self.street_cents)

    @property
    def sales(self) -> Distribution:
        """What the company sells, minor units."""
        return Distribution.of(self.sold_cents)

    @property
    def sellers_at_quota(self) -> Distribution | None:
        """Share of seats at or above quota; None where no seat has a quota."""
        return Distribution.of(self.at_quota) if len(self.at_quota) else None

    @property
    def attainment(self) -> Distribution | None:
        """What the company sells over its street quota; None where there is none."""
        return Distribution.of(self.sold_cents / self.street_cents) if self.street_cents > 0 else None

    def chance_of(self, cents: float) -> Interval:
        """Return the probability that the company sells `cents` or more, with what the draws leave open (95 %)."""
        reached = self.draws - int(np.searchsorted(self.sold_cents, cents, side="left"))
        return share_interval(reached, self.draws)

    def target_for(self, probability: float) -> float:
        """Return reading (a): the target in minor units that sales, as they come, reach with a probability."""
        return _exceeded(self.sold_cents, probability)

    def over_assignment_as_sold(self, probability: float) -> float | None:
        """Return reading (a) as a fraction: street quota over the target that is reached, − 1; None if that is 0."""
        target = self.target_for(probability)
        return self.street_cents / target - 1 if target > 0 else None

    def over_assignment_for(self, probability: float) -> float | None:
        """Return reading (b): the over-assignment with which the plan succeeds where attainment stays what it was.

        Below 0 where the target is reached with this probability by quotas that add up to less.

        Returns
        -------
        A fraction; None where no seat sells anything in too many draws.
        """
        if not len(self.held):
            return None
        held = _exceeded(self.held, probability)
        return 1 / held - 1 if held > 0 else None


def _exceeded(ascending: FloatArray, probability: float) -> float:
    """Return the largest value that at least this share of draws reaches.

    Raises
    ------
    ValueError
        Where the probability is not in (0, 1].
    """
    if not 0 < probability <= 1:
        raise ValueError(f"{probability} is no probability above 0 and up to 1")
    reached = max(1, ceil(probability * len(ascending) - 1e-9))
    return float(ascending[len(ascending) - reached])
