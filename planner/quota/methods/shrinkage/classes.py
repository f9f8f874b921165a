r"""What becomes of an account's level in the next year, by what kind of account it is.

Accounts that opened lately by their age, because a level brought to a full year is uncertain and because they grow for
years until they have settled; silent ones by how long they have been, because who has gone silent may be gone. For each
class c, over all past years y and accounts i of it, with company growth :math:`g_y` of steady accounts,

.. math::
   \rho_c = \frac{\sum_{y,i} \min(s_{i,y+1} / g_y,\, 5 A_{iy}) + n_0 \bar A_c\, \rho^0_c}
                 {\sum_{y,i} A_{iy} + n_0 \bar A_c}:

the ratio of sums, pulled to what is thought before looking, :math:`\rho^0_c`, as if :math:`n_0 = 20` accounts of mean
level had shown that. For silent accounts :math:`\rho_c` is the chance to be still there times the level then (the
question of Fader, Hardie and Lee 2005, https://doi.org/10.1287/mksc.1040.0098, answered by counting).
"""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.quota.methods.shrinkage.levels import Standing

AGES = (1, 3, 6, 12, 24, 36, 60)
"""Upper ends of the classes of accounts that are settling, months since they opened."""
SILENCES = (2, 5, 12)
"""Upper ends of the classes of silent accounts, months."""
BEFORE = np.array([1.0, *(1.0 for _ in AGES), 0.8, 0.5, 0.2])
"""Ratios thought before looking: settled accounts, settling ones by age, silent ones by silence."""
ACCOUNTS_BEFORE = 20.0
"""Number of accounts that the ratios thought before looking weigh as much as."""
MOST = 5.0
"""An account counts at most this many times its level: one that multiplied must not speak for its class."""


def class_of(standing: Standing) -> IntArray:
    """Return the class of each account, a position in `BEFORE`, shape ``(n_accounts,)``."""
    age = 1 + np.searchsorted(AGES, np.minimum(standing.age_months, AGES[-1]))
    silent = 1 + len(AGES) + np.searchsorted(SILENCES, np.minimum(standing.silent_months, SILENCES[-1]))
    return np.where(standing.silent_months > 0, silent, np.where(settling(standing), age, 0)).astype(np.int32)


def settling(standing: Standing) -> MaskArray:
    """Return whether each account opened so lately that it may still be settling, shape ``(n_accounts,)``."""
    return np.asarray((standing.age_months > 0) & (standing.age_months <= AGES[-1]))


def company_growth(standing: Standing, following: FloatArray) -> float:
    """Return what steady accounts sell in the following year for each unit of the year; 1 where none are."""
    sold = float(standing.sold[standing.steady].sum())
    after = float(following[standing.steady].sum())
    return after / sold if sold > 0 and after > 0 else 1.0


def ratios(past: list[tuple[Standing, FloatArray]]) -> FloatArray:
    """Return the ratio of each class, shape ``(len(BEFORE),)``.

    Parameters
    ----------
    past
        Accounts at the end of each past year, and what each sold in the year that followed, shape ``(n_accounts,)``.
    """
    n = len(BEFORE)
    seen, kept, count = np.zeros(n), np.zeros(n), np.zeros(n)
    for standing, following in past:
        label = class_of(standing)
        some = standing.level > 0
        growth = company_growth(standing, following)
        seen += np.bincount(label, standing.level, n)
        kept += np.bincount(label, np.minimum(following / growth, MOST * standing.level), n)
        count += np.bincount(label, some, n)
    weight = ACCOUNTS_BEFORE * seen / np.where(count > 0, count, 1.0)
    known = seen > 0
    out = np.where(known, (kept + weight * BEFORE) / np.where(known, seen + weight, 1.0), BEFORE)
    return np.asarray(out / out[0] if out[0] > 0 else out)
