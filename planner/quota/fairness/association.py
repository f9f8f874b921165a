"""Whether attainment goes with something it should not go with: correlation and slope, each with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from planner.arrays import FloatArray
from planner.quota.fairness.interval import LEVEL, Interval, correlation_interval

LEAST_FOR_SLOPE = 3
"""Fewest points that leave a degree of freedom beside a line."""

ALIKE = 1e-9
"""Values that differ by less than this part of themselves are the same: what is left is noise of floats."""


@dataclass(frozen=True, eq=False)
class Line:
    """The fitted line of log attainment on the log of something, for drawing.

    Parameters
    ----------
    at
        Values of what attainment is set against, ascending, shape ``(n_points,)``.
    fitted, low, high
        Attainment on the line, and the interval of the line itself, same shape.
    """

    at: FloatArray
    fitted: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Association:
    """Attainment against one thing.

    Parameters
    ----------
    against
        ``size``, ``potential``, ``last_year`` or ``growth_asked``.
    n, left_out
        Seats that were compared, and seats with a quota that could not be: unknown, or no logarithm (≤ 0).
    pearson
        Correlation of the logarithms.
    spearman
        Correlation of the ranks, ties at their mean rank.
    slope
        Elasticity: attainment is multiplied by ``2**slope`` where what it is set against is twice as much.
    effect
        How far attainment on the fitted line differs between seats at the 90th and at the 10th percentile of what it
        is set against, a fraction of typical attainment; None where there is no line.
    line
        For drawing; None where there is no line.
    """

    against: str
    n: int
    left_out: int
    pearson: Interval
    spearman: Interval
    slope: Interval
    effect: float | None
    line: Line | None

    @property
    def clear(self) -> bool:
        """Whether the interval of either correlation does not hold 0."""
        return self.pearson.excludes(0.0) or self.spearman.excludes(0.0)


def associate(
    against: str, attainment: FloatArray, other: FloatArray, level: float = LEVEL, points: int = 41
) -> Association:
    r"""Set attainment against something else.

    With :math:`y_t = \ln a_t` and :math:`x_t = \ln v_t` over seats with both above 0: Pearson's correlation of
    :math:`x, y` and the line :math:`y = \alpha + \beta x` of least squares, whose slope and level have intervals of
    Student's t with n − 2 degrees of freedom; Spearman's correlation of the same seats, with n − 3 in the variance of
    its Fisher transform.

    Parameters
    ----------
    attainment, other
        Of each seat, shape ``(n_seats,)``; what is not finite or not above 0 is left out.
    level
        Of the intervals, in (0, 1).
    points
        Of the line, for drawing.
    """
    usable = np.isfinite(attainment) & np.isfinite(other)
    usable[usable] = (attainment[usable] > 0) & (other[usable] > 0)
    n, left_out = int(usable.sum()), int((~usable).sum())
    y, x = np.log(attainment[usable]), np.log(other[usable])
    reason = _too_alike(x, y)
    if reason:
        pearson = spearman = Interval(None, None, None, reason)
    else:
        pearson = correlation_interval(_correlation(x, y), n, level)
        spearman = correlation_interval(
            _correlation(stats.rankdata(x), stats.rankdata(y)), n, level, ranks=True
        )
    slope, effect, line = _line(x, y, level, points)
    return Association(against, n, left_out, pearson, spearman, slope, effect, line)


def _too_alike(x: FloatArray, y: FloatArray) -> str:
    """Return why there is no correlation; empty text where there is one."""
    if len(x) < LEAST_FOR_SLOPE:
        return f"{len(x)} seats are too few to compare"
    if np.ptp(x) <= ALIKE:
        return "all seats have the same value"
    return "all seats attain the same" if np.ptp(y) <= ALIKE else ""


def _correlation(x: FloatArray, y: FloatArray) -> float:
    dx, dy = x - x.mean(), y - y.mean()
    return float(np.clip(dx @ dy / np.sqrt((dx @ dx) * (dy @ dy)), -1.0, 1.0))


def _line(
    x: FloatArray, y: FloatArray, level: float, points: int
) -> tuple[Interval, float | None, Line | None]:
    """Return slope, effect and line of least squares."""
    n = len(x)
    if n < LEAST_FOR_SLOPE:
        return Interval(None, None, None, f"{n} seats are too few for a line"), None, None
    if np.ptp(x) <= ALIKE:
        return Interval(None, None, None, "all seats have the same value"), None, None
    dx = x - x.mean()
    width = float(dx @ dx)
    slope = float(dx @ y) / width
    rest = y - y.mean() - slope * dx
    noise = float(np.sqrt(rest @ rest / (n - 2)))
    student = float(stats.t.ppf((1 + level) / 2, n - 2))
    half = student * noise / np.sqrt(width)
    at = np.linspace(x.min(), x.max(), points)
    fitted = y.mean() + slope * (at - x.mean())
    around = student * noise * np.sqrt(1 / n + (at - x.mean()) ** 2 / width)
    low, high = np.quantile(x, [0.1, 0.9])
    line = Line(np.exp(at), np.exp(fitted), np.exp(fitted - around), np.exp(fitted + around))
    return Interval(slope, slope - half, slope + half), float(np.expm1(slope * (high - low))), line
