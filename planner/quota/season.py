r"""How a year's amount falls on its months, territory by territory, from full years of history.

The share of a month in one year is a noisy look at the habit of a territory, the noisier the less it sold. The
estimate is the credibility estimate of Bühlmann and Straub (1970; Bühlmann and Gisler 2005,
https://doi.org/10.1007/3-540-29273-X, ch. 4): with exposures :math:`w_{ty}` (sales of territory t in year y), shares
:math:`x_{tym}`, their exposure-weighted means :math:`\bar x_{tm}` and the company profile :math:`\bar x_m`

.. math::
   \hat p_{tm} = z_t \bar x_{tm} + (1 - z_t)\, \bar x_m, \qquad z_t = \frac{w_t}{w_t + s^2/\tau^2},

.. math::
   s^2 = \frac{\sum_{t,y,m} w_{ty} (x_{tym} - \bar x_{tm})^2}{\sum_t (Y_t - 1)}, \qquad
   \tau^2 = \frac{\sum_{t,m} w_t (\bar x_{tm} - \bar x_m)^2 - (T - 1)\, s^2}{w - \sum_t w_t^2 / w}.

Where territories differ no more than their own years do (:math:`\tau^2 \le 0`), all follow the company. One full year
cannot tell the two apart: then :math:`s^2/\tau^2` is the mean exposure, so that a territory of average size is halfway
between its own profile and the company's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray
from planner.quota.periods import MONTHS, month_cover, months_covered
from planner.quota.rounding import Cents


@dataclass(frozen=True, eq=False)
class Season:
    """Shares of the months in a year.

    Parameters
    ----------
    own
        Exposure-weighted mean share by territory, shape ``(n_territories, 12)``; zeros where nothing was sold.
    company
        The same for all territories together, shape ``(12,)``; even where nothing was sold.
    credibility
        Weight of the own profile, in [0, 1), shape ``(n_territories,)``.
    """

    own: FloatArray
    company: FloatArray
    credibility: FloatArray

    def weights(self, periods: Sequence[str], company: FloatArray | None = None) -> FloatArray:
        """Return the weight of each period for each territory, rows summing to 1, shape ``(n_territories, n_periods)``.

        Parameters
        ----------
        periods
            Names of the periods to cut amounts into.
        company
            Shares of the periods to shrink towards, shape ``(n_periods,)``; None for the company's history.
        """
        cover = month_cover(periods)
        usual = company if company is not None else self.company @ cover
        usual = usual / usual.sum() if usual.sum() > 0 else np.full(len(periods), 1 / len(periods))
        own = self.own @ cover
        sums = own.sum(1)
        z = np.where(sums > 0, self.credibility, 0.0)[:, None]
        return z * own / np.where(sums > 0, sums, 1.0)[:, None] + (1 - z) * usual


def by_month(amount_cents: Cents, periods: Sequence[str], years: Sequence[int]) -> FloatArray:
    """Arrange history by year and month; a quarter or a year is spread evenly over its months.

    Parameters
    ----------
    amount_cents
        Shape ``(n_territories, n_periods)``.

    Returns
    -------
    Minor units, shape ``(n_territories, n_years, 12)``; amounts below 0 count as 0.
    """
    out = np.zeros((len(amount_cents), len(years) * MONTHS))
    first = {year: position * MONTHS - year * MONTHS for position, year in enumerate(years)}
    for column, period in enumerate(periods):
        span = months_covered(period)
        if span is None or span[0] // MONTHS not in first:
            continue
        start = span[0] + first[span[0] // MONTHS]
        length = span[1] - span[0]
        out[:, start : start + length] += amount_cents[:, [column]] / length
    return np.maximum(out, 0.0).reshape(len(amount_cents), len(years), MONTHS)


def season(amounts: FloatArray) -> Season:
    """Estimate the seasons of all territories.

    Parameters
    ----------
    amounts
        Sales by territory, full year and month, not negative, shape ``(n_territories, n_years, 12)``.
    """
    exposure = amounts.sum(2)
    sold = exposure.sum(1)
    total = sold.sum()
    if total <= 0:
        return Season(np.zeros((len(amounts), MONTHS)), np.full(MONTHS, 1 / MONTHS), np.zeros(len(amounts)))
    company = amounts.sum((0, 1)) / total
    own = amounts.sum(1) / np.where(sold > 0, sold, 1.0)[:, None]
    within, between = _variances(amounts, exposure, own, company)
    if within is not None and between <= 0:
        return Season(own, company, np.zeros(len(sold)))
    ratio = float(sold[sold > 0].mean()) if within is None else within / between
    return Season(own, company, np.divide(sold, sold + ratio, out=np.zeros(len(sold)), where=sold > 0))


def _variances(
    amounts: FloatArray, exposure: FloatArray, own: FloatArray, company: FloatArray
) -> tuple[float | None, float]:
    """Return s² (None where no territory sold in two years) and τ² of the formulas above."""
    sold = exposure.sum(1)
    freedom = int(np.maximum((exposure > 0).sum(1) - 1, 0).sum())
    if freedom == 0:
        return None, 0.0
    share = amounts / np.where(exposure > 0, exposure, 1.0)[:, :, None]
    within = float((exposure[:, :, None] * (share - own[:, None, :]) ** 2).sum()) / freedom
    spread = float((sold[:, None] * (own - company) ** 2).sum())
    size = float(sold.sum() - (sold**2).sum() / sold.sum())
    between = (spread - ((sold > 0).sum() - 1) * within) / size if size > 0 else 0.0
    return within, between
