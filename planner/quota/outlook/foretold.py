"""Past years foretold with only what was known before each of them, beside what was then sold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import FloatArray
from planner.quota.known import Known
from planner.quota.methods.sold import by_territory
from planner.quota.outlook.distribution import Outlook
from planner.quota.outlook.learning import outlook_of
from planner.quota.outlook.past import Expecting, known_before, sold_in_year


@dataclass(frozen=True, eq=False)
class Foretold:
    """One past year.

    Parameters
    ----------
    year
        The year.
    outlook
        What was to be expected before it.
    sold_cents
        What was sold in it, minor units, not negative, shape ``(n_territories,)``.
    """

    year: int
    outlook: Outlook
    sold_cents: FloatArray

    @property
    def place(self) -> FloatArray:
        """Chance that was given to sell less than what was sold, of each territory that something was expected of."""
        return self._place(self.outlook)

    @property
    def own_place(self) -> FloatArray:
        """The same once the company's sales are known: only the territories' own parts are uncertain."""
        scale = self.sold_cents.sum() / self.outlook.mean_cents.sum()
        return self._place(replace(self.outlook, shock=0.0).scaled(scale))

    def _place(self, outlook: Outlook) -> FloatArray:
        return np.asarray(outlook.shortfall(self.sold_cents)[outlook.mean_cents > 0], dtype=np.float64)


def foretold(known: Known, method: Expecting, years: Sequence[int]) -> Iterator[Foretold]:
    """Foretell past years; those are left out that the method cannot expect, or in which nothing was sold.

    Parameters
    ----------
    known
        All that is known up to the last of the years.
    method
        What expects sales.
    years
        Years to foretell.
    """
    for year in years:
        try:
            outlook = outlook_of(known_before(known, year), method)
        except ValueError:
            continue
        sold = np.maximum(by_territory(known, sold_in_year(known, year)), 0.0)
        if outlook is not None and sold.sum() > 0 and outlook.mean_cents.sum() > 0:
            yield Foretold(year, outlook, sold)


def inside(place: FloatArray, level: float) -> float:
    """Return the share of places inside the interval of a level that leaves as much below as above."""
    return float((np.abs(2 * place - 1) <= level).mean())
