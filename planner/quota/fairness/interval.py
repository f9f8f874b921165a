"""Estimates with their intervals, and why there is none where there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
"""Level of intervals where none is named."""

LEAST_FOR_INTERVAL = 4
"""Fewest pairs that leave a degree of freedom in the interval of a correlation (n − 3)."""


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it.

    Parameters
    ----------
    value, low, high
        The estimate and the ends of its interval; None where there is none.
    reason
        Why something is missing; empty where nothing is.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str = ""

    def excludes(self, value: float) -> bool:
        """Return whether there is an interval and `value` lies outside of it."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def correlation_interval(r: float, n: int, level: float = LEVEL, *, ranks: bool = False) -> Interval:
    r"""Return a correlation with its interval by Fisher's transform.

    :math:`\tanh(\operatorname{artanh} r \pm z s)` with :math:`s^2 = 1 / (n - 3)`; for ranks (Spearman)
    :math:`s^2 = (1 + r^2 / 2) / (n - 3)`. A perfect correlation has no width.

    Parameters
    ----------
    r
        The correlation, in [−1, 1].
    n
        Number of pairs; fewer than 4 give no interval.
    level
        Of the interval, in (0, 1).
    ranks
        Whether `r` is of ranks.

    Notes
    -----
    Fisher, Biometrika 10(4), 1915, doi:10.2307/2331838, and Metron 1, 1921; for ranks Bonett & Wright, Psychometrika
    65(1), 2000, doi:10.1007/BF02294183.
    """
    if n < LEAST_FOR_INTERVAL:
        return Interval(r, None, None, f"{n} seats are too few for an interval")
    if abs(r) >= 1 - 1e-12:
        return Interval(r, r, r)
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt((1 + ranks * r**2 / 2) / (n - 3))
    centre = np.arctanh(r)
    return Interval(r, float(np.tanh(centre - half)), float(np.tanh(centre + half)))


def share_interval(count: int, n: int, level: float = LEVEL) -> Interval:
    """Return a share with its score interval; no value where `n` is 0.

    Notes
    -----
    Wilson, Journal of the American Statistical Association 22, 1927, doi:10.1080/01621459.1927.10502953.
    """
    if n == 0:
        return Interval(None, None, None, "there are no seats to count")
    share, z = count / n, float(stats.norm.ppf((1 + level) / 2))
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))
