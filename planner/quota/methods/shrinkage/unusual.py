r"""How much of an unusual year goes back.

The spread of growth among mature accounts, :math:`d_y^2` (squared median deviation from the median, weighted by sales,
a year), is much the same from year to year, and growth of that kind stays. In a year when accounts drift apart far more
than usual (a pandemic, a strike, a change of what is recorded), nothing in the history tells whether the excess stays.
It is taken to stay or to go back with equal chance, so a part of every account's growth goes back:

.. math:: \varphi_y = \tfrac12 \max\left(0,\; 1 - \frac{\operatorname{med}_{u < y} d_u^2}{d_y^2}\right).

It needs two earlier years to tell what is usual. (The filter gain of a local level whose observation noise is the
excess, with half of the excess thought to be level; Harvey 1989, https://doi.org/10.1017/CBO9781107049994, ch. 4.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.arrays import FloatArray
from planner.quota.methods.shrinkage.levels import Standing, weighted_median

HALF = 0.5
"""Part of an excess that is thought to go back."""
YEARS_TO_TELL = 2
"""Earlier years needed to tell what is usual."""


def spread(standing: Standing, apart: float) -> float | None:
    """Return :math:`d^2`, the squared spread of growth a year; None where no account is mature.

    Parameters
    ----------
    apart
        Years that the growth took.
    """
    mature = standing.mature
    if not mature.any():
        return None
    return weighted_median(np.abs(standing.growth[mature]), standing.sold[mature]) ** 2 / apart


def part_back(spreads: Sequence[float | None]) -> float:
    """Return :math:`\\varphi`, in [0, 1/2], for the last of the years whose spreads are given."""
    earlier = [each for each in spreads[:-1] if each is not None]
    now = spreads[-1] if spreads else None
    if now is None or now <= 0 or len(earlier) < YEARS_TO_TELL:
        return 0.0
    return HALF * max(0.0, 1.0 - float(np.median(earlier)) / now)


def given_back(standing: Standing, part: float) -> FloatArray:
    """Return what each account is expected to lose (or regain) by going back, minor units, shape ``(n_accounts,)``."""
    return np.asarray(np.where(standing.mature, standing.sold * np.expm1(-part * standing.growth), 0.0))
