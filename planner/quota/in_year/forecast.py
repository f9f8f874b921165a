r"""Where the year will end: what was sold, and a run rate for the rest that is believed as far as it has proved itself.

All relative to what the plan expected: :math:`a` is what a seat sold over what was expected of it to date, and
:math:`\rho` the same for the rest of the year, both 1 before anything is seen. The level of sales walks randomly from
last year's mean on, by :math:`s^2` a year, and months are noisy around it. With a part :math:`f` of the year over,

.. math::
   \operatorname{Var} a = s^2 \left(\tfrac13 + \tfrac f3\right) + m (1 - f), \quad
   \operatorname{Cov}(a, \rho) = s^2 \left(\tfrac13 + \tfrac f2\right), \quad
   \operatorname{Var} \rho = s^2 \left(\tfrac23 + \tfrac{2f}{3}\right) + m f .

:math:`s^2` and :math:`m` follow from what is known of the whole year, the variance :math:`\sigma^2` of the plan's
outlook, and of its course, the variance :math:`\omega^2` of the error of pace (`planner.quota.in_year.pace`):
:math:`\sigma^2 = \tfrac23 s^2 + m f (1 - f)` and :math:`\omega^2 = \operatorname{Var}(\rho - a) = \tfrac13 s^2 + m`.
The posterior of the rest is normal; its mean is the seasonal run rate with credibility
:math:`\operatorname{Cov}(a, \rho) / \operatorname{Var} a` and the outlook with the rest (Bühlmann and Gisler 2005,
https://doi.org/10.1007/3-540-29273-X, ch. 2 and 6). All that holds for the company and for each seat's deviation from
it alike; seats depend on each other by the company's part alone. As the year goes on the rest shrinks, and with it the
interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from planner.arrays import FloatArray
from planner.quota.in_year.pace import PaceError

LEAST = 0.1
"""Least part of a variance of the year that is the level's, and of its course that is the months' noise."""
CERTAIN = 1e9
"""Precision that stands for knowing exactly."""


@dataclass(frozen=True, eq=False)
class Expected:
    """What a plan expects of its seats, split at the day of the forecast.

    Parameters
    ----------
    to_date, rest
        Expected sales in minor units, not negative, shape ``(n,)`` each.
    spread
        Standard deviation of a seat's own year, a fraction of it, shape ``(n,)``; infinite where unknown.
    shock
        That of the whole company; infinite where unknown.
    """

    to_date: FloatArray
    rest: FloatArray
    spread: FloatArray
    shock: float


@dataclass(frozen=True, eq=False)
class Forecast:
    """Sales of the whole year of each seat and of any group of them.

    Parameters
    ----------
    sold_cents, rest_cents
        What was sold, and what is expected on top, minor units, shape ``(n,)``.
    own_sd, exposure, common_sd
        Standard deviation of each seat's own rest in minor units; how much of it moves with what is still unknown of
        the company's pace to date; and with the company's rest; shape ``(n,)`` each. NaN where no past tells.
    """

    sold_cents: FloatArray
    rest_cents: FloatArray
    own_sd: FloatArray
    exposure: FloatArray
    common_sd: FloatArray

    def total(self, seats: NDArray[Any] | slice) -> tuple[float, float]:
        """Return mean and standard deviation of the year of some seats together, minor units."""
        mean = float(self.sold_cents[seats].sum() + self.rest_cents[seats].sum())
        own = float((self.own_sd[seats] ** 2).sum())
        common = float(self.exposure[seats].sum()) ** 2 + float(self.common_sd[seats].sum()) ** 2
        return mean, float(np.sqrt(own + common))

    def interval(self, seats: NDArray[Any] | slice, level: float = 0.8) -> tuple[float, float]:
        """Return the sales between which the year of some seats ends with chance `level`; NaN where unknown."""
        mean, sd = self.total(seats)
        away = float(ndtri((1 + level) / 2)) * sd
        sold = float(self.sold_cents[seats].sum())
        return max(mean - away, min(sold, mean)), mean + away

    def chance(self, seats: NDArray[Any] | slice, quota_cents: float) -> float:
        """Return the chance that some seats together sell `quota_cents` or more in the year; NaN where unknown."""
        mean, sd = self.total(seats)
        if sd == 0:
            return float(mean >= quota_cents)
        return float(ndtr((mean - quota_cents) / sd))


def forecast(sold_cents: ArrayLike, expected: Expected, error: PaceError | None) -> Forecast:
    """Update what a plan expects of its seats by what they have sold.

    Parameters
    ----------
    sold_cents
        Sales to date in minor units, shape ``(n,)``; may be negative (returns).
    expected
        What the plan expects.
    error
        Errors of pace of past years; None where unknown: then the run rate alone counts, without interval.
    """
    sold = np.asarray(sold_cents, np.float64)
    to_date, rest = expected.to_date, expected.rest
    n, year = len(sold), to_date + rest
    seen = to_date > 0
    part = np.divide(to_date, year, out=np.zeros(n), where=year > 0)
    ratio = np.divide(sold, to_date, out=np.ones(n), where=seen) - 1
    if error is None:
        unknown = np.where(rest > 0, np.nan, 0.0)
        return Forecast(sold, np.maximum(rest * (1 + ratio), 0.0), unknown, unknown, unknown)

    whole = float(to_date.sum() / year.sum()) if year.sum() > 0 else 0.0
    company = _course(np.array(expected.shock), np.array(error.common), np.array(whole))
    seat = _course(expected.spread, error.own, part)
    gain = np.where(seen, seat.gain, 0.0)
    left = np.where(seen, seat.left, np.where(np.isfinite(seat.rest), seat.rest, seat.left))

    # The company's pace to date, seen through all seats, the steadier ones counting more.
    weight = np.divide(1.0, seat.to_date, out=np.zeros(n), where=seen & (seat.to_date > 0))
    if not weight.any():
        weight = np.where(seen, to_date, 0.0) / max(float(to_date.sum()), 1.0) * CERTAIN
    prior = 1 / max(float(company.to_date), 1 / CERTAIN)
    unsure = 1 / (prior + weight.sum())
    pace = unsure * float(weight @ ratio)

    tilt = float(company.gain) - gain
    mean = np.maximum(1 + gain * ratio + tilt * pace, 0.0)
    scale = rest * np.maximum(mean, LEAST)
    return Forecast(
        sold,
        rest * mean,
        scale * np.sqrt(left),
        scale * tilt * float(np.sqrt(unsure)),
        scale * float(np.sqrt(company.left)),
    )


class _Course(NamedTuple):
    """Variances of the pace to date and of the rest, how far the one tells the other, and what it leaves open."""

    to_date: FloatArray
    rest: FloatArray
    gain: FloatArray
    left: FloatArray


def _course(spread: FloatArray, pace: FloatArray, part: FloatArray) -> _Course:
    """Return the formulas above; where the year's spread is infinite, the pace to date is all that is known."""
    known = np.isfinite(spread)
    year, change = np.square(np.where(known, spread, 0.0)), np.square(pace)
    mixed = part * (1 - part)
    walk = np.maximum((year - change * mixed) / (2 / 3 - mixed / 3), LEAST * year)
    noise = np.maximum(change - walk / 3, LEAST * change)
    to_date = walk * (1 + part) / 3 + noise * (1 - part)
    rest = walk * (2 + 2 * part) / 3 + noise * part
    both = walk * (2 + 3 * part) / 6
    gain = np.divide(both, to_date, out=np.ones(np.shape(both)), where=to_date > 0)
    left = np.maximum(rest - gain * both, 0.0)
    return _Course(
        np.where(known, to_date, np.inf),
        np.where(known, rest, np.inf),
        np.where(known, gain, 1.0),
        np.where(known, left, change),
    )
