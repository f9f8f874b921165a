"""Draw many years and count."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from planner.quota.fairness.flags import Thresholds
from planner.quota.fairness.interval import share_interval
from planner.quota.outlook import Outlook
from planner.quota.simulate.calibration import Calibration
from planner.quota.simulate.risk import Risk

CELLS = 200_000
"""Draws times territories at a time: few megabytes, whatever the number of either."""

GOAL = (Thresholds.at_quota_low, Thresholds.at_quota_high)
"""Goal for the share of sellers at or above quota. Alexander Group."""


def simulate(
    outlook: Outlook,
    quota_cents: ArrayLike,
    target_cents: int,
    *,
    draws: int = 10_000,
    seed: int = 0,
    expected_cents: ArrayLike | None = None,
    calibration: Calibration | None = None,
) -> Risk:
    """Draw years from what territories may sell and count how often the plan succeeds.

    The same seed gives the same answer; memory does not grow with the number of draws times territories.

    Parameters
    ----------
    outlook
        What each territory may sell, and the shock they share.
    quota_cents
        Quota of each territory in minor units, ≥ 0, shape ``(n_territories,)``.
    target_cents
        Company target in minor units.
    draws, seed
        How many years, at least 1, and the seed of the random numbers.
    expected_cents
        What the method expects, for the distribution of attainment (see `planner.quota.simulate.risk`); the means of
        the outlook where None.
    calibration
        How well the outlook held in past years; handed on.

    Raises
    ------
    ValueError
        Where shapes do not fit or there is nothing to draw.
    """
    quota = np.asarray(quota_cents, dtype=np.float64)
    mean = outlook.mean_cents
    expected = mean if expected_cents is None else np.asarray(expected_cents, dtype=np.float64)
    if not quota.shape == mean.shape == expected.shape:
        raise ValueError(
            f"{quota.shape} quotas, {mean.shape} means and {expected.shape} expectations do not fit"
        )
    if draws < 1:
        raise ValueError(f"{draws} draws are too few")
    carries, rng = quota > 0, np.random.default_rng(seed)
    part = np.where(carries & (expected > 0), quota, 0.0)
    weight = np.divide(part, expected * part.sum(), out=np.zeros(len(quota)), where=part > 0)
    sold, held = np.empty(draws), np.empty(draws)
    reached, times = np.empty(draws), np.zeros(len(quota))
    chunk = max(1, CELLS // max(1, len(quota)))
    for begin in range(0, draws, chunk):
        at = slice(begin, min(begin + chunk, draws))
        years = outlook.sample(at.stop - at.start, rng)
        hit = years >= quota
        hit[:, ~carries] = False
        sold[at], held[at] = years.sum(1), years @ weight
        reached[at] = np.count_nonzero(hit, axis=1)
        times += np.count_nonzero(hit, axis=0)
    seats = int(carries.sum())
    share = np.sort(reached / seats) if seats else np.empty(0)
    slack = 1e-9
    inside = int(((share >= GOAL[0] - slack) & (share <= GOAL[1] + slack)).sum())
    return Risk(
        draws=draws,
        seed=seed,
        target_cents=int(target_cents),
        street_cents=int(np.asarray(quota_cents).sum()),
        sold_cents=np.sort(sold),
        at_quota=share,
        held=np.sort(held) if part.any() else np.empty(0),
        chance=np.where(carries, times / draws, np.nan),
        goal=share_interval(inside, draws if seats else 0),
        calibration=calibration,
    )
