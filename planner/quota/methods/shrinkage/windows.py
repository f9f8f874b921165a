"""Years of history that end where the history ends: looked back from, and but for the last forward to the next.

Twelve months up to the last period known, the same months of the year before, and so on. So a history up to October is
read in years from November to October, and a year that is missing leaves a hole, not a zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.quota.known import Known
from planner.quota.methods.sold import latest_year
from planner.quota.periods import MONTHS, PER_YEAR, kind_of, months_covered


@dataclass(frozen=True, eq=False)
class Years:
    """History of the accounts that territories hold, cut into years.

    Parameters
    ----------
    sold
        Sales by account, year in order of time, and period of the year, minor units, negative where more came back,
        shape ``(n_accounts, n_years, per_year)``.
    apart
        Years from each year to the next; the last one to the year that is asked for; shape ``(n_years,)``.
    age
        Periods from the first sale to the end of each year, that period included, 0 where nothing is sold yet, and
        `OLD` where the account sold when the history began; shape ``(n_accounts, n_years)``.
    territory
        Territory of each account, shape ``(n_accounts,)``.
    n_territories
        Number of territories.
    potential_share
        Share of each territory in potential, shape ``(n_territories,)``; zeros where unknown.
    """

    sold: FloatArray
    apart: FloatArray
    age: IntArray
    territory: IntArray
    n_territories: int
    potential_share: FloatArray

    @property
    def per_year(self) -> int:
        """Periods in a year."""
        return int(self.sold.shape[2])

    @property
    def n_years(self) -> int:
        """Number of years."""
        return int(self.sold.shape[1])

    def total(self, year: int) -> FloatArray:
        """Return what each account sold in a year, at least 0, shape ``(n_accounts,)``."""
        return np.asarray(np.maximum(self.sold[:, year].sum(1), 0.0))

    def by_territory(self, amounts: FloatArray | MaskArray) -> FloatArray:
        """Return the sum over the accounts of each territory, shape ``(n_territories,)``."""
        return np.bincount(self.territory, amounts, self.n_territories).astype(np.float64)


OLD = 1 << 20
"""Age of an account that is as old as the history."""


def years_of(known: Known) -> Years:
    """Return the history of the accounts held, cut into years; at least a year of periods must be known."""
    per_year = PER_YEAR[kind_of(known.periods) or "year"]
    first = np.array([(months_covered(period) or (0, 0))[0] for period in known.periods])
    last = latest_year(known)
    at = {month: column for column, month in enumerate(first.tolist())}
    columns, starts = [], []
    for back in range((int(first[-1]) - int(first[0])) // MONTHS + 1):
        found = [at.get(month - back * MONTHS, -1) for month in first[last.columns].tolist()]
        if len(found) == per_year and min(found) >= 0:
            columns.append(found)
            starts.append(int(first[found[0]]))
    columns, starts = columns[::-1], starts[::-1]
    held = np.flatnonzero((known.territory >= 0) & known.sold_cents.any(1))
    sold = known.sold_cents[held].astype(np.float64)
    length = MONTHS // per_year
    some = sold > 0
    opened = np.where(some.any(1), first[some.argmax(1)], np.iinfo(np.int32).max)
    age = np.stack([(start + MONTHS - opened) // length for start in starts], axis=1)
    age = np.where((opened == first[0])[:, None], OLD, np.maximum(age, 0))
    apart = np.append(np.diff(starts) / MONTHS, last.years_ahead)
    cut = np.stack([sold[:, each] for each in columns], axis=1)
    share = _share(known)
    return Years(cut, apart, age.astype(np.int32), known.territory[held], known.n_territories, share)


def _share(known: Known) -> FloatArray:
    """Return the share in potential; zeros where there is none."""
    if known.potential is None:
        return np.zeros(known.n_territories)
    amounts = np.where(np.isfinite(known.potential), np.maximum(known.potential, 0.0), 0.0)
    largest = amounts.max(initial=0.0)
    scaled = amounts / largest if largest > 0 else amounts
    return np.asarray(scaled / scaled.sum() if largest > 0 else scaled)
