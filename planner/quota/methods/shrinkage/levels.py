r"""What each account sells a year as it stands at the end of a year, and how it came there.

Of an account i at the end of year y, with sales :math:`s_{ip}` in period p and the company's share :math:`\pi_p` of
that period in a year (mean over the years known then):

- sold :math:`L_i = \sum_p s_{ip}`;
- its level :math:`A_i = L_i`, or, where it opened within the year, what it sold after its opening period brought to a
  full year by season, :math:`A_i = \sum_{p > o} s_{ip} / \sum_{p > o} \pi_p`; in its opening period it is taken to have
  been open half of it;
- silent periods: those at the end without a sale in which it sold a year before (all of them, where it is new), so that
  one who buys in summer alone is not taken for lost in winter;
- momentum :math:`m_i = \log (2 R_i / L_i)`, with :math:`R_i` the last half year without season;
- growth :math:`z_i = \log (L_i / L_{i,y-1})`, less the median of all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.quota.methods.shrinkage.windows import OLD, Years
from planner.quota.periods import MONTHS

THIN = 0.25
"""Smallest share of a period in a year, as a part of an even one: a low season must not blow up what it sold."""
STEEPEST = 1.0
"""Largest momentum, and largest growth of an account, as a logarithm."""


@dataclass(frozen=True, eq=False)
class Standing:
    """Accounts at the end of a year; everything of shape ``(n_accounts,)``.

    Parameters
    ----------
    sold, level
        Sales of the year and what that makes in a full year, minor units.
    young
        Whether the account opened within the year.
    age_months
        Months since it opened; 0 where it is as old as the history, or sold nothing.
    silent_months
        Months at the end of the year in which a sale was due and none came.
    steady
        Whether it opened before the year and still sells.
    mature
        Whether it is steady and sold in the year before, too.
    momentum, growth
        As in the head of this file; 0 where they cannot be told.
    """

    sold: FloatArray
    level: FloatArray
    young: MaskArray
    age_months: IntArray
    silent_months: IntArray
    steady: MaskArray
    mature: MaskArray
    momentum: FloatArray
    growth: FloatArray


def standing(years: Years, year: int) -> Standing:
    """Return the accounts at the end of a year, from that year and earlier ones.

    Parameters
    ----------
    year
        Position of the year in `years`.
    """
    now = years.sold[:, year]
    before = years.sold[:, year - 1] if year > 0 else np.zeros_like(now)
    consecutive = year > 0 and years.apart[year - 1] == 1
    season = _season(years.sold[:, : year + 1])
    per_year = years.per_year
    length = MONTHS // per_year
    age = years.age[:, year]
    sold = years.total(year)

    young = (age > 0) & (age <= per_year) & (sold > 0)
    level = _level(now, sold, season, np.where(young, age, per_year), young)
    silence = np.cumprod(now[:, ::-1] <= 0, axis=1)[:, ::-1].astype(bool)
    due = (before > 0) | (age <= per_year)[:, None] if consecutive else np.ones_like(silence)
    silent = np.where(sold > 0, (silence & due).sum(1), 0) * length

    steady = (age > per_year) & (sold > 0) & (silent == 0)
    mature = steady & (before.sum(1) > 0)
    return Standing(
        sold,
        level,
        young,
        np.where((age < OLD) & (sold > 0), age * length, 0).astype(np.int32),
        silent.astype(np.int32),
        steady,
        mature,
        _momentum(now, season, steady),
        growth_over(sold, before.sum(1), mature),
    )


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Return the value that half of the weight lies below; 0 where there is no weight."""
    whole = weights.sum()
    if not whole > 0:
        return 0.0
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(reached, whole / 2)), len(values) - 1)])


def log_ratio(above: FloatArray, below: FloatArray, limit: float) -> FloatArray:
    """Return the logarithm of a ratio between −limit and limit; 0 where either is not above 0."""
    good = (above > 0) & (below > 0)
    ratio = np.divide(above, below, out=np.ones(len(above)), where=good)
    return np.clip(np.log(ratio), -limit, limit)


def growth_over(sold: FloatArray, before: FloatArray, mature: MaskArray) -> FloatArray:
    """Return the growth of mature accounts, a logarithm, less its median by sales; 0 for others."""
    growth = log_ratio(sold, before, 1.5 * STEEPEST)
    usual = weighted_median(growth[mature], sold[mature])
    return np.asarray(np.where(mature, growth - usual, 0.0))


def _level(
    now: FloatArray, sold: FloatArray, season: FloatArray, open_periods: IntArray, young: MaskArray
) -> FloatArray:
    """Return sales brought to a full year where an account opened within it, shape ``(n_accounts,)``."""
    per_year = now.shape[1]
    after = np.arange(per_year) > per_year - open_periods[:, None]
    seen = np.where(after, season, 0.0).sum(1)
    since = np.where(after, now, 0.0).sum(1)
    whole = young & (seen > 0) & (since > 0)
    level = np.where(whole, since / np.where(seen > 0, seen, 1.0), sold)
    half = young & (open_periods == 1) & (per_year > 1)
    return np.asarray(np.where(half, 2 * sold / season[-1], level))


def _season(sold: FloatArray) -> FloatArray:
    """Return the company's share of each period in a year: the mean over the years, shape ``(per_year,)``."""
    company = np.maximum(sold.sum(0), 0.0)
    whole = company.sum(1)
    some = whole > 0
    even = 1 / company.shape[1]
    if not some.any():
        return np.full(company.shape[1], even)
    share = np.maximum((company[some] / whole[some, None]).mean(0), THIN * even)
    return np.asarray(share / share.sum())


def _momentum(now: FloatArray, season: FloatArray, steady: MaskArray) -> FloatArray:
    """Return the momentum of accounts that sold all year long; 0 for others and where years are not divided."""
    per_year = now.shape[1]
    if per_year == 1:
        return np.zeros(len(now))
    half = per_year // 2
    level = (now / season).mean(1)
    late = (now[:, half:] / season[half:]).mean(1)
    return np.asarray(np.where(steady, log_ratio(late, level, STEEPEST), 0.0))
