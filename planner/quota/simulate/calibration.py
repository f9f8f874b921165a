"""How well stated intervals held: outlooks made with what was known before past years, against what was then sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.quota.known import Known
from planner.quota.methods.sold import full_years
from planner.quota.outlook.foretold import Foretold, foretold, inside
from planner.quota.outlook.past import Expecting

LEVEL = 0.8
"""Level of the intervals that are checked."""

SLACK = 0.05
"""Distance from the level within which intervals count as well calibrated: stated 80 % cover 75 to 85 %."""

SHOCKS, CELLS = 4000, 200_000
"""Draws of the company's sales in a past year, and draws times territories at a time."""


@dataclass(frozen=True)
class Calibration:
    """How often intervals that were stated held what was then sold.

    Parameters
    ----------
    level
        What they stated, a fraction.
    years
        Past years that were foretold with only what was known before each.
    n
        Pairs of territory and year.
    covered
        Share of pairs inside their interval, which holds the company's shock.
    below, above
        Share of pairs below and above it.
    by_year
        `covered` of each year: territories of one year share its shock, so that years differ a lot.
    own_covered
        Share of pairs inside the interval of their own deviations, once the company's year is known.
    company_covered
        Number of years in which the company's sales were inside their interval.
    """

    level: float
    years: tuple[int, ...]
    n: int
    covered: float
    below: float
    above: float
    by_year: tuple[float, ...]
    own_covered: float
    company_covered: int

    @property
    def good(self) -> bool:
        """Whether both shares of territories are near the level."""
        return max(abs(self.covered - self.level), abs(self.own_covered - self.level)) <= SLACK

    @property
    def words(self) -> str:
        """How well the outlook held, for people."""
        years = f"{self.years[0]}-{self.years[-1]}" if len(self.years) > 1 else str(self.years[0])
        off = [share - self.level for share in (self.covered, self.own_covered)]
        far = [gap for gap in off if abs(gap) > SLACK]
        verdict = (
            "as good as stated"
            if not far
            else "too wide: the future is more certain than stated"
            if min(far) > 0
            else "too narrow: the future is less certain than stated"
            if max(far) < 0
            else "not quite as stated"
        )
        return (
            f"Intervals that were to hold {_percent(self.level)} held {_percent(self.covered)} of {self.n} pairs of "
            f"territory and year ({years}), {_percent(self.own_covered)} once the company's year was known, and the "
            f"company in {self.company_covered} of {len(self.years)} years: {verdict}."
        )


def calibrate(
    known: Known, method: Expecting, level: float = LEVEL, years: Sequence[int] | None = None
) -> Calibration | None:
    """Foretell past years with only what was known before each, and count how often stated intervals held.

    Parameters
    ----------
    known
        What is known before the year of the quotas.
    method
        Method, or blend of methods.
    level
        Of the intervals, in (0, 1).
    years
        Years to foretell; None for all full years that have two full years before them.

    Returns
    -------
    None where there is no such year.
    """
    full = full_years(known) if known.periods else ()
    asked = [year for year in full[2:] if years is None or year in years]
    found = list(foretold(known, method, asked))
    if not found:
        return None
    places = [one.place for one in found]
    whole, own = np.concatenate(places), np.concatenate([one.own_place for one in found])
    return Calibration(
        level=level,
        years=tuple(one.year for one in found),
        n=len(whole),
        covered=inside(whole, level),
        below=float((whole < (1 - level) / 2).mean()),
        above=float((whole > (1 + level) / 2).mean()),
        by_year=tuple(inside(place, level) for place in places),
        own_covered=inside(own, level),
        company_covered=sum(_company_inside(one, level) for one in found),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _company_inside(one: Foretold, level: float) -> bool:
    """Return whether the company's sales are inside their interval, by draws that are the same every time."""
    rng, rows = np.random.default_rng(0), max(1, CELLS // len(one.sold_cents))
    totals = np.concatenate(
        [one.outlook.sample(min(rows, SHOCKS - k), rng).sum(1) for k in range(0, SHOCKS, rows)]
    )
    low, high = np.quantile(totals, [(1 - level) / 2, (1 + level) / 2])
    return bool(low <= one.sold_cents.sum() <= high)
