"""How alike attainment is: spread, shares near quota, indices of inequality, and what top, middle and bottom carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray
from planner.measures.balance import gini
from planner.quota.fairness.interval import LEVEL, Interval, share_interval

NEAR = (0.10, 0.20)
"""Distances from quota within which seats are counted, fractions."""

ENDS = 0.2
"""Share of seats in the top and in the bottom group: 20-60-20."""

EXACT = 1e-9
"""Slack of comparisons with a limit: an attainment of 0.9 is within ±10 %."""


@dataclass(frozen=True)
class Spread:
    """How attainment is distributed over seats.

    Parameters
    ----------
    n
        Number of seats.
    company
        Sales of all over quota of all.
    mean, median, lowest, highest
        Attainment of seats, each counted once.
    deviation
        Standard deviation of attainment (n − 1); None for fewer than two seats.
    relative
        The same over the mean; None where the mean is not above 0.
    p10, p25, p75, p90
        Percentiles.
    at_quota
        Share of seats at or above quota.
    within_10, within_20
        Share of seats within ±10 % and ±20 % of quota.
    alike_10, alike_20
        Share of seats within ±10 % and ±20 % of what the company attains: how alike seats fare, whatever the target.
    gini
        Gini coefficient of attainment, 0 where all attain the same; None where an attainment is negative.
    jain
        Jain's index of attainment, 1 where all attain the same, 1/n where one has all; None where nobody sells.
    gini_quota
        Gini coefficient of quotas: how unequal what seats carry is, which may be meant.

    Notes
    -----
    Gini, Economic Journal 31(121), 1921, doi:10.2307/2223319. Jain, Chiu & Hawe, technical report DEC-TR-301, 1984,
    doi:10.48550/arXiv.cs/9809099.
    """

    n: int
    company: float
    mean: float
    median: float
    lowest: float
    highest: float
    deviation: float | None
    relative: float | None
    p10: float
    p25: float
    p75: float
    p90: float
    at_quota: Interval
    within_10: Interval
    within_20: Interval
    alike_10: Interval
    alike_20: Interval
    gini: float | None
    jain: float | None
    gini_quota: float


@dataclass(frozen=True)
class Group:
    """The top, middle or bottom seats by attainment.

    Parameters
    ----------
    name
        ``top``, ``middle`` or ``bottom``.
    n
        Number of seats.
    quota_share, sales_share
        What they carry of the street quota and bring of the sales, fractions; None where there are none.
    attainment
        Their sales over their quota; None where there are no seats.
    """

    name: str
    n: int
    quota_share: float | None
    sales_share: float | None
    attainment: float | None


def jain(values: FloatArray) -> float | None:
    r"""Return Jain's index :math:`(\sum x)^2 / (n \sum x^2)` in [1/n, 1] for values ≥ 0; None where all are 0.

    Notes
    -----
    Jain, Chiu & Hawe, technical report DEC-TR-301, 1984, doi:10.48550/arXiv.cs/9809099.
    """
    largest = np.abs(values).max(initial=0.0)
    if largest == 0:
        return None
    scaled = values / largest
    return float(scaled.sum() ** 2 / (len(values) * (scaled @ scaled)))


def lorenz(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the points of the Lorenz curve: share of seats, the smallest first, and what they have of all.

    Returns
    -------
    Two arrays of shape ``(n + 1,)`` from 0 to 1; the even line where there is nothing.

    Notes
    -----
    Lorenz, Publications of the American Statistical Association 9(70), 1905, doi:10.2307/2276207.
    """
    n = len(values)
    seats = np.linspace(0, 1, n + 1)
    total = values.sum()
    if n == 0 or total <= 0:
        return seats, seats.copy()
    return seats, np.concatenate([[0.0], np.cumsum(np.sort(values)) / total])


def spread(sales: FloatArray, quota: FloatArray, level: float = LEVEL) -> Spread | None:
    """Return how attainment is distributed; None where no seat has a quota.

    Parameters
    ----------
    sales, quota
        Of each seat, in the same unit, shape ``(n_seats,)``; quotas above 0.
    level
        Of the intervals of shares.
    """
    n = len(quota)
    if n == 0:
        return None
    attainment = sales / quota
    company = float(sales.sum() / quota.sum())

    def within(distance: float, centre: float) -> Interval:
        near = np.abs(attainment - centre) <= distance * abs(centre) + EXACT
        return share_interval(int(near.sum()), n, level)

    mean, deviation = float(attainment.mean()), float(attainment.std(ddof=1)) if n > 1 else None
    p10, p25, median, p75, p90 = np.quantile(attainment, [0.1, 0.25, 0.5, 0.75, 0.9]).tolist()
    at_quota = share_interval(int((attainment >= 1 - EXACT).sum()), n, level)
    return Spread(
        n=n,
        company=company,
        mean=mean,
        median=median,
        lowest=float(attainment.min()),
        highest=float(attainment.max()),
        deviation=deviation,
        relative=None if deviation is None or mean <= 0 else deviation / mean,
        p10=p10,
        p25=p25,
        p75=p75,
        p90=p90,
        at_quota=at_quota,
        within_10=within(NEAR[0], 1.0),
        within_20=within(NEAR[1], 1.0),
        alike_10=within(NEAR[0], company),
        alike_20=within(NEAR[1], company),
        gini=gini(attainment) if attainment.min() >= 0 else None,
        jain=jain(attainment) if attainment.min() >= 0 else None,
        gini_quota=gini(quota),
    )


def groups(sales: FloatArray, quota: FloatArray) -> tuple[Group, Group, Group]:
    """Return the top 20 %, the middle 60 % and the bottom 20 % of seats by attainment.

    Twenty per cent are rounded to whole seats, at least one where there are three; fewer are all in the middle. Among
    seats that attain the same, those with the larger quota come first.

    Parameters
    ----------
    sales, quota
        Of each seat, in the same unit, shape ``(n_seats,)``; quotas above 0.
    """
    n = len(quota)
    end = max(1, round(ENDS * n)) if n >= 3 else 0
    order = np.lexsort((-quota, -(sales / quota)))
    parts = {"top": order[:end], "middle": order[end : n - end], "bottom": order[n - end :]}
    top, middle, bottom = (_group(name, at, sales, quota) for name, at in parts.items())
    return top, middle, bottom


def _group(name: str, at: np.ndarray, sales: FloatArray, quota: FloatArray) -> Group:
    if not len(at):
        return Group(name, 0, None, None, None)
    carried, brought, total = float(quota[at].sum()), float(sales[at].sum()), float(sales.sum())
    share = brought / total if total > 0 else None
    return Group(name, len(at), carried / float(quota.sum()), share, brought / carried)
