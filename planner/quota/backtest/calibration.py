r"""How often intervals that were stated with what was known then held what was sold.

For each past year the outlook is learned anew from the years before it. Where the actual sales fall in the predictive
distribution, :math:`u_t = F_t(x_t)`, is uniform if the distribution is right (probability integral transform; Dawid
1984, https://doi.org/10.2307/2981683), so that an interval of any level holds what it says: that of level
:math:`\ell` holds :math:`x_t` where :math:`|2 u_t - 1| \le \ell`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.quota.known import Known
from planner.quota.outlook.foretold import foretold, inside
from planner.quota.outlook.past import Expecting

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
    found = list(foretold(known, method, years))
    if not found:
        return None
    whole, own = [one.place for one in found], [one.own_place for one in found]
    covered = tuple(
        Covered(
            level,
            inside(np.concatenate(whole), level),
            inside(np.concatenate(own), level),
            tuple(inside(one, level) for one in whole),
            tuple(inside(one, level) for one in own),
        )
        for level in LEVELS
    )
    places = np.concatenate(own)
    counts = np.histogram(places, BINS, (0.0, 1.0))[0]
    return Calibration(
        name, tuple(one.year for one in found), len(places), covered, tuple((counts / len(places)).tolist())
    )
