r"""Measures of quotas against what was sold, for many weightings of the territories at once.

With attainment :math:`a_t` (actual ÷ quota) of the territories that had a quota, weights :math:`w_t` (1 each, or how
often a bootstrap draw holds the territory) and :math:`n = \sum_t w_t`:

spread
   :math:`\sqrt{\frac{1}{n-1} \sum_t w_t (a_t - \bar a)^2} \,/\, \bar a`, the coefficient of variation. It stays as it
   is when all quotas are scaled alike, so that it judges how fair they are among territories whatever the company did.
WAPE
   :math:`\sum_t w_t |x_t - q_t| \,/\, \sum_t w_t x_t` with sales :math:`x_t` and quotas :math:`q_t`: the weighted
   absolute percentage error (Kolassa and Schütz 2007, *Foresight* 6, 40-43).
size bias
   Pearson correlation of :math:`a_t` with :math:`\log_2` of the yearly sales known then, with the interval of Fisher's
   :math:`z = \operatorname{artanh} r` (Fisher 1921, *Metron* 1, 3-32), and the slope: how much more of the mean
   attainment a territory of twice the size reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from planner.arrays import FloatArray

CONFIDENCE = 0.95
"""Level of every interval."""
NEAR = (0.1, 0.2)
"""Distances from quota that territories are counted within."""


@dataclass(frozen=True, eq=False)
class Year:
    """One method in one quota year.

    Parameters
    ----------
    quota
        Quotas under the company target that was known then, minor units, shape ``(n,)``.
    fair
        The same scaled to what all territories together sold, shape ``(n,)``.
    actual
        What was sold, minor units, shape ``(n,)``.
    size
        Yearly sales known then, minor units, shape ``(n,)``.
    """

    quota: FloatArray
    fair: FloatArray
    actual: FloatArray
    size: FloatArray

    @property
    def attainment(self) -> FloatArray:
        """Actual ÷ quota, NaN where there was none, shape ``(n,)``."""
        return _over(self.actual, self.quota)

    def features(self) -> FloatArray:
        """Return what the measures are weighted sums of, shape ``(n, 11)``."""
        a, fair = self.attainment, _over(self.actual, self.fair)
        has = np.isfinite(a)
        a, fair = np.where(has, a, 0.0), np.where(np.isfinite(fair), fair, 0.0)
        # Spread is the same for both; about 1 the sum of squares loses no digits.
        off = np.where(has, fair - 1, 0.0)
        near = [has & (np.abs(fair - 1) <= by) for by in NEAR]
        columns = [
            has,
            off,
            off * off,
            self.actual,
            np.abs(self.actual - self.quota),
            np.abs(self.actual - self.fair),
            has & (a >= 1),
            has & (fair >= 1),
            *near,
            has & (np.abs(a - 1) <= NEAR[0]),
        ]
        return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


@dataclass(frozen=True, eq=False)
class Measured:
    """Measures of one or more years together, each of shape ``(n_draws,)``.

    Parameters
    ----------
    spread
        Spread of attainment.
    wape, wape_fair
        WAPE of quotas under the target known then, and of quotas scaled to the actual total.
    at_or_above, at_or_above_fair
        Share of territories that reached their quota, the same two ways.
    within_10, within_20
        Share within ±10 and ±20 % of quotas scaled to the actual total.
    within_10_known
        Share within ±10 % of quotas under the target known then.
    """

    spread: FloatArray
    wape: FloatArray
    wape_fair: FloatArray
    at_or_above: FloatArray
    at_or_above_fair: FloatArray
    within_10: FloatArray
    within_20: FloatArray
    within_10_known: FloatArray


def measured(sums: FloatArray) -> Measured:
    """Return the measures of several years together.

    Parameters
    ----------
    sums
        Weighted sums of `Year.features`, shape ``(n_draws, n_years, 11)``.

    Returns
    -------
    Spread is pooled as variances are, relative to each year's own mean, so that a good or bad year of the company
    counts for nothing; all other measures add up over the years.
    """
    count, off, square = sums[..., 0], sums[..., 1], sums[..., 2]
    mean = 1 + _over(off, count)
    within = np.maximum(square - _over(off**2, count), 0.0)
    free = np.maximum(count - 1, 0).sum(1)
    spread = np.sqrt(_over(_over(within, mean**2).sum(1), free))
    added = sums.sum(1)
    part = added[:, 6:] / np.where(added[:, :1] > 0, added[:, :1], np.nan)
    return Measured(spread, _over(added[:, 4], added[:, 3]), _over(added[:, 5], added[:, 3]), *part.T)


@dataclass(frozen=True)
class SizeBias:
    """Correlation and slope of attainment against size.

    Parameters
    ----------
    correlation, low, high
        Correlation in [−1, 1] and its interval; NaN where fewer than 4 territories or no variation tell.
    slope
        Change of attainment, as a fraction of its mean, where size doubles.
    n
        Pairs of territory and year.
    """

    correlation: float
    low: float
    high: float
    slope: float
    n: int


def size_bias(years: list[Year]) -> SizeBias:
    """Return the size bias of one or more years; those are taken to be independent of each other.

    Fisher's z of the years are averaged with weights n − 3, slopes with the sums of squares of size.
    """
    z, weight, slopes, squares, pairs = [], [], [], [], 0
    for year in years:
        a = year.attainment
        kept = np.isfinite(a) & (year.size > 0)
        x, a = np.log2(year.size[kept]), a[kept]
        if len(a) < 4 or not np.ptp(x) > 1e-9 or not np.ptp(a) > 1e-12 * abs(a.mean()):
            continue
        x, a = x - x.mean(), a / a.mean() - 1
        r = float(x @ a / np.sqrt((x @ x) * (a @ a)))
        z.append(np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)))
        weight.append(len(a) - 3.0)
        slopes.append(float(x @ a / (x @ x)))
        squares.append(float(x @ x))
        pairs += len(a)
    if not z:
        return SizeBias(np.nan, np.nan, np.nan, np.nan, 0)
    mean = float(np.average(z, weights=weight))
    half = float(ndtri(0.5 + CONFIDENCE / 2)) / np.sqrt(sum(weight))
    slope = float(np.average(slopes, weights=squares))
    return SizeBias(
        float(np.tanh(mean)), float(np.tanh(mean - half)), float(np.tanh(mean + half)), slope, pairs
    )


def groups_of_performance(attainment: FloatArray) -> tuple[float, float, float]:
    """Return mean attainment of the lowest fifth, the middle three and the highest fifth of the territories."""
    a = np.sort(attainment[np.isfinite(attainment)])
    if not len(a):
        return np.nan, np.nan, np.nan
    fifth = max(1, round(len(a) / 5))
    middle = a[fifth:-fifth] if len(a) > 2 * fifth else a
    return float(a[:fifth].mean()), float(middle.mean()), float(a[-fifth:].mean())


def _over(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return part ÷ whole, NaN where whole is not above 0."""
    shape = np.broadcast(part, whole).shape
    out: FloatArray = np.divide(part, whole, out=np.full(shape, np.nan), where=whole > 0)
    return out
