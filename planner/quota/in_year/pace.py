r"""How far the rest of a year strays from the pace of its beginning, from past years cut at the same day.

With :math:`f` the part of the year's sales that the season (of the other years) puts before the cut, :math:`A` what
was sold before it, :math:`R` after it and :math:`X = A + R`, a year's error of pace is

.. math:: d_{ty} = \left(\frac{R_{ty}}{1 - f_t} - \frac{A_{ty}}{f_t}\right) / X_{ty} = c_y + u_{ty},

the company's (:math:`c_y`, the mean weighted by sales) and the territory's own. The variance of :math:`u` falls with
size by a power that is estimated, is shrunk for each territory towards that of its size, and is scaled so that four in
five of the errors lie within 1.28 standard deviations: what intervals of 80 % ask for, whatever the tails do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from planner.arrays import FloatArray
from planner.quota.periods import MONTHS, names
from planner.quota.season import season

FEWEST_YEARS = 2
SHRINK_YEARS = 6.0
"""Years of own errors that the variance of territories of the same size is worth."""
EIGHTY = 1.2815515655446004
"""Standard deviations that four in five of normal errors lie within."""
PRIOR_SHOCK, PRIOR_YEARS = 0.10, 0.5
"""What is assumed of the company before anything was seen, and the years that is worth: a level that walks randomly by
a tenth a year, as series of firms do (Makridakis and Hibon 2000, https://doi.org/10.1016/S0169-2070(00)00057-1). The
means of such a walk before and after a cut differ with a third of its yearly variance, wherever the cut is."""
WILDEST = 3.0
"""Errors count as at most so many standard deviations where single territories are judged."""


@dataclass(frozen=True, eq=False)
class PaceError:
    """Standard deviations of errors of pace, as parts of a year's sales.

    Parameters
    ----------
    own
        Of each territory beyond the company, shape ``(n_territories,)``.
    common
        Of the company.
    years
        Number of past years seen.
    """

    own: FloatArray
    common: float
    years: int


def pace_error(amounts: FloatArray, months: float) -> PaceError | None:
    """Learn from past years how far their rest strayed from their beginning.

    Parameters
    ----------
    amounts
        Sales by territory, full year and month, not negative, shape ``(n_territories, n_years, 12)``.
    months
        Where years are cut: months from their start, in (0, 12).

    Returns
    -------
    None where there are fewer than two years, or nothing was sold.
    """
    n_years = amounts.shape[1]
    if n_years < FEWEST_YEARS or not amounts.any() or not 0 < months < MONTHS:
        return None
    before = np.clip(months - np.arange(MONTHS), 0.0, 1.0)
    sold = amounts.sum(2)
    errors = np.zeros(sold.shape)
    for year in range(n_years):
        usual = season(np.delete(amounts, year, axis=1)).weights(names(2000, "month"))
        part = np.clip(usual @ before, 1e-6, 1 - 1e-6)
        early = amounts[:, year] @ before
        pace = (sold[:, year] - early) / (1 - part) - early / part
        errors[:, year] = np.divide(pace, sold[:, year], out=np.zeros(len(sold)), where=sold[:, year] > 0)
    company = (errors * sold).sum(0) / np.maximum(sold.sum(0), 1e-300)
    own = np.where(sold > 0, errors - company, np.nan)
    return PaceError(_own_spread(own, sold.mean(1)), _common_spread(company), n_years)


def _common_spread(errors: FloatArray) -> float:
    """Return the standard deviation of the company's next error: few years tell little, so Student's t widens it."""
    prior = PRIOR_SHOCK**2 / 3
    worth = PRIOR_YEARS + len(errors)
    variance = (PRIOR_YEARS * prior + float((errors**2).sum())) / worth
    return float(np.sqrt(variance)) * float(stdtrit(worth, 0.9)) / EIGHTY


def _own_spread(own: FloatArray, size: FloatArray) -> FloatArray:
    """Return the standard deviation of each territory's own errors, shape ``(n_territories,)``."""
    seen = np.isfinite(own)
    rows = np.flatnonzero(seen.any(1))
    squares = np.where(seen, own, 0.0) ** 2
    count = seen.sum(1)
    mean = squares.sum(1) / np.maximum(count, 1)
    relative = np.log(np.maximum(size, 1e-300) / size[rows].mean())
    power = 0.0
    able = rows[mean[rows] > 0]
    if len(able) > 2 and np.ptp(relative[able]) > 0:
        power = float(np.clip(np.polyfit(relative[able], np.log(mean[able]), 1)[0], -1.0, 0.0))
    spread = np.exp(np.minimum(relative, 700.0) * power / 2)
    spread[size <= 0] = spread[rows].max(initial=1.0)
    for _ in range(2):
        ratio = np.abs(np.where(seen, own, 0.0)) / spread[:, None]
        spread = spread * float(np.quantile(ratio[seen], 0.8)) / EIGHTY
        if not spread.all():
            return np.zeros(len(size))
        worth = np.minimum(np.where(seen, own, 0.0) ** 2 / spread[:, None] ** 2, WILDEST**2)
        spread = spread * np.sqrt((worth.sum(1) + SHRINK_YEARS) / (count + SHRINK_YEARS))
    ratio = np.abs(np.where(seen, own, 0.0)) / spread[:, None]
    return np.asarray(spread * float(np.quantile(ratio[seen], 0.8)) / EIGHTY)
