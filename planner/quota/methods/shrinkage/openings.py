r"""What accounts will sell that are not there yet.

Share of territory t in the company's sales :math:`a_t`, in its number of accounts :math:`b_t` and in potential
:math:`p_t`. In past years, what accounts sold that had never sold before was, as a part of the company's sales, about
:math:`\theta_1 a_t + \theta_2 b_t + \theta_3 p_t` a year; all :math:`\theta \ge 0` by least squares over all
territories and years (Lawson and Hanson 1995, https://doi.org/10.1137/1.9781611971217, ch. 23). What opens is rare and
uneven: a territory's own past openings tell less than how many accounts it has. A territory without history is expected
to sell what opens there.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from planner.arrays import FloatArray
from planner.quota.methods.shrinkage.levels import Standing
from planner.quota.methods.shrinkage.windows import Years


def opening_rates(years: Years, past: list[tuple[int, Standing, FloatArray]]) -> FloatArray:
    """Return the rates of the formula, parts of company sales a year, shape ``(3,)``; 0 without past years.

    Parameters
    ----------
    past
        Position of each past year, its accounts at the end, and what each sold in the year that followed.
    """
    rows, seen = [], []
    for year, standing, following in past:
        whole = standing.sold.sum()
        if not whole > 0:
            continue
        opened = np.where(years.age[:, year] == 0, following, 0.0)
        rows.append(years.apart[year] * _shares(years, standing))
        seen.append(years.by_territory(opened) / whole)
    if not rows:
        return np.zeros(3)
    return np.asarray(nnls(np.concatenate(rows), np.concatenate(seen))[0])


def openings(years: Years, year: int, standing: Standing, rates: FloatArray) -> FloatArray:
    """Return expected sales of accounts that open after a year, minor units, shape ``(n_territories,)``."""
    return np.asarray(standing.sold.sum() * years.apart[year] * (_shares(years, standing) @ rates))


def _shares(years: Years, standing: Standing) -> FloatArray:
    """Return the shares in sales, in number of accounts and in potential, shape ``(n_territories, 3)``."""
    sold = years.by_territory(standing.sold)
    count = years.by_territory(standing.sold > 0)
    shares = [sold / max(sold.sum(), 1.0), count / max(count.sum(), 1.0), years.potential_share]
    return np.stack(shares, axis=1)
