r"""How often intervals that were stated with what was known then held what was sold.

For each past year the outlook is learned anew from the years before it. Where the actual sales fall in the predictive
distribution, :math:`u_t = F_t(x_t)`, is uniform if the distribution is right (probability integral transform; Dawid
1984, https://doi.org/10.2307/2981683), so that an interval of any level holds what it says: that of level
:math:`\ell` holds :math:`x_t` where :math:`|2 u_t - 1| \le \ell`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import FloatArray
from planner.quota.known import Known
from planner.quota.methods.sold import by_territory
from planner.quota.outlook import outlook_of
from planner.quota.outlook.past import Expecting, known_before, sold_in_year

LEVELS = (0.5, 0.8, 0.9)
"""Levels that coverage is told at."""
BINS = 10
"""Bars of the histogram of where actual sales fall."""


@dataclass(frozen=True)
class Covered:
    """Coverage of intervals of one level.

    Parameters
    ----------
    level
        What they stated, a fraction.
    whole
        Share of territories and years inside the interval of their sales, in which the company's year is uncertain.
    own
        Share inside the interval of their own part, once the company's year is known.
    by_year
        `whole` of each year: all territories of a year share its shock.
    own_by_year
        `own` of each year.
    """

    level: float
    whole: float
    own: float
    by_year: tuple[float, ...]
    own_by_year: tuple[float, ...]


@dataclass(frozen=True)
class Calibration:
    """How well stated intervals held.

    Parameters
    ----------
    method
        Method whose outlook it is.
    years
        Years that could be foretold: those with enough years before them.
    territories
        Pairs of territory and year.
    covered
        Coverage at each of `LEVELS`.
    histogram
        Share of pairs in each tenth of their predictive distribution, once the company's year is known; all alike where
        it is right.
    """

    method: str
    years: tuple[int, ...]
    territories: int
    covered: tuple[Covered, ...]
    histogram: tuple[float, ...]


def calibration(known: Known, method: Expecting, name: str, years: Sequence[int]) -> Calibration | None:
    """Foretell past years with only what was known before each; None where none of them can be.

    Parameters
    ----------
    known
        All that is known up to the last of the years.
    method, name
        What expects sales, and its name.
    years
        Years to foretell.
    """
    whole: list[FloatArray] = []
    own: list[FloatArray] = []
    told: list[int] = []
    for year in years:
        before = known_before(known, year)
        try:
            outlook = outlook_of(before, method)
        except ValueError:
            continue
        sold = np.maximum(by_territory(known, sold_in_year(known, year)), 0.0)
        if outlook is None or not sold.sum() > 0 or not outlook.mean_cents.sum() > 0:
            continue
        held = outlook.mean_cents > 0
        given = replace(outlook, shock=0.0).scaled(sold.sum() / outlook.mean_cents.sum())
        told.append(year)
        whole.append(1 - outlook.chance(sold)[held])
        own.append(1 - given.chance(sold)[held])
    if not told:
        return None
    covered = tuple(
        Covered(
            level,
            _inside(np.concatenate(whole), level),
            _inside(np.concatenate(own), level),
            tuple(_inside(one, level) for one in whole),
            tuple(_inside(one, level) for one in own),
        )
        for level in LEVELS
    )
    places = np.concatenate(own)
    counts = np.histogram(places, BINS, (0.0, 1.0))[0]
    return Calibration(name, tuple(told), len(places), covered, tuple((counts / len(places)).tolist()))


def _inside(place: FloatArray, level: float) -> float:
    return float((np.abs(2 * place - 1) <= level).mean())
